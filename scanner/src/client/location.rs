//! Where clients keep their files: path patterns matched against found files, and resolved for one
//! user's machine.

use std::borrow::Cow;
use std::collections::HashMap;

use super::dialect::{Dialect, Location, Os, Sureness};

/// What the paths of a user's own files depend on. Handed in, so that every system's rules can be
/// tried on any system.
#[derive(Clone, Debug)]
pub struct Environment {
    /// The operating system.
    pub os: Os,
    /// The home directory, if there is one.
    pub home: Option<String>,
    /// Environment variables.
    pub variables: HashMap<String, String>,
}

impl Environment {
    fn variable(&self, name: &str) -> Option<String> {
        let found = match self.os {
            Os::Windows => self
                .variables
                .iter()
                .find(|(key, _)| key.eq_ignore_ascii_case(name))
                .map(|(_, value)| value),
            Os::Macos | Os::Linux => self.variables.get(name),
        };
        let below_home = |tail: &str| self.home_directory().map(|home| format!("{home}/{tail}"));
        found.filter(|value| !value.is_empty()).map(|value| self.plain(value)).or_else(|| {
            match (self.os, name) {
                (Os::Windows, "USERPROFILE") => self.home_directory(),
                (Os::Windows, "APPDATA") => below_home("AppData/Roaming"),
                (Os::Windows, "LOCALAPPDATA") => below_home("AppData/Local"),
                (Os::Windows, "PROGRAMDATA") => Some("C:/ProgramData".to_owned()),
                (Os::Linux, "XDG_CONFIG_HOME") => below_home(".config"),
                _ => None,
            }
        })
    }

    fn home_directory(&self) -> Option<String> {
        self.home.as_deref().filter(|home| !home.is_empty()).map(|home| self.plain(home))
    }

    /// A path with forward slashes and none at its end. Elsewhere than on Windows a backslash is
    /// part of a name.
    fn plain(&self, path: &str) -> String {
        let path = if self.os == Os::Windows { path.replace('\\', "/") } else { path.to_owned() };
        path.trim_end_matches('/').to_owned()
    }

    fn config_directory(&self) -> Option<String> {
        match self.os {
            Os::Macos => {
                self.home_directory().map(|home| format!("{home}/Library/Application Support"))
            }
            Os::Linux => self.variable("XDG_CONFIG_HOME"),
            Os::Windows => self.variable("APPDATA"),
        }
    }

    /// The paths, with `*` and `**` left in, at which this user has the file; none if the location
    /// is another system's, belongs to projects, or hangs on a variable that is not set.
    #[must_use]
    pub fn resolve(&self, location: &Location) -> Vec<String> {
        if location.path.starts_with("{project}") || !on_system(location, self.os) {
            return Vec::new();
        }
        alternatives(&location.path).iter().filter_map(|path| self.resolve_one(path)).collect()
    }

    fn resolve_one(&self, path: &str) -> Option<String> {
        if let Some(rest) = path.strip_prefix('~') {
            return Some(format!("{}{rest}", self.home_directory()?));
        }
        if let Some(rest) = path.strip_prefix("{config}") {
            return Some(format!("{}{rest}", self.config_directory()?));
        }
        if let Some(rest) = path.strip_prefix('%') {
            let (name, rest) = rest.split_once('%')?;
            return Some(format!("{}{rest}", self.variable(name)?));
        }
        if let Some(rest) = path.strip_prefix('$') {
            let end = rest.find('/').unwrap_or(rest.len());
            let (name, rest) = rest.split_at_checked(end)?;
            return Some(format!("{}{rest}", self.variable(name)?));
        }
        // An absolute path.
        Some(path.to_owned())
    }
}

fn on_system(location: &Location, os: Os) -> bool {
    location.os.is_empty() || location.os.contains(&os)
}

