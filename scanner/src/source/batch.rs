//! Reading and scanning many files at once.

use std::cell::OnceCell;
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};

use mcp_guard_detect::host::{HostClass, classify};
use rayon::prelude::*;

use super::{Candidate, read};
use crate::finding::Tracked;
use crate::problem::Problem;
use crate::scan::{FileReport, Input, Scanner};
use crate::syntax::{Document, Format};

/// What a batch needs to know of the world.
pub trait World: Sync {
    /// Whether git tracks the file.
    fn is_tracked(&self, path: &Path) -> bool;
}

/// A candidate whose bytes, if any, are at hand, because it is no file.
#[derive(Clone, Debug)]
pub struct Ready {
    /// The candidate.
    pub candidate: Candidate,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

/// Scans the candidates in parallel; the reports come in the order of the candidates, whatever the
/// number of threads. `done` counts the files that are finished.
#[must_use]
pub fn scan_all(
    scanner: &Scanner,
    candidates: &[Candidate],
    ready: &[Ready],
    world: &dyn World,
    done: &AtomicUsize,
) -> Vec<FileReport> {
    let gateways = Gateways::of(candidates, scanner);
    let mut reports: Vec<FileReport> = ready
        .iter()
        .filter_map(|ready| {
            scan_one(scanner, &ready.candidate, Some(&ready.bytes), &gateways, world)
        })
        .collect();
    let scan = |candidate: &Candidate| {
        let report = scan_one(scanner, candidate, None, &gateways, world);
        done.fetch_add(1, Ordering::Relaxed);
        report
    };
    let scanned: Vec<Option<FileReport>> = match candidates {
        // Not worth starting threads for.
        [only] => vec![scan(only)],
        many => many.par_iter().map(scan).collect(),
    };
    reports.extend(scanned.into_iter().flatten());
    reports
}

fn scan_one(
    scanner: &Scanner,
    candidate: &Candidate,
    bytes: Option<&[u8]>,
    gateways: &Gateways,
    world: &dyn World,
) -> Option<FileReport> {
    let content = match (&candidate.problem, bytes) {
        (Some(problem), _) => Err(problem.clone()),
        (None, Some(bytes)) => Ok((bytes.to_vec(), None)),
        (None, None) => read(&candidate.path, scanner.limits.bytes),
    };
    let (beside, addresses) = gateways.of_file(candidate);
    let tracked = OneFile { world, path: &candidate.path, answer: OnceCell::new() };
    let oddity: Option<&Problem> = content.as_ref().ok().and_then(|(_, oddity)| oddity.as_ref());
    scanner.scan(&Input {
        path: &candidate.shown,
        place: Some(&candidate.place),
        bytes: content.as_ref().map(|(bytes, _)| bytes.as_slice()),
        oddity,
        claim: candidate.claim,
        forced: candidate.forced,
        named: candidate.named,
        gateway_beside: beside,
        gateways: &addresses,
        tracked: &tracked,
    })
}

struct OneFile<'a> {
    world: &'a dyn World,
    path: &'a Path,
    /// Each finding may ask; the path need be resolved only once.
    answer: OnceCell<bool>,
}

impl std::fmt::Debug for OneFile<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("OneFile").field("path", &self.path).finish_non_exhaustive()
    }
}

impl Tracked for OneFile<'_> {
    fn is_tracked(&self) -> bool {
        *self.answer.get_or_init(|| self.world.is_tracked(self.path))
    }
}

/// The gateway configurations among the candidates. One vouches for the files in its directory and
/// below; the user's own for all.
#[derive(Default)]
struct Gateways {
    /// The addresses to listen on, by the real path of the directory.
    of_trees: HashMap<PathBuf, Vec<String>>,
    /// The addresses of the user's own; absent if there is none.
    of_user: Option<Vec<String>>,
}

impl Gateways {
    fn of(candidates: &[Candidate], scanner: &Scanner) -> Self {
        let mut gateways = Self::default();
        for candidate in candidates {
            let named = candidate.path.file_name().is_some_and(|name| name == "mcp-guard.yaml");
            if candidate.problem.is_some() || !named {
                continue;
            }
            let addresses = match candidate.claim {
                Some(_) => gateways.of_user.get_or_insert_default(),
                None => match directory(&candidate.path) {
                    Some(directory) => gateways.of_trees.entry(directory).or_default(),
                    None => continue,
                },
            };
            if let Ok((bytes, _)) = read(&candidate.path, scanner.limits.bytes) {
                let document = Document::parse(&bytes, Format::Yaml, &scanner.limits);
                let listen = document.roots().first().and_then(|root| root.get("listen"));
                let listen = listen.and_then(|node| node.as_str());
                addresses.extend(listen.filter(|address| is_local(address)).map(str::to_owned));
            }
        }
        gateways
    }

    /// Whether a gateway configuration speaks for the candidate, and the addresses of those that
    /// do. What lies in a tree never speaks for a file of the user.
    fn of_file(&self, candidate: &Candidate) -> (bool, Vec<String>) {
        let mut beside = candidate.claim.is_some() && self.of_user.is_some();
        let mut addresses = self.of_user.clone().unwrap_or_default();
        if candidate.claim.is_none()
            && !self.of_trees.is_empty()
            && let Some(directory) = directory(&candidate.path)
        {
            for of_tree in directory.ancestors().filter_map(|above| self.of_trees.get(above)) {
                beside = true;
                addresses.extend(of_tree.iter().cloned());
            }
        }
        (beside, addresses)
    }
}

/// The real path of the directory that holds the file.
fn directory(path: &Path) -> Option<PathBuf> {
    let parent = path.parent()?;
    let parent = if parent.as_os_str().is_empty() { Path::new(".") } else { parent };
    parent.canonicalize().ok()
}

/// Whether a gateway can listen at `host:port`: on this machine or its network. Otherwise any
/// server on the internet could be declared to be the gateway.
fn is_local(address: &str) -> bool {
    let host = match address.rsplit_once(':') {
        Some((host, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => host,
        _ => address,
    };
    let host = host.trim_start_matches('[').trim_end_matches(']');
    host.is_empty()
        || matches!(classify(host), HostClass::Loopback | HostClass::Private | HostClass::Wildcard)
}

#[cfg(test)]
mod tests {
    use super::is_local;

    #[test]
    fn a_gateway_listens_on_this_machine_or_its_network() {
        for address in [
            "127.0.0.1:8710",
            "localhost:8710",
            "[::1]:8710",
            ":8710",
            "0.0.0.0:8710",
            "[::]:1",
            "192.168.1.2:80",
            "10.0.0.1",
        ] {
            assert!(is_local(address), "{address}");
        }
        for address in
            ["api.evil.io:443", "https://api.evil.io", "8.8.8.8:80", "169.254.169.254:80"]
        {
            assert!(!is_local(address), "{address}");
        }
    }
}
