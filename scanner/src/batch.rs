//! Reading and scanning many files at once.

use std::cell::OnceCell;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};

use rayon::prelude::*;

use crate::finding::Tracked;
use crate::gateways::Gateways;
use crate::problem::Problem;
use crate::scan::{FileReport, Input, Scanner};
use crate::source::{Candidate, read};

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
