//! The files of one user: known locations of every client, resolved on this machine.

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;

use super::{Candidate, slashed};
use crate::client::location::segment_fits;
use crate::client::{Claim, Dialect, Environment};

/// How many directories below a `**` are looked into.
const DEPTH: usize = 6;

/// The files that exist at the known locations of these clients, each once, in a stable order.
#[must_use]
pub fn user_files(dialects: &'static [Dialect], environment: &Environment) -> Vec<Candidate> {
    let mut found: Vec<Candidate> = Vec::new();
    let mut seen = BTreeSet::new();
    for dialect in dialects {
        for location in dialect.locations.iter() {
            for pattern in environment.resolve(location) {
                for path in matching(&pattern) {
                    // A file that several clients share belongs to the first that is no guest.
                    if location.shared || !seen.insert(path.clone()) {
                        continue;
                    }
                    let shown = shown(&slashed(&path), environment);
                    let mut candidate = Candidate::new(path, shown);
                    candidate.claim = Some(Claim { dialect, location });
                    found.push(candidate);
                }
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

/// The existing paths that fit a pattern with `*` and `**`. Directories that cannot be listed hold
/// nothing of this user.
fn matching(pattern: &str) -> Vec<PathBuf> {
    let fixed_end = pattern.find('*').map_or(pattern.len(), |star| {
        pattern.get(..star).and_then(|p| p.rfind('/')).map_or(0, |at| at + 1)
    });
    let (fixed, rest) = pattern.split_at_checked(fixed_end).unwrap_or((pattern, ""));
    if rest.is_empty() {
        let path = PathBuf::from(fixed);
        return if fs::symlink_metadata(&path).is_ok() { vec![path] } else { Vec::new() };
    }
    let segments: Vec<&str> = rest.split('/').filter(|segment| !segment.is_empty()).collect();
    let mut found = Vec::new();
    descend(PathBuf::from(fixed), &segments, DEPTH, &mut found);
    found.sort();
    found.dedup();
    found
}

fn descend(at: PathBuf, segments: &[&str], depth: usize, found: &mut Vec<PathBuf>) {
    let Some((first, rest)) = segments.split_first() else {
        if fs::symlink_metadata(&at).is_ok() {
            found.push(at);
        }
        return;
    };
    if *first == "**" {
        descend(at.clone(), rest, depth, found);
        if depth > 0 {
            for directory in children(&at).filter(|path| path.is_dir() && !path.is_symlink()) {
                descend(directory, segments, depth - 1, found);
            }
        }
    } else if first.contains('*') {
        for path in children(&at) {
            let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
            if segment_fits(first, name) {
                descend(path, rest, depth, found);
            }
        }
    } else {
        descend(at.join(first), rest, depth, found);
    }
}

fn children(directory: &std::path::Path) -> impl Iterator<Item = PathBuf> {
    fs::read_dir(directory).into_iter().flatten().flatten().map(|entry| entry.path())
}
