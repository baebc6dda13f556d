//! The lock files that lie among the files of a run, and which files each speaks for.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use crate::facts::kinds::{Context, Drift};
use crate::finding::{Anchor, Judge, LateFact, Region};
use crate::item::Item;
use crate::lock::{FILE_NAME, FileLock, Lock, Reviewed};
use crate::problem::{Problem, ProblemKind};
use crate::scan::Scanner;
use crate::scanned::FileReport;
use crate::source::{Candidate, slashed};

/// The servers of a lock file by the name of their file, in their order.
type ByFile = HashMap<String, Vec<Reviewed>>;

/// The lock files among the candidates. One speaks for the files in its directory and below, as far
/// as no other lies closer; the user's own for the user's files.
#[derive(Default)]
pub(crate) struct Locks {
    /// By the real path of the directory.
    of_trees: HashMap<PathBuf, ByFile>,
    of_user: Option<ByFile>,
    /// What is wrong with those that cannot be used, by their path.
    faults: HashMap<PathBuf, Problem>,
}

impl Locks {
    /// Finds and reads them.
    pub(crate) fn of(items: &[Item<'_>], scanner: &Scanner) -> Self {
        let mut locks = Self::default();
        for item in items {
            let candidate = item.candidate;
            let named = candidate.path.file_name().is_some_and(|name| name == FILE_NAME);
            if candidate.problem.is_some() || !named {
                continue;
            }
            // What cannot be opened is reported when the file's turn comes.
            let Ok((bytes, _)) = item.read(scanner.limits.bytes) else { continue };
            let text = String::from_utf8_lossy(&bytes);
            match (Lock::read(&text), candidate.claim) {
                (Ok(lock), Some(_)) => locks.of_user = Some(by_file(lock)),
                (Ok(lock), None) => {
                    if let Some(directory) = candidate.directory() {
                        locks.of_trees.insert(directory, by_file(lock));
                    }
                }
                (Err(error), _) => {
                    let problem = Problem::new(ProblemKind::Syntax, error.to_string());
                    locks.faults.insert(candidate.path.clone(), problem);
                }
            }
        }
        locks
    }

    /// Why the lock file that the candidate is cannot be used.
    pub(crate) fn fault(&self, candidate: &Candidate) -> Option<&Problem> {
        self.faults.get(&candidate.path)
    }

    /// What was reviewed of a file; `None` if no lock file speaks for it.
    pub(crate) fn of_file(&self, candidate: &Candidate) -> Option<FileLock<'_>> {
        if candidate.claim.is_some() {
            return self.of_user.as_ref().map(|lock| of_file(lock, &candidate.shown));
        }
        if self.of_trees.is_empty() {
            return None;
        }
        let within = candidate.directory()?;
        let (root, lock) =
            within.ancestors().find_map(|above| Some((above, self.of_trees.get(above)?)))?;
        let name = below(root, &within.join(candidate.path.file_name()?))?;
        Some(of_file(lock, &name))
    }
}

/// Adds a finding for each lock file that was there before and is gone, if servers are left that it
/// spoke for: who exchanges one could take the lock away with it.
pub fn tell_gone(judge: &Judge, before: &[FileReport], files: &mut Vec<FileReport>) {
    let is_lock = |file: &&FileReport| file.place.rsplit('/').next() == Some(FILE_NAME);
    for lock in before.iter().filter(is_lock) {
        let directory = lock.place.strip_suffix(FILE_NAME).unwrap_or_default();
        let speaks_for =
            |file: &FileReport| !file.servers.is_empty() && file.place.starts_with(directory);
        let stays = files.iter().any(|file| file.place == lock.place);
        if stays || !files.iter().any(speaks_for) {
            continue;
        }
        let context = Context {
            transport: "unknown",
            client: lock.client,
            scope: lock.scope,
            file_name: FILE_NAME.to_owned(),
            ..Context::default()
        };
        let drift = Drift { change: Some("unlocked".into()), ..Drift::default() };
        // Its beginning stands for all of a file that is not there.
        let region = Region {
            start_line: 1,
            start_column: 1,
            end_line: 1,
            end_column: 1,
            ..Region::default()
        };
        let place = Anchor { region, ..Anchor::default() };
        let fact = LateFact {
            detail: drift.into(),
            context: &context,
            place: &place,
            related: Vec::new(),
        };
        let findings = judge.late(fact);
        if !findings.is_empty() {
            let (client, scope) = (lock.client, lock.scope);
            let gone =
                FileReport::without_servers(&lock.path, &lock.place, client, scope, lock.format);
            files.push(FileReport { findings, ..gone });
        }
    }
}

/// How a lock file in that directory calls a file.
pub(crate) fn below(root: &Path, file: &Path) -> Option<String> {
    file.strip_prefix(root).ok().map(slashed)
}

fn by_file(lock: Lock) -> ByFile {
    let mut files = ByFile::new();
    for server in lock.servers {
        match files.get_mut(&server.file) {
            Some(servers) => servers.push(server),
            None => {
                files.insert(server.file.clone(), vec![server]);
            }
        }
    }
    files
}

fn of_file<'l>(lock: &'l ByFile, name: &str) -> FileLock<'l> {
    FileLock { servers: lock.get(name).into_iter().flatten().collect() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn servers_are_kept_by_file_in_their_order() {
        let server = |file: &str, name: &str| Reviewed {
            file: file.to_owned(),
            server: name.to_owned(),
            pointer: format!("/{name}"),
            ..Reviewed::default()
        };
        let files = by_file(Lock::new(vec![server("b", "z"), server("a", "y"), server("a", "x")]));
        let names = |file: &str| -> Vec<String> {
            of_file(&files, file).servers.iter().map(|server| server.server.clone()).collect()
        };
        assert_eq!(names("a"), ["x", "y"]);
        assert_eq!(names("b"), ["z"]);
        assert!(names("c").is_empty());
    }
}
