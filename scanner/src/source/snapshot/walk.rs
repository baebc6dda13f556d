//! Walking the directories of a snapshot.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use super::finder::{Finder, Target, is_within, join};
use super::{DEPTH, ENTRIES, Entry, EntryKind, Item, LINKS, Missing, Snapshot, TOO_DEEP, TOO_MANY};
use crate::client::Catalogue;
use crate::problem::{Problem, ProblemKind};
use crate::source::walk::{DANGLING, DIRECTORY_OUTSIDE, FILE_OUTSIDE, IS_DIRECTORY, Tree, is_told};
use crate::source::{Candidate, Filter};

pub(super) struct Walk<'a, S: Snapshot> {
    pub(super) finder: &'a Finder<'a, S>,
    pub(super) tree: &'a Tree,
    /// The whole path of the directory the user named.
    pub(super) place: String,
    /// The same in the snapshot.
    pub(super) inside: &'a str,
    pub(super) catalogue: &'a Catalogue,
    pub(super) filter: &'a Filter,
    /// Directories that a link of that name led to.
    pub(super) linked: HashSet<(String, String)>,
    pub(super) found: Vec<Item<S::Id>>,
    pub(super) missing: Vec<Missing>,
    pub(super) seen: usize,
}

impl<S: Snapshot> Walk<'_, S> {
    /// Walks a directory. `below` is its path below the one that was named, `real` its path in the
    /// snapshot; `within` are the real directories that the links on the way led to.
    pub(super) fn below(
        &mut self,
        directory: &S::Id,
        below: &str,
        real: &str,
        within: &mut Vec<String>,
    ) {
        if below.split('/').count() > DEPTH {
            self.gap(TOO_DEEP);
            return;
        }
        let entries = match self.finder.snapshot.entries(directory) {
            Ok(entries) => entries,
            Err(gap) => return self.missing.push(gap),
        };
        for entry in entries {
            self.seen += 1;
            if self.seen > ENTRIES {
                return self.gap(TOO_MANY);
            }
            let path = join(below, &entry.name);
            let real = join(real, &entry.name);
            match entry.kind {
                EntryKind::Directory => self.directory(&entry, &path, &real, within),
                EntryKind::File => {
                    if self.is_wanted(&entry.name, &path) {
                        self.add(&path, Some(entry.id), real, None);
                    }
                }
                EntryKind::Link => self.link(&entry, &path, &real, within),
                EntryKind::Other => {}
            }
        }
    }

    fn gap(&mut self, message: &str) {
        let gap = Missing(message.to_owned());
        if !self.missing.contains(&gap) {
            self.missing.push(gap);
        }
    }

    fn directory(
        &mut self,
        entry: &Entry<S::Id>,
        path: &str,
        real: &str,
        within: &mut Vec<String>,
    ) {
        if self.leaves_out(path, true) {
            return;
        }
        self.oddly_named(&entry.name, path, real);
        self.below(&entry.id, path, real, within);
    }

    fn oddly_named(&mut self, name: &str, path: &str, real: &str) {
        if is_told(name) && self.knows(name, path) {
            let problem = Problem::new(ProblemKind::NotAFile, IS_DIRECTORY);
            self.add(path, None, real.to_owned(), Some(problem));
        }
    }

    fn link(&mut self, entry: &Entry<S::Id>, path: &str, real: &str, within: &mut Vec<String>) {
        let parent = real.rsplit_once('/').map_or("", |(parent, _)| parent);
        let mut links = LINKS;
        let target = self.finder.target(&entry.id).and_then(|target| match target.as_str() {
            absolute if absolute.starts_with('/') => Ok(Target::Outside),
            relative => self.finder.resolve(parent, relative, &mut links),
        });
        let target = match target {
            Ok(target) => target,
            // Once there were too many entries, every link says so.
            Err(gap) if self.missing.last() == Some(&gap) => return,
            Err(gap) => return self.missing.push(gap),
        };
        let inside = |path: &str| is_within(path, self.inside);
        match target {
            Target::There { kind: EntryKind::Directory, id, path: target } => {
                if self.leaves_out(path, true) {
                    return;
                }
                self.oddly_named(&entry.name, path, real);
                if !is_within(&target, self.inside) {
                    if self.catalogue.may_hold(path) {
                        self.outside(path, real, DIRECTORY_OUTSIDE);
                    }
                    return;
                }
                let round = std::iter::once(parent)
                    .chain(within.iter().map(String::as_str))
                    .any(|above| is_within(above, &target));
                if round || !self.linked.insert((target.clone(), entry.name.clone())) {
                    return;
                }
                within.push(target.clone());
                self.below(&id, path, &target, within);
                within.pop();
            }
            Target::There { kind: EntryKind::File, id, path: target } if inside(&target) => {
                if self.is_wanted(&entry.name, path) {
                    self.add(path, Some(id), target, None);
                }
            }
            Target::There { .. } | Target::Outside => {
                if self.is_wanted(&entry.name, path) {
                    self.outside(path, real, FILE_OUTSIDE);
                }
            }
            Target::Nowhere => {
                if self.is_wanted(&entry.name, path) {
                    self.outside(path, real, DANGLING);
                }
            }
        }
    }

    fn outside(&mut self, path: &str, real: &str, message: &str) {
        let problem = Problem::new(ProblemKind::Symlink, message);
        self.add(path, None, real.to_owned(), Some(problem));
    }

    fn knows(&self, name: &str, path: &str) -> bool {
        let place = self.place(path);
        let parent = place.rsplit('/').nth(1).unwrap_or_default();
        self.catalogue.may_know(name, parent) && self.catalogue.knows(&place)
    }

    fn leaves_out(&self, path: &str, is_directory: bool) -> bool {
        self.filter.leaves_out(&self.tree.shown, Path::new(path), is_directory)
    }

    fn is_wanted(&self, name: &str, path: &str) -> bool {
        self.knows(name, path)
            && !self.filter.excludes(&self.tree.shown, Path::new(path))
            && !self.leaves_out(path, false)
    }

    fn place(&self, path: &str) -> String {
        format!("{}/{path}", self.place)
    }

    fn add(&mut self, path: &str, id: Option<S::Id>, real: String, problem: Option<Problem>) {
        let shown = self.tree.show(path.to_owned());
        let mut candidate = Candidate::new(self.tree.path.join(path), shown);
        candidate.place = self.place(path);
        candidate.real = Some(PathBuf::from(&candidate.place));
        candidate.problem = problem.map(Box::new);
        self.found.push(Item { candidate, id, real });
    }
}
