//! The loop that peels wrappers off.

use super::command_line::Launch;
use super::peeler::{Peeler, Step};
use super::word::Word;
use super::{install, layer, name};

/// More layers than anybody writes by hand.
const MAX_LAYERS: usize = 16;
/// Scripts within commands of scripts that are followed for their packages.
const MAX_DEPTH: usize = 3;

impl<'a> Launch<'a> {
    /// Takes a command line apart.
    #[must_use]
    pub fn of(words: Vec<Word<'a>>) -> Self {
        run(Peeler::new(words))
    }
}

fn run(mut peeler: Peeler<'_>) -> Launch<'_> {
    for _ in 0..MAX_LAYERS {
        if step(&mut peeler) != Step::Peeled {
            break;
        }
    }
    peeler.finish()
}

/// Peels one layer off, and goes through the scripts that it opens.
fn step(peeler: &mut Peeler<'_>) -> Step {
    let mut step = layer::peel(peeler);
    while let Some(opened) = peeler.opened.take() {
        for (at, command) in opened.script.commands.iter().enumerate() {
            layer::script::note_assignments(peeler, command);
            if Some(at) != opened.main {
                note_packages(peeler, command.program_words(opened.shell));
            }
        }
        step = layer::script::enter_main(peeler, opened);
    }
    step
}

/// Looks for packages in another command of a script.
fn note_packages<'a>(peeler: &mut Peeler<'a>, words: Vec<Word<'a>>) {
    if words.is_empty() || peeler.depth >= MAX_DEPTH {
        return;
    }
    let start = peeler.launch.words.len();
    let mut inner = peeler.beside(words);
    let end = inner.launch.words.len();
    if let Some(head) = &inner.head {
        let name = name::without_version(&head.name).to_owned();
        let module = name == "python" && inner.word(start + 1) == "-m";
        if module {
            inner.enter((start + 2).min(end)..end);
        }
        let name = if module { inner.head.as_ref().map(|h| h.name.clone()) } else { Some(name) };
        let installed = install::packages(&inner, name.as_deref().unwrap_or_default());
        inner.launch.wrapper_packages.extend(installed);
    }
    peeler.rejoin(run(inner));
}
