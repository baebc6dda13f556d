//! Which files git tracks, read from the index of the repository by a library.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use mcp_guard_scanner::source::World;

/// Answers from the indexes of the repositories that files lie in, each read once and only when
/// something is asked about it.
#[derive(Default)]
pub(crate) struct Git {
    indexes: Mutex<HashMap<PathBuf, Option<Arc<gix_index::File>>>>,
}

impl World for Git {
    fn is_tracked(&self, path: &Path) -> bool {
        let Ok(path) = path.canonicalize() else { return false };
        let Some((root, git_directory)) = repository(&path) else { return false };
        let Ok(below) = path.strip_prefix(&root) else { return false };
        let Some(index) = self.index(&git_directory) else { return false };
        let name = below.to_string_lossy().replace('\\', "/");
        index.entry_by_path(name.as_bytes().into()).is_some()
    }
}

impl Git {
    fn index(&self, git_directory: &Path) -> Option<Arc<gix_index::File>> {
        // A thread that panicked here left a map that is whole: entries are inserted at once.
        let mut indexes = self.indexes.lock().unwrap_or_else(PoisonError::into_inner);
        indexes
            .entry(git_directory.to_owned())
            .or_insert_with(|| {
                let options = gix_index::decode::Options::default();
                let kind = gix_index::hash::Kind::Sha1;
                gix_index::File::at(git_directory.join("index"), kind, true, options)
                    .ok()
                    .map(Arc::new)
            })
            .clone()
    }
}

/// The work tree that holds the file, and its git directory: `.git` itself, or what the file
/// `.git` of a linked work tree or submodule names.
fn repository(path: &Path) -> Option<(PathBuf, PathBuf)> {
    path.ancestors().skip(1).find_map(|root| {
        let git = root.join(".git");
        if git.is_dir() {
            return Some((root.to_owned(), git));
        }
        let text = std::fs::read_to_string(&git).ok()?;
        let named = text.strip_prefix("gitdir:")?.trim();
        Some((root.to_owned(), root.join(named)))
    })
}
