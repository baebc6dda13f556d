//! Interpreters: which script or module they run, and code given in place.

use super::inline;
use super::options::{self, Syntax, gnu, single_dash};
use super::peel::{Peeler, Step};
use super::target::{Script, ScriptKind};
use super::{bridge, gateway, name, runner};

struct Interpreter {
    names: &'static [&'static str],
    /// Options with a value.
    syntax: Syntax,
    /// Options whose value is code.
    code: &'static [&'static str],
    /// Options whose value is a module.
    module: &'static [&'static str],
    /// Subcommands in front of a script.
    run: &'static [&'static str],
    /// Subcommands in front of code.
    evaluate: &'static [&'static str],
    /// Subcommands in front of an entry of a manifest.
    entry: &'static [&'static str],
}

const fn interpreter(
    names: &'static [&'static str],
    syntax: Syntax,
    code: &'static [&'static str],
) -> Interpreter {
    Interpreter { names, syntax, code, module: &[], run: &[], evaluate: &[], entry: &[] }
}

const NODE: Syntax = gnu(&[
    "-r",
    "--require",
    "--import",
    "--loader",
    "--experimental-loader",
    "-C",
    "--conditions",
    "-e",
    "--eval",
    "-p",
    "--print",
    "--input-type",
    "--env-file",
    "--env-file-if-exists",
    "--title",
    "--test-name-pattern",
    "--watch-path",
    "--icu-data-dir",
    "--openssl-config",
    "--tsconfig",
    "-P",
    "--project",
    "--cwd",
    "--preload",
]);

const INTERPRETERS: &[Interpreter] = &[
    interpreter(
        &["node", "nodejs", "ts-node", "ts-node-esm", "nodemon", "electron"],
        NODE,
        &["-e", "--eval", "-p", "--print", "-pe"],
    ),
    Interpreter {
        run: &["watch"],
        ..interpreter(&["tsx"], NODE, &["-e", "--eval", "-p", "--print"])
    },
    Interpreter {
        run: &["run"],
        ..interpreter(&["bun"], NODE, &["-e", "--eval", "-p", "--print"])
    },
    Interpreter {
        run: &["run", "serve"],
        evaluate: &["eval"],
        entry: &["task"],
        ..interpreter(
            &["deno"],
            gnu(&[
                "-c",
                "--config",
                "--import-map",
                "--lock",
                "--location",
                "--cert",
                "--seed",
                "--ext",
            ]),
            &[],
        )
    },
    Interpreter {
        module: &["-m"],
        ..interpreter(
            &["python", "pythonw", "py", "pypy"],
            gnu(&["-c", "-m", "-W", "-X", "--check-hash-based-pycs"]),
            &["-c"],
        )
    },
    interpreter(&["ruby"], gnu(&["-e", "-I", "-r", "-C", "-E", "-F"]), &["-e"]),
    interpreter(&["perl"], gnu(&["-e", "-E", "-I", "-M", "-m"]), &["-e", "-E"]),
    interpreter(
        &["php"],
        gnu(&["-r", "-B", "-R", "-F", "-E", "-d", "-c", "-f", "-S", "-t", "-z"]),
        &["-r", "-B", "-R", "-E"],
    ),
    interpreter(&["lua", "luajit"], gnu(&["-e", "-l"]), &["-e"]),
    interpreter(&["rscript"], gnu(&["-e", "--expression"]), &["-e"]),
    interpreter(
        &["julia"],
        gnu(&["-e", "-E", "--eval", "-p", "-L", "-J", "-t"]),
        &["-e", "-E", "--eval"],
    ),
    Interpreter {
        module: &["-jar"],
        ..interpreter(
            &["java", "javaw"],
            single_dash(&[
                "-cp",
                "-classpath",
                "--class-path",
                "-jar",
                "--module-path",
                "-p",
                "-m",
                "--module",
                "--add-opens",
                "--add-exports",
                "--add-modules",
            ]),
            &[],
        )
    },
    Interpreter {
        entry: &["run", "run-script", "start", "test"],
        ..interpreter(
            &["npm", "pnpm", "yarn"],
            gnu(&["--prefix", "-C", "--dir", "--cwd", "-w", "--workspace", "-F", "--filter"]),
            &[],
        )
    },
    Interpreter { run: &["exec"], ..interpreter(&["dotnet"], gnu(&[]), &[]) },
    Interpreter {
        run: &["run"],
        ..interpreter(&["go"], single_dash(&["-tags", "-mod", "-C", "-ldflags", "-modfile"]), &[])
    },
    Interpreter {
        run: &["run", "dev"],
        ..interpreter(
            &["mcp", "fastmcp"],
            gnu(&[
                "--with",
                "-e",
                "--with-editable",
                "-f",
                "--env-file",
                "-t",
                "--transport",
                "-p",
                "--port",
                "--host",
            ]),
            &[],
        )
    },
];

fn known(name: &str) -> Option<&'static Interpreter> {
    let bare = name::without_version(name);
    INTERPRETERS.iter().find(|i| i.names.contains(&name) || i.names.contains(&bare))
}

/// Whether a program of this name runs scripts.
pub(super) fn is_interpreter(name: &str) -> bool {
    !matches!(name, "npm" | "pnpm" | "yarn" | "go" | "dotnet" | "mcp" | "fastmcp")
        && known(name).is_some()
}

/// Finds what an interpreter runs. The interpreter stays the target, unless its module or script
/// is itself a known launcher (`python -m uv`, `node …/npx-cli.js`).
pub(super) fn peel(peeler: &mut Peeler<'_>, name: &str) -> Step {
    let Some(interpreter) = known(name) else { return Step::Unknown };
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
