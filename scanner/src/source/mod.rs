//! Finding and reading files: the only part of this crate that touches the file system.
#![expect(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    reason = "this is the one place for it"
)]

mod entry;
mod filter;
mod read;
mod resolve;
mod snapshot;
mod walk;

use std::path::{Path, PathBuf};

use crate::client::{Claim, Dialect};
use crate::problem::Problem;

pub use entry::entry;
pub use filter::{BadPattern, Filter};
pub use read::{STDIN, directory, read, stdin, too_large};
pub use resolve::user_files;
pub use snapshot::{Entry, EntryKind, Finder, Found, Missing, Part, Snapshot, found_in};
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
    pub problem: Option<Box<Problem>>,
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

    /// The real path of the directory that holds it, if it can be told.
    #[must_use]
    pub fn directory(&self) -> Option<PathBuf> {
        if let Some(real) = &self.real {
            return real.parent().map(Path::to_owned);
        }
        directory(&self.path)
    }

    /// The whole real path with forward slashes, links resolved, if it can be told.
    #[must_use]
    pub fn whole(&self) -> Option<String> {
        match &self.real {
            Some(real) => Some(slashed(real)),
            None => self.path.canonicalize().ok().map(|real| slashed(&real)),
        }
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

/// The nearest file of that name in a directory that holds the path.
#[must_use]
pub fn above(path: &Path, name: &str) -> Option<Candidate> {
    let real = path.canonicalize().ok()?;
    real.ancestors().skip(1).map(|directory| directory.join(name)).find(|path| path.is_file()).map(
        |path| {
            let shown = slashed(&path);
            Candidate::new(path, shown)
        },
    )
}

/// A path as text with forward slashes. What is no Unicode is replaced by a mark.
#[must_use]
pub fn slashed(path: &Path) -> String {
    let text = path.to_string_lossy();
    if std::path::MAIN_SEPARATOR == '/' { text.into_owned() } else { text.replace('\\', "/") }
}
