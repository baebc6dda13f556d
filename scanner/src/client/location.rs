//! Where clients keep their files: path patterns matched against found files, and resolved for one
//! user's machine.

use std::borrow::Cow;
use std::collections::HashMap;

use super::dialect::{Dialect, Location, Os, Scope, Sureness};

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
        let placed = !location.path.starts_with("{project}") && !location.path.starts_with("{any}");
        if !placed || !on_system(location, self.os) {
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
fn alternatives(path: &str) -> Vec<Cow<'_, str>> {
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
                .map(|choice| format!("{before}{choice}{after}"))
                .flat_map(|path| {
                    let paths = alternatives(&path).into_iter();
                    paths.map(|path| Cow::Owned(path.into_owned())).collect::<Vec<_>>()
                })
                .collect();
        }
        from = close + 1;
    }
    vec![Cow::Borrowed(path)]
}

/// One client's claim to a file.
#[derive(Clone, Copy, Debug)]
pub struct Claim {
    /// The client.
    pub dialect: &'static Dialect,
    /// The location whose pattern the file's path fits.
    pub location: &'static Location,
}

/// An index of path patterns, to find out fast whose file a path can be. Patterns are looked up by
/// the file's name and the directory it lies in, so that a walk costs the same however many clients
/// are known.
#[derive(Debug)]
pub struct Catalogue {
    by_name: HashMap<Segment, Shelf>,
    /// Patterns whose last segment has a wildcard, by what follows its last dot.
    by_ending: HashMap<Segment, Shelf>,
    /// Patterns whose last segment has a wildcard and no dot after it.
    wild: Shelf,
    /// Patterns are in small letters, and paths are compared so.
    folds: bool,
}

/// A name in a path, most often a part of the compiled table's own text.
type Segment = Cow<'static, str>;

#[derive(Clone, Debug)]
struct Pattern {
    claim: Claim,
    /// Segments from the last to the first.
    reversed: Vec<Segment>,
    /// More directories, no guest, a project's, surer.
    rank: (usize, bool, bool, Sureness),
}

/// Patterns with one thing known of their last segment.
#[derive(Debug, Default)]
struct Shelf {
    /// By the directory, where it has a plain name.
    by_parent: HashMap<Segment, Vec<Pattern>>,
    /// Those that any directory may hold, or one whose name has a wildcard.
    others: Vec<Pattern>,
}

impl Shelf {
    fn put(&mut self, pattern: Pattern) {
        match pattern.reversed.get(1) {
            Some(parent) if !parent.contains('*') => {
                self.by_parent.entry(parent.clone()).or_default().push(pattern);
            }
            _ => self.others.push(pattern),
        }
    }

    /// The patterns of files that may lie in a directory of that name.
    fn below(&self, parent: Option<&str>) -> impl Iterator<Item = &Pattern> {
        let plain = parent.and_then(|parent| self.by_parent.get(parent)).into_iter().flatten();
        plain.chain(&self.others)
    }

    fn all(&self) -> impl Iterator<Item = &Pattern> {
        self.by_parent.values().flatten().chain(&self.others)
    }

    fn into_patterns(self) -> impl Iterator<Item = Pattern> {
        self.by_parent.into_values().flatten().chain(self.others)
    }
}

impl Catalogue {
    /// The index of these clients' locations.
    #[must_use]
    pub fn new(dialects: &'static [Dialect]) -> Self {
        let mut catalogue = Self {
            by_name: HashMap::new(),
            by_ending: HashMap::new(),
            wild: Shelf::default(),
            folds: false,
        };
        for dialect in dialects {
            for location in dialect.locations.iter() {
                let claim = Claim { dialect, location };
                for path in alternatives(&location.path) {
                    catalogue.add(claim, path);
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
            let shelves = indexed.map(|(_, shelf)| shelf).chain([std::mem::take(&mut self.wild)]);
            let mut patterns: Vec<Pattern> = shelves.flat_map(Shelf::into_patterns).collect();
            // The map gives them in any order.
            patterns.sort_by(|a, b| a.reversed.cmp(&b.reversed));
            for mut pattern in patterns {
                for segment in &mut pattern.reversed {
                    if segment.chars().any(char::is_uppercase) {
                        *segment = Cow::Owned(segment.to_lowercase());
                    }
                }
                self.insert(pattern);
            }
        }
        self
    }

    fn insert(&mut self, pattern: Pattern) {
        let name = pattern.reversed.first().cloned().unwrap_or_default();
        let among = match name.rsplit_once('*') {
            None => self.by_name.entry(name).or_default(),
            Some((_, rest)) => match ending(rest) {
                Some(ending) => self.by_ending.entry(Cow::Owned(ending.to_owned())).or_default(),
                None => &mut self.wild,
            },
        };
        among.put(pattern);
    }

    /// A path as patterns are compared with it.
    fn folded<'a>(&self, path: &'a str) -> Cow<'a, str> {
        if self.folds { Cow::Owned(path.to_lowercase()) } else { Cow::Borrowed(path) }
    }

