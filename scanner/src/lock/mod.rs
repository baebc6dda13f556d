//! `mcp-guard.lock`: what somebody has looked at and found right, to be compared with what is there.

mod reviewed;

pub use reviewed::{Reviewed, ReviewedPackage};

use serde::{Deserialize, Serialize};

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
        let malformed = |error: serde_yaml::Error| LockError::Malformed(error.to_string());
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
    /// The server at that place, or where the place has changed the one of that name.
    #[must_use]
    pub fn find(&self, pointer: &str, name: &str) -> Option<&'l Reviewed> {
        let at = self.servers.iter().find(|known| known.pointer == pointer && known.server == name);
        at.or_else(|| self.servers.iter().find(|known| known.server == name)).copied()
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
