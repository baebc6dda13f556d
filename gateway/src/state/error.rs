//! Why the state could not be used.

use std::io;
use std::path::{Path, PathBuf};

/// Why the state could not be used, and what helps. No value of a row stands in it.
#[derive(Debug, thiserror::Error)]
pub enum StateError {
    /// Other processes did not let go of it in time.
    #[error("{}: other processes keep it locked; try again", .0.display())]
    Locked(PathBuf),
    /// It is no database, or a damaged one.
    #[error(
        "{}: it is damaged or no state of mcp-guard ({report}); restore it from a backup",
        .path.display()
    )]
    Corrupt {
        /// The file.
        path: PathBuf,
        /// What the database reports.
        report: String,
    },
    /// It may not be read or written.
    #[error("{}: this user may not read and write it or its directory ({report})", .path.display())]
    Denied {
        /// The file or directory.
        path: PathBuf,
        /// What the system or the database reports.
        report: String,
    },
    /// There is no space left to write it.
    #[error("{}: the disk is full", .0.display())]
    Full(PathBuf),
    /// A later version of mcp-guard has used it.
    #[error(
        "{}: a newer mcp-guard has written it (schema {found}, this one knows {known}); upgrade \
         mcp-guard",
        .path.display()
    )]
    Newer {
        /// The file.
        path: PathBuf,
        /// The schema it has.
        found: i64,
        /// The last one that is known here.
        known: i64,
    },
    /// It is a database of another program.
    #[error("{}: it is a database of another program", .0.display())]
    Foreign(PathBuf),
    /// The file was moved or deleted while it was in use.
    #[error("{}: it was replaced or deleted while in use; restart mcp-guard", .0.display())]
    Replaced(PathBuf),
    /// Other users could read or change a file.
    #[error("{}: other users could {deed} it (mode {mode:03o}); run `chmod {wanted} {}`", .path.display(), .path.display())]
    Exposed {
        /// The file or directory.
        path: PathBuf,
        /// What they could do.
        deed: &'static str,
        /// Its permission bits.
        mode: u32,
        /// What to hand to `chmod`.
        wanted: &'static str,
    },
    /// The file with the pepper is gone, though there are keys that were hashed with it.
    #[error(
        "{}: it is missing, and without it no key in {} can be checked; restore it from a \
         backup, or delete both files and create new keys",
        .pepper.display(), .state.display()
    )]
    PepperMissing {
        /// Where it should be.
        pepper: PathBuf,
        /// The state it belongs to.
        state: PathBuf,
    },
    /// The file with the pepper belongs to another state, or was changed.
    #[error(
        "{}: it does not belong to {}; restore the one that does from a backup",
        .pepper.display(), .state.display()
    )]
    PepperOfAnother {
        /// The file.
        pepper: PathBuf,
        /// The state it does not belong to.
        state: PathBuf,
    },
    /// The file with the pepper does not hold one.
    #[error(
        "{}: it holds {found} bytes instead of 32; restore it from a backup, or delete it if no \
         keys were created yet",
        .path.display()
    )]
    PepperLength {
        /// The file.
        path: PathBuf,
        /// The bytes that it holds.
        found: usize,
    },
    /// A file or directory could not be made or read.
    #[error("{}: {source}", .path.display())]
    Io {
        /// The file or directory.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The system gives no random bytes.
    #[error("the system gives no random bytes: {0}")]
    Random(getrandom::Error),
    /// It did not answer in time.
    #[error("the state did not answer in time")]
    Slow,
    /// Anything else that the database reports.
    #[error("{}: {source}", .path.display())]
    Database {
        /// The file.
        path: PathBuf,
        /// What it reports.
        source: sqlx::Error,
    },
}

impl StateError {
    pub(super) fn io(path: &Path) -> impl FnOnce(io::Error) -> Self {
        move |source| match source.kind() {
            io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => {
                Self::Denied { path: path.to_owned(), report: source.to_string() }
            }
            io::ErrorKind::StorageFull => Self::Full(path.to_owned()),
            _ => Self::Io { path: path.to_owned(), source },
        }
    }

    /// Names what `SQLite` reports. Result codes: <https://www.sqlite.org/rescode.html>
    pub(super) fn database(path: &Path, source: sqlx::Error) -> Self {
        let path = path.to_owned();
        let code = match &source {
            sqlx::Error::PoolTimedOut => return Self::Locked(path),
            sqlx::Error::Database(error) => {
                error.code().and_then(|code| code.parse::<u32>().ok()).unwrap_or_default()
            }
            sqlx::Error::ColumnDecode { .. } | sqlx::Error::RowNotFound => {
                return Self::Corrupt { path, report: source.to_string() };
            }
            _ => 0,
        };
        // The low byte is the kind, what is above it tells details.
        match code & 0xff {
            5 | 6 => Self::Locked(path),
            11 | 26 => Self::Corrupt { path, report: source.to_string() },
            3 | 8 | 14 | 23 => Self::Denied { path, report: source.to_string() },
            13 => Self::Full(path),
            _ => Self::Database { path, source },
        }
    }
}
