//! What is at a path, without opening it.

use std::fs;
use std::io::ErrorKind;
use std::path::Path;

use super::slashed;
use crate::entry::{Entry, EntryKind};

/// Where another machine, or a service that mounts on demand, may answer: asking could wait for it.
const FAR: &[&str] = &["//", "/afs/", "/net/", "/Network/", "/misc/"];

/// What is at an absolute path of this system, links followed. `None` for a relative path, one that
/// may lead to another machine, and where the system does not tell.
#[must_use]
pub fn entry(path: &Path) -> Option<Entry> {
    let text = slashed(path);
    if !path.is_absolute() || FAR.iter().any(|far| text.starts_with(far)) {
        return None;
    }
    let metadata = match fs::metadata(path) {
        Ok(metadata) => metadata,
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {
            return Some(Entry { kind: EntryKind::Nothing, access: None });
        }
        Err(_) => return None,
    };
    let kind = if metadata.is_file() {
        EntryKind::File
    } else if metadata.is_dir() {
        EntryKind::Directory
    } else {
        EntryKind::Other
    };
    Some(Entry { kind, access: access(&metadata, &text) })
}

#[cfg(unix)]
fn access(metadata: &fs::Metadata, path: &str) -> Option<crate::entry::Access> {
    use std::os::unix::fs::MetadataExt;

    // A drive of Windows under WSL shows every right for everybody.
    let windows = path.strip_prefix("/mnt/").is_some_and(
        |rest| matches!(rest.as_bytes(), [drive, b'/', ..] | [drive] if drive.is_ascii_lowercase()),
    );
    (!windows).then(|| crate::entry::Access {
        mode: metadata.mode() & 0o7777,
        // Systems that give each user a group of his own give it the same number.
        private_group: metadata.gid() == metadata.uid() || metadata.gid() == 0,
    })
}

#[cfg(not(unix))]
fn access(_: &fs::Metadata, _: &str) -> Option<crate::entry::Access> {
    None
}
