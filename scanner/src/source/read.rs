//! Reading one file, whatever it turns out to be.

use std::fs::{File, Metadata, OpenOptions};
use std::io::{ErrorKind, Read};
use std::path::{Path, PathBuf};

use crate::problem::{Problem, ProblemKind};

/// The name under which standard input appears.
pub const STDIN: &str = "<stdin>";

/// The bytes of a file, at most `limit` of them, and what is odd about it.
///
/// # Errors
/// When it is no regular file, cannot be opened or read, or holds more than `limit` bytes.
pub fn read(path: &Path, limit: usize) -> Result<(Vec<u8>, Option<Problem>), Problem> {
    let first = attempt(path, limit)?;
    if !first.changed {
        return Ok((first.bytes, None));
    }
    let second = attempt(path, limit)?;
    let problem = second.changed.then(|| {
        Problem::new(
            ProblemKind::Changed,
            "the file changed while it was read, twice; what is reported may be a mixture",
        )
    });
    Ok((second.bytes, problem))
}

/// The bytes of standard input.
///
/// # Errors
/// When it cannot be read or holds more than `limit` bytes.
pub fn stdin(input: impl Read, limit: usize) -> Result<Vec<u8>, Problem> {
    bounded(input, limit, 4096)
}

struct Attempt {
    bytes: Vec<u8>,
    changed: bool,
}

fn attempt(path: &Path, limit: usize) -> Result<Attempt, Problem> {
    let mut file = open(path).map_err(|error| unreadable(&error))?;
    let before = file.metadata().map_err(|error| unreadable(&error))?;
    if !before.is_file() {
        return Err(Problem::new(ProblemKind::NotAFile, format!("this is {}", kind(&before))));
    }
    if usize::try_from(before.len()).is_ok_and(|size| size > limit) {
        return Err(too_large(before.len(), limit));
    }
    let size = usize::try_from(before.len()).unwrap_or(0);
    let bytes = bounded(&mut file, limit, size)?;
    let after = file.metadata().map_err(|error| unreadable(&error))?;
    let stable = before.len() == after.len()
        && bytes.len() as u64 == after.len()
        && before.modified().ok() == after.modified().ok();
    Ok(Attempt { bytes, changed: !stable })
}

/// Opens without waiting: a pipe that nobody writes to would otherwise block for ever.
fn open(path: &Path) -> std::io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        options.custom_flags(libc::O_NONBLOCK | libc::O_NOCTTY);
    }
    options.open(path)
}

fn bounded(input: impl Read, limit: usize, size: usize) -> Result<Vec<u8>, Problem> {
    let mut bytes = Vec::with_capacity(size.min(limit) + 1);
    let most = u64::try_from(limit).unwrap_or(u64::MAX).saturating_add(1);
    input.take(most).read_to_end(&mut bytes).map_err(|error| unreadable(&error))?;
    if bytes.len() > limit {
        return Err(too_large(most, limit));
    }
    Ok(bytes)
}

/// The problem of a file of at least `size` bytes where only `limit` are read.
#[must_use]
pub fn too_large(size: u64, limit: usize) -> Problem {
    Problem::new(
        ProblemKind::TooLarge,
        format!("{size} bytes or more are over the limit of {limit} bytes; nothing was read"),
    )
}

pub(super) fn unreadable(error: &std::io::Error) -> Problem {
    match error.kind() {
        ErrorKind::NotFound => Problem::new(ProblemKind::Unreadable, "there is no such file"),
        ErrorKind::PermissionDenied => Problem::new(
            ProblemKind::Unreadable,
            "permission denied; run as a user who may read it",
        ),
        _ if is_loop(error) => {
            Problem::new(ProblemKind::Symlink, "a symbolic link that leads back to itself")
        }
        _ => Problem::new(ProblemKind::Unreadable, format!("it cannot be read: {error}")),
    }
}

#[cfg(unix)]
fn is_loop(error: &std::io::Error) -> bool {
    error.raw_os_error() == Some(libc::ELOOP)
}

#[cfg(not(unix))]
fn is_loop(_: &std::io::Error) -> bool {
    false
}

/// What an entry of the file system is, if it is no regular file.
pub(super) fn kind(metadata: &Metadata) -> &'static str {
    if metadata.is_dir() {
        return "a directory and not a file";
    }
    #[cfg(unix)]
    {
        use std::os::unix::fs::FileTypeExt;
        let kind = metadata.file_type();
        if kind.is_fifo() {
            return "a named pipe and not a file";
        }
        if kind.is_socket() {
            return "a socket and not a file";
        }
        if kind.is_block_device() || kind.is_char_device() {
            return "a device and not a file";
        }
    }
    "no regular file"
}

/// The real path of the directory that holds the file, if it can be told.
#[must_use]
pub fn directory(path: &Path) -> Option<PathBuf> {
    let parent = path.parent()?;
    let parent = if parent.as_os_str().is_empty() { Path::new(".") } else { parent };
    parent.canonicalize().ok()
}