    fn add(&mut self, claim: Claim, path: Cow<'static, str>) {
        let of_variable = path.starts_with('$');
        let mut segments: Vec<Segment> = match path {
            Cow::Borrowed(path) => path.split('/').map(Cow::Borrowed).collect(),
            Cow::Owned(path) => path.split('/').map(|part| Cow::Owned(part.to_owned())).collect(),
        };
        segments.retain(|segment| !segment.is_empty());
        // Without the variable's own directory a name such as `config.toml` tells nothing.
        if of_variable && segments.len() == 2 {
            return;
        }
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
        let rank = (segments.len(), !claim.location.shared, of_project, claim.location.confidence);
        segments.reverse();
        self.insert(Pattern { claim, reversed: segments, rank });
    }

    /// Whose file this can be, the likeliest first. The path has forward slashes.
    #[must_use]
    pub fn claims(&self, path: &str) -> Vec<Claim> {
        self.look(path).0
    }

    /// The [`claims`](Self::claims), and whether the file is one user's and no project's.
    pub(crate) fn look(&self, path: &str) -> (Vec<Claim>, bool) {
        let path = self.folded(path);
        let mut fits: Vec<&Pattern> = self.fitting(&path).collect();
        let of_user = self.are_of_user(&fits, &path);
        // A guest comes after its host, however many directories its own pattern has.
        let hosts = fits.iter().filter(|pattern| !pattern.claim.location.shared);
        let deepest = hosts.map(|pattern| pattern.rank.0).max().unwrap_or(usize::MAX);
        fits.sort_by_key(|pattern| {
            let rank = (pattern.rank.0.min(deepest), pattern.rank.1, pattern.rank);
            (std::cmp::Reverse(rank), pattern.claim.dialect.id.as_ref())
        });
        (fits.iter().map(|pattern| pattern.claim).collect(), of_user)
    }

    /// Whether a file of this path is one user's and no project's: the locations that fit it best are
    /// all of users, or none fits, its name is that of users' files only, and it names the client.
    fn are_of_user(&self, fits: &[&Pattern], path: &str) -> bool {
        let of_user =
            |pattern: &Pattern| matches!(pattern.claim.location.scope, Scope::User | Scope::Local);
        let name = path.rsplit('/').next().unwrap_or(path);
        let speaks = |pattern: &Pattern| {
            let maker = pattern.claim.dialect.id.split('-').next().unwrap_or_default();
            name.contains(maker)
        };
        // That a user's file is seen in projects makes it none of theirs.
        let told = |pattern: &&Pattern| {
            let Location { scope, confidence, .. } = pattern.claim.location;
            *scope != Scope::Project || *confidence != Sureness::Low
        };
        let fits = fits.iter().copied().filter(|pattern| told(pattern));
        if let Some(longest) = fits.clone().map(|pattern| pattern.reversed.len()).max() {
            // `{project}/.cursor/mcp.json` and `~/.cursor/mcp.json` are the same there.
            let mut best = fits.filter(|pattern| pattern.reversed.len() == longest);
            return best.clone().all(of_user) && (longest > 1 || best.any(speaks));
        }
        let named = self.by_name.get(name).into_iter().flat_map(Shelf::all);
        let named: Vec<&Pattern> = named.filter(told).collect();
        named.iter().copied().any(speaks) && named.iter().copied().all(of_user)
    }

    /// Whether any client may have a file of this name in a directory of that name. Says yes too
    /// often, never too seldom.
    #[must_use]
    pub fn may_know(&self, name: &str, parent: &str) -> bool {
        let name = &*self.folded(name);
        if self.named(name).next().is_none() {
            return false;
        }
        let parent = &*self.folded(parent);
        self.named(name).flat_map(|shelf| shelf.below(Some(parent))).any(|pattern| {
            let above = pattern.reversed.get(1).is_none_or(|above| segment_fits(above, parent));
            above && pattern.reversed.first().is_some_and(|last| segment_fits(last, name))
        })
    }

