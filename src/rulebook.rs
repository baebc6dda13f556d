//! The rules in force: the built-in ones, the user's own, and which of them were chosen.

use std::path::{Path, PathBuf};

use globset::{Glob, GlobMatcher};
use mcp_guard_scanner::rules::{RULES, Rule};

use crate::failure::Failure;

/// The built-in rules and those of the directories, by identifier.
pub(crate) fn all(directories: &[PathBuf]) -> Result<Vec<&'static Rule>, Failure> {
    let mut rules: Vec<&'static Rule> = RULES.iter().collect();
    for directory in directories {
        for (path, rule) in of_directory(directory)? {
            if rules.iter().any(|known| known.id == rule.id) {
                let message = format!("there is another rule `{}`", rule.id);
                return Err(Failure::Rule { path, message });
            }
            // Rules live as long as the process; findings refer to them.
            rules.push(Box::leak(Box::new(rule)));
        }
    }
    rules.sort_by(|a, b| a.id.cmp(&b.id));
    Ok(rules)
}

fn of_directory(directory: &Path) -> Result<Vec<(PathBuf, Rule)>, Failure> {
    let fault = |source| Failure::Read { path: directory.to_owned(), source };
    let mut paths = Vec::new();
    for entry in std::fs::read_dir(directory).map_err(fault)? {
        let path = entry.map_err(fault)?.path();
        if path.extension().is_some_and(|ending| ending == "yaml" || ending == "yml") {
            paths.push(path);
        }
    }
    paths.sort();
    if paths.is_empty() {
        let message = format!("`{}` holds no rule files (*.yaml)", directory.display());
        return Err(Failure::Usage(message));
    }
    paths
        .into_iter()
        .map(|path| {
            let text = std::fs::read_to_string(&path)
                .map_err(|source| Failure::Read { path: path.clone(), source })?;
            match Rule::read(&text) {
                Ok(rule) => Ok((path, rule)),
                Err(message) => Err(Failure::Rule { path, message }),
            }
        })
        .collect()
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
