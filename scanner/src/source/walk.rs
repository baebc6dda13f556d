//! The tree below a directory.

use std::cmp::Ordering;
use std::collections::HashSet;
use std::ffi::{OsStr, OsString};
use std::fs::{self, FileType};
use std::io;
use std::path::{Path, PathBuf, is_separator};

use super::read::{kind, unreadable};
use super::{Candidate, Filter, place_of, slashed};
use crate::client::Catalogue;
use crate::parallel;
use crate::problem::{Problem, ProblemKind};

pub(super) const DIRECTORY_OUTSIDE: &str = "a symbolic link to a directory that leads out of the \
     scanned tree was not followed; name the directory itself to have it scanned";
pub(super) const FILE_OUTSIDE: &str = "a symbolic link that leads out of the scanned tree was not \
     followed; name the file itself to have it scanned";
const TOO_MUCH: &str = "a symbolic link to a directory was not followed, because very much was \
     reached through others already; name the directory itself to have it scanned";
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
/// looked at. `seen` is called for each entry, from several threads.
#[must_use]
pub fn walk(
    root: &Tree,
    catalogue: &Catalogue,
    filter: &Filter,
    seen: impl Fn() + Sync,
) -> Vec<Candidate> {
    let inside = fs::canonicalize(&root.path).ok();
    let place = root.place();
    let walk = Walk {
        root,
        inside: inside.as_deref(),
        place: place.trim_end_matches('/'),
        catalogue,
        filter,
        seen,
    };
    let mut ways =
        Ways { within: inside.iter().cloned().collect(), known: HashSet::new(), reached: 0 };
    let mut found = Vec::new();
    let start = Directory { path: root.path.clone(), below: PathBuf::new() };
    walk.below(start, &mut ways, &mut found);
    found.sort_by(|a, b| by_steps(&a.path, &b.path));
    found
}

/// The order of paths step by step, as their own type has it, told from their bytes.
fn by_steps(a: &Path, b: &Path) -> Ordering {
    // Nothing stands before the sign between two steps.
    fn bytes(path: &Path) -> impl Iterator<Item = u8> {
        let bytes = path.as_os_str().as_encoded_bytes().iter();
        bytes.map(|byte| if is_separator(char::from(*byte)) { 0 } else { *byte })
    }
    bytes(a).cmp(bytes(b))
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
}

/// The links that a walk went through.
struct Ways {
    /// The real directories that the links on the way led to, the root first.
    within: Vec<PathBuf>,
    /// Directories that a link of that name led to.
    known: HashSet<(PathBuf, OsString)>,
    /// How many entries were reached through links.
    reached: usize,
}

/// A directory of the tree.
struct Directory {
    path: PathBuf,
    /// The same from the root on.
    below: PathBuf,
}

/// Something in a directory.
struct Entry {
    path: PathBuf,
    below: PathBuf,
    kind: FileType,
}

/// What lies in one directory.
#[derive(Default)]
struct Met {
    found: Vec<Candidate>,
    directories: Vec<Directory>,
    /// Links to directories.
    links: Vec<Entry>,
    /// How many there are in all.
    entries: usize,
}

/// So many entries may be reached through links: of many links to one large directory each would be
/// as much as all of the tree.
const MOST_REACHED: usize = 50_000;

/// So many directories are worth several threads.
const MANY: usize = 16;

