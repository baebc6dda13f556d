//! Writing a file so that it is whole at any time: the old one or the new one.

use std::io::{self, BufWriter, Write};
use std::path::Path;

use mcp_guard_scanner::source;

use crate::failure::Failure;

/// Replaces the contents of a file, or makes it with the directories above it. What a link names is
/// replaced and not the link; the mode is kept. A link that leads out of its directory is refused: a
/// repository that holds one could have any file of the user overwritten.
///
/// # Errors
/// The directory or the file cannot be written, or the link leads elsewhere.
pub(crate) fn file(path: &Path, bytes: &[u8]) -> io::Result<()> {
    // Nothing is there, or a link that names nothing, which is replaced itself.
    let Ok(real) = path.canonicalize() else { return persist(path, bytes, || Ok(())) };
    stays(path, &real)?;
    persist(&real, bytes, || Ok(()))
}

/// Refuses a link that leads out of its directory, given where it leads.
///
/// # Errors
/// It does, or what it is cannot be told.
pub(crate) fn stays(path: &Path, real: &Path) -> io::Result<()> {
    let is_link = path.symlink_metadata()?.is_symlink();
    if is_link && source::directory(path).is_none_or(|directory| !real.starts_with(directory)) {
        let message = "it is a symbolic link that leads out of its directory; name the file itself";
        return Err(io::Error::other(message));
    }
    Ok(())
}

/// Why a file was left as it was.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NotReplaced {
    /// Somebody else has written it in the meantime.
    #[error("it changed since it was read")]
    Changed,
    /// Its mode forbids writing.
    #[error("it is read-only")]
    ReadOnly,
    /// The other names of the file would go on naming the old one.
    #[error("it has other names (hard links), which would keep the old contents")]
    Linked,
    /// The directory or the file cannot be written.
    #[error("it cannot be written: {0}")]
    Io(#[from] io::Error),
}

/// Replaces the contents of a file that still holds what was read from it. What a link names is
/// replaced and not the link; mode and, where that is allowed, owner are kept.
///
/// # Errors
/// It holds something else, is read-only, has several names or cannot be written.
pub(crate) fn unchanged(path: &Path, before: &[u8], after: &[u8]) -> Result<(), NotReplaced> {
    let real = path.canonicalize()?;
    let metadata = real.metadata()?;
    if metadata.permissions().readonly() {
        return Err(NotReplaced::ReadOnly);
    }
    if names(&metadata) > 1 {
        return Err(NotReplaced::Linked);
    }
    // As late as possible, when the new file is ready beside the old one.
    let mut changed = false;
    let still = || {
        changed = std::fs::read(&real)? != before;
        if changed { Err(io::Error::other("changed")) } else { Ok(()) }
    };
    match persist(&real, after, still) {
        Err(_) if changed => Err(NotReplaced::Changed),
        done => Ok(done?),
    }
}

#[cfg(unix)]
fn names(metadata: &std::fs::Metadata) -> u64 {
    use std::os::unix::fs::MetadataExt as _;
    metadata.nlink()
}

#[cfg(not(unix))]
fn names(_: &std::fs::Metadata) -> u64 {
    1
}

/// Writes a new file beside the real one and puts it in its place, if `ready` has no objection.
fn persist(real: &Path, bytes: &[u8], ready: impl FnOnce() -> io::Result<()>) -> io::Result<()> {
    let directory = directory_of(real);
    std::fs::create_dir_all(directory)?;
    let old = real.metadata();
    let mut new = tempfile::Builder::new().prefix(".mcp-guard-").tempfile_in(directory)?;
    new.write_all(bytes)?;
    match old {
        Ok(old) => {
            keep_owner(new.as_file(), &old);
            new.as_file().set_permissions(old.permissions())?;
        }
        Err(_) => readable(new.as_file())?,
    }
    new.as_file().sync_all()?;
    ready()?;
    new.persist(real).map_err(|error| error.error)?;
    // The new name lasts through a loss of power where directories can be synchronised.
    if let Ok(directory) = std::fs::File::open(directory) {
        let _ = directory.sync_all();
    }
    Ok(())
}

