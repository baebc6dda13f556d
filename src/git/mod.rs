//! What git knows: which files it tracks, and what they were at a revision. Both are read by a
//! library; no process is started.

mod revision;
mod sane;

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use mcp_guard_scanner::batch::World;
use mcp_guard_scanner::source;

pub(crate) use revision::{Repository, Revision, Unknown};
use sane::is_sane;

/// A file `.git` names one directory.
const LONGEST_LINK: usize = 4 << 10;
/// Bytes of an index, about five million files.
const LARGEST_INDEX: u64 = 512 << 20;

/// Answers from the indexes of the repositories that files lie in, each read once and only when
/// something is asked about it.
///
/// A file with an unresolved merge conflict is tracked. Where the index cannot be read (no regular
/// file, larger than 512 MiB, damaged, or of a repository that names objects by SHA-256), no file
/// counts as tracked: a finding is then told with its plain severity, never left out.
#[derive(Default)]
pub(crate) struct Git {
    indexes: Mutex<HashMap<PathBuf, Option<Arc<gix_index::File>>>>,
    /// What lies in each directory that was passed on the way to a repository.
    repositories: Mutex<HashMap<PathBuf, Option<Place>>>,
}

/// A work tree and its git directory.
type Place = (PathBuf, PathBuf);

impl World for Git {
    fn is_tracked(&self, path: &Path) -> bool {
        let Ok(path) = path.canonicalize() else { return false };
        let Some((root, git_directory)) = self.repository(&path) else { return false };
        let Ok(below) = path.strip_prefix(&root) else { return false };
        let Some(index) = self.index(&git_directory) else { return false };
        let name = below.to_string_lossy().replace('\\', "/");
        // At any stage: a file in conflict has no entry of stage 0.
        index.entry_index_by_path(name.as_bytes().into()).is_ok()
    }

    fn work_tree(&self, path: &Path) -> Option<PathBuf> {
        self.repository(&path.canonicalize().ok()?).map(|(root, _)| root)
    }
}

impl Git {
    /// As [`repository`], asking about each directory once.
    fn repository(&self, path: &Path) -> Option<Place> {
        let directory = path.parent()?;
        let known =
            |repositories: &HashMap<PathBuf, Option<Place>>| repositories.get(directory).cloned();
        // As with the indexes, a panic elsewhere leaves a map that is whole.
        let lock = || self.repositories.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = known(&lock()) {
            return known;
        }
        let found = at(directory).or_else(|| self.repository(directory));
        lock().insert(directory.to_owned(), found.clone());
        found
    }

    fn index(&self, git_directory: &Path) -> Option<Arc<gix_index::File>> {
        // A thread that panicked here left a map that is whole: entries are inserted at once.
        let mut indexes = self.indexes.lock().unwrap_or_else(PoisonError::into_inner);
        indexes
            .entry(git_directory.to_owned())
            .or_insert_with(|| open(git_directory).map(Arc::new))
            .clone()
    }
}

/// Whether the index of the work tree with that root names a path or, as a link or a submodule,
/// something on the way to it. Of an index that cannot be read all is taken to be tracked.
pub(crate) fn tracks(root: &Path, below: &str) -> bool {
    let Some((_, git_directory)) = at(root) else { return false };
    if !git_directory.join("index").exists() {
        return false;
    }
    let Some(index) = open(&git_directory) else { return true };
    let ends = below.match_indices('/').map(|(at, _)| at).chain([below.len()]);
    ends.filter_map(|end| below.get(..end))
        .any(|name| index.entry_index_by_path(name.as_bytes().into()).is_ok())
}

/// The index, with the one that it shares with others if it is split.
fn open(git_directory: &Path) -> Option<gix_index::File> {
    let path = git_directory.join("index");
    if !is_sane(&path, LARGEST_INDEX) {
        return None;
    }
    for entry in git_directory.read_dir().ok()?.flatten() {
        let shared = entry.file_name().to_string_lossy().starts_with("sharedindex.");
        if shared && !is_sane(&entry.path(), LARGEST_INDEX) {
            return None;
        }
    }
    let options = gix_index::decode::Options::default();
    gix_index::File::at(path, gix_index::hash::Kind::Sha1, true, options).ok()
}

/// The work tree that holds the file, and its git directory: `.git` itself, or what the file
/// `.git` of a linked work tree or submodule names.
pub(crate) fn repository(path: &Path) -> Option<Place> {
    path.ancestors().skip(1).find_map(at)
}

/// The repository whose work tree has its root there.
fn at(root: &Path) -> Option<Place> {
    let git = root.join(".git");
    if git.is_dir() {
        return Some((root.to_owned(), git));
    }
    let (bytes, _) = source::read(&git, LONGEST_LINK).ok()?;
    let named = std::str::from_utf8(&bytes).ok()?.strip_prefix("gitdir:")?.trim();
    Some((root.to_owned(), root.join(named)))
}
