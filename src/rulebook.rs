//! The rules in force: the built-in ones, the user's own, and which of them were chosen.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use globset::{Glob, GlobMatcher};
use mcp_guard_scanner::fault::Fault;
use mcp_guard_scanner::rules::{RULES, Rule, Step, fault};
use mcp_guard_scanner::source;
use mcp_guard_scanner::trial::Trial;

use crate::failure::Failure;
use crate::named::Named;

/// Bytes of a rule file, many times what the longest rule has.
pub(crate) const LARGEST: usize = 1 << 20;

/// The built-in rules and those of the directories, by identifier.
pub(crate) fn all(directories: &[Named]) -> Result<Vec<&'static Rule>, Failure> {
    let own = own(directories)?;
    Ok(with_built_in(&own))
}

/// The same, when the user's own rules are also what their examples say.
pub(crate) fn tried(directories: &[Named]) -> Result<Vec<&'static Rule>, Failure> {
    let own = own(directories)?;
    let mut trial = Trial::default();
    let mut failures = Vec::new();
    for OwnRule { path, text, rule } in &own {
        let faults = trial.faults(rule).into_iter();
        failures.extend(faults.map(|(steps, message)| Failure::Rule {
            path: path.clone(),
            fault: fault::at(text, &steps, message),
        }));
    }
    failure_of(failures)?;
    Ok(with_built_in(&own))
}

/// Whether a file is a rule and what its examples say.
pub(crate) fn check(file: &Path) -> Result<(), Failure> {
    let (bytes, _) = source::read(file, LARGEST)
        .map_err(|problem| Failure::Unusable { path: file.to_owned(), message: problem.message })?;
    let OwnRule { path, text, rule } = unlike(&[], parse(file.to_owned(), bytes)?)?;
    let faults = Trial::default().faults(rule).into_iter();
    failure_of(
        faults
            .map(|(steps, message)| Failure::Rule {
                path: path.clone(),
                fault: fault::at(&text, &steps, message),
            })
            .collect(),
    )
}

/// A rule of the user.
struct OwnRule {
    path: PathBuf,
    text: String,
    rule: &'static Rule,
}

fn with_built_in(own: &[OwnRule]) -> Vec<&'static Rule> {
    let mut rules: Vec<_> = RULES.iter().chain(own.iter().map(|own| own.rule)).collect();
    rules.sort_by(|a, b| a.id.cmp(&b.id));
    rules
}

/// The rules of the directories, or everything that is wrong with any of them.
fn own(directories: &[Named]) -> Result<Vec<OwnRule>, Failure> {
    let mut own: Vec<OwnRule> = Vec::new();
    let mut failures = Vec::new();
    // The settings may name a directory that the command line names too. What a revision holds is
    // never taken for what lies on disk instead, whatever a link makes of its name.
    let held: HashSet<PathBuf> = directories
        .iter()
        .filter(|directory| directory.held.is_some())
        .map(|directory| directory.path.clone())
        .collect();
    let mut seen = HashSet::new();
    for directory in directories {
        let place = match &directory.held {
            Some(_) => directory.shown.clone(),
            None if held.contains(&spelt_out(&directory.path)) => continue,
            None => directory.path.canonicalize().unwrap_or_else(|_| directory.path.clone()),
        };
        if !seen.insert(place) {
            continue;
        }
        let read = if let Some(held) = &directory.held {
            let of = |(name, bytes): &(String, Vec<u8>)| {
                parse(directory.shown.join(name), bytes.clone())
            };
            held.iter().map(of).collect()
        } else {
            match files(directory) {
                Ok(paths) => paths.iter().map(|path| read(directory, path)).collect(),
                Err(failure) => vec![Err(failure)],
            }
        };
        for new in read {
            match new.and_then(|new| unlike(&own, new)) {
                Ok(new) => own.push(new),
                Err(failure) => failures.push(failure),
            }
        }
    }
    failure_of(failures)?;
    Ok(own)
}

/// The whole path, links resolved but for the last step.
fn spelt_out(path: &Path) -> PathBuf {
    let whole = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    match (whole.parent().and_then(|parent| parent.canonicalize().ok()), whole.file_name()) {
        (Some(parent), Some(name)) => parent.join(name),
        _ => whole,
    }
}

/// The one failure, or all of them as one.
fn failure_of(mut failures: Vec<Failure>) -> Result<(), Failure> {
    match failures.pop() {
        None => Ok(()),
        Some(only) if failures.is_empty() => Err(only),
        Some(last) => {
            failures.push(last);
            Err(Failure::Several(failures))
        }
    }
}

