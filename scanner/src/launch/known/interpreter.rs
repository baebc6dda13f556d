//! Interpreters, and how they are told what to run.

use crate::launch::name;
use crate::launch::options::{Syntax, gnu, single_dash};

/// A program that runs scripts.
pub(in crate::launch) struct Interpreter {
    names: &'static [&'static str],
    /// Options with a value.
    pub(in crate::launch) syntax: Syntax,
    /// Options whose value is code.
    pub(in crate::launch) code: &'static [&'static str],
    /// Options whose value is a module.
    pub(in crate::launch) module: &'static [&'static str],
    /// Subcommands in front of a script.
    pub(in crate::launch) run: &'static [&'static str],
    /// Subcommands in front of code.
    pub(in crate::launch) evaluate: &'static [&'static str],
    /// Subcommands in front of an entry of a manifest.
    pub(in crate::launch) entry: &'static [&'static str],
}

const fn interpreter(
    names: &'static [&'static str],
    syntax: Syntax,
    code: &'static [&'static str],
) -> Interpreter {
    Interpreter { names, syntax, code, module: &[], run: &[], evaluate: &[], entry: &[] }
}

/// Options of Deno that take a value.
pub(in crate::launch) const DENO_VALUES: &[&str] = &[
    "-c",
    "--config",
    "--import-map",
    "--lock",
    "--location",
    "--cert",
    "--seed",
    "--ext",
    "-p",
    "--preload",
    "--import",
    "--port",
    "--host",
    "-L",
    "--log-level",
];

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
        ..interpreter(&["deno"], gnu(DENO_VALUES), &[])
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

/// The interpreter of this name, which may end with a version.
pub(in crate::launch) fn find(name: &str) -> Option<&'static Interpreter> {
    let bare = name::without_version(name);
    INTERPRETERS.iter().find(|i| i.names.contains(&name) || i.names.contains(&bare))
}

/// Whether a program of this name runs scripts.
pub(in crate::launch) fn is_interpreter(name: &str) -> bool {
    !matches!(name, "npm" | "pnpm" | "yarn" | "go" | "dotnet" | "mcp" | "fastmcp")
        && find(name).is_some()
}