/// The path with each `{a,b}` replaced by one of its alternatives. `{config}` and `{project}` have
/// no comma and stay.
fn alternatives(path: &str) -> Vec<String> {
    let mut from = 0;
    while let Some(open) = path.get(from..).and_then(|rest| rest.find('{')).map(|at| at + from) {
        let Some(close) = path.get(open..).and_then(|rest| rest.find('}')).map(|at| at + open)
        else {
            break;
        };
        let (Some(before), Some(inner), Some(after)) =
            (path.get(..open), path.get(open + 1..close), path.get(close + 1..))
        else {
            break;
        };
        if inner.contains(',') {
            return inner
                .split(',')
                .flat_map(|choice| alternatives(&format!("{before}{choice}{after}")))
                .collect();
        }
        from = close + 1;
    }
    vec![path.to_owned()]
}

/// One client's claim to a file.
#[derive(Clone, Copy, Debug)]
pub struct Claim {
    /// The client.
    pub dialect: &'static Dialect,
    /// The location whose pattern the file's path fits.
    pub location: &'static Location,
}

/// An index of path patterns, to find out fast whose file a path can be.
#[derive(Debug)]
pub struct Catalogue {
    by_name: HashMap<String, Vec<Pattern>>,
    /// Patterns whose last segment has a wildcard, by what follows its last dot.
    by_ending: HashMap<String, Vec<Pattern>>,
    /// Patterns whose last segment has a wildcard and no dot after it.
    wild: Vec<Pattern>,
    /// Patterns are in small letters, and paths are compared so.
    folds: bool,
}

#[derive(Clone, Debug)]
struct Pattern {
    claim: Claim,
    /// Segments from the last to the first.
    reversed: Vec<String>,
    rank: (bool, usize, bool, Sureness),
}

impl Catalogue {
    /// The index of these clients' locations.
    #[must_use]
    pub fn new(dialects: &'static [Dialect]) -> Self {
        let mut catalogue = Self {
            by_name: HashMap::new(),
            by_ending: HashMap::new(),
            wild: Vec::new(),
            folds: false,
        };
        for dialect in dialects {
            for location in dialect.locations.iter() {
                let claim = Claim { dialect, location };
                for path in alternatives(&location.path) {
                    catalogue.add(claim, &path);
                }
            }
        }
        catalogue
    }

    /// The same for the files of one system: on macOS and Windows the case of letters does not
    /// tell paths apart.
    #[must_use]
    pub fn on(mut self, os: Os) -> Self {
        self.folds = matches!(os, Os::Macos | Os::Windows);
        if self.folds {
            let indexed = self.by_name.drain().chain(self.by_ending.drain());
            let patterns = indexed.flat_map(|(_, patterns)| patterns);
            let mut patterns: Vec<Pattern> = patterns.chain(self.wild.drain(..)).collect();
            // The map gives them in any order.
            patterns.sort_by(|a, b| a.reversed.cmp(&b.reversed));
            for mut pattern in patterns {
                for segment in &mut pattern.reversed {
                    *segment = segment.to_lowercase();
                }
                self.insert(pattern);
            }
        }
        self
    }

    fn insert(&mut self, pattern: Pattern) {
        let name = pattern.reversed.first().map(String::as_str).unwrap_or_default();
        let among = match name.rsplit_once('*') {
            None => self.by_name.entry(name.to_owned()).or_default(),
            Some((_, rest)) => match ending(rest) {
                Some(ending) => self.by_ending.entry(ending.to_owned()).or_default(),
                None => &mut self.wild,
            },
        };
        among.push(pattern);
    }