/// Whether a file of a directory with rules is one.
pub(crate) fn is_rule(name: &Path) -> bool {
    name.extension().is_some_and(|ending| ending == "yaml" || ending == "yml")
}

/// The rule files of a directory, in the order of their names.
pub(crate) fn files(directory: &Named) -> Result<Vec<PathBuf>, Failure> {
    let shown = directory.shown.display();
    directory.allows(&directory.path, &directory.shown)?;
    if directory.path.is_file() {
        let message = format!("`{shown}` is a file; `--rules` takes a directory");
        return Err(Failure::Usage(message));
    }
    let fault = |source| Failure::Read { path: directory.shown.clone(), source };
    let mut paths = Vec::new();
    for entry in std::fs::read_dir(&directory.path).map_err(fault)? {
        let path = entry.map_err(fault)?.path();
        if is_rule(&path) {
            paths.push(path);
        }
    }
    paths.sort();
    if paths.is_empty() {
        let message = format!("`{shown}` holds no rule files (*.yaml)");
        return Err(Failure::Usage(message));
    }
    Ok(paths)
}

fn read(directory: &Named, file: &Path) -> Result<OwnRule, Failure> {
    let path = directory.shown.join(file.file_name().unwrap_or_default());
    directory.allows(file, &path)?;
    let bytes = match source::read(file, LARGEST) {
        Ok((bytes, _)) => bytes,
        Err(problem) => return Err(Failure::Unusable { path, message: problem.message }),
    };
    parse(path, bytes)
}

fn parse(path: PathBuf, bytes: Vec<u8>) -> Result<OwnRule, Failure> {
    let read = text_of(bytes).and_then(|text| Ok((Rule::read(&text)?, text)));
    match read {
        // Rules live as long as the process; findings refer to them.
        Ok((rule, text)) => Ok(OwnRule { path, text, rule: Box::leak(Box::new(rule)) }),
        Err(fault) => Err(Failure::Rule { path, fault }),
    }
}

fn text_of(bytes: Vec<u8>) -> Result<String, Fault> {
    String::from_utf8(bytes).map_err(|error| {
        let good = error.as_bytes().get(..error.utf8_error().valid_up_to()).unwrap_or_default();
        let good = String::from_utf8_lossy(good);
        let line = good.split('\n').count();
        let column = good.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
        Fault { line, column, message: "what stands here is not UTF-8".to_owned() }
    })
}

/// The rule, unless another one has its identifier.
fn unlike(own: &[OwnRule], new: OwnRule) -> Result<OwnRule, Failure> {
    let id = &new.rule.id;
    let other = if RULES.iter().any(|rule| rule.id == *id) {
        "a built-in one".to_owned()
    } else if let Some(other) = own.iter().find(|other| other.rule.id == *id) {
        other.path.display().to_string()
    } else {
        return Ok(new);
    };
    let message = format!("there is another rule `{id}`: {other}");
    let fault = fault::at(&new.text, &[Step::Key("id")], message);
    Err(Failure::Rule { path: new.path, fault })
}

/// The rules that `select` names, or all, without those that `ignore` names. Both are identifiers
/// or patterns; one that names no rule is an error.
pub(crate) fn chosen(
    rules: Vec<&'static Rule>,
    select: &[String],
    ignore: &[String],
) -> Result<Vec<&'static Rule>, Failure> {
    let select = patterns(&rules, select)?;
    let ignore = patterns(&rules, ignore)?;
    let any = |patterns: &[GlobMatcher], rule: &Rule| {
        patterns.iter().any(|pattern| pattern.is_match(rule.id.as_ref()))
    };
    let mut rules = rules;
    rules.retain(|rule| (select.is_empty() || any(&select, rule)) && !any(&ignore, rule));
    Ok(rules)
}

fn patterns(rules: &[&Rule], texts: &[String]) -> Result<Vec<GlobMatcher>, Failure> {
    texts
        .iter()
        .map(|text| {
            let matcher = Glob::new(text)
                .map_err(|error| Failure::Usage(format!("`{text}` is no pattern: {error}")))?
                .compile_matcher();
            if rules.iter().any(|rule| matcher.is_match(rule.id.as_ref())) {
                Ok(matcher)
            } else {
                Err(Failure::Usage(unknown(rules, text)))
            }
        })
        .collect()
}

/// Says that there is no such rule, and which one may have been meant.
pub(crate) fn unknown(rules: &[&Rule], id: &str) -> String {
    let ids = rules.iter().map(|rule| rule.id.as_ref());
    match mcp_guard_scanner::nearest(id, ids) {
        Some(near) => format!("there is no rule `{id}`; did you mean `{near}`?"),
        None => format!("there is no rule `{id}`; `mcp-guard rules` lists them"),
    }
}
