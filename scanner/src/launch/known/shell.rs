//! Shells, and whose quoting rules they follow.

use crate::launch::token::Shell;

const POSIX: &[&str] = &[
    "sh", "bash", "zsh", "dash", "ash", "ksh", "mksh", "fish", "csh", "tcsh", "nu", "rbash",
    "busybox",
];

/// The rules that a shell of this name follows.
pub(in crate::launch) fn flavour(name: &str) -> Option<Shell> {
    match name {
        "cmd" => Some(Shell::Cmd),
        "powershell" | "pwsh" => Some(Shell::PowerShell),
        _ if POSIX.contains(&name) => Some(Shell::Posix),
        _ => None,
    }
}

/// Whether a program of this name is a shell.
pub(in crate::launch) fn is_shell(name: &str) -> bool {
    flavour(name).is_some()
}
