//! `mcp-guard.lock`: what somebody has looked at and found right, to be compared with what is there.
//! A server has one entry. One that stands twice in its file is never recorded, because it is not
//! known which of the two runs; both are compared with the entry that there is.

mod reviewed;

pub use reviewed::{Reviewed, ReviewedPackage};

use serde::{Deserialize, Serialize};

use crate::fault::without_text;

/// Name of the file.
pub const FILE_NAME: &str = "mcp-guard.lock";

const HEAD: &str = "# What was reviewed, written by `mcp-guard pin`. `mcp-guard scan` reports every server that \
     differs from it.\n";

/// The contents of a lock file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Lock {
    /// Version of the format; always 1.
    pub version: u32,
    /// The servers, by file and pointer.
    #[serde(default)]
    pub servers: Vec<Reviewed>,
}

/// Why a lock file cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum LockError {
    /// It is not what `mcp-guard pin` writes.
    #[error("this is no lock file that can be read: {0}")]
    Malformed(String),
    /// A newer release wrote it.
    #[error(
        "this lock file has version {0}, and only version 1 is known; a newer mcp-guard reads it, or write it anew with `mcp-guard pin`"
    )]
    Version(u64),
}

impl Lock {
    /// A lock file of these servers.
    #[must_use]
    pub fn new(mut servers: Vec<Reviewed>) -> Self {
        servers.sort_by(|a, b| (&a.file, &a.pointer).cmp(&(&b.file, &b.pointer)));
        Self { version: 1, servers }
    }

    /// Reads a lock file.
    ///
    /// # Errors
    /// It is malformed, with line and column, or of another version.
    pub fn read(text: &str) -> Result<Self, LockError> {
        #[derive(Deserialize)]
        struct Head {
            version: Option<u64>,
        }
        let malformed = |error: serde_yaml::Error| {
            LockError::Malformed(without_text(&error.to_string()).into_owned())
        };
        // The version first: what another one holds is not to be called an error of this one.
        let head: Head = serde_yaml::from_str(text).map_err(malformed)?;
        match head.version {
            Some(1) => serde_yaml::from_str(text).map_err(malformed),
            Some(other) => Err(LockError::Version(other)),
            None => Err(LockError::Malformed("`version` is missing".to_owned())),
        }
    }

    /// The lock file as text.
    ///
    /// # Errors
    /// A value cannot be written as YAML; none that was read can do that.
    pub fn write(&self) -> Result<String, LockError> {
        let body = serde_yaml::to_string(self).map_err(|e| LockError::Malformed(e.to_string()))?;
        Ok(format!("{HEAD}{body}"))
    }
}

/// What a lock file says of one file.
#[derive(Clone, Debug, Default)]
pub struct FileLock<'l> {
    /// Its servers.
    pub servers: Vec<&'l Reviewed>,
}

impl<'l> FileLock<'l> {
    /// The server at that place, or where the place has changed the only one of that name.
    #[must_use]
    pub fn find(&self, pointer: &str, name: &str) -> Option<&'l Reviewed> {
        self.find_by(name, |known| known.pointer == pointer)
    }

    /// The same for the server of that name in whose entry something stands.
    #[must_use]
    pub fn around(&self, pointer: &str, name: &str) -> Option<&'l Reviewed> {
        let within = |entry: &str| {
            pointer.strip_prefix(entry).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        self.find_by(name, |known| within(&known.pointer))
    }

    fn find_by(&self, name: &str, at: impl Fn(&Reviewed) -> bool) -> Option<&'l Reviewed> {
        let mut named = self.servers.iter().copied().filter(|known| known.server == name);
        let there = named.clone().find(|known| at(known));
        // Of several of one name nobody can tell which has moved.
        there.or_else(|| named.next().filter(|_| named.next().is_none()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reviewed(file: &str, server: &str) -> Reviewed {
        Reviewed {
            file: file.to_owned(),
            server: server.to_owned(),
            pointer: format!("/mcpServers/{server}"),
            command: Some("npx".to_owned()),
            args: vec!["-y".to_owned(), "a: #b\n".to_owned()],
            ..Reviewed::default()
        }
    }

    #[test]
    fn of_several_servers_of_one_name_the_place_decides() {
        let at = |pointer: &str| Reviewed {
            pointer: pointer.to_owned(),
            ..reviewed(".claude.json", "docs")
        };
        let both = [at("/projects/a/mcpServers/docs"), at("/projects/b/mcpServers/docs")];
        let lock = FileLock { servers: both.iter().collect() };
        let found = |known: Option<&Reviewed>| known.map(|known| known.pointer.clone());
        let second = Some("/projects/b/mcpServers/docs".to_owned());
        assert_eq!(found(lock.find("/projects/b/mcpServers/docs", "docs")), second);
        assert_eq!(found(lock.around("/projects/b/mcpServers/docs/args/1", "docs")), second);
        assert_eq!(found(lock.around("/projects/c/mcpServers/docs/args/1", "docs")), None);
        assert_eq!(found(lock.find("/projects/b/mcpServers/docs", "other")), None);
        let only = FileLock { servers: both.iter().take(1).collect() };
        let first = Some("/projects/a/mcpServers/docs".to_owned());
        assert_eq!(found(only.find("/mcpServers/docs", "docs")), first);
    }

    #[test]
    fn what_is_written_is_read_again_in_order() {
        let lock = Lock::new(vec![reviewed("b.json", "x"), reviewed("a.json", "1.0")]);
        let text = lock.write().unwrap();
        assert!(text.starts_with("# What was reviewed"), "{text}");
        assert_eq!(Lock::read(&text).unwrap(), lock);
        assert_eq!(lock.servers.first().unwrap().file, "a.json");
        assert_eq!(Lock::read(&Lock::new(Vec::new()).write().unwrap()).unwrap().servers, []);
    }

    #[test]
    fn what_cannot_be_used_is_said() {
        for (text, expected) in [
            ("version: 2\nthings: []\n", "has version 2"),
            ("servers: []\n", "`version` is missing"),
            ("version: 1\nservers:\n  - file: a\n    command: x\n", "missing field"),
            ("version: 1\nservers:\n  - {file: a, server: b, pointer: c, comand: x}\n", "comand"),
            ("version: [", "no lock file"),
            ("", "`version` is missing"),
        ] {
            let error = Lock::read(text).unwrap_err().to_string();
            assert!(error.contains(expected), "{text:?}: {error}");
        }
    }
}
