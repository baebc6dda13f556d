//! `scan --base`: the settings that the base has count, for they are what was agreed on. A change
//! that could alter them could switch off what looks at it.

use std::path::{Path, PathBuf};

use mcp_guard_scanner::report::Altered;
use mcp_guard_scanner::settings::{FILE_NAME, NamedPath, Settings, SettingsFile};
use mcp_guard_scanner::source::{self, Finder, Missing};
use mcp_guard_scanner::suppression::Reach;
use mcp_guard_scanner::syntax::Limits;

use crate::against::{self, Against, LOST, Standing};
use crate::base::Base;
use crate::cli::Scope;
use crate::failure::Failure;
use crate::git::Revision;
use crate::named::Named;
use crate::settings::{Held, Source, directories};
use crate::{baseline, rulebook};

/// What counts instead of the settings of a change.
pub(crate) struct Agreed {
    /// The settings file of the base; without one the defaults count.
    pub(crate) source: Option<Source>,
    pub(crate) altered: Altered,
}

/// Why the settings of the base do not count.
enum Trouble {
    /// The revision, or a part of it, is not at hand, as in a shallow clone.
    NotAtHand,
    /// They could not be used before the change either.
    Broken(String),
    /// They do not go with what lies on disk and the command line names.
    Refused(Failure),
}

/// What counts instead of the settings `proposed` by a change; nothing where it leaves them alone;
/// of which the base is not at hand none count, as all is new. `start`
/// is the directory that holds all that is scanned, `own` the user's own file.
///
/// # Errors
/// Settings of the base that cannot be used, unless the change repairs them: without them a change
/// would be looked at less closely than was agreed.
pub(crate) fn instead(
    proposed: Option<&Source>,
    base: &Base,
    start: &Path,
    own: Option<&Path>,
    options: &Scope,
    limits: &Limits,
) -> Result<Option<Agreed>, Failure> {
    let (source, unusable) = match at_base(base, start, own, options, limits) {
        Ok(source) => (source, None),
        Err(Trouble::NotAtHand) => (None, Some(LOST.to_owned())),
        Err(Trouble::Refused(failure)) => return Err(failure),
        Err(Trouble::Broken(reason)) if proposed.is_some() => (None, Some(reason)),
        Err(Trouble::Broken(reason)) => {
            let name = &base.called;
            let message = format!(
                "the settings of {name} cannot be used, and there are none to repair them: {reason}"
            );
            return Err(Failure::Usage(message));
        }
    };
    Ok(decided(proposed, source, unusable))
}

/// What counts instead of the settings `proposed`, which may be of a change, where the base is not at
/// hand: the defaults.
pub(crate) fn lost(proposed: Option<&Source>) -> Option<Agreed> {
    decided(proposed, None, Some(LOST.to_owned()))
}

fn decided(
    proposed: Option<&Source>,
    source: Option<Source>,
    unusable: Option<String>,
) -> Option<Agreed> {
    let keys = differences(proposed, source.as_ref());
    if keys.is_empty() && unusable.as_deref().is_none_or(|reason| reason == LOST) {
        return None;
    }
    let counts = source.as_ref().map(|source| source.shown.clone());
    let altered = Altered { keys, counts, unusable, baseline: None };
    Some(Agreed { source, altered })
}

