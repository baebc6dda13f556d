//! The world around the files that are scanned, as far as an analysis may ask about it. What it
//! tells is handed in, so that the analysis itself stays a function of what it is given.

use std::cell::{OnceCell, RefCell};
use std::collections::HashMap;
use std::fmt;
use std::path::{Path, PathBuf};

pub use crate::entry::{Access, Entry, EntryKind};
use crate::rules::{Scene, SceneKind};
use crate::source;

/// What an analysis asks about the world.
pub trait World: Sync {
    /// Whether git tracks the file.
    fn is_tracked(&self, path: &Path) -> bool;

    /// The root of the git work tree that the path lies in, links resolved.
    fn work_tree(&self, path: &Path) -> Option<PathBuf>;

    /// What is at an absolute path, links followed; `None` when that is not known. Nothing is
    /// opened, and nothing beyond this machine is asked.
    fn entry(&self, path: &Path) -> Option<Entry> {
        source::entry(path)
    }
}

/// Tells whether git tracks the file that is judged. Asked only when a finding depends on it.
pub trait Tracked: std::fmt::Debug {
    /// Whether git tracks the file.
    fn is_tracked(&self) -> bool;
}

/// An answer that is known beforehand.
impl Tracked for bool {
    fn is_tracked(&self) -> bool {
        *self
    }
}

/// The world as it is seen from one file. Answers that repeat are kept.
pub struct Vicinity<'a> {
    world: &'a dyn World,
    file: &'a Path,
    /// The whole path, with forward slashes.
    place: &'a str,
    tracked: OnceCell<bool>,
    work_tree: OnceCell<Option<String>>,
    entries: RefCell<HashMap<String, Option<Entry>>>,
}

impl fmt::Debug for Vicinity<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Vicinity").field("file", &self.file).finish_non_exhaustive()
    }
}

impl Tracked for Vicinity<'_> {
    fn is_tracked(&self) -> bool {
        *self.tracked.get_or_init(|| self.world.is_tracked(self.file))
    }
}

impl<'a> Vicinity<'a> {
    /// The world around a file; `place` is its whole path with forward slashes.
    #[must_use]
    pub fn new(world: &'a dyn World, file: &'a Path, place: &'a str) -> Self {
        Self {
            world,
            file,
            place,
            tracked: OnceCell::new(),
            work_tree: OnceCell::new(),
            entries: RefCell::default(),
        }
    }

    /// Whether git tracks another file.
    pub(crate) fn tracks(&self, path: &str) -> bool {
        self.world.is_tracked(Path::new(path))
    }

    /// The root of the git work tree that the file lies in.
    pub(crate) fn work_tree(&self) -> Option<&str> {
        let found = || self.world.work_tree(self.file).map(|root| source::slashed(&root));
        self.work_tree.get_or_init(found).as_deref()
    }

    /// What is at a path.
    pub(crate) fn entry(&self, path: &str) -> Option<Entry> {
        if let Some(known) = self.entries.borrow().get(path) {
            return *known;
        }
        let entry = self.world.entry(Path::new(path));
        self.entries.borrow_mut().insert(path.to_owned(), entry);
        entry
    }

    /// Who besides its owner may change a file, in place or by putting another one there.
    pub(crate) fn writers(&self, path: &str) -> Option<&'static str> {
        let entry = self.entry(path).filter(|entry| entry.kind != EntryKind::Nothing)?;
        entry.access?.writers().or_else(|| self.is_in_open_directory(path).then_some("others"))
    }

    fn is_in_open_directory(&self, path: &str) -> bool {
        let directory = path.rsplit_once('/').map_or("", |(directory, _)| directory);
        let access = self.entry(directory).and_then(|entry| entry.access);
        access.is_some_and(Access::is_open_directory)
    }

    /// Who besides its owner may change the file itself.
    pub(crate) fn own_writers(&self) -> Option<&'static str> {
        self.writers(self.place)
    }

    /// Whether everybody may read the file itself: it says so, and every directory on the way lets
    /// them through.
    pub(crate) fn is_readable_by_others(&self) -> bool {
        let mode = |path: &str| Some(self.entry(path)?.access?.mode);
        let on_the_way = self.place.match_indices('/').map(|(at, _)| at);
        let through = |at| {
            let directory = self.place.get(..at).filter(|directory| !directory.is_empty());
            directory.and_then(mode).is_none_or(|mode| mode & 0o001 != 0)
        };
        mode(self.place).is_some_and(|mode| mode & 0o004 != 0)
            && on_the_way.into_iter().all(through)
    }
}

/// A world that is stated as a whole: nothing else exists in it, and of what is not named nothing
/// is known.
impl World for Scene {
    fn is_tracked(&self, path: &Path) -> bool {
        let path = source::slashed(path);
        self.tracked.iter().any(|tracked| *tracked == path)
    }

    fn work_tree(&self, _: &Path) -> Option<PathBuf> {
        self.work_tree.as_deref().map(PathBuf::from)
    }

    fn entry(&self, path: &Path) -> Option<Entry> {
        let path = source::slashed(path);
        let stated = self.paths.iter().find(|stated| stated.path == path)?;
        let kind = match stated.is {
            SceneKind::Nothing => EntryKind::Nothing,
            SceneKind::File => EntryKind::File,
            SceneKind::Directory => EntryKind::Directory,
        };
        let mode = stated.mode.as_deref().and_then(|mode| u32::from_str_radix(mode, 8).ok());
        let access = mode.map(|mode| Access { mode, private_group: !stated.shared_group });
        Some(Entry { kind, access })
    }
}

#[cfg(test)]
mod tests {
    use super::{Access, World};
    use crate::rules::Scene;
    use crate::world::Vicinity;

    #[test]
    fn bits_say_who_may_write() {
        for (mode, private_group, expected) in [
            (0o600, false, None),
            (0o644, false, None),
            (0o664, false, Some("group")),
            (0o664, true, None),
            (0o666, true, Some("others")),
        ] {
            let access = Access { mode, private_group };
            assert_eq!(access.writers(), expected, "{mode:o}");
        }
        assert!(Access { mode: 0o777, private_group: true }.is_open_directory());
        assert!(!Access { mode: 0o1777, private_group: true }.is_open_directory());
        assert!(!Access { mode: 0o775, private_group: false }.is_open_directory());
    }

    #[test]
    fn a_file_is_read_by_those_who_can_reach_it() {
        let scene = |home: &str, file: &str| {
            let text = format!(
                "paths:\n- {{ path: /home, is: directory, mode: '755' }}\n\
                 - {{ path: /home/ada, is: directory, mode: '{home}' }}\n\
                 - {{ path: /home/ada/.claude.json, is: file, mode: '{file}' }}\n"
            );
            serde_yaml::from_str::<Scene>(&text).unwrap()
        };
        for (home, file, expected) in [
            ("755", "644", true),
            ("711", "644", true),
            ("750", "644", false),
            ("700", "644", false),
            ("755", "640", false),
            ("755", "600", false),
        ] {
            let scene = scene(home, file);
            let world: &dyn World = &scene;
            let place = "/home/ada/.claude.json";
            let vicinity = Vicinity::new(world, place.as_ref(), place);
            assert_eq!(vicinity.is_readable_by_others(), expected, "{home} {file}");
        }
    }
}
