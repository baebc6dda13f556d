//! Directories that a server is given to work in.

use std::ops::Range;

use super::command_line::Launch;
use super::name;
use super::part::Part;
use super::place::{Anchor, Place};

/// A directory given to a server on its command line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Root {
    /// Where the path is written.
    pub part: Part,
    /// The option in front of it; `None` for an operand.
    pub option: Option<String>,
    /// How wide it is.
    pub class: RootClass,
}

/// How wide a directory is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RootClass {
    /// A whole system or drive: `/`, `C:\`.
    Drive,
    /// A home directory or all of them: `~`, `/home`, `C:\Users\x`, `${userHome}`.
    Home,
    /// Upwards from the working directory: `..`, `../..`.
    Parent,
    /// The working directory or the client's workspace: `.`, `${workspaceFolder}`, or below.
    Workspace,
    /// Any other.
    Other,
}

impl RootClass {
    /// The name used in rules and reports.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Drive => "drive",
            Self::Home => "home",
            Self::Parent => "parent",
            Self::Workspace => "workspace",
            Self::Other => "other",
        }
    }

    /// The class of a path as written, placeholders included.
    #[must_use]
    pub fn of(path: &str) -> Self {
        let Place { anchor, up, down } = Place::of(path);
        let parts: Vec<&str> = down.iter().map(String::as_str).collect();
        match anchor {
            Anchor::Root => match parts.as_slice() {
                [] | ["mnt" | "volumes"] => Self::Drive,
                ["mnt" | "media", drive] if drive.len() == 1 => Self::Drive,
                ["c" | "d" | "e"] => Self::Drive,
                ["home" | "users" | "root"] | ["home" | "users", _] | ["var", "root"] => Self::Home,
                ["mnt" | "host_mnt", _, "users"] | ["mnt" | "host_mnt", _, "users", _] => {
                    Self::Home
                }
                [_, "users"] | [_, "users", _] if parts.first().is_some_and(|d| d.len() == 1) => {
                    Self::Home
                }
                _ => Self::Other,
            },
            Anchor::Drive(_) => match parts.as_slice() {
                [] => Self::Drive,
                ["users" | "documents and settings"] | ["users" | "documents and settings", _] => {
                    Self::Home
                }
                _ => Self::Other,
            },
            Anchor::Home if up > 0 => {
                if up > 1 {
                    Self::Drive
                } else {
                    Self::Home
                }
            }
            Anchor::Home if parts.is_empty() => Self::Home,
            Anchor::Relative | Anchor::Workspace if up > 0 && parts.is_empty() => Self::Parent,
            Anchor::Relative if parts.is_empty() => Self::Workspace,
            Anchor::Workspace if up == 0 => Self::Workspace,
            Anchor::Home | Anchor::Relative | Anchor::Workspace | Anchor::Unknown => Self::Other,
        }
    }
}

/// Packages, images and scripts whose operands are directories they serve.
const OPERAND_SERVERS: &[&str] = &[
    "@modelcontextprotocol/server-filesystem",
    "server-filesystem",
    "mcp-server-filesystem",
    "mcp-filesystem",
    "mcp-filesystem-server",
    "filesystem-mcp-server",
    "rust-mcp-filesystem",
    "mcp_server_filesystem",
    "@gabrielmaialva33/mcp-filesystem",
    "secure-filesystem-server",
    "mcp/filesystem",
    "mark3labs/mcp-filesystem-server",
    "filesystem",
    "fast-filesystem-mcp",
    "mcp-obsidian",
];
/// Options that give any server its directories.
const OPTIONS: &[&str] = &[
    "--root",
    "--root-dir",
    "--root-path",
    "--roots",
    "--dir",
    "--directory",
    "--dirs",
    "--directories",
    "--allowed-directory",
    "--allowed-directories",
    "--allowed-dir",
    "--allowed-dirs",
    "--allowed-path",
    "--allowed-paths",
    "--allow-dir",
    "--allow-path",
    "--path",
    "--paths",
    "--workspace",
    "--workspace-dir",
    "--workspace-folder",
    "--base-dir",
    "--base-path",
    "--basedir",
    "--vault",
    "--vault-path",
    "--project",
    "--project-root",
    "--project-path",
    "--repository",
    "--repo",
    "--repo-path",
    "--folder",
    "--sandbox-dir",
    "--data-dir",
    "--working-directory",
    "--cwd",
    "--notes-dir",
    "--docs-dir",
];