impl<S: Fn() + Sync> Walk<'_, S> {
    /// Walks a directory, level by level, the directories of a level at once; then what the links
    /// met on the way lead to, one after the other, because each is followed only once.
    fn below(&self, start: Directory, ways: &mut Ways, found: &mut Vec<Candidate>) {
        let linked = ways.within.len() > 1;
        let look = |directory: Directory| self.look(&directory, linked);
        let mut links = Vec::new();
        let mut level = vec![look(start)];
        while !level.is_empty() {
            let mut directories = Vec::new();
            for met in level {
                ways.reached += if linked { met.entries } else { 0 };
                found.extend(met.found);
                links.extend(met.links);
                directories.extend(met.directories);
            }
            level = parallel::map(directories, MANY, look);
        }
        links.sort_by(|a: &Entry, b| a.path.cmp(&b.path));
        for link in links {
            self.link(link, ways, found);
        }
    }

    /// Looks at what lies in one directory.
    fn look(&self, directory: &Directory, linked: bool) -> Met {
        let mut met = Met::default();
        let unread = |error: &io::Error| self.problem(&directory.path, unreadable(error));
        let entries = match fs::read_dir(&directory.path) {
            Ok(entries) => entries,
            Err(error) => {
                met.found.push(unread(&error));
                return met;
            }
        };
        // The root is called by its place: it may have been named as `.`.
        let root = || self.place.rsplit('/').next().unwrap_or_default().into();
        let parent = directory.below.file_name().map_or_else(root, OsStr::to_string_lossy);
        for entry in entries {
            (self.seen)();
            met.entries += 1;
            let met_entry = entry.and_then(|entry| Ok((entry.file_name(), entry.file_type()?)));
            let (name, kind) = match met_entry {
                Ok(met_entry) => met_entry,
                Err(error) => {
                    met.found.push(unread(&error));
                    continue;
                }
            };
            // Nearly every entry of a tree ends here.
            let may_be_known = self.catalogue.may_know(&name.to_string_lossy(), &parent);
            if !may_be_known && !kind.is_dir() && !kind.is_symlink() {
                continue;
            }
            let entry = Entry {
                path: directory.path.join(&name),
                below: directory.below.join(&name),
                kind,
            };
            let known = || may_be_known && self.catalogue.knows(&self.place(&entry.below));
            let leaves_out =
                |is_directory| self.filter.leaves_out(&self.root.shown, &entry.below, is_directory);
            if kind.is_dir() || kind.is_symlink() && entry.path.is_dir() {
                if leaves_out(true) {
                    continue;
                }
                // A directory with the name of a configuration file is worth a word, unless
                // directories of that name are usual.
                if name.to_str().is_some_and(is_told) && known() {
                    let problem = Problem::new(ProblemKind::NotAFile, IS_DIRECTORY);
                    met.found.push(self.problem(&entry.path, problem));
                }
                if kind.is_dir() {
                    met.directories.push(Directory { path: entry.path, below: entry.below });
                } else {
                    met.links.push(entry);
                }
            } else if known()
                && !self.filter.excludes(&self.root.shown, &entry.below)
                && !leaves_out(false)
            {
                met.found.push(self.file(entry, linked));
            }
        }
        met
    }

    /// A link to a directory of the tree is walked under its own name, unless that leads round.
    /// One that leads out of the tree is worth a word where a client would look for its files.
    fn link(&self, entry: Entry, ways: &mut Ways, found: &mut Vec<Candidate>) {
        let Entry { path, below, .. } = entry;
        let Ok(target) = fs::canonicalize(&path) else { return };
        if !self.inside.is_some_and(|inside| target.starts_with(inside)) {
            if self.catalogue.may_hold(&slashed(&below)) {
                let problem = Problem::new(ProblemKind::Symlink, DIRECTORY_OUTSIDE);
                found.push(self.problem(&path, problem));
            }
            return;
        }
        let real = path.parent().and_then(|parent| fs::canonicalize(parent).ok());
        let round = real.iter().chain(&ways.within).any(|above| above.starts_with(&target));
        let name = path.file_name().unwrap_or_default().to_owned();
        if ways.reached > MOST_REACHED && !round {
            return found.push(self.problem(&path, Problem::new(ProblemKind::Symlink, TOO_MUCH)));
        }
        if round || !ways.known.insert((target.clone(), name)) {
            return;
        }
        ways.within.push(target);
        self.below(Directory { path, below }, ways, found);
        ways.within.pop();
    }

    /// The whole path of what lies below the root.
    fn place(&self, below: &Path) -> String {
        format!("{}/{}", self.place, slashed(below))
    }

    fn problem(&self, path: &Path, problem: Problem) -> Candidate {
        let below = slashed(path.strip_prefix(&self.root.path).unwrap_or(path));
        let mut candidate = Candidate::new(path.to_owned(), self.root.show(below));
        candidate.problem = Some(Box::new(problem));
        candidate
    }

    fn file(&self, entry: Entry, linked: bool) -> Candidate {
        let oddity = oddity(&entry, self.inside);
        let Entry { path, below, kind } = entry;
        let mut candidate = Candidate::new(path, self.root.show(slashed(&below)));
        candidate.place = self.place(&below);
        candidate.problem = oddity.map(Box::new);
        if kind.is_file() && !linked {
            candidate.real = self.inside.map(|inside| inside.join(&below));
        }
        candidate
    }
}

