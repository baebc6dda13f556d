//! The loop that peels wrappers off.

use super::command_line::Launch;
use super::peeler::{Left, Peeler, Step};
use super::split::is_unsplit;
use super::word::Word;
use super::{install, layer, name};

/// More layers than anybody writes by hand.
const MAX_LAYERS: usize = 16;
/// More words than anybody gives to a server.
const MAX_WORDS: usize = 10_000;
/// Scripts within commands of scripts that are followed for their packages.
const MAX_DEPTH: usize = 3;

impl<'a> Launch<'a> {
    /// Takes a command line apart.
    #[must_use]
    pub fn of(mut words: Vec<Word<'a>>) -> Self {
        let cut = words.len() > MAX_WORDS || words.iter().any(is_unsplit);
        words.truncate(MAX_WORDS);
        let mut launch = run(Peeler::new(words));
        launch.cut |= cut;
        launch
    }
}

fn run(peeler: Peeler<'_>) -> Launch<'_> {
    run_on(peeler).0
}

/// The result, and how much of scripts may still be read.
fn run_on(mut peeler: Peeler<'_>) -> (Launch<'_>, Left) {
    for _ in 0..MAX_LAYERS {
        if step(&mut peeler) != Step::Peeled {
            break;
        }
    }
    let left = peeler.left;
    (peeler.finish(), left)
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
    let (launch, left) = run_on(inner);
    peeler.rejoin(launch, left);
}