/// The directories that the target is given: operands of servers known to serve them, and the
/// values of options that say so. Where a container runs the server, these are paths inside of
/// it; what it sees of this machine are its [mounts](Launch::mounts).
#[must_use]
pub fn filesystem_roots(launch: &Launch<'_>) -> Vec<Root> {
    let target = &launch.target;

    let mut range = target.arguments.clone();
    if let Some(script) = target.script
        && range.contains(&script.word)
    {
        range.start = script.word + 1;
    }
    let operands = serves_operands(launch);
    let mut roots = Vec::new();
    let mut at = range.start;
    while at < range.end {
        let text = launch.word(at);
        if text.starts_with('-') && text.len() > 1 {
            at = option(launch, at, &range, &mut roots);
            continue;
        }
        if operands && !text.is_empty() && !text.contains("://") {
            let part = Part { word: at, range: 0..text.len() };
            roots.push(Root { class: RootClass::of(text), option: None, part });
        }
        at += 1;
    }
    roots
}

/// Reads the option at `at`; returns where to go on.
fn option(launch: &Launch<'_>, at: usize, range: &Range<usize>, roots: &mut Vec<Root>) -> usize {
    let text = launch.word(at);
    let (name, attached) = match text.split_once('=') {
        Some((name, _)) => (name, Some(name.len() + 1)),
        None => (text, None),
    };
    let lower = name.to_ascii_lowercase().replace('_', "-");
    if !OPTIONS.contains(&lower.as_str()) {
        return at + 1;
    }
    if let Some(start) = attached {
        push_list(launch, &Part { word: at, range: start..text.len() }, name, roots);
        return at + 1;
    }
    // Options in the plural may be followed by several paths.
    let plural = lower.ends_with('s') || lower.ends_with("directories");
    let mut next = at + 1;
    while next < range.end {
        let value = launch.word(next);
        let first = next == at + 1;
        if value.starts_with('-') || !(first || plural && name::is_path(value)) {
            break;
        }
        push_list(launch, &Part { word: next, range: 0..value.len() }, name, roots);
        next += 1;
    }
    next
}

/// One path, or several with commas between them.
fn push_list(launch: &Launch<'_>, part: &Part, option: &str, roots: &mut Vec<Root>) {
    let text = launch.text(part);
    if text.contains("://") && !text.starts_with("file://") {
        return;
    }
    let mut start = part.range.start;
    for piece in text.split(',') {
        let end = start + piece.len();
        if !piece.trim().is_empty() {
            let part = Part { word: part.word, range: start..end };
            roots.push(Root { class: RootClass::of(piece), option: Some(option.to_owned()), part });
        }
        start = end + 1;
    }
}

fn serves_operands(launch: &Launch<'_>) -> bool {
    let target = &launch.target;
    let known = |name: &str| OPERAND_SERVERS.contains(&name.to_ascii_lowercase().as_str());
    let script = target.script.map(|script| launch.word(script.word));
    let in_path = |path: &str| {
        path.split(['/', '\\']).any(|part| part != "filesystem" && known(part))
            || path.replace('\\', "/").contains("/filesystem/dist/")
            || path.replace('\\', "/").contains("/src/filesystem/")
    };
    target.package.as_ref().is_some_and(|p| known(&p.name))
        || target.image.as_ref().is_some_and(|i| known(&i.name))
        || script.is_some_and(in_path)
        || (target.package.is_none()
            && target.image.is_none()
            && target.script.is_none()
            && target.program_name != "filesystem"
            && known(&target.program_name))
}
