//! Packages that a command of a script installs for the commands behind it.

use super::options::{self, gnu};
use super::package::PackageRef;
use super::peeler::Peeler;
use super::{npm, pypi};

const VALUES: &[&str] = &[
    "--registry",
    "--prefix",
    "-C",
    "--dir",
    "--cwd",
    "--cache",
    "-i",
    "--index-url",
    "--extra-index-url",
    "-f",
    "--find-links",
    "-r",
    "--requirement",
    "-c",
    "--constraint",
    "-t",
    "--target",
    "--python",
    "-p",
    "--trusted-host",
    "-w",
    "--workspace",
    "--loglevel",
    "--root",
    "--upgrade-strategy",
    "--pip-args",
];

/// The packages that `npm install name`, `pip install name` and the like fetch. An install without
/// names follows a manifest and has none.
pub(super) fn packages(peeler: &Peeler<'_>, name: &str) -> Vec<PackageRef> {
    let end = peeler.rest.end;
    let (_, at) = options::leading(&peeler.launch.words, peeler.rest.clone(), gnu(VALUES));
    let word = |at: usize| if at < end { peeler.word(at) } else { "" };
    let (node, names) = match (name, word(at), word(at + 1)) {
        ("npm", "install" | "i" | "add" | "in", _)
        | ("pnpm" | "bun", "add" | "install" | "i", _) => (true, at + 1),
        ("yarn", "add", _) => (true, at + 1),
        ("yarn", "global", "add") => (true, at + 2),
        ("pip" | "pip3" | "pipx", "install", _) | ("uv", "add", _) => (false, at + 1),
        ("uv", "pip" | "tool", "install") => (false, at + 2),
        _ => return Vec::new(),
    };
    let mut found = Vec::new();
    let mut at = names;
    while at < end {
        if peeler.word(at).starts_with('-') {
            let mut given = Vec::new();
            at = options::option(&peeler.launch.words, at, end, gnu(VALUES), &mut given);
            continue;
        }
        let part = peeler.whole(at);
        let text = peeler.word(at);
        found.push(if node { npm::package(text, part) } else { pypi::package(text, part) });
        at += 1;
    }
    found
}
