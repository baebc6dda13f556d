//! The tree below a directory.

use std::collections::HashSet;
use std::ffi::{OsStr, OsString};
use std::fs;
use std::path::{Path, PathBuf};

use walkdir::{DirEntry, WalkDir};

use super::read::{kind, unreadable};
use super::{Candidate, Filter, place_of, slashed};
use crate::client::Catalogue;
use crate::problem::{Problem, ProblemKind};

pub(super) const DIRECTORY_OUTSIDE: &str = "a symbolic link to a directory that leads out of the \
     scanned tree was not followed; name the directory itself to have it scanned";
pub(super) const FILE_OUTSIDE: &str = "a symbolic link that leads out of the scanned tree was not \
     followed; name the file itself to have it scanned";
pub(super) const DANGLING: &str = "a symbolic link whose target does not exist";
pub(super) const IS_DIRECTORY: &str = "this is a directory and not a file";

/// Where a walk starts.
#[derive(Clone, Debug)]
pub struct Tree {
    /// The directory.
    pub path: PathBuf,
    /// How paths below it are shown: the directory as the user named it, empty for the current
    /// one.
    pub shown: String,
}

impl Tree {
    /// The whole path of the directory. A link that was named keeps its name.
    pub(super) fn place(&self) -> String {
        match (self.path.file_name(), fs::canonicalize(&self.path)) {
            (None, Ok(inside)) => slashed(&inside),
            _ => place_of(&self.path),
        }
    }

    /// How what lies so far below the directory is shown.
    pub(super) fn show(&self, below: String) -> String {
        match self.shown.as_str() {
            "" => below,
            shown if below.is_empty() => shown.to_owned(),
            shown => format!("{}/{below}", shown.trim_end_matches('/')),
        }
    }
}

/// The files below a directory that some client may read, in a stable order, and what could not be
/// looked at. `seen` is called for each entry.
#[must_use]
pub fn walk(
    root: &Tree,
    catalogue: &Catalogue,
    filter: &Filter,
    seen: impl FnMut(),
) -> Vec<Candidate> {
    let inside = fs::canonicalize(&root.path).ok();
    let place = root.place();
    let mut walk = Walk {
        root,
        inside: inside.as_deref(),
        place: place.trim_end_matches('/'),
        catalogue,
        filter,
        seen,
        linked: HashSet::new(),
        found: Vec::new(),
    };
    let mut within: Vec<PathBuf> = inside.iter().cloned().collect();
    walk.below(&root.path, &mut within);
    let mut found = walk.found;
    found.sort_by(|a, b| a.path.cmp(&b.path));
    found
}

struct Walk<'a, S> {
    root: &'a Tree,
    /// The root, links resolved, if it can be.
    inside: Option<&'a Path>,
    /// The same as text.
    place: &'a str,
    catalogue: &'a Catalogue,
    filter: &'a Filter,
    seen: S,
    /// Directories that a link of that name led to.
    linked: HashSet<(PathBuf, OsString)>,
    found: Vec<Candidate>,
}

