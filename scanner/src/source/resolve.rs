//! The files of one user: known locations of every client, resolved on this machine.

use std::collections::BTreeSet;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use super::read::unreadable;
use super::{Candidate, slashed};
use crate::client::location::segment_fits;
use crate::client::{Claim, Dialect, Environment};
use crate::problem::Problem;

/// How many directories below a `**` are looked into.
const DEPTH: usize = 6;

/// The files that exist at the known locations of these clients, each once, in a stable order.
#[must_use]
pub fn user_files(dialects: &'static [Dialect], environment: &Environment) -> Vec<Candidate> {
    let mut found: Vec<Candidate> = Vec::new();
    let mut seen = BTreeSet::new();
    let locations = || dialects.iter().flat_map(|d| d.locations.iter().map(move |l| (d, l)));
    let (guests, hosts): (Vec<_>, Vec<_>) = locations().partition(|(_, place)| place.shared);
    // A file that several clients share belongs to the first that is no guest.
    for (dialect, location) in hosts.into_iter().chain(guests) {
        for pattern in environment.resolve(location) {
            for (path, problem) in matching(&pattern) {
                if !seen.insert(path.clone()) {
                    continue;
                }
                let shown = shown(&slashed(&path), environment);
                let mut candidate = Candidate::new(path, shown);
                candidate.claim = Some(Claim { dialect, location });
                candidate.problem = problem.map(Box::new);
                found.push(candidate);
            }
        }
    }
    found.sort_by(|a, b| a.path.cmp(&b.path));
    found
}

/// A path below the home directory with `~` for it.
fn shown(path: &str, environment: &Environment) -> String {
    let home = environment.home.as_deref().map(|home| home.replace('\\', "/"));
    match home.and_then(|home| path.strip_prefix(home.trim_end_matches('/')).map(str::to_owned)) {
        Some(rest) if rest.starts_with('/') => format!("~{rest}"),
        _ => path.to_owned(),
    }
}

/// The existing paths that fit a pattern with `*` and `**`, and the directories on the way that
/// could not be looked into.
fn matching(pattern: &str) -> Vec<(PathBuf, Option<Problem>)> {
    let fixed_end = match pattern.find('*') {
        Some(star) => pattern.get(..star).and_then(|p| p.rfind('/')).map_or(0, |at| at + 1),
        None => pattern.len(),
    };
    let (fixed, rest) = pattern.split_at_checked(fixed_end).unwrap_or((pattern, ""));
    let segments: Vec<&str> = rest.split('/').filter(|segment| !segment.is_empty()).collect();
    let mut found = Vec::new();
    descend(PathBuf::from(fixed), &segments, DEPTH, &mut found);
    found.sort_by(|a, b| a.0.cmp(&b.0));
    found.dedup_by(|a, b| a.0 == b.0);
    found
}

fn descend(
    at: PathBuf,
    segments: &[&str],
    depth: usize,
    found: &mut Vec<(PathBuf, Option<Problem>)>,
) {
    let Some((first, rest)) = segments.split_first() else {
        match fs::symlink_metadata(&at) {
            Ok(_) => found.push((at, None)),
            Err(error) if is_absence(&error) => {}
            Err(error) => found.push((at, Some(unreadable(&error)))),
        }
        return;
    };
    if *first == "**" {
        descend(at.clone(), rest, depth, found);
        if depth > 0 {
            let below = children(&at, found);
            for directory in below.into_iter().filter(|path| path.is_dir() && !path.is_symlink()) {
                descend(directory, segments, depth - 1, found);
            }
        }
    } else if first.contains('*') {
        for path in children(&at, found) {
            let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
            if segment_fits(first, name) {
                descend(path, rest, depth, found);
            }
        }
    } else {
        descend(at.join(first), rest, depth, found);
    }
}

fn children(directory: &Path, found: &mut Vec<(PathBuf, Option<Problem>)>) -> Vec<PathBuf> {
    match fs::read_dir(directory) {
        Ok(entries) => entries.flatten().map(|entry| entry.path()).collect(),
        Err(error) => {
            if !is_absence(&error) {
                found.push((directory.to_owned(), Some(unreadable(&error))));
            }
            Vec::new()
        }
    }
}

/// Most clients are not installed: what is not there is no problem.
fn is_absence(error: &std::io::Error) -> bool {
    matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory)
}
