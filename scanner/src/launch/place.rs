//! Where a path as written leads, placeholders included.

use super::placeholder::placeholder;

/// What a path is relative to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Anchor {
    /// The root of the file system.
    Root,
    /// A drive, by its letter in lower case.
    Drive(char),
    /// The home directory.
    Home,
    /// The directory that the client works in.
    Workspace,
    /// The working directory.
    Relative,
    /// A placeholder of unknown meaning, or a share.
    Unknown,
}

/// A path taken apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) anchor: Anchor,
    /// How many steps it climbs above its anchor.
    pub(super) up: usize,
    /// The steps below it, in lower case, without a pattern at the end.
    pub(super) down: Vec<String>,
}

impl Place {
    /// Takes a path of any platform apart.
    pub(super) fn of(path: &str) -> Self {
        let path = path.trim().trim_matches(['"', '\'']);
        let path = path.strip_prefix("file://").unwrap_or(path);
        let path = path.strip_prefix(r"\\?\").unwrap_or(path);
        let unified = path.replace('\\', "/");
        let (anchor, rest) = anchor(&unified);
        let mut down: Vec<String> = Vec::new();
        let mut up = 0_usize;
        for part in rest.split('/') {
            match part {
                "" | "." => {}
                ".." => {
                    if down.pop().is_none() {
                        up += 1;
                    }
                }
                part => down.push(part.to_ascii_lowercase()),
            }
        }
        // A pattern names everything below what stands before it.
        while down.last().is_some_and(|part| matches!(part.as_str(), "*" | "**")) {
            down.pop();
        }
        Self { anchor, up, down }
    }

    /// The path with `/` between its steps, in lower case, homes of any user and any spelling as
    /// `~`. `None` for a path that is relative or not known.
    pub(super) fn canonical(&self) -> Option<String> {
        if self.up > 0 && self.anchor == Anchor::Home {
            return None;
        }
        let down: Vec<&str> = self.down.iter().map(String::as_str).collect();
        let (start, rest) = match (self.anchor, down.as_slice()) {
            (Anchor::Home, rest)
            | (
                Anchor::Root,
                ["home" | "users", _, rest @ ..]
                | ["root", rest @ ..]
                | ["var", "root", rest @ ..]
                | ["mnt" | "host_mnt", _, "users", _, rest @ ..],
            )
            | (Anchor::Drive(_), ["users" | "documents and settings", _, rest @ ..]) => ("~", rest),
            (Anchor::Root, [drive, "users", _, rest @ ..]) if drive.len() == 1 => ("~", rest),
            (Anchor::Root, rest) => ("", rest),
            (Anchor::Drive(_), rest) => ("c:", rest),
            (Anchor::Workspace | Anchor::Relative | Anchor::Unknown, _) => return None,
        };
        let mut out = String::from(start);
        for step in rest {
            out.push('/');
            out.push_str(step);
        }
        if out.is_empty() {
            out.push('/');
        }
        Some(out)
    }
}

/// Variables that stand for a directory below the home directory.
const BELOW_HOME: &[(&str, &str)] = &[
    ("APPDATA", "~/AppData/Roaming"),
    ("LOCALAPPDATA", "~/AppData/Local"),
    ("XDG_CONFIG_HOME", "~/.config"),
    ("XDG_DATA_HOME", "~/.local/share"),
    ("PROGRAMDATA", "C:/ProgramData"),
];

/// What stands before and after the name of a variable where its value is meant.
const SPELLINGS: &[(&str, &str)] =
    &[("%", "%"), ("${", "}"), ("${env:", "}"), ("$env:", ""), ("$", "")];

/// What follows a beginning, ASCII letter case aside.
fn without<'p>(path: &'p str, beginning: &str) -> Option<&'p str> {
    let (start, rest) = path.split_at_checked(beginning.len())?;
    start.eq_ignore_ascii_case(beginning).then_some(rest)
}

/// The canonical form of a path, see [`Place::canonical`]. Variables that usually stand for a
/// directory of the home directory count as that.
#[must_use]
pub fn canonical(path: &str) -> Option<String> {
    let path = path.trim().trim_matches(['"', '\'']);
    let rooted = path.starts_with(['/', '\\', '~', '%', '$', '{']);
    let drive = path.as_bytes().get(1) == Some(&b':');
    if !rooted && !drive && !path.starts_with("file:") {
        return None;
    }
    let variables = if path.starts_with(['%', '$']) { BELOW_HOME } else { &[] };
    for (name, stands_for) in variables {
        let rest = SPELLINGS.iter().find_map(|(open, close)| {
            let rest = [*open, *name, *close].into_iter().try_fold(path, without)?;
            (rest.is_empty() || rest.starts_with(['/', '\\'])).then_some(rest)
        });
        if let Some(rest) = rest {
            return Place::of(&format!("{stands_for}{rest}")).canonical();
        }
    }
    Place::of(path).canonical()
}

