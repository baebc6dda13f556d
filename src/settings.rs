//! Which settings files count, and what they say together.

use std::path::{Path, PathBuf};

use mcp_guard_scanner::client::{Environment, dialect};
use mcp_guard_scanner::report::Altered;
use mcp_guard_scanner::rules::Rule;
use mcp_guard_scanner::settings::{
    FILE_NAME, NamedPath, Settings, SettingsFile, Variables, patterns_below,
};
use mcp_guard_scanner::source::{self, Tree};
use mcp_guard_scanner::suppression::{IgnoreList, Reach};
use mcp_guard_scanner::syntax::Limits;

use crate::against::Against;
use crate::cli::Scope;
use crate::failure::Failure;
use crate::named::{Named, stays_below};
use crate::{agreed, rulebook};

/// What makes a directory the root of a repository.
const ROOTS: [&str; 4] = [".git", ".hg", ".jj", ".svn"];

/// The settings that count.
#[derive(Default)]
pub(crate) struct InForce {
    /// What the files say together, the user's own being a floor.
    pub(crate) said: Settings,
    /// What the change that is scanned makes of the settings, if it alters them.
    pub(crate) altered: Option<Altered>,
    files: Vec<Source>,
    /// The settings file of that change. It does not count, but it is not to be wrong either.
    proposed: Option<Source>,
}

/// A settings file.
#[derive(Clone)]
pub(crate) struct Source {
    pub(crate) file: SettingsFile,
    /// How it is called.
    pub(crate) shown: String,
    /// Its real directory.
    pub(crate) directory: PathBuf,
    /// Its whole path, with forward slashes.
    pub(crate) place: String,
    pub(crate) reach: Reach,
    /// It is the user's own.
    pub(crate) of_user: bool,
    /// It is that of a git revision, and so is what it names.
    pub(crate) held: Option<Held>,
}

/// What a settings file names, as a git revision has it.
#[derive(Clone, Default)]
pub(crate) struct Held {
    pub(crate) rules: Vec<Named>,
    pub(crate) baseline: Option<Named>,
}

impl InForce {
    /// Finds and reads them: the one that is named, or the nearest of a repository, and the user's.
    /// Of a repository that is compared with a revision those count that the revision has.
    pub(crate) fn of(
        options: &Scope,
        environment: &Environment,
        limits: &Limits,
        against: Against<'_>,
    ) -> Result<Self, Failure> {
        if options.no_config {
            return Ok(Self::default());
        }
        let own = own(environment)
            // A change could bring along what lies in the repository.
            .filter(|path| matches!(against, Against::Nothing) || !lies_with(path, &options.paths));
        let read = |path: &Path, shown: String, reach: Reach, of_user: bool| {
            Source::read(path, shown, reach, of_user, environment, limits)
        };
        let mut files = Vec::new();
        let (mut altered, mut proposed) = (None, None);
        if let Some(named) = &options.config {
            let there = named
                .exists()
                .then(|| read(named, source::slashed(named), Reach::All, false))
                .transpose()?;
            let of_base = |bytes: Vec<u8>, shown: String| {
                Source::parse(&bytes, named, shown, Reach::All, false, environment, limits)
            };
            match agreed::named(named, there.as_ref(), against, limits, of_base)? {
                None => files.extend(there),
                Some(agreed) => {
                    files.extend(agreed.source);
                    altered = Some(agreed.altered);
                    proposed = there;
                }
            }
        } else {
            let real = own.as_ref().and_then(|own| own.canonicalize().ok());
            let of_tree = nearest(&options.paths).filter(|path| real.as_ref() != Some(path));
            let of_tree = of_tree.map(|path| {
                stays_inside(&path)?;
                read(&path, shown(&path), Reach::Tree, false)
            });
            let of_tree = of_tree.transpose()?;
            let agreed = match (against, start(&options.paths)) {
                (Against::Nothing, _) | (Against::Base(_), None) => None,
                (Against::Lost(_), _) => agreed::lost(of_tree.as_ref()),
                (Against::Base(base), Some(start)) => {
                    let (proposed, own) = (of_tree.as_ref(), real.as_deref());
                    agreed::instead(proposed, base, &start, own, options, limits)?
                }
            };
            match agreed {
                None => files.extend(of_tree),
                Some(agreed) => {
                    files.extend(agreed.source);
                    altered = Some(agreed.altered);
                    proposed = of_tree;
                }
            }
        }
        let nearest = files.first().map(|source: &Source| source.file.settings.clone());
        if let Some(own) = own {
            let shown = home_shown(&own, environment);
            files.push(read(&own, shown, Reach::All, true)?);
        }
        let floor =
            files.last().filter(|source| source.of_user).map(|source| &source.file.settings);
        let said = match (nearest, floor) {
            (Some(nearest), Some(floor)) => nearest.above(floor),
            (Some(only), None) => only,
            (None, floor) => floor.cloned().unwrap_or_default(),
        };
        Ok(Self { said, altered, files, proposed })
    }

    /// How the files are called.
    pub(crate) fn names(&self) -> Vec<String> {
        self.files.iter().map(|source| source.shown.clone()).collect()
    }