    /// Whether a client may have a file below this directory, told by the last part of its path:
    /// it fits the first directories of a pattern. One alone tells only if it is a hidden one.
    #[must_use]
    pub fn may_hold(&self, directory: &str) -> bool {
        let directory = self.folded(directory);
        let parts: Vec<&str> = directory.split('/').filter(|part| !part.is_empty()).collect();
        let indexed = self.by_name.values().chain(self.by_ending.values()).chain([&self.wild]);
        indexed.flat_map(Shelf::all).any(|pattern| {
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
        let parent = parts.get(1).copied();
        self.named(name)
            .flat_map(move |shelf| shelf.below(parent))
            .filter(move |pattern| tail_fits(&pattern.reversed, &parts))
    }

    /// The patterns whose last segment may fit the name.
    fn named(&self, name: &str) -> impl Iterator<Item = &Shelf> {
        let ending = ending(name).and_then(|ending| self.by_ending.get(ending));
        let wild = Some(&self.wild).filter(|shelf| shelf.all().next().is_some());
        self.by_name.get(name).into_iter().chain(ending).chain(wild)
    }
}

/// The directory of the project that a file belongs to: what its client calls so, else where it
/// lies. `None` for a file of a user that belongs to none.
#[must_use]
pub fn project_root<'p>(claims: &[Claim], place: &'p str, of_user: bool) -> Option<&'p str> {
    let of_client = claims.iter().find_map(|claim| project_of(claim.location, place));
    let beside = || place.rsplit_once('/').map_or("", |(directory, _)| directory);
    if of_user { of_client } else { Some(of_client.unwrap_or_else(beside)) }
}

/// The part of a file's path that `{project}` in the location's pattern stands for; `None` if the
/// pattern has none or does not fit.
pub(super) fn project_of<'p>(location: &Location, place: &'p str) -> Option<&'p str> {
    let below = location.path.strip_prefix("{project}/")?;
    // Most patterns are plain paths.
    if !below.contains(['*', '{']) {
        let before = place.strip_suffix(below)?;
        return before.strip_suffix('/').or_else(|| before.is_empty().then_some(before));
    }
    let parts: Vec<&str> = place.rsplit('/').collect();
    let levels = alternatives(below).iter().find_map(|pattern| {
        let reversed: Vec<&str> = pattern.rsplit('/').collect();
        // The most that `**` can stand for leaves the shortest project.
        (reversed.len()..=parts.len()).rev().find(|levels| {
            let exact = *levels == reversed.len() || reversed.contains(&"**");
            exact && parts.get(..*levels).is_some_and(|tail| whole_fits(&reversed, tail))
        })
    })?;
    let kept: usize = parts.iter().take(levels).map(|part| part.len() + 1).sum();
    place.get(..place.len().saturating_sub(kept))
}

/// What follows the last dot.
fn ending(name: &str) -> Option<&str> {
    name.rsplit_once('.').map(|(_, ending)| ending)
}

/// Whether the path's segments fit the pattern's, both from the last on.
fn tail_fits(pattern: &[Segment], parts: &[&str]) -> bool {
    let Some((first, rest)) = pattern.split_first() else { return true };
    if first == "**" {
        let mut tails = (0..=parts.len()).filter_map(|skipped| parts.get(skipped..));
        return tails.any(|tail| tail_fits(rest, tail));
    }
    parts
        .split_first()
        .is_some_and(|(part, parts)| segment_fits(first, part) && tail_fits(rest, parts))
}

/// Whether the path's segments fit all of the pattern's.
fn whole_fits(pattern: &[&str], parts: &[&str]) -> bool {
    match (pattern.split_first(), parts.split_first()) {
        (None, None) => true,
        (Some((first, rest)), _) if *first == "**" => (0..=parts.len())
            .any(|skip| parts.get(skip..).is_some_and(|tail| whole_fits(rest, tail))),
        (Some((first, rest)), Some((part, parts))) => {
            segment_fits(first, part) && whole_fits(rest, parts)
        }
        _ => false,
    }
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::client::dialect;

    #[test]
    fn a_project_is_what_stands_before_the_pattern() {
        for (client, place, project) in [
            ("cursor", "/src/app/.cursor/mcp.json", Some("/src/app")),
            ("claude-code", "app/.mcp.json", Some("app")),
            ("claude-code", ".mcp.json", Some("")),
            ("vscode", "/a/.devcontainer/x/devcontainer.json", Some("/a")),
            ("vscode", "/a/.devcontainer.json", Some("/a")),
            ("vscode", "/a/other.json", None),
        ] {
            let client = dialect(client).unwrap();
            let found = client.locations.iter().find_map(|location| project_of(location, place));
            assert_eq!(found, project, "{place}");
        }
    }
}