/// What counts instead of the settings file that an option names and that lies there as `proposed`;
/// nothing where that does. `read` makes a settings file of bytes that the revision has.
///
/// # Errors
/// There is no such file, or what the base has cannot be used and nothing repairs it.
pub(crate) fn named(
    path: &Path,
    proposed: Option<&Source>,
    against: Against<'_>,
    limits: &Limits,
    read: impl FnOnce(Vec<u8>, String) -> Result<Source, Failure>,
) -> Result<Option<Agreed>, Failure> {
    let missing = || Failure::NoSuchPath(path.to_owned());
    let (source, unusable) = match against.standing(path, limits.bytes) {
        Standing::OnDisk => {
            let proposed = proposed.ok_or_else(missing)?;
            let Some(held) = held_of(proposed, against) else { return Ok(None) };
            (Some(Source { held: Some(held), ..proposed.clone() }), None)
        }
        Standing::AtBase { shown, bytes } => {
            let shown = shown.to_string_lossy().into_owned();
            let unusable = |message| Failure::Unusable { path: PathBuf::from(&shown), message };
            let bytes = bytes.map_err(|problem| unusable(problem.message));
            let source = bytes.and_then(|bytes| read(bytes, shown.clone())).and_then(|source| {
                let held = held_of(&source, against);
                let source = Source { held: Some(held.unwrap_or_default()), ..source };
                source.list(None, false)?;
                source.check_rules(&rulebook::all(&source.rules())?)?;
                Ok(source)
            });
            match source {
                Ok(source) => (Some(source), None),
                Err(failure) if proposed.is_some() => (None, Some(failure.to_string())),
                Err(failure) => return Err(failure),
            }
        }
        Standing::Absent => {
            proposed.ok_or_else(missing)?;
            (None, None)
        }
        Standing::Lost => {
            proposed.ok_or_else(missing)?;
            (None, Some(LOST.to_owned()))
        }
    };
    Ok(decided(proposed, source, unusable))
}

/// What a settings file names, as far as it counts as the revision has it; nothing if all of it
/// counts as it lies on disk.
fn held_of(source: &Source, against: Against<'_>) -> Option<Held> {
    against.base()?;
    let settings = &source.file.settings;
    let (mut differs, mut held) = (false, Held::default());
    for named in &settings.rules {
        let mut named = source.resolve(named);
        named.held = against.directory(&named.path, rulebook::LARGEST, rulebook::is_rule);
        differs |= named.held.is_some();
        held.rules.push(named);
    }
    if let Some(named) = &settings.baseline {
        let named = source.resolve(named);
        held.baseline = match against.standing(&named.path, baseline::LARGEST) {
            Standing::OnDisk => Some(named),
            standing => {
                differs = true;
                let Standing::AtBase { shown, bytes: Ok(bytes) } = standing else {
                    return Some(held);
                };
                let good = baseline::parse(bytes.clone()).is_ok();
                good.then(|| Named { shown, held: Some(vec![(String::new(), bytes)]), ..named })
            }
        };
    }
    differs.then_some(held)
}

/// The keys that say something else now, or name what has another content now.
fn differences(proposed: Option<&Source>, agreed: Option<&Source>) -> Vec<&'static str> {
    let none = Settings::default();
    let said = |source: Option<&Source>| -> Settings {
        source.map_or(&none, |source| &source.file.settings).clone()
    };
    let moved = proposed.zip(agreed).is_some_and(|(a, b)| a.directory != b.directory);
    let mut keys = said(agreed).differences(&said(proposed), moved);
    let Some(held) = agreed.and_then(|agreed| agreed.held.as_ref()) else { return keys };
    if !keys.contains(&"rules") && !held.rules.iter().all(is_on_disk) {
        keys.push("rules");
    }
    let named = agreed.is_some_and(|agreed| agreed.file.settings.baseline.is_some());
    if !keys.contains(&"baseline") && named && !held.baseline.as_ref().is_some_and(is_on_disk) {
        keys.push("baseline");
    }
    keys
}

/// Whether what the revision holds is what lies on disk. Line ends may differ: git changes them.
fn is_on_disk(named: &Named) -> bool {
    let Some(held) = named.held.as_deref() else { return true };
    let count = if named.path.is_dir() {
        rulebook::files(named).map_or(0, |paths| paths.len())
    } else {
        usize::from(named.path.is_file())
    };
    count == held.len()
        && held.iter().all(|(name, bytes)| {
            let path = if name.is_empty() { named.path.clone() } else { named.path.join(name) };
            source::read(&path, baseline::LARGEST).is_ok_and(|(now, _)| says_the_same(&now, bytes))
        })
}

/// Whether bytes on disk are those of a revision, but for their line ends.
pub(crate) fn says_the_same(now: &[u8], then: &[u8]) -> bool {
    without_returns(now).eq(without_returns(then))
}

