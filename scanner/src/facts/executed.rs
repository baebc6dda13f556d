//! The files that an entry executes, and who else can put or change them.

use std::borrow::Cow;

use super::collect::Collector;
use super::command_line::CommandLine;
use super::fact::Surroundings;
use super::hidden::Hidden;
use super::kinds::Executed;
use super::paths::{Paths, form};
use crate::client::Server;
use crate::launch::{PackageSource, Part, ScriptKind};

/// Programs with Node.js's options.
const NODE: &[&str] = &["electron", "node", "nodejs", "nodemon", "ts-node", "ts-node-esm", "tsx"];
/// Its options that name what is loaded before the script (Node.js, "Command-line API").
const PRELOADS: &[&str] = &["--experimental-loader", "--import", "--loader", "--require", "-r"];

/// Facts about the command, the program behind launchers, the script of an interpreter and a
/// package that is a directory, as far as they are named by a path.
pub(super) fn facts(
    collector: &mut Collector,
    server: &Server<'_>,
    line: &CommandLine<'_>,
    surroundings: &Surroundings<'_>,
    hidden: &Hidden,
) {
    let paths = Paths::of(server, line, surroundings);
    let launch = &line.launch;
    let target = &launch.target;
    let mut seen: Vec<usize> = Vec::new();
    let mut add = |role: &'static str, part: &Part| {
        let text = launch.text(part);
        // A command without a slash is looked for by its name; a script never is.
        let is_path = role == "script" || text.contains(['/', '\\']);
        if !is_path || text.contains("://") || seen.contains(&part.word) {
            return;
        }
        seen.push(part.word);
        let Some((value, range)) = line.locate(part) else { return };
        let shown = hidden.show(value, range.clone());
        let fact = executed(role, text, shown, &paths, surroundings);
        collector.add(fact, value.span_of(range), &value.pointer);
    };
    if server.command.is_some() {
        add("command", &line.whole(0));
    }
    // What runs in a container or on another machine is not found here.
    if !paths.is_here() {
        return;
    }
    if let Some(program) = target.program.filter(|_| target.package.is_none()) {
        add("command", &line.whole(program));
    }
    for part in preloads(line) {
        // A relative one is a module or a file of the project.
        if form(launch.text(&part)) != "relative" {
            add("preload", &part);
        }
    }
    if let Some(script) = target.script.filter(|script| script.kind == ScriptKind::File) {
        add("script", &line.whole(script.word));
    }
    if let Some(package) = &target.package
        && matches!(package.source, PackageSource::Local(_))
    {
        add("package", &package.part);
    }
}

/// What Node.js is told to load before the script.
fn preloads(line: &CommandLine<'_>) -> Vec<Part> {
    let launch = &line.launch;
    let target = &launch.target;
    let Some(script) = target.script.filter(|_| NODE.contains(&target.program_name.as_str()))
    else {
        return Vec::new();
    };
    let options = target.arguments.start..script.word.min(target.arguments.end);
    let named = |index: usize| {
        let text = launch.word(index);
        match text.split_once('=') {
            Some((option, value)) if PRELOADS.contains(&option) => {
                Some(Part { word: index, range: option.len() + 1..option.len() + 1 + value.len() })
            }
            None if PRELOADS.contains(&text) && options.contains(&(index + 1)) => {
                Some(line.whole(index + 1))
            }
            _ => None,
        }
    };
    options.clone().filter_map(named).collect()
}

fn executed(
    role: &'static str,
    text: &str,
    shown: String,
    paths: &Paths<'_>,
    surroundings: &Surroundings<'_>,
) -> Executed {
    let form = form(text);
    let mut fact = Executed {
        role: Some(role.into()),
        path: Some(Cow::Owned(shown)),
        form: Some(form.into()),
        place: paths.shared_place(text).map(|place| place.name().into()),
        own: surroundings.own,
        ..Executed::default()
    };
    let Some(vicinity) = surroundings.vicinity else { return fact };
    let Some(resolved) = paths.resolve(text) else { return fact };
    fact.present = vicinity.entry(&resolved).map(|entry| entry.kind.name().into());
    fact.writers = vicinity.writers(&resolved).map(Cow::Borrowed);
    fact.tracked = form == "relative" && role == "command" && vicinity.tracks(&resolved);
    fact
}