impl<S: FnMut()> Walk<'_, S> {
    /// Walks a directory. `within` are the real directories that the links on the way led to.
    fn below(&mut self, directory: &Path, within: &mut Vec<PathBuf>) {
        let mut entries = WalkDir::new(directory).follow_links(false).into_iter();
        while let Some(entry) = entries.next() {
            (self.seen)();
            let entry = match entry {
                Ok(entry) => entry,
                Err(error) => {
                    let path = error.path().unwrap_or(directory).to_owned();
                    let problem = match error.io_error() {
                        Some(io) => unreadable(io),
                        None => Problem::new(ProblemKind::Symlink, error.to_string()),
                    };
                    self.problem(&path, problem);
                    continue;
                }
            };
            let Ok(below) = entry.path().strip_prefix(&self.root.path) else { continue };
            if entry.depth() == 0 {
                continue;
            }
            let is_directory = entry.file_type().is_dir();
            if is_directory || entry.path_is_symlink() && entry.path().is_dir() {
                if self.filter.leaves_out(&self.root.shown, below, true) {
                    if is_directory {
                        entries.skip_current_dir();
                    }
                    continue;
                }
                self.directory(&entry, below);
                if !is_directory {
                    self.link(&entry, below, within);
                }
                continue;
            }
            if self.knows(&entry, below)
                && !self.filter.excludes(&self.root.shown, below)
                && !self.filter.leaves_out(&self.root.shown, below, false)
            {
                self.file(&entry, below, within.len() > 1);
            }
        }
    }

    /// A link to a directory of the tree is walked under its own name, unless that leads round.
    /// One that leads out of the tree is worth a word where a client would look for its files.
    fn link(&mut self, entry: &DirEntry, below: &Path, within: &mut Vec<PathBuf>) {
        let path = entry.path();
        let Ok(target) = fs::canonicalize(path) else { return };
        if !self.inside.is_some_and(|inside| target.starts_with(inside)) {
            if self.catalogue.may_hold(&slashed(below)) {
                self.problem(path, Problem::new(ProblemKind::Symlink, DIRECTORY_OUTSIDE));
            }
            return;
        }
        let real = path.parent().and_then(|parent| fs::canonicalize(parent).ok());
        let round = real.iter().chain(within.iter()).any(|above| above.starts_with(&target));
        if round || !self.linked.insert((target.clone(), entry.file_name().to_owned())) {
            return;
        }
        within.push(target);
        self.below(path, within);
        within.pop();
    }

    /// Asks the catalogue by the names of file and directory first: nearly every entry of a tree
    /// ends there.
    fn knows(&self, entry: &DirEntry, below: &Path) -> bool {
        let parent = below.parent().and_then(Path::file_name).map(OsStr::to_string_lossy);
        let root = || self.place.rsplit('/').next().unwrap_or_default().into();
        let parent = parent.unwrap_or_else(root);
        self.catalogue.may_know(&entry.file_name().to_string_lossy(), &parent)
            && self.catalogue.knows(&self.place(below))
    }

    /// The whole path of what lies below the root.
    fn place(&self, below: &Path) -> String {
        format!("{}/{}", self.place, slashed(below))
    }

    /// A directory with the name of a configuration file is worth a word, unless directories of
    /// that name are usual.
    fn directory(&mut self, entry: &DirEntry, below: &Path) {
        let Some(name) = entry.file_name().to_str() else { return };
        if is_told(name) && self.knows(entry, below) {
            self.problem(entry.path(), Problem::new(ProblemKind::NotAFile, IS_DIRECTORY));
        }
    }

    fn problem(&mut self, path: &Path, problem: Problem) {
        let mut candidate = Candidate::new(path.to_owned(), shown(self.root, path));
        candidate.problem = Some(problem);
        self.found.push(candidate);
    }

    fn file(&mut self, entry: &DirEntry, below: &Path, linked: bool) {
        let path = entry.path();
        let mut candidate = Candidate::new(path.to_owned(), shown(self.root, path));
        candidate.place = self.place(below);
        candidate.problem = oddity(entry, self.inside);
        if entry.file_type().is_file() && !linked {
            candidate.real = self.inside.map(|inside| inside.join(below));
        }
        self.found.push(candidate);
    }
}

/// Whether a directory of this name was hardly meant to be one.
pub(super) fn is_told(name: &str) -> bool {
    name.contains("mcp") && name.contains('.')
}

/// Why a file that is no ordinary one is not read.
fn oddity(entry: &DirEntry, inside: Option<&Path>) -> Option<Problem> {
    let path = entry.path();
    if entry.path_is_symlink() {
        match fs::canonicalize(path) {
            Err(error) => Some(dangling(path, &error)),
            Ok(target) if inside.is_some_and(|inside| target.starts_with(inside)) => None,
            Ok(_) => Some(Problem::new(ProblemKind::Symlink, FILE_OUTSIDE)),
        }
    } else if entry.file_type().is_file() {
        None
    } else {
        Some(match entry.metadata() {
            Ok(metadata) => {
                Problem::new(ProblemKind::NotAFile, format!("this is {}", kind(&metadata)))
            }
            Err(error) => Problem::new(ProblemKind::Unreadable, error.to_string()),
        })
    }
}

fn dangling(path: &Path, error: &std::io::Error) -> Problem {
    if error.kind() == std::io::ErrorKind::NotFound && fs::symlink_metadata(path).is_ok() {
        return Problem::new(ProblemKind::Symlink, DANGLING);
    }
    unreadable(error)
}

/// How a path below the root is shown.
fn shown(root: &Tree, path: &Path) -> String {
    root.show(slashed(path.strip_prefix(&root.path).unwrap_or(path)))
}