    /// The directories with more rules.
    pub(crate) fn rules(&self) -> Vec<Named> {
        self.files.iter().flat_map(Source::rules).collect()
    }

    /// The baseline: that of the repository, or else the user's.
    pub(crate) fn baseline(&self) -> Option<Named> {
        self.files.iter().find_map(|source| match &source.held {
            Some(held) => held.baseline.clone(),
            None => source.file.settings.baseline.as_ref().map(|baseline| source.resolve(baseline)),
        })
    }

    /// Patterns of the files as they are meant below a directory that is scanned.
    pub(crate) fn below(
        &self,
        tree: &Tree,
        patterns: impl Fn(&Settings) -> &[String],
    ) -> Vec<String> {
        let Ok(root) = tree.path.canonicalize() else { return Vec::new() };
        let root = source::slashed(&root);
        let of = |source: &Source| {
            let patterns = patterns(&source.file.settings);
            // The user's own file lies beside no repository.
            let own = || source::slashed(&source.directory);
            let directory = if source.of_user { root.clone() } else { own() };
            patterns_below(patterns, &directory, &root)
        };
        self.files.iter().flat_map(of).collect()
    }

    /// The entries by which findings are accepted.
    pub(crate) fn lists(
        &self,
        options: &Scope,
        of_user: bool,
        environment: &Environment,
    ) -> Result<Vec<IgnoreList>, Failure> {
        let narrowed = !options.select.is_empty()
            || !options.ignore.is_empty()
            || !options.exclude.is_empty()
            || options.client.is_some();
        let here = [PathBuf::from(".")];
        let roots = if options.paths.is_empty() { &here[..] } else { &options.paths };
        let roots: Vec<PathBuf> = roots
            .iter()
            .filter_map(|root| root.canonicalize().ok())
            .filter(|root| root.is_dir())
            .collect();
        let home = environment.home.as_deref().map(|home| source::slashed(Path::new(home)));
        self.files
            .iter()
            .map(|source| {
                // An entry of the user's may be about any repository.
                let whole = !narrowed
                    && !source.of_user
                    // The change may well have taken the entry away.
                    && source.held.is_none()
                    && roots.iter().any(|root| source.directory.starts_with(root))
                    && (source.reach == Reach::Tree || of_user || options.no_home);
                source.list(home.as_deref(), whole)
            })
            .collect()
    }

