//! The tree below a directory.

use std::fs;
use std::path::{Path, PathBuf};

use walkdir::{DirEntry, WalkDir};

use super::read::{kind, unreadable};
use super::{Candidate, Filter, slashed};
use crate::client::Catalogue;
use crate::problem::{Problem, ProblemKind};

/// Directories that hold what others wrote or what a build made: looked into only if an include
/// pattern asks for it. What `.gitignore` hides is looked at, because that is where tokens live.
const LEFT_OUT: &[&str] = &[
    ".cache",
    ".cargo",
    ".direnv",
    ".eggs",
    ".git",
    ".gradle",
    ".hg",
    ".jj",
    ".mypy_cache",
    ".next",
    ".npm",
    ".nuxt",
    ".nvm",
    ".pnpm-store",
    ".pyenv",
    ".pytest_cache",
    ".ruff_cache",
    ".rustup",
    ".svn",
    ".terraform",
    ".tox",
    ".turbo",
    ".venv",
    ".yarn",
    "__pycache__",
    "bower_components",
    "node_modules",
    "site-packages",
    "target",
    "vendor",
    "venv",
];

/// Where a walk starts.
#[derive(Clone, Debug)]
pub struct Roots {
    /// The directory.
    pub path: PathBuf,
    /// How paths below it are shown: the directory as the user named it, empty for the current
    /// one.
    pub shown: String,
}

/// The files below a directory that some client may read, in a stable order, and what could not be
/// looked at. `seen` is called for each entry.
#[must_use]
pub fn walk(
    root: &Roots,
    catalogue: &Catalogue,
    filter: &Filter,
    mut seen: impl FnMut(),
) -> Vec<Candidate> {
    let mut found = Vec::new();
    let inside = fs::canonicalize(&root.path).ok();
    let mut entries = WalkDir::new(&root.path).follow_links(false).into_iter();
    while let Some(entry) = entries.next() {
        seen();
        let entry = match entry {
            Ok(entry) => entry,
            Err(error) => {
                let path = error.path().unwrap_or(&root.path).to_owned();
                let problem = match error.io_error() {
                    Some(io) => unreadable(io),
                    None => Problem::new(ProblemKind::Symlink, error.to_string()),
                };
                let mut candidate = Candidate::new(path.clone(), shown(root, &path));
                candidate.problem = Some(problem);
                found.push(candidate);
                continue;
            }
        };
        let Ok(below) = entry.path().strip_prefix(&root.path) else { continue };
        if below.as_os_str().is_empty() {
            continue;
        }
        if entry.file_type().is_dir() {
            if left_out(&entry, below, filter) {
                entries.skip_current_dir();
            } else if let Some(candidate) = directory(&entry, below, root, catalogue) {
                found.push(candidate);
            }
            continue;
        }
        if knows(catalogue, &entry, below)
            && !filter.exclude.is_match(below)
            && let Some(candidate) = candidate(&entry, root, inside.as_deref())
        {
            found.push(candidate);
        }
    }
    found.sort_by(|a, b| a.path.cmp(&b.path));
    found
}

/// Asks the catalogue by file name first: nearly every entry of a tree ends there.
fn knows(catalogue: &Catalogue, entry: &DirEntry, below: &Path) -> bool {
    catalogue.may_know(&entry.file_name().to_string_lossy()) && catalogue.knows(&slashed(below))
}

fn left_out(entry: &DirEntry, below: &Path, filter: &Filter) -> bool {
    if filter.include.is_match(below) {
        return false;
    }
    let name = entry.file_name().to_str().unwrap_or_default();
    LEFT_OUT.binary_search(&name).is_ok() || filter.exclude.is_match(below)
}

/// A directory with the name of a configuration file is worth a word, unless directories of that
/// name are usual.
fn directory(
    entry: &DirEntry,
    below: &Path,
    root: &Roots,
    catalogue: &Catalogue,
) -> Option<Candidate> {
    let name = entry.file_name().to_str()?;
    let told = name.contains("mcp") && name.contains('.') && knows(catalogue, entry, below);
    told.then(|| {
        let mut candidate = Candidate::new(entry.path().to_owned(), shown(root, entry.path()));
        candidate.problem =
            Some(Problem::new(ProblemKind::NotAFile, "this is a directory and not a file"));
        candidate
    })
}

fn candidate(entry: &DirEntry, root: &Roots, inside: Option<&Path>) -> Option<Candidate> {
    let path = entry.path();
    let mut candidate = Candidate::new(path.to_owned(), shown(root, path));
    if entry.path_is_symlink() {
        match fs::canonicalize(path) {
            Err(error) => {
                candidate.problem = Some(dangling(path, &error));
            }
            Ok(target) if inside.is_some_and(|inside| target.starts_with(inside)) => {}
            Ok(_) => {
                candidate.problem = Some(Problem::new(
                    ProblemKind::Symlink,
                    "a symbolic link that leads out of the scanned tree was not followed; \
                     name the file itself to have it scanned",
                ));
            }
        }
    } else if entry.file_type().is_file() {
        // No link was followed on the way from the root to here.
        let below = path.strip_prefix(&root.path).ok();
        candidate.real = inside.zip(below).map(|(inside, below)| inside.join(below));
    } else {
        let problem = match entry.metadata() {
            Ok(metadata) => {
                Problem::new(ProblemKind::NotAFile, format!("this is {}", kind(&metadata)))
            }
            Err(error) => Problem::new(ProblemKind::Unreadable, error.to_string()),
        };
        candidate.problem = Some(problem);
    }
    Some(candidate)
}

fn dangling(path: &Path, error: &std::io::Error) -> Problem {
    if error.kind() == std::io::ErrorKind::NotFound && fs::symlink_metadata(path).is_ok() {
        return Problem::new(ProblemKind::Symlink, "a symbolic link whose target does not exist");
    }
    unreadable(error)
}

/// How a path below the root is shown.
fn shown(root: &Roots, path: &Path) -> String {
    let below = path.strip_prefix(&root.path).unwrap_or(path);
    let below = slashed(below);
    match root.shown.as_str() {
        "" => below,
        shown if below.is_empty() => shown.to_owned(),
        shown => format!("{}/{below}", shown.trim_end_matches('/')),
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_table_is_sorted_for_its_search() {
        assert!(super::LEFT_OUT.is_sorted());
    }
}