/// Writes a file anew, in directories that are made for it. A link in its place is replaced and not
/// followed: a change can bring one along. Others may read it, for the next step of a job can run as
/// somebody else.
pub(crate) fn anew(
    path: &Path,
    write: impl FnOnce(&mut dyn Write) -> io::Result<()>,
) -> Result<(), Failure> {
    let written = || -> io::Result<()> {
        let directory = directory_of(path);
        std::fs::create_dir_all(directory)?;
        let mut out = BufWriter::new(tempfile::NamedTempFile::new_in(directory)?);
        write(&mut out)?;
        let file = out.into_inner().map_err(io::IntoInnerError::into_error)?;
        readable(file.as_file())?;
        file.persist(path)?;
        Ok(())
    };
    written().map_err(|source| Failure::Write { path: path.to_owned(), source })
}

fn directory_of(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    }
}

/// Only who may give files away can keep another owner; for all others the file becomes theirs.
#[cfg(unix)]
fn keep_owner(new: &std::fs::File, old: &std::fs::Metadata) {
    use std::os::unix::fs::{MetadataExt as _, fchown};
    let own = new.metadata();
    if own.is_ok_and(|own| (own.uid(), own.gid()) != (old.uid(), old.gid())) {
        let _ = fchown(new, Some(old.uid()), Some(old.gid()));
    }
}

#[cfg(not(unix))]
fn keep_owner(_: &std::fs::File, _: &std::fs::Metadata) {}

/// A file of one's own is usually readable by others; the temporary one is not.
#[cfg(unix)]
fn readable(file: &std::fs::File) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    file.set_permissions(std::fs::Permissions::from_mode(0o644))
}

#[cfg(not(unix))]
fn readable(_: &std::fs::File) -> io::Result<()> {
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_somebody_else_wrote_in_the_meantime_is_kept() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("mcp.json");
        std::fs::write(&path, "new").unwrap();
        let refused = unchanged(&path, b"old", b"mine").unwrap_err();
        assert!(matches!(refused, NotReplaced::Changed), "{refused}");
        assert_eq!(std::fs::read(&path).unwrap(), b"new");
        unchanged(&path, b"new", b"mine").unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), b"mine");
        assert_eq!(std::fs::read_dir(directory.path()).unwrap().count(), 1);
    }

    #[cfg(unix)]
    #[test]
    fn a_link_is_followed_in_its_directory_and_not_out_of_it() {
        use std::os::unix::fs::symlink;
        let place = tempfile::tempdir().unwrap();
        let at = |below: &str| place.path().join(below);
        std::fs::create_dir_all(at("tree/sub")).unwrap();
        std::fs::write(at("profile"), "old").unwrap();
        std::fs::write(at("tree/sub/real"), "old").unwrap();
        for (target, link) in [("../profile", "tree/direct"), ("direct", "tree/twice")] {
            symlink(target, at(link)).unwrap();
            let refused = file(&at(link), b"new").unwrap_err();
            assert!(refused.to_string().contains("leads out"), "{refused}");
            assert_eq!(std::fs::read(at("profile")).unwrap(), b"old");
        }
        symlink("sub/real", at("tree/inside")).unwrap();
        file(&at("tree/inside"), b"new").unwrap();
        assert_eq!(std::fs::read(at("tree/sub/real")).unwrap(), b"new");
        assert!(at("tree/inside").is_symlink());
        symlink("../nowhere", at("tree/dangling")).unwrap();
        file(&at("tree/dangling"), b"new").unwrap();
        assert!(!at("nowhere").exists() && !at("tree/dangling").is_symlink());
    }

    #[test]
    fn a_file_that_is_gone_is_not_made_again() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("mcp.json");
        assert!(unchanged(&path, b"old", b"mine").is_err());
        assert!(!path.exists());
    }
}
