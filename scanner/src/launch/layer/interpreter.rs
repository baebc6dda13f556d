//! Interpreters: which script or module they run, and code given in place.

use crate::launch::known::{bridge, gateway, interpreter, runner};
use crate::launch::peeler::{Peeler, Step};
use crate::launch::target::{Script, ScriptKind};
use crate::launch::{inline, name, options};

/// Finds what an interpreter runs. The interpreter stays the target, unless its module or script
/// is itself a known launcher (`python -m uv`, `node …/npx-cli.js`).
pub(super) fn peel(peeler: &mut Peeler<'_>, name: &str) -> Step {
    let Some(interpreter) = interpreter::find(name) else { return Step::Unknown };
    let end = peeler.rest.end;
    let start = peeler.rest.start;
    let (given, mut at) = options::leading(&peeler.launch.words, start..end, interpreter.syntax);
    // Options behind a module or code are its own.
    let decisive = given.iter().find(|option| {
        let option = option.name.as_str();
        interpreter.code.contains(&option) || interpreter.module.contains(&option)
    });
    if let Some(option) = decisive {
        let Some(value) = option.value.clone() else { return Step::Target };
        if interpreter.code.contains(&option.name.as_str()) {
            peeler.launch.target.inline =
                Some(inline::code(peeler.word(value.word), name, option.word, value.word));
            return Step::Target;
        }
        let kind = if option.name == "-jar" { ScriptKind::File } else { ScriptKind::Module };
        return module(peeler, kind, value.word, &peeler.text(&value));
    }
    let word = |peeler: &Peeler<'_>, at: usize| {
        if at < end { peeler.word(at).to_owned() } else { String::new() }
    };
    let subcommand = word(peeler, at);
    if interpreter.evaluate.contains(&subcommand.as_str()) {
        let (_, code) = options::leading(&peeler.launch.words, at + 1..end, interpreter.syntax);
        if code < end {
            peeler.launch.target.inline = Some(inline::code(peeler.word(code), name, at, code));
        }
        return Step::Target;
    }
    if interpreter.entry.contains(&subcommand.as_str()) {
        let named = matches!(subcommand.as_str(), "run" | "run-script" | "task");
        let (_, entry) = options::leading(&peeler.launch.words, at + 1..end, interpreter.syntax);
        let entry = if named { entry } else { at };
        if entry < end {
            peeler.launch.target.script = Some(Script { kind: ScriptKind::Entry, word: entry });
        }
        return Step::Target;
    }
    if interpreter.run.contains(&subcommand.as_str()) {
        (_, at) = options::leading(&peeler.launch.words, at + 1..end, interpreter.syntax);
    } else if matches!(name, "npm" | "pnpm" | "yarn" | "go" | "dotnet" | "mcp" | "fastmcp")
        && !subcommand.to_ascii_lowercase().ends_with(".dll")
    {
        return Step::Target;
    }
    if at >= end {
        return Step::Target;
    }
    let script = word(peeler, at);
    let launcher = match name::program(&script).as_str() {
        "npx-cli.js" => Some("npx".to_owned()),
        "npm-cli.js" => Some("npm".to_owned()),
        _ => installed_package(&script)
            .filter(|p| bridge::is_bridge(p) || gateway::is_gateway(p))
            .map(str::to_owned),
    };
    // `java Main` names a class.
    let class = name == "java" && !script.to_ascii_lowercase().ends_with(".java");
    let kind = if class { ScriptKind::Module } else { ScriptKind::File };
    peeler.launch.target.script = Some(Script { kind, word: at });
    match launcher {
        Some(launcher) => become_program(peeler, at, launcher),
        None => Step::Target,
    }
}

fn module(peeler: &mut Peeler<'_>, kind: ScriptKind, word: usize, text: &str) -> Step {
    peeler.launch.target.script = Some(Script { kind, word });
    let base = text.split('.').next().unwrap_or(text).replace('_', "-");
    let launches =
        runner::is_runner(&base) || bridge::is_bridge(&base) || gateway::is_gateway(&base);
    if kind == ScriptKind::Module && launches {
        become_program(peeler, word, base)
    } else {
        Step::Target
    }
}

/// Goes on with the words behind the script as arguments of a launcher.
fn become_program(peeler: &mut Peeler<'_>, word: usize, name: String) -> Step {
    peeler.launch.target.script = None;
    peeler.rest = (word + 1).min(peeler.rest.end)..peeler.rest.end;
    if let Some(head) = &mut peeler.head {
        head.word = word;
        head.name = name;
    }
    Step::Peeled
}

/// The package that a path inside of `node_modules` belongs to.
fn installed_package(path: &str) -> Option<&str> {
    let (_, inside) =
        path.rsplit_once("node_modules").filter(|(_, i)| i.starts_with(['/', '\\']))?;
    inside.trim_start_matches(['/', '\\']).split(['/', '\\']).next()
}
