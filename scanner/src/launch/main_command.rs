//! The command of a shell's script that matters.

use super::script::{Command, Script};
use super::shell_script;
use super::token::Operator;

/// The command that the script is for: in the last pipeline that does more than prepare, the first
/// that does.
pub(super) fn main_command(script: &Script<'_>) -> Option<usize> {
    let works = |at: &usize| {
        script.commands.get(*at).is_some_and(|command| {
            let name = command.name();
            let fed = command.before == Some(Operator::Pipe) && shell_script::is_code_runner(&name);
            !(name.is_empty()
                || name.starts_with('-')
                || name.contains('=')
                || fed
                || shell_script::is_downloader(&name)
                || SETUP.contains(&name.as_str())
                || is_install(command))
        })
    };
    let count = script.commands.len();
    let last = (0..count).rev().find(works);
    // Back to the start of its pipeline.
    let Some(mut first) = last else { return (count == 1).then_some(0) };
    while first > 0 && script.commands.get(first).is_some_and(|c| c.before == Some(Operator::Pipe))
    {
        first -= 1;
    }
    (first..count).find(works)
}

/// Commands that only prepare for others.
const SETUP: &[&str] = &[
    "cd",
    "pushd",
    "popd",
    "chdir",
    "export",
    "set",
    "setx",
    "unset",
    "source",
    ".",
    "echo",
    "@echo",
    "printf",
    "true",
    "false",
    ":",
    "test",
    "[",
    "[[",
    "mkdir",
    "sleep",
    "trap",
    "ulimit",
    "umask",
    "shopt",
    "setopt",
    "eval",
    "nvm",
    "fnm",
    "conda",
    "activate",
    "for",
    "case",
    "read",
    "wait",
    "kill",
    "pkill",
    "killall",
    "rm",
    "touch",
    "cat",
    "chmod",
    "chown",
    "cp",
    "mv",
    "ln",
    "git",
    "return",
    "exit",
    "type",
    "which",
    "where",
    "command",
    "rem",
    "chcp",
    "title",
    "setlocal",
    "endlocal",
    "set-location",
    "sl",
    "write-host",
    "write-output",
    "out-null",
    "import-module",
    "tee",
    "grep",
    "sed",
    "awk",
    "head",
    "tail",
    "sort",
    "jq",
    "xargs",
    "local",
    "declare",
    "readonly",
    "hash",
    "pip",
    "pip3",
    "apt",
    "apt-get",
    "apk",
    "brew",
    "curl",
    "wget",
    "tar",
    "unzip",
    "make",
    "local",
    "break",
    "base64",
    "gunzip",
    "openssl",
    "xxd",
    "continue",
];

/// `npm install`, `uv sync`: fetches for later, starts nothing.
fn is_install(command: &Command<'_>) -> bool {
    let name = command.name();
    let manager =
        ["npm", "pnpm", "yarn", "bun", "uv", "poetry", "bundle", "cargo", "go", "dotnet", "docker"];
    let verbs = [
        "install", "i", "ci", "add", "sync", "build", "pull", "restore", "compile", "update",
        "lock",
    ];
    let verb = command.words.iter().skip(1).find(|l| !l.word.text.starts_with('-'));
    manager.contains(&name.as_str()) && verb.is_some_and(|l| verbs.contains(&l.word.text.as_ref()))
}
