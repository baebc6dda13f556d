//! Finding and reading files: the only part of this crate that touches the file system.
#![expect(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    reason = "this is the one place for it"
)]

mod read;
mod resolve;
mod walk;

use std::path::{Path, PathBuf};

use globset::GlobSet;

use crate::client::{Claim, Dialect};
use crate::problem::Problem;

pub use read::{STDIN, directory, read, stdin};
pub use resolve::user_files;
pub use walk::{Tree, walk};

/// A file to look at, or a place that could not be looked at.
#[derive(Clone, Debug)]
pub struct Candidate {
    /// Where it is.
    pub path: PathBuf,
    /// Where it is without any symbolic link, if the walk that found it knows.
    pub real: Option<PathBuf>,
    /// How it is called in reports: as the user named it, or below the directory that was named.
    pub shown: String,
    /// The path that tells whose file it may be: the whole one, with forward slashes.
    pub place: String,
    /// Whose file it is, where its location says so.
    pub claim: Option<Claim>,
    /// The client the user says it is.
    pub forced: Option<&'static Dialect>,
    /// The user named it, so that it must be a file that can be understood.
    pub named: bool,
    /// Why it cannot be read, if that is known already.
    pub problem: Option<Problem>,
}

impl Candidate {
    fn new(path: PathBuf, shown: String) -> Self {
        let place = shown.clone();
        let (real, claim, forced, named, problem) = (None, None, None, false, None);
        Self { path, real, shown, place, claim, forced, named, problem }
    }

    /// A file that the user named.
    #[must_use]
    pub fn named(path: PathBuf) -> Self {
        let shown = slashed(&path);
        // Standard input has no place: what is read from it must not depend on the directory.
        let place = if shown == STDIN { shown.clone() } else { place_of(&path) };
        Self { named: true, place, ..Self::new(path, shown) }
    }
}

/// The whole path of a file, links on the way to its directory resolved.
fn place_of(path: &Path) -> String {
    let directory = path.parent().map(|parent| {
        let here = parent.as_os_str().is_empty();
        std::fs::canonicalize(if here { Path::new(".") } else { parent })
    });
    match (directory, path.file_name()) {
        (Some(Ok(directory)), Some(name)) => slashed(&directory.join(name)),
        _ => slashed(path),
    }
}

/// What to leave out of a walk, beyond dependency and build directories, and what to look into
/// nevertheless.
#[derive(Clone, Debug)]
pub struct Filter {
    /// Paths below the root that are left out.
    pub exclude: GlobSet,
    /// Paths below the root that are looked into although they are left out by default.
    pub include: GlobSet,
    /// Directories on the way to these, as [`ways`] names them: gone through, but not looked at.
    pub ways: GlobSet,
}

impl Filter {
    /// A filter that changes nothing.
    #[must_use]
    pub fn none() -> Self {
        Self { exclude: GlobSet::empty(), include: GlobSet::empty(), ways: GlobSet::empty() }
    }
}

/// Patterns of the directories on the way to what these patterns mean: of `a/b/**`, `a` and `a/b`.
/// A way that could be anywhere is none.
#[must_use]
pub fn ways(patterns: &[String]) -> Vec<String> {
    let mut ways: Vec<String> = Vec::new();
    for pattern in patterns {
        let pattern = pattern.trim_end_matches('/');
        for (at, _) in pattern.match_indices('/') {
            let way = pattern.get(..at).unwrap_or_default();
            let anywhere = way.split('/').all(|segment| segment == "**" || segment.is_empty());
            if !anywhere && !ways.iter().any(|known| known == way) {
                ways.push(way.to_owned());
            }
        }
    }
    ways
}

/// A path as text with forward slashes. What is no Unicode is replaced by a mark.
#[must_use]
pub fn slashed(path: &Path) -> String {
    let text = path.to_string_lossy();
    if std::path::MAIN_SEPARATOR == '/' { text.into_owned() } else { text.replace('\\', "/") }
}
