//! A tree that lies on no disk, such as that of a git revision: the same files that a walk over it
//! would find, links followed within it.

mod finder;
mod walk;

use std::collections::HashSet;
use std::hash::Hash;
use std::path::PathBuf;

pub use finder::Finder;

use finder::Target;
use walk::Walk;

use super::walk::Tree;
use super::{Candidate, Filter, slashed};
use crate::client::Catalogue;
use crate::problem::Problem;

/// How many links one path may lead through, as on Linux.
const LINKS: usize = 40;
/// How deep directories nest. No file system takes a path as long as this would be.
const DEPTH: usize = 1000;
/// How many entries are looked at: a tree can hold the same subtree very often.
const ENTRIES: usize = 5_000_000;

/// How many entries of directories that links lead through are kept by name.
const KEPT: usize = 100_000;
/// Bytes of all files together that are kept.
const TOTAL: usize = 64 << 20;

const TOO_DEEP: &str = "directories are nested too deep";
const TOO_MANY: &str = "the tree has too many entries";
const TOO_MUCH: &str = "its files are too large together";

/// Directories and files by identifiers of some kind.
pub trait Snapshot {
    /// What names a directory or file.
    type Id: Clone + Eq + Hash;

    /// The directory at the top.
    fn root(&self) -> Self::Id;

    /// What is in a directory.
    ///
    /// # Errors
    /// Why it is not at hand.
    fn entries(&self, directory: &Self::Id) -> Result<Vec<Entry<Self::Id>>, Missing>;

    /// The bytes of a file, or of what a link says; if there are more than `limit` of them, the
    /// problem that the file is too large.
    ///
    /// # Errors
    /// Why they are not at hand.
    fn read(&self, file: &Self::Id, limit: usize) -> Result<Result<Vec<u8>, Problem>, Missing>;
}

/// An entry of a directory.
#[derive(Clone, Debug)]
pub struct Entry<I> {
    /// Its name.
    pub name: String,
    /// What it is.
    pub kind: EntryKind,
    /// By what it can be read.
    pub id: I,
}

/// What an entry of a directory is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EntryKind {
    /// A directory.
    Directory,
    /// A file.
    File,
    /// A symbolic link.
    Link,
    /// Something that is not followed, such as a submodule.
    Other,
}

/// A part of a snapshot that is not at hand, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Missing(pub String);

/// The part of a snapshot that stands for something the user named.
#[derive(Clone, Debug)]
pub enum Part {
    /// A directory.
    Directory {
        /// The directory on disk.
        tree: Tree,
        /// Where it lies in the snapshot; empty for all of it.
        below: String,
    },
    /// A file.
    File {
        /// The file on disk.
        candidate: Box<Candidate>,
        /// Where it lies in the snapshot.
        below: String,
    },
    /// The nearest file of a name in a directory that holds something the user named.
    Above {
        /// The directory on disk that the snapshot is of.
        root: PathBuf,
        /// Where that which was named lies in the snapshot.
        below: String,
        /// The name.
        name: &'static str,
    },
}

/// What was found in a snapshot.
#[derive(Debug, Default)]
pub struct Found {
    /// The files and their bytes; none where the candidate has a problem.
    pub files: Vec<(Candidate, Vec<u8>)>,
    /// What could not be looked at.
    pub missing: Vec<Missing>,
}

/// The files of these parts of a snapshot that some client may read, each once, as [`super::walk`]
/// finds them on disk. `filter` tells what is left out of a directory the user named.
#[must_use]
pub fn found_in<S: Snapshot>(
    snapshot: &S,
    parts: &[Part],
    catalogue: &Catalogue,
    filter: &dyn Fn(&Tree) -> Filter,
    limit: usize,
) -> Found {
    let mut items: Vec<Item<S::Id>> = Vec::new();
    let mut missing = Vec::new();
    let finder = Finder::new(snapshot);
    for part in parts {
        match part {
            Part::Directory { tree, below } => {
                let filter = filter(tree);
                let mut walk = Walk {
                    finder: &finder,
                    tree,
                    place: tree.place().trim_end_matches('/').to_owned(),
                    inside: below,
                    catalogue,
                    filter: &filter,
                    linked: HashSet::new(),
                    found: Vec::new(),
                    missing: Vec::new(),
                    seen: 0,
                };
                match walk.finder.follow(below) {
                    Ok(Target::There { kind: EntryKind::Directory, id, path }) => {
                        walk.below(&id, "", &path, &mut vec![path.clone()]);
                    }
                    Ok(_) => {}
                    Err(gap) => walk.missing.push(gap),
                }
                walk.found.sort_by(|a, b| a.candidate.path.cmp(&b.candidate.path));
                items.append(&mut walk.found);
                missing.append(&mut walk.missing);
            }
            Part::File { candidate, below } => match finder.follow(below) {
                Ok(Target::There { kind: EntryKind::File, id, path }) => {
                    let mut candidate = Candidate::clone(candidate);
                    candidate.real = Some(PathBuf::from(&candidate.place));
                    items.push(Item { candidate, id: Some(id), real: path });
                }
                Ok(_) => {}
                Err(gap) => missing.push(gap),
            },
            Part::Above { root, below, name } => match finder.above(below, name) {
                Ok(Some((id, real))) => {
                    let path = root.join(&real);
                    let mut candidate = Candidate::new(path.clone(), slashed(&path));
                    candidate.real = Some(path);
                    items.push(Item { candidate, id: Some(id), real });
                }
                Ok(None) => {}
                Err(gap) => missing.push(gap),
            },
        }
    }
    read(snapshot, items, missing, limit, TOTAL.max(limit))
}

/// Reads each file once, and no more once there are more than `total` bytes.
fn read<S: Snapshot>(
    snapshot: &S,
    items: Vec<Item<S::Id>>,
    missing: Vec<Missing>,
    limit: usize,
    total: usize,
) -> Found {
    let mut left = Some(total);
    let readable = items.iter().filter(|item| item.candidate.problem.is_none());
    let readable: HashSet<String> = readable.map(|item| item.real.clone()).collect();
    let mut seen = HashSet::new();
    let mut found = Found { files: Vec::new(), missing };
    for Item { mut candidate, id, real } in items {
        let superseded = candidate.problem.is_some() && readable.contains(&real);
        if superseded || !seen.insert(real) {
            continue;
        }
        let bytes = match id {
            None => Vec::new(),
            Some(_) if left.is_none() => continue,
            Some(id) => match snapshot.read(&id, limit) {
                Ok(Ok(bytes)) => {
                    left = left.and_then(|left| left.checked_sub(bytes.len()));
                    if left.is_none() {
                        found.missing.push(Missing(TOO_MUCH.to_owned()));
                        continue;
                    }
                    bytes
                }
                Ok(Err(problem)) => {
                    candidate.problem = Some(Box::new(problem));
                    Vec::new()
                }
                Err(gap) => {
                    found.missing.push(gap);
                    continue;
                }
            },
        };
        found.files.push((candidate, bytes));
    }
    found
}

struct Item<I> {
    candidate: Candidate,
    id: Option<I>,
    /// Where it lies in the snapshot, links resolved.
    real: String,
}

#[cfg(test)]
mod tests;