    /// Every rule that a file speaks of must be there.
    pub(crate) fn check_rules(
        &self,
        rules: &[&'static Rule],
        options: &Scope,
    ) -> Result<(), Failure> {
        if let Some(proposed) = &self.proposed {
            proposed.check_rules(&rulebook::all(&directories(options, proposed.rules()))?)?;
        }
        self.files.iter().try_for_each(|source| source.check_rules(rules))
    }
}

/// The directories with more rules: what the command line names is as it lies on disk, whatever the
/// settings make of it.
pub(crate) fn directories(options: &Scope, of_settings: Vec<Named>) -> Vec<Named> {
    let named = options.rules.iter().map(|path| Named::from(path.as_path()));
    named.chain(of_settings).collect()
}

impl Source {
    /// Every rule that it speaks of must be there.
    pub(crate) fn check_rules(&self, rules: &[&'static Rule]) -> Result<(), Failure> {
        let mut faults = Vec::new();
        for ignore in &self.file.settings.ignore {
            let one = std::slice::from_ref(&ignore.rule);
            if let Err(error) = rulebook::chosen(rules.to_vec(), one, &[]) {
                faults.push(self.file.fault(ignore.rule_span, error.to_string()));
            }
        }
        if !faults.is_empty() {
            return Err(Failure::Settings { path: self.shown.clone(), faults });
        }
        match rulebook::chosen(rules.to_vec(), &self.file.settings.select, &[]) {
            Ok(_) => Ok(()),
            Err(error) => Err(Failure::Usage(format!("{}: scan.select: {error}", self.shown))),
        }
    }

    /// Its entries by which findings are accepted.
    pub(crate) fn list(&self, home: Option<&str>, whole: bool) -> Result<IgnoreList, Failure> {
        let (shown, place, reach) = (&self.shown, &self.place, self.reach.clone());
        IgnoreList::new(&self.file, shown, place, home, reach, whole).map_err(|error| {
            let fault = self.file.fault(error.span, error.to_string());
            Failure::Settings { path: self.shown.clone(), faults: vec![fault] }
        })
    }

    /// Its directories with more rules.
    pub(crate) fn rules(&self) -> Vec<Named> {
        match &self.held {
            Some(held) => held.rules.clone(),
            None => self.file.settings.rules.iter().map(|rules| self.resolve(rules)).collect(),
        }
    }

    fn read(
        path: &Path,
        shown: String,
        reach: Reach,
        of_user: bool,
        environment: &Environment,
        limits: &Limits,
    ) -> Result<Self, Failure> {
        let (bytes, _) = source::read(path, limits.bytes).map_err(|problem| Failure::Unusable {
            path: PathBuf::from(&shown),
            message: problem.message,
        })?;
        Self::parse(&bytes, path, shown, reach, of_user, environment, limits)
    }

    /// A settings file of these bytes, which lies or lay at that path.
    pub(crate) fn parse(
        bytes: &[u8],
        path: &Path,
        shown: String,
        reach: Reach,
        of_user: bool,
        environment: &Environment,
        limits: &Limits,
    ) -> Result<Self, Failure> {
        let variable = |name: &str| environment.variables.get(name).cloned();
        // Whoever wrote a repository may not see the variables of who scans it.
        let variables: Option<&Variables<'_>> = (reach == Reach::All).then_some(&variable);
        let file = SettingsFile::read(bytes, limits, variables)
            .map_err(|faults| Failure::Settings { path: shown.clone(), faults })?;
        let directory = source::directory(path).unwrap_or_default();
        let place = source::slashed(&directory.join(path.file_name().unwrap_or_default()));
        Ok(Self { file, shown, directory, place, reach, of_user, held: None })
    }

    pub(crate) fn resolve(&self, NamedPath { written, path }: &NamedPath) -> Named {
        let place = self.directory.join(path);
        let shown = if written == path { place.clone() } else { PathBuf::from(written) };
        let within = (self.reach == Reach::Tree).then(|| root_of(&self.directory).to_owned());
        Named { path: place, shown, within, held: None }
    }
}

/// The settings file that counts here: the nearest of a repository, or else the user's own. With
/// how it is called and how far it reaches.
pub(crate) fn usual(
    environment: &Environment,
) -> Result<Option<(PathBuf, String, Reach)>, Failure> {
    let own = own(environment);
    let real = own.as_ref().and_then(|own| own.canonicalize().ok());
    if let Some(path) = nearest(&[]).filter(|path| real.as_ref() != Some(path)) {
        stays_inside(&path)?;
        let shown = shown(&path);
        return Ok(Some((path, shown, Reach::Tree)));
    }
    Ok(own.map(|own| {
        let shown = home_shown(&own, environment);
        (own, shown, Reach::All)
    }))
}

/// Where the user's own settings lie, if there are any.
pub(crate) fn own(environment: &Environment) -> Option<PathBuf> {
    let locations =
        dialect("mcp-guard").map(|client| client.locations.iter()).into_iter().flatten();
    locations
        .flat_map(|location| environment.resolve(location))
        .find(|path| path.ends_with(FILE_NAME))
        .map(PathBuf::from)
        .filter(|path| path.is_file())
}

/// Whether a file lies in the repository of what is scanned.
fn lies_with(file: &Path, paths: &[PathBuf]) -> bool {
    let start = start(paths);
    let root = start.as_deref().map(root_of);
    root.zip(file.canonicalize().ok()).is_some_and(|(root, real)| real.starts_with(root))
}

/// The nearest settings file: in the directory that holds all of what is scanned, or above it in
/// the same repository. Outside of a repository only that directory counts: what lies above it may
/// be anybody's.
fn nearest(paths: &[PathBuf]) -> Option<PathBuf> {
    let start = start(paths)?;
    let root = root_of(&start);
    start
        .ancestors()
        .take_while(|directory| directory.starts_with(root))
        .map(|directory| directory.join(FILE_NAME))
        .find(|path| path.symlink_metadata().is_ok_and(|entry| !entry.is_dir()))
}

/// The deepest directory that holds all paths.
fn start(paths: &[PathBuf]) -> Option<PathBuf> {
    let of_path = |path: &PathBuf| -> Option<PathBuf> {
        if path.as_os_str() == "-" {
            return Path::new(".").canonicalize().ok();
        }
        let real = path.canonicalize().ok()?;
        if real.is_dir() { Some(real) } else { source::directory(path) }
    };
    let mut directories = paths.iter().filter_map(of_path);
    let first = match directories.next() {
        Some(first) => first,
        None if paths.is_empty() => Path::new(".").canonicalize().ok()?,
        None => return None,
    };
    Some(directories.fold(first, |mut common, directory| {
        while !directory.starts_with(&common) && common.pop() {}
        common
    }))
}

/// The root of the repository that holds the directory, or the directory where there is none.
fn root_of(directory: &Path) -> &Path {
    let is_root = |directory: &Path| ROOTS.iter().any(|name| directory.join(name).exists());
    directory.ancestors().find(|directory| is_root(directory)).unwrap_or(directory)
}

/// A settings file that a repository holds does not lie elsewhere.
fn stays_inside(path: &Path) -> Result<(), Failure> {
    let root = root_of(path.parent().unwrap_or(path));
    stays_below(root, path, Path::new(&shown(path)), "name the file itself with `--config`")
}

/// From the working directory, if it lies below it.
pub(crate) fn shown(path: &Path) -> String {
    let here = Path::new(".").canonicalize().unwrap_or_default();
    source::slashed(path.strip_prefix(here).unwrap_or(path))
}

fn home_shown(path: &Path, environment: &Environment) -> String {
    let below = environment.home.as_deref().and_then(|home| path.strip_prefix(home).ok());
    below.map_or_else(|| source::slashed(path), |below| format!("~/{}", source::slashed(below)))
}
