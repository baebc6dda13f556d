//! Following paths within a snapshot.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;

use super::{ENTRIES, EntryKind, KEPT, LINKS, Missing, Snapshot, TOO_MANY};
use crate::problem::Problem;

/// Where a path of the snapshot leads.
pub(super) enum Target<I> {
    There { kind: EntryKind, id: I, path: String },
    Outside,
    Nowhere,
}

/// The entries of a directory by name.
type Names<I> = HashMap<String, (EntryKind, I)>;

/// Follows paths within a snapshot, links included.
pub struct Finder<'s, S: Snapshot> {
    pub(super) snapshot: &'s S,
    /// Directories that paths led through: many links lead through the same ones.
    kept: RefCell<HashMap<S::Id, Names<S::Id>>>,
    /// How many entries those have.
    size: Cell<usize>,
    /// How many entries were listed in all.
    listed: Cell<usize>,
}

impl<'s, S: Snapshot> Finder<'s, S> {
    /// A finder that has followed nothing yet.
    pub fn new(snapshot: &'s S) -> Self {
        let (kept, size, listed) = (RefCell::default(), Cell::new(0), Cell::new(0));
        Self { snapshot, kept, size, listed }
    }

    /// Whether a path leads to a file of the snapshot. What is not at hand is none.
    pub fn holds(&self, path: &str) -> bool {
        matches!(self.follow(path), Ok(Target::There { kind: EntryKind::File, .. }))
    }

    /// The bytes of the file that a path leads to, or the problem with them.
    ///
    /// # Errors
    /// Why it is not at hand.
    pub fn file(
        &self,
        path: &str,
        limit: usize,
    ) -> Result<Option<Result<Vec<u8>, Problem>>, Missing> {
        match self.follow(path)? {
            Target::There { kind: EntryKind::File, id, .. } => {
                self.snapshot.read(&id, limit).map(Some)
            }
            _ => Ok(None),
        }
    }

    /// The names in the directory that a path leads to.
    ///
    /// # Errors
    /// Why it is not at hand.
    pub fn names(&self, path: &str) -> Result<Option<Vec<String>>, Missing> {
        match self.follow(path)? {
            Target::There { kind: EntryKind::Directory, id, .. } => {
                let entries = self.snapshot.entries(&id)?;
                Ok(Some(entries.into_iter().map(|entry| entry.name).collect()))
            }
            _ => Ok(None),
        }
    }

    /// The entry of that name in a directory.
    fn entry(&self, directory: &S::Id, name: &str) -> Result<Option<(EntryKind, S::Id)>, Missing> {
        let mut kept = self.kept.borrow_mut();
        if let Some(names) = kept.get(directory) {
            return Ok(names.get(name).cloned());
        }
        if self.listed.get() > ENTRIES {
            return Err(Missing(TOO_MANY.to_owned()));
        }
        let entries = self.snapshot.entries(directory)?;
        let mut names = Names::with_capacity(entries.len());
        for entry in entries {
            names.entry(entry.name).or_insert((entry.kind, entry.id));
        }
        self.listed.set(self.listed.get() + names.len());
        if self.size.get() + names.len() > KEPT {
            kept.clear();
            self.size.set(0);
        }
        self.size.set(self.size.get() + names.len());
        let found = names.get(name).cloned();
        kept.insert(directory.clone(), names);
        Ok(found)
    }

    pub(super) fn follow(&self, path: &str) -> Result<Target<S::Id>, Missing> {
        let mut links = LINKS;
        self.resolve("", path, &mut links)
    }

    /// The nearest file of that name in the directories above a path.
    pub(super) fn above(
        &self,
        below: &str,
        name: &str,
    ) -> Result<Option<(S::Id, String)>, Missing> {
        let mut directory = below;
        while !directory.is_empty() {
            directory = directory.rsplit_once('/').map_or("", |(above, _)| above);
            let target = self.follow(&join(directory, name))?;
            if let Target::There { kind: EntryKind::File, id, path } = target {
                return Ok(Some((id, path)));
            }
        }
        Ok(None)
    }

    /// Follows a path from a real directory, `..` and links on the way included.
    pub(super) fn resolve(
        &self,
        from: &str,
        path: &str,
        links: &mut usize,
    ) -> Result<Target<S::Id>, Missing> {
        let mut at = vec![(String::new(), EntryKind::Directory, self.snapshot.root())];
        // The names still to go, the next one last. A directory that is real leads through no link.
        let mut left: Vec<String> =
            path.split('/').rev().chain(from.split('/').rev()).map(str::to_owned).collect();
        while let Some(name) = left.pop() {
            if name.is_empty() || name == "." {
                continue;
            }
            if name == ".." {
                at.pop();
                if at.is_empty() {
                    return Ok(Target::Outside);
                }
                continue;
            }
            let Some((above, kind, id)) = at.last() else { return Ok(Target::Outside) };
            if *kind != EntryKind::Directory {
                return Ok(Target::Nowhere);
            }
            let Some((kind, id)) = self.entry(id, &name)? else {
                return Ok(Target::Nowhere);
            };
            if kind == EntryKind::Link {
                if *links == 0 {
                    return Ok(Target::Nowhere);
                }
                *links -= 1;
                let target = self.target(&id)?;
                if target.starts_with('/') {
                    return Ok(Target::Outside);
                }
                left.extend(target.split('/').rev().map(str::to_owned));
                continue;
            }
            let path = join(above, &name);
            at.push((path, kind, id));
        }
        Ok(at.pop().map_or(Target::Outside, |(path, kind, id)| Target::There { kind, id, path }))
    }

    pub(super) fn target(&self, link: &S::Id) -> Result<String, Missing> {
        let bytes = self.snapshot.read(link, 4096)?;
        Ok(bytes.map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).unwrap_or_default())
    }
}

pub(super) fn join(above: &str, name: &str) -> String {
    if above.is_empty() { name.to_owned() } else { format!("{above}/{name}") }
}

/// Whether a path is a directory or lies below it.
pub(super) fn is_within(path: &str, directory: &str) -> bool {
    directory.is_empty()
        || path.strip_prefix(directory).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}