    /// A path as patterns are compared with it.
    fn folded<'a>(&self, path: &'a str) -> Cow<'a, str> {
        if self.folds { Cow::Owned(path.to_lowercase()) } else { Cow::Borrowed(path) }
    }

    fn add(&mut self, claim: Claim, path: &str) {
        let mut segments: Vec<String> =
            path.split('/').filter(|segment| !segment.is_empty()).map(str::to_owned).collect();
        // The anchor (home, project, variable, drive) can be any directory of a scanned tree.
        let anchored = segments
            .first()
            .is_some_and(|first| first.starts_with(['~', '$', '%', '{']) || first.ends_with(':'));
        if anchored && segments.len() > 1 {
            segments.remove(0);
        } else if anchored {
            return;
        }
        if segments.is_empty() {
            return;
        }
        let of_project = claim.location.path.starts_with("{project}");
        let rank = (!claim.location.shared, segments.len(), of_project, claim.location.confidence);
        segments.reverse();
        self.insert(Pattern { claim, reversed: segments, rank });
    }

    /// Whose file this can be, the likeliest first. The path has forward slashes.
    #[must_use]
    pub fn claims(&self, path: &str) -> Vec<Claim> {
        let path = self.folded(path);
        let mut fits: Vec<&Pattern> = self.fitting(&path).collect();
        fits.sort_by_key(|pattern| std::cmp::Reverse(pattern.rank));
        fits.iter().map(|pattern| pattern.claim).collect()
    }

    /// Whether any client may have a file of this name. Says yes too often, never too seldom.
    #[must_use]
    pub fn may_know(&self, name: &str) -> bool {
        let name = &*self.folded(name);
        self.named(name)
            .any(|pattern| pattern.reversed.first().is_some_and(|last| segment_fits(last, name)))
    }

    /// Whether a client may have a file below this directory, told by the last part of its path:
    /// it fits the first directories of a pattern. One alone tells only if it is a hidden one.
    #[must_use]
    pub fn may_hold(&self, directory: &str) -> bool {
        let directory = self.folded(directory);
        let parts: Vec<&str> = directory.split('/').filter(|part| !part.is_empty()).collect();
        let indexed = self.by_name.values().chain(self.by_ending.values()).flatten();
        indexed.chain(&self.wild).any(|pattern| {
            let above = pattern.reversed.len().saturating_sub(1);
            (1..=above).any(|length| {
                let above = pattern.reversed.iter().rev().take(length);
                let told = pattern.reversed.last().is_some_and(|first| !first.starts_with('*'));
                let hidden = parts.last().is_some_and(|last| last.starts_with('.'));
                told && (length > 1 || hidden)
                    && parts.len() >= length
                    && above
                        .zip(parts.iter().skip(parts.len() - length))
                        .all(|(wanted, part)| *wanted != "**" && segment_fits(wanted, part))
            })
        })
    }

    /// Whether any client may have a file of this path.
    #[must_use]
    pub fn knows(&self, path: &str) -> bool {
        self.fitting(&self.folded(path)).next().is_some()
    }

    fn fitting<'a>(&'a self, path: &'a str) -> impl Iterator<Item = &'a Pattern> {
        let name = path.rsplit('/').next().unwrap_or(path);
        let parts: Vec<&str> = path.rsplit('/').filter(|part| !part.is_empty()).collect();
        self.named(name).filter(move |pattern| tail_fits(&pattern.reversed, &parts))
    }

    /// The patterns whose last segment may fit the name.
    fn named(&self, name: &str) -> impl Iterator<Item = &Pattern> {
        let whole = self.by_name.get(name).into_iter().flatten();
        let ending = ending(name).and_then(|ending| self.by_ending.get(ending));
        whole.chain(ending.into_iter().flatten()).chain(&self.wild)
    }
}

/// What follows the last dot.
fn ending(name: &str) -> Option<&str> {
    name.rsplit_once('.').map(|(_, ending)| ending)
}

/// Whether the path's segments fit the pattern's, both from the last on.
fn tail_fits(pattern: &[String], parts: &[&str]) -> bool {
    let Some((first, rest)) = pattern.split_first() else { return true };
    if first == "**" {
        let mut tails = (0..=parts.len()).filter_map(|skipped| parts.get(skipped..));
        return tails.any(|tail| tail_fits(rest, tail));
    }
    parts
        .split_first()
        .is_some_and(|(part, parts)| segment_fits(first, part) && tail_fits(rest, parts))
}

/// Whether a single name fits a segment of a pattern, in which `*` is any run of characters.
#[must_use]
pub fn segment_fits(pattern: &str, name: &str) -> bool {
    if !pattern.contains('*') {
        return pattern == name;
    }
    let mut pieces = pattern.split('*');
    let Some(rest) = pieces.next().and_then(|start| name.strip_prefix(start)) else { return false };
    let mut rest = rest;
    let Some(last) = pieces.next_back() else { return rest.is_empty() };
    for piece in pieces {
        match rest.find(piece).and_then(|at| rest.get(at + piece.len()..)) {
            Some(after) => rest = after,
            None => return false,
        }
    }
    rest.ends_with(last)
}
