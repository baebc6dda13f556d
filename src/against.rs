//! What a scan is compared with, and what that makes of a file that an option or the settings name:
//! a change could edit it and so pass what was not agreed on.

use std::path::{Component, Path, PathBuf};

use mcp_guard_scanner::problem::Problem;
use mcp_guard_scanner::source::{self, Finder, Missing};

use crate::base::Base;
use crate::git::{self, Revision};

/// What a scan is compared with.
#[derive(Clone, Copy)]
pub(crate) enum Against<'b> {
    /// Nothing: everything counts as it lies on disk.
    Nothing,
    /// A revision of a repository.
    Base(&'b Base),
    /// A revision that is not at hand; what lies below this directory may be of the change.
    Lost(&'b Path),
}

/// Files by name, with what they hold.
type Files = Vec<(String, Vec<u8>)>;

/// As what a file counts.
pub(crate) enum Standing {
    /// As it lies on disk: it lies elsewhere, or git does not track it.
    OnDisk,
    /// As the revision has it, which is called so.
    AtBase { shown: PathBuf, bytes: Result<Vec<u8>, Problem> },
    /// Not at all: the revision has none.
    Absent,
    /// Not at all: what the revision has is not at hand.
    Lost,
}

/// Why settings of a revision do not count.
pub(crate) const LOST: &str = "they are not at hand";

impl<'b> Against<'b> {
    /// The revision, if there is one to look into.
    pub(crate) const fn base(self) -> Option<&'b Base> {
        match self {
            Self::Base(base) => Some(base),
            Self::Nothing | Self::Lost(_) => None,
        }
    }

    /// As what the file counts, of which at most `limit` bytes are read.
    pub(crate) fn standing(self, path: &Path, limit: usize) -> Standing {
        let base = match self {
            Self::Nothing => return Standing::OnDisk,
            Self::Lost(root) if places(root, path).is_empty() => return Standing::OnDisk,
            Self::Lost(_) => return Standing::Lost,
            Self::Base(base) => base,
        };
        let places = places(&base.root, path);
        let is_tracked = || places.iter().any(|below| git::tracks(&base.root, below));
        let gone = |standing| if is_tracked() { standing } else { Standing::OnDisk };
        let Ok(revision) = base.repository.revision(&base.name) else {
            return gone(Standing::Lost);
        };
        let finder = Finder::new(&revision);
        for below in &places {
            match finder.file(below, limit) {
                Ok(Some(bytes)) => return Standing::AtBase { shown: base.shown(below), bytes },
                Ok(None) => {}
                Err(Missing(_)) => return gone(Standing::Lost),
            }
        }
        // What the change took out of the index only is of the change as well.
        let head = base.repository.revision("HEAD");
        let is_in_head = head.is_ok_and(|head| {
            let finder = Finder::new(&head);
            places.iter().any(|below| finder.holds(below))
        });
        if is_in_head { Standing::Absent } else { gone(Standing::Absent) }
    }

    /// The files of a directory, by name, if the revision has it.
    pub(crate) fn directory(
        self,
        path: &Path,
        limit: usize,
        wanted: impl Fn(&Path) -> bool,
    ) -> Option<Files> {
        let base = self.base()?;
        let revision = base.repository.revision(&base.name).ok()?;
        let finder = Finder::new(&revision);
        let of = |below: &String| files(&finder, below, limit, &wanted).ok()?.ok()?;
        places(&base.root, path).iter().find_map(of)
    }
}

/// The files of a directory of a revision, by name and in its order; none if it has no such
/// directory.
pub(crate) fn files(
    finder: &Finder<'_, Revision<'_>>,
    below: &str,
    limit: usize,
    wanted: &dyn Fn(&Path) -> bool,
) -> Result<Result<Option<Files>, String>, Missing> {
    let Some(mut names) = finder.names(below)? else { return Ok(Ok(None)) };
    names.retain(|name| wanted(Path::new(name)));
    names.sort();
    let mut held = Vec::new();
    for name in names {
        let file = format!("{below}/{name}");
        match finder.file(&file, limit)? {
            Some(Ok(bytes)) => held.push((name, bytes)),
            Some(Err(problem)) => return Ok(Err(format!("{file}: {}", problem.message))),
            None => {}
        }
    }
    Ok(Ok(Some(held)))
}

/// Where a path may lie below a directory: as it is spelt, and with links resolved.
fn places(root: &Path, path: &Path) -> Vec<String> {
    let here = std::env::current_dir().and_then(|here| here.canonicalize()).unwrap_or_default();
    let spelt = plain(&here.join(path));
    let parent = spelt.parent().and_then(|parent| parent.canonicalize().ok());
    let parent = parent.zip(spelt.file_name()).map(|(parent, name)| parent.join(name));
    let mut places = Vec::new();
    for path in [Some(spelt.clone()), parent, spelt.canonicalize().ok()].into_iter().flatten() {
        if let Ok(below) = path.strip_prefix(root) {
            let below = source::slashed(below);
            if !below.is_empty() && !places.contains(&below) {
                places.push(below);
            }
        }
    }
    places
}

/// A path without `.` and `..`, links as they are.
pub(crate) fn plain(path: &Path) -> PathBuf {
    let mut plain = PathBuf::new();
    for part in path.components() {
        match part {
            Component::ParentDir => _ = plain.pop(),
            Component::CurDir => {}
            other => plain.push(other),
        }
    }
    plain
}