/// Spellings of the home directory.
const HOMES: &[&str] = &[
    "~",
    "$HOME",
    "${HOME}",
    "%USERPROFILE%",
    "%HOME%",
    "%HOMEDRIVE%%HOMEPATH%",
    "${userHome}",
    "${env:HOME}",
    "${env:USERPROFILE}",
    "$env:USERPROFILE",
    "$env:HOME",
    "${USERPROFILE}",
    "$USERPROFILE",
    "%HOMEPATH%",
    "{{HOME}}",
    "${user_home}",
    "${user.home}",
];
/// Spellings of the directory that the client works in.
const WORKSPACES: &[&str] = &[
    "${workspaceFolder}",
    "${workspaceRoot}",
    "${PWD}",
    "$PWD",
    "%CD%",
    "${cwd}",
    "${projectRoot}",
    "${CLAUDE_PROJECT_DIR}",
    "${CLAUDE_PROJECT_DIR:-.}",
    "$CLAUDE_PROJECT_DIR",
    "${env:PWD}",
    "${PROJECT_ROOT}",
    "${workspace}",
    "$(pwd)",
    "${__dirname}",
    "$PROJECT_DIR$",
    "$ProjectFileDir$",
];

fn anchor(path: &str) -> (Anchor, &str) {
    let may_be_named = path.starts_with(['~', '$', '%', '{']);
    for (names, home) in [(HOMES, true), (WORKSPACES, false)] {
        for name in names.iter().filter(|_| may_be_named) {
            let Some(rest) = path
                .get(..name.len())
                .filter(|start| start.eq_ignore_ascii_case(name))
                .and_then(|_| path.get(name.len()..))
            else {
                continue;
            };
            if rest.is_empty() || rest.starts_with('/') {
                return (if home { Anchor::Home } else { Anchor::Workspace }, rest);
            }
        }
    }
    // A workspace of several folders: `${workspaceFolder:name}`.
    if let Some(rest) = path.strip_prefix("${workspaceFolder:").and_then(|r| r.split_once('}')) {
        return (Anchor::Workspace, rest.1);
    }
    let mut chars = path.chars();
    match (chars.next(), chars.next(), chars.next()) {
        (Some('/'), Some('/'), Some(c)) if c != '/' => (Anchor::Unknown, path),
        (Some('/'), ..) => (Anchor::Root, path),
        (Some(drive), Some(':'), None | Some('/')) if drive.is_ascii_alphabetic() => {
            (Anchor::Drive(drive.to_ascii_lowercase()), path.get(2..).unwrap_or_default())
        }
        (Some('%' | '$' | '{' | '<'), ..) if placeholder(path).is_some() => (Anchor::Unknown, path),
        (Some('~') | None, ..) => (Anchor::Unknown, path),
        _ => (Anchor::Relative, path),
    }
}

#[cfg(test)]
mod tests {
    use super::canonical;

    #[test]
    fn homes_of_every_spelling_are_one() {
        for path in [
            "~/.ssh",
            "$HOME/.ssh",
            "${userHome}/.ssh/",
            "%USERPROFILE%\\.ssh",
            "/home/anna/.ssh",
            "/Users/anna/./.SSH/**",
            "/root/.ssh",
            "C:\\Users\\anna\\.ssh",
            "/mnt/c/Users/anna/.ssh",
            "/c/Users/anna/x/../.ssh",
            "file:///home/anna/.ssh",
        ] {
            assert_eq!(canonical(path).as_deref(), Some("~/.ssh"), "{path}");
        }
        assert_eq!(canonical("%APPDATA%\\gcloud").as_deref(), Some("~/appdata/roaming/gcloud"));
        assert_eq!(canonical("$XDG_CONFIG_HOME/gh").as_deref(), Some("~/.config/gh"));
        assert_eq!(canonical("/").as_deref(), Some("/"));
        assert_eq!(canonical("D:/data").as_deref(), Some("c:/data"));
        for path in ["./.ssh", ".ssh", "${workspaceFolder}/.ssh", "$DATA/.ssh", "", "a/b", "~/.."] {
            assert_eq!(canonical(path), None, "{path}");
        }
    }
}
