//! Where the paths of an entry lead on this machine.

use mcp_guard_detect::path::{SharedPlace, shared_place};

use super::command_line::CommandLine;
use super::fact::Surroundings;
use crate::client::Server;
use crate::launch::WrapperKind;
use crate::world::EntryKind;

/// Names for the project's directory.
const PROJECT: [&str; 5] = [
    "${workspaceFolder}",
    "${workspaceRoot}",
    "${workspacePath}",
    "${CLAUDE_PROJECT_DIR}",
    "${PROJECT_ROOT}",
];

/// Resolves the paths of one entry as its client would.
pub(super) struct Paths<'a> {
    surroundings: &'a Surroundings<'a>,
    /// Where relative paths start, if that is known.
    base: Option<String>,
    /// The same as written, to be judged by its spelling.
    written: Option<String>,
    /// The process runs on this machine and sees its files.
    here: bool,
}

impl<'a> Paths<'a> {
    pub(super) fn of(
        server: &Server<'_>,
        line: &CommandLine<'_>,
        surroundings: &'a Surroundings<'a>,
    ) -> Self {
        let here = !line.is_containerised() && !line.launch.is_wrapped(WrapperKind::Remote);
        let root = surroundings.root.map(str::to_owned);
        let mut paths = Self { surroundings, base: root, written: None, here };
        if let Some(cwd) = &server.cwd {
            paths.start_from(&cwd.text);
        }
        // `uv --directory D run …` changes there before it looks at anything.
        for option in line.options().iter().filter(|option| line.is_launchers(option.word)) {
            if matches!(option.flag.as_deref(), Some("--directory"))
                && let Some(part) = &option.value
            {
                paths.start_from(line.launch.text(part));
            }
        }
        paths
    }

    fn start_from(&mut self, directory: &str) {
        self.base = self.resolve(directory);
        self.written = Some(directory.to_owned());
    }

    /// Whether the process runs on this machine and sees its files.
    pub(super) const fn is_here(&self) -> bool {
        self.here
    }

    /// The path from the root of the file system, with forward slashes; from where the fixture of a
    /// test begins if its root is relative. `None` if it hangs on something that is not known.
    pub(super) fn resolve(&self, path: &str) -> Option<String> {
        let path = path.trim().trim_matches('"').replace('\\', "/");
        if path.is_empty() || path.starts_with("//") || path.contains("://") {
            return None;
        }
        for name in PROJECT {
            if let Some(below) = path.strip_prefix(name) {
                let known = below.is_empty() || below.starts_with('/');
                let below = below.trim_start_matches('/');
                return known.then(|| join(self.surroundings.root?, below)).flatten();
            }
        }
        if path.contains(['$', '%', '{', '<', '~', '\0']) {
            return None;
        }
        if path.starts_with('/') || path.as_bytes().get(1) == Some(&b':') {
            return join("", &path);
        }
        join(self.base.as_deref()?, &path)
    }

    /// The kind of place, for one where others put files, told by the spelling.
    pub(super) fn shared_place(&self, path: &str) -> Option<SharedPlace> {
        let relative = form(path) == "relative";
        match &self.written {
            Some(base) if relative => shared_place(&format!("{base}/{path}")),
            _ => shared_place(path),
        }
    }

    fn is_there(&self, resolved: &str) -> bool {
        let entry = self.surroundings.vicinity.and_then(|vicinity| vicinity.entry(resolved));
        entry.is_some_and(|entry| entry.kind != EntryKind::Nothing)
    }

    /// Whether a path leads out of the project whose file names it, and out of the repository that
    /// the project lies in. Files of users belong to no project.
    pub(super) fn is_outside(&self, path: &str) -> bool {
        let Some(root) = self.surroundings.root.filter(|_| self.surroundings.project_file) else {
            return false;
        };
        if is_home(path) {
            return true;
        }
        let Some(resolved) = self.resolve(path) else { return false };
        if form(path) == "absolute" && is_somebodys(&resolved) && !self.is_there(&resolved) {
            // Perhaps the project itself, on the machine of whoever wrote the file.
            return false;
        }
        let within = |root: &str| {
            let root = root.trim_end_matches('/');
            match resolved.strip_prefix(root) {
                // A relative root, as in tests.
                Some(rest) if root.is_empty() => !rest.starts_with('/') && !rest.starts_with(".."),
                Some(rest) => rest.is_empty() || rest.starts_with('/'),
                None => false,
            }
        };
        let repository = || self.surroundings.vicinity.and_then(|vicinity| vicinity.work_tree());
        !within(root) && !repository().is_some_and(within)
    }
}

/// Whether an absolute path leads into the home directory of a certain user.
fn is_somebodys(path: &str) -> bool {
    let path = match path.as_bytes() {
        [_, b':', ..] => path.get(2..).unwrap_or_default(),
        _ => path,
    };
    ["/home/", "/Users/", "/users/", "/root/"].iter().any(|homes| path.starts_with(homes))
}

/// Whether a path begins in the home directory of whoever reads it.
fn is_home(path: &str) -> bool {
    ["~", "$HOME", "${HOME}", "${env:HOME}", "${userHome}", "%USERPROFILE%"]
        .iter()
        .any(|home| path.strip_prefix(home).is_some_and(|rest| rest.starts_with(['/', '\\'])))
}

/// What a path starts from, by its spelling: `relative`, `absolute`, or `other` for the home
/// directory and for what is filled in later.
pub(super) fn form(path: &str) -> &'static str {
    let drive = |path: &[u8]| matches!(path, [letter, b':', b'\\' | b'/', ..] if letter.is_ascii_alphabetic());
    if path.starts_with(['/', '\\']) || drive(path.as_bytes()) {
        "absolute"
    } else if path.starts_with(['~', '$', '%', '{', '<']) || path.contains("://") {
        "other"
    } else {
        "relative"
    }
}

/// Joins and takes `.` and `..` out. `None` if the path climbs above the root.
fn join(base: &str, path: &str) -> Option<String> {
    let absolute = path.starts_with('/') && base.is_empty() || base.starts_with('/');
    let mut segments: Vec<&str> = Vec::new();
    for segment in base.split('/').chain(path.split('/')) {
        match segment {
            "" | "." => {}
            ".." => match segments.last() {
                Some(last) if *last != ".." => {
                    segments.pop();
                }
                _ if absolute => return None,
                _ => segments.push(".."),
            },
            name => segments.push(name),
        }
    }
    let joined = segments.join("/");
    Some(if absolute { format!("/{joined}") } else { joined })
}

#[cfg(test)]
mod tests {
    use super::{form, join};

    #[test]
    fn paths_are_joined_without_detours() {
        for (base, path, expected) in [
            ("/p", "a/b", Some("/p/a/b")),
            ("/p", "./a/../b", Some("/p/b")),
            ("/p/q", "../a", Some("/p/a")),
            ("/p", "../../a", None),
            ("", "/a//b/", Some("/a/b")),
            ("", "a", Some("a")),
            ("", "../a", Some("../a")),
            ("/", "a", Some("/a")),
        ] {
            assert_eq!(join(base, path).as_deref(), expected, "{base} {path}");
        }
    }

    #[test]
    fn the_beginning_says_what_a_path_starts_from() {
        for (path, expected) in [
            ("./x", "relative"),
            ("bin\\x", "relative"),
            ("/x", "absolute"),
            ("C:\\x", "absolute"),
            ("\\\\host\\x", "absolute"),
            ("~/x", "other"),
            ("${workspaceFolder}/x", "other"),
        ] {
            assert_eq!(form(path), expected, "{path}");
        }
    }
}