/// A return that ends no line is a sign like others.
fn without_returns(bytes: &[u8]) -> impl Iterator<Item = &u8> {
    let ends_line = |at: usize| bytes.get(at) == Some(&b'\r') && bytes.get(at + 1) == Some(&b'\n');
    let kept = bytes.iter().enumerate().filter(move |(at, _)| !ends_line(*at));
    kept.map(|(_, byte)| byte)
}

/// The nearest settings file at the base.
fn at_base(
    base: &Base,
    start: &Path,
    own: Option<&Path>,
    options: &Scope,
    limits: &Limits,
) -> Result<Option<Source>, Trouble> {
    // Why the revision cannot be compared with is told where it is.
    let revision = base.repository.revision(&base.name).map_err(|_| Trouble::NotAtHand)?;
    let finder = Finder::new(&revision);
    for directory in start.ancestors().take_while(|above| above.starts_with(&base.root)) {
        let path = directory.join(FILE_NAME);
        let Some(below) = below(base, &path).filter(|_| own != Some(&path)) else { continue };
        let Some(bytes) = finder.file(&below, limits.bytes).map_err(missing)? else { continue };
        let bytes = bytes.map_err(|problem| Trouble::Broken(problem.message))?;
        let file = SettingsFile::read(&bytes, limits, None).map_err(|faults| {
            let faults: Vec<String> = faults.iter().map(ToString::to_string).collect();
            Trouble::Broken(faults.join("; "))
        })?;
        let mut source = Source {
            file,
            shown: base.shown(&below).to_string_lossy().into_owned(),
            directory: directory.to_owned(),
            place: source::slashed(&path),
            reach: Reach::Tree,
            of_user: false,
            held: None,
        };
        let held = held(base, &finder, &source)?;
        let broken = |failure: Failure| Trouble::Broken(failure.to_string());
        source.list(None, false).map_err(broken)?;
        let own = rulebook::all(&held.rules).map_err(broken)?;
        if options.rules.is_empty() {
            source.check_rules(&own).map_err(broken)?;
        } else {
            // What the command line names lies on disk, where a change can alter it.
            let rules = rulebook::all(&directories(options, held.rules.clone()));
            let checked = rules.and_then(|rules| source.check_rules(&rules));
            checked.map_err(Trouble::Refused)?;
        }
        source.held = Some(held);
        return Ok(Some(source));
    }
    Ok(None)
}

/// What the settings name, as the revision has it.
fn held(base: &Base, finder: &Finder<'_, Revision<'_>>, source: &Source) -> Result<Held, Trouble> {
    let settings = &source.file.settings;
    let mut rules = Vec::new();
    for named in &settings.rules {
        let (named, path) = resolve(base, source, named)
            .ok_or_else(|| format!("`{}` leads out of the repository", named.written))
            .map_err(Trouble::Broken)?;
        let held = against::files(finder, &path, rulebook::LARGEST, &rulebook::is_rule);
        let held = held.map_err(missing)?.map_err(Trouble::Broken)?;
        let held = held
            .ok_or_else(|| format!("there is no directory `{path}`"))
            .map_err(Trouble::Broken)?;
        rules.push(Named { held: Some(held), ..named });
    }
    let baseline = settings.baseline.as_ref().and_then(|named| resolve(base, source, named));
    let baseline = baseline.and_then(|(named, path)| {
        let bytes = finder.file(&path, baseline::LARGEST).ok()??.ok()?;
        // Without it more is told, and a change may repair it.
        baseline::parse(bytes.clone()).ok()?;
        Some(Named { held: Some(vec![(String::new(), bytes)]), ..named })
    });
    Ok(Held { rules, baseline })
}

/// What a path of the settings leads to, and its place below the root of the work tree.
fn resolve(base: &Base, source: &Source, named: &NamedPath) -> Option<(Named, String)> {
    let named = source.resolve(named);
    let path = below(base, &named.path)?;
    let shown = base.shown(&path);
    Some((Named { shown, within: None, ..named }, path))
}

fn below(base: &Base, path: &Path) -> Option<String> {
    against::plain(path).strip_prefix(&base.root).ok().map(source::slashed)
}

fn missing(_: Missing) -> Trouble {
    Trouble::NotAtHand
}
