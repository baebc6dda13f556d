//! What is left out of a walk.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use globset::{GlobBuilder, GlobSet, GlobSetBuilder};

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

/// What to leave out of a walk, beyond dependency and build directories, and what to look into
/// nevertheless.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    exclude: GlobSet,
    include: GlobSet,
    /// Directories on the way to what is included: gone through, but not looked at.
    ways: GlobSet,
}

impl Filter {
    /// A filter by patterns of paths below the root.
    ///
    /// # Errors
    /// A pattern that is none.
    pub fn new(exclude: &[String], include: &[String]) -> Result<Self, BadPattern> {
        Ok(Self {
            exclude: globs(exclude)?,
            include: globs(include)?,
            ways: globs(&ways(include))?,
        })
    }

    /// Whether an exclude pattern means what lies there: below the root, or below `shown`, which is
    /// how reports show the root.
    pub(super) fn excludes(&self, shown: &str, below: &Path) -> bool {
        let exclude = &self.exclude;
        exclude.is_match(below)
            || !exclude.is_empty()
                && !shown.is_empty()
                && exclude.is_match(Path::new(shown).join(below))
    }

    /// Whether a directory or file is left out: one that an exclude pattern means, and what lies in a
    /// directory of [`LEFT_OUT`], unless an include pattern means it or what it lies in. A directory
    /// on the way to what is included is gone through.
    pub(super) fn leaves_out(&self, shown: &str, below: &Path, is_directory: bool) -> bool {
        if is_directory && self.excludes(shown, below) && !self.include.is_match(below) {
            return true;
        }
        let is_usual =
            |name: &OsStr| name.to_str().is_some_and(|name| LEFT_OUT.binary_search(&name).is_ok());
        if self.include.is_empty() {
            // What lies in a directory that is left out is not met.
            return is_directory && below.file_name().is_some_and(is_usual);
        }
        let mut out = false;
        let mut at = PathBuf::new();
        let mut parts = below.iter().peekable();
        while let Some(part) = parts.next() {
            at.push(part);
            if self.include.is_match(&at) {
                out = false;
            } else if is_directory || parts.peek().is_some() {
                out = out || is_usual(part);
            }
        }
        out && !(is_directory && self.ways.is_match(below))
    }
}

/// A pattern that cannot be read.
#[derive(Debug, thiserror::Error)]
#[error("`{pattern}` is no pattern: {error}")]
pub struct BadPattern {
    pattern: String,
    error: globset::Error,
}

/// As in `.gitignore`, a pattern without a slash is about a name anywhere, and a leading slash stands
/// for the root.
fn globs(patterns: &[String]) -> Result<GlobSet, BadPattern> {
    let mut set = GlobSetBuilder::new();
    for pattern in patterns {
        let bad = |error| BadPattern { pattern: pattern.clone(), error };
        let trimmed = pattern.trim_end_matches('/');
        let anywhere = format!("**/{trimmed}");
        let text = match trimmed.strip_prefix('/') {
            Some(rooted) => rooted,
            None if trimmed.contains('/') => trimmed,
            None => anywhere.as_str(),
        };
        set.add(GlobBuilder::new(text).literal_separator(true).build().map_err(bad)?);
    }
    set.build().map_err(|error| BadPattern { pattern: patterns.join(" "), error })
}

/// Patterns of the directories on the way to what these patterns mean: of `a/b/**`, `a` and `a/b`.
/// A way that could be anywhere is none.
fn ways(patterns: &[String]) -> Vec<String> {
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

#[cfg(test)]
mod tests {
    #[test]
    fn the_table_is_sorted_for_its_search() {
        assert!(super::LEFT_OUT.is_sorted());
    }
}
