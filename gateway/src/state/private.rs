//! Files and directories that belong to one user alone.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Write};
use std::path::Path;

use super::StateError;

/// Makes a directory that only its owner can enter, and those above it, unless it is there. One
/// that everybody may write to is refused: what `SQLite` keeps beside a database could be
/// anybody's there.
pub(super) fn directory(path: &Path) -> Result<(), StateError> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path).map_err(StateError::io(path))?;
    closed_to(0o002, path, "write to", "o-w")
}

/// Makes a file that only its owner can use, unless there is one. It appears with all of its
/// contents, and only one of several processes makes it.
///
/// Nothing here opens a file under its final name: to close a file gives up the locks that this
/// process holds on it, and with them the database of another thread.
pub(super) fn file(path: &Path, contents: &[u8]) -> Result<(), StateError> {
    if path.try_exists().map_err(StateError::io(path))? {
        return Ok(());
    }
    let mut random = [0; 8];
    getrandom::fill(&mut random).map_err(StateError::Random)?;
    let temporary = path.with_added_extension(format!("{:016x}.new", u64::from_le_bytes(random)));
    let made = write(&temporary, contents).and_then(|()| fs::hard_link(&temporary, path));
    let removed = fs::remove_file(&temporary);
    match made {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
        Err(error) => return Err(StateError::io(path)(error)),
        Ok(()) => sync_directory(path).map_err(StateError::io(path))?,
    }
    removed.map_err(StateError::io(&temporary))
}

fn write(path: &Path, contents: &[u8]) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path)?;
    file.write_all(contents)?;
    file.sync_all()
}

/// The new name survives a loss of power. Only Unix lets a directory be opened for that.
fn sync_directory(path: &Path) -> io::Result<()> {
    match path.parent() {
        Some(parent) if cfg!(unix) => File::open(parent)?.sync_all(),
        _ => Ok(()),
    }
}

/// Refuses a file that other users can read or write.
pub(super) fn is_own(path: &Path) -> Result<(), StateError> {
    closed_to(0o077, path, "read or change", "600")
}

#[cfg(unix)]
fn closed_to(
    bits: u32,
    path: &Path,
    deed: &'static str,
    wanted: &'static str,
) -> Result<(), StateError> {
    use std::os::unix::fs::MetadataExt;

    let mode = fs::metadata(path).map_err(StateError::io(path))?.mode() & 0o777;
    if mode & bits == 0 {
        return Ok(());
    }
    Err(StateError::Exposed { path: path.to_owned(), deed, mode, wanted })
}

/// Elsewhere the rights of a file come from its directory, which is in the user's profile.
#[cfg(not(unix))]
fn closed_to(_: u32, _: &Path, _: &'static str, _: &'static str) -> Result<(), StateError> {
    Ok(())
}

/// What tells a file from another one of the same name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Identity {
    #[cfg(unix)]
    device_and_inode: (u64, u64),
}

impl Identity {
    /// That of the file of this name; `None` if there is none.
    pub(super) fn of(path: &Path) -> Option<Self> {
        #[cfg(unix)]
        use std::os::unix::fs::MetadataExt;

        let found = fs::metadata(path).ok()?;
        #[cfg(not(unix))]
        let _ = found;
        Some(Self {
            #[cfg(unix)]
            device_and_inode: (found.dev(), found.ino()),
        })
    }
}