/// Whether a directory of this name was hardly meant to be one.
pub(super) fn is_told(name: &str) -> bool {
    name.contains("mcp") && name.contains('.')
}

/// Why a file that is no ordinary one is not read.
fn oddity(Entry { path, kind: entry, .. }: &Entry, inside: Option<&Path>) -> Option<Problem> {
    if entry.is_symlink() {
        match fs::canonicalize(path) {
            Err(error) => Some(dangling(path, &error)),
            Ok(target) if inside.is_some_and(|inside| target.starts_with(inside)) => None,
            Ok(_) => Some(Problem::new(ProblemKind::Symlink, FILE_OUTSIDE)),
        }
    } else if entry.is_file() {
        None
    } else {
        Some(match fs::symlink_metadata(path) {
            Ok(metadata) => {
                Problem::new(ProblemKind::NotAFile, format!("this is {}", kind(&metadata)))
            }
            Err(error) => Problem::new(ProblemKind::Unreadable, error.to_string()),
        })
    }
}

fn dangling(path: &Path, error: &io::Error) -> Problem {
    if error.kind() == io::ErrorKind::NotFound && fs::symlink_metadata(path).is_ok() {
        return Problem::new(ProblemKind::Symlink, DANGLING);
    }
    unreadable(error)
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use proptest::prelude::*;

    use super::*;
    use crate::client::DIALECTS;

    #[cfg(unix)]
    #[test]
    fn links_do_not_multiply_a_tree_without_end() {
        let place = tempfile::tempdir().unwrap();
        let within = |path: &str| place.path().join(path);
        for number in 0..400 {
            fs::create_dir_all(within(&format!("t/{number}"))).unwrap();
            std::os::unix::fs::symlink("t", within(&format!("link{number}"))).unwrap();
        }
        fs::write(within("t/0/.mcp.json"), "{}").unwrap();
        let tree = Tree { path: place.path().to_owned(), shown: String::new() };
        let found = walk(&tree, &Catalogue::new(&DIALECTS), &Filter::default(), || {});
        let told = found.iter().filter(|found| {
            found.problem.as_ref().is_some_and(|problem| problem.message == TOO_MUCH)
        });
        let told = told.count();
        // Those that are not followed are all named, and those before them are.
        assert_eq!(found.len(), 1 + 400);
        assert!((200..300).contains(&told), "{told}");
    }

    proptest! {
        #[test]
        fn paths_have_the_order_of_their_type(
            a in "[a-c./ -]{0,3}(/[a-c.-]{1,3}){0,3}",
            b in "[a-c./ -]{0,3}(/[a-c.-]{1,3}){0,3}",
        ) {
            let plain = |path: &str| {
                !path.contains("//") && !path.ends_with('/') && path.split('/').all(|step| !matches!(step, "." | ".."))
            };
            prop_assume!(plain(&a) && plain(&b) && a.starts_with('/') == b.starts_with('/'));
            let (a, b) = (Path::new(&a), Path::new(&b));
            prop_assert_eq!(by_steps(a, b), a.cmp(b));
        }
    }
}
