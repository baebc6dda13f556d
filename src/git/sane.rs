//! Whether the files of a repository can be read at all: a pipe would be waited for, a device read
//! without end.

use std::path::{Path, PathBuf};

/// Bytes of a file of settings or references.
const LARGEST: u64 = 16 << 20;
/// Bytes of a list of references or objects, which is not read as a whole.
const LARGEST_LIST: u64 = 512 << 20;
/// How many object directories borrow from each other.
const BORROWED: usize = 100;
/// How deep names of references nest.
const DEPTH: usize = 64;

/// Whether opening the file neither waits nor reads without end.
pub(super) fn is_sane(path: &Path, largest: u64) -> bool {
    path.metadata().is_ok_and(|file| file.is_file() && file.len() <= largest)
}

/// Tells the first file that could not be read to its end, of those that are read whenever the
/// repository is opened and a revision looked up.
///
/// # Errors
/// What is wrong with it.
pub(super) fn check(git_directory: &Path) -> Result<(), String> {
    let common_directory = git_directory.join("commondir");
    check_file(&common_directory, LARGEST)?;
    let common = std::fs::read_to_string(&common_directory)
        .map_or_else(|_| git_directory.to_owned(), |named| git_directory.join(named.trim()));
    let both = [git_directory, common.as_path()];
    for directory in both.iter().take(if common == git_directory { 1 } else { 2 }) {
        for name in ["HEAD", "FETCH_HEAD", "ORIG_HEAD", "config", "config.worktree", "shallow"] {
            check_file(&directory.join(name), LARGEST)?;
        }
        check_file(&directory.join("packed-refs"), LARGEST_LIST)?;
        for name in ["refs", "logs"] {
            check_below(&directory.join(name), DEPTH)?;
        }
    }
    check_objects(common.join("objects"))
}

/// A file that does not exist is no fault.
fn check_file(path: &Path, largest: u64) -> Result<(), String> {
    if path.metadata().is_err() || is_sane(path, largest) {
        return Ok(());
    }
    Err(format!("`{}` is no regular file, or is too large", path.display()))
}

/// Links to directories are not followed.
fn check_below(directory: &Path, depth: usize) -> Result<(), String> {
    if depth == 0 {
        return Err(format!("`{}` is nested too deep", directory.display()));
    }
    let Ok(entries) = directory.read_dir() else { return Ok(()) };
    for entry in entries.flatten() {
        let path = entry.path();
        let Ok(kind) = entry.file_type() else { continue };
        if kind.is_dir() {
            check_below(&path, depth - 1)?;
        } else if !path.is_dir() {
            check_file(&path, LARGEST_LIST)?;
        }
    }
    Ok(())
}

/// The object directory, and those that it borrows from.
fn check_objects(directory: PathBuf) -> Result<(), String> {
    let mut seen = vec![directory];
    let mut next = 0;
    while let Some(directory) = seen.get(next).cloned() {
        next += 1;
        let list = directory.join("info").join("alternates");
        check_file(&list, LARGEST)?;
        let text = std::fs::read(&list).unwrap_or_default();
        let text = String::from_utf8_lossy(&text);
        for line in text.lines().map(str::trim).filter(|line| !line.is_empty()) {
            let other = directory.join(line.trim_matches('"'));
            if !line.starts_with('#') && !seen.contains(&other) {
                seen.push(other);
            }
            if seen.len() > BORROWED {
                return Err(format!("`{}` names too many others", list.display()));
            }
        }
    }
    Ok(())
}
