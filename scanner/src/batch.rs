//! Reading and scanning many files at once.

use std::borrow::Cow;
use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::finding::{Finding, visible_text};
use crate::fix::{self, Fix, Safety};
use crate::gateways::Gateways;
use crate::item::Item;
use crate::locks::Locks;
use crate::online::Answers;
use crate::parallel;
use crate::problem::Problem;
use crate::relation;
use crate::scan::{Examined, Input, Scanner, Seen};
use crate::scanned::FileReport;
use crate::source::{Candidate, read, slashed};
use crate::world::Vicinity;

pub use crate::world::World;

/// A candidate whose bytes, if any, are at hand, because it is no file.
#[derive(Clone, Debug)]
pub struct Ready {
    /// The candidate.
    pub candidate: Candidate,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

/// Something to scan, let go as soon as it is done with: there may be very many.
enum Source<'a> {
    AtHand(&'a Ready),
    OnDisk(Candidate),
}

impl Source<'_> {
    fn item(&self) -> Item<'_> {
        match self {
            Self::AtHand(Ready { candidate, bytes }) => Item { candidate, bytes: Some(bytes) },
            Self::OnDisk(candidate) => Item { candidate, bytes: None },
        }
    }
}

/// Scans the candidates in parallel, then compares their servers; the reports come in the order of
/// the candidates, those whose bytes are at hand first, whatever the number of threads. `done`
/// counts the files that are finished. What is suppressed is among the findings still; see
/// [`crate::suppression::Suppressions::apply`].
#[must_use]
pub fn scan_all(
    scanner: &Scanner,
    candidates: Vec<Candidate>,
    ready: &[Ready],
    world: &dyn World,
    answers: Option<&Answers>,
    done: &AtomicUsize,
) -> Vec<FileReport> {
    let on_disk = candidates.into_iter().map(Source::OnDisk);
    let sources: Vec<Source<'_>> = ready.iter().map(Source::AtHand).chain(on_disk).collect();
    let items: Vec<Item<'_>> = sources.iter().map(Source::item).collect();
    let around = Around::of(&items, scanner, world, answers);
    drop(items);
    let scan = |source: Source<'_>| {
        let examined = examine(scanner, &source.item(), &around);
        done.fetch_add(1, Ordering::Relaxed);
        examined.map(|examined| examined.report)
    };
    let scanned: Vec<Option<FileReport>> = parallel::map(sources, 2, scan);
    let mut reports: Vec<FileReport> = scanned.into_iter().flatten().collect();
    relation::judge(&scanner.judge, &mut reports);
    reports
}

/// What is known of other files and the world.
struct Around<'a> {
    gateways: Gateways,
    locks: Locks,
    world: &'a dyn World,
    answers: Option<&'a Answers>,
}

impl<'a> Around<'a> {
    fn of(
        items: &[Item<'_>],
        scanner: &Scanner,
        world: &'a dyn World,
        answers: Option<&'a Answers>,
    ) -> Self {
        let gateways = Gateways::of(items, scanner);
        Self { gateways, locks: Locks::of(items, scanner), world, answers }
    }
}

/// A file that fixes were made in; nothing of it is written yet.
#[derive(Clone, Debug)]
pub struct Fixed {
    /// Index of the candidate.
    pub candidate: usize,
    /// The file as it was read.
    pub before: Vec<u8>,
    /// The file as it is to be.
    pub after: Vec<u8>,
    /// Both as they may be shown, the earlier first.
    pub shown: [String; 2],
    /// The findings that were fixed, as they stood in the file.
    pub made: Vec<Finding>,
}

/// The files of these reports with all fixes that are at least so safe. A report is found by the
/// name of its candidate; findings that it does not tell are left alone.
#[must_use]
pub fn fix_all(
    scanner: &Scanner,
    candidates: &[Candidate],
    reports: &[FileReport],
    world: &dyn World,
    answers: Option<&Answers>,
    least: Safety,
) -> Vec<Fixed> {
    let items: Vec<Item<'_>> =
        candidates.iter().map(|candidate| Item { candidate, bytes: None }).collect();
    let around = Around::of(&items, scanner, world, answers);
    let mut wanted: HashMap<&str, HashSet<&str>> = HashMap::new();
    for report in reports {
        for finding in &report.findings {
            if finding.fix.as_ref().is_some_and(|fix| fix.safety <= least) {
                wanted.entry(&report.path).or_default().insert(&finding.fingerprint);
            }
        }
    }
    let fix = |(index, candidate): (usize, &Candidate)| {
        let wanted = wanted.get(candidate.shown.as_str())?;
        fix_one(scanner, index, candidate, &around, wanted, least)
    };
    candidates.iter().enumerate().filter_map(fix).collect()
}

/// Fixes that touch each other are made one after the other, in so many rounds.
const ROUNDS: usize = 10;

fn fix_one(
    scanner: &Scanner,
    index: usize,
    candidate: &Candidate,
    around: &Around<'_>,
    wanted: &HashSet<&str>,
    least: Safety,
) -> Option<Fixed> {
    let (before, oddity) = read(&candidate.path, scanner.limits.bytes).ok()?;
    if oddity.is_some() {
        return None;
    }
    let mut content: Content<'_> = Ok((Cow::Owned(before.clone()), None));
    let mut shown: Option<String> = None;
    let mut made = Vec::new();
    for _ in 0..ROUNDS {
        let examined = input(candidate, &content, true, around, |input| scanner.examine(input))?;
        let Seen { document, blots } = examined.seen?;
        // What is in place of a secret is shown, even where a script around it is not.
        let told = made.iter().filter_map(|finding: &Finding| finding.fix.as_ref());
        let references: BTreeSet<&str> = told.filter_map(|fix| fix.reference.as_deref()).collect();
        let text = visible_text(&document, &blots, &references);
        let first = shown.get_or_insert_with(|| text.clone());
        let found: Vec<Finding> = examined
            .report
            .findings
            .into_iter()
            .filter(|finding| wanted.contains(finding.fingerprint.as_str()))
            .filter(|finding| finding.fix.as_ref().is_some_and(|fix| fix.safety <= least))
            .collect();
        let fixes: Vec<&Fix> = found.iter().filter_map(|finding| finding.fix.as_deref()).collect();
        let merged = fix::merge(&document, &fixes);
        if !merged.made.contains(&true) {
            let after = document.to_bytes();
            let shown = [first.clone(), text];
            return (after != before).then_some(Fixed {
                candidate: index,
                before,
                after,
                shown,
                made,
            });
        }
        let parts = found.into_iter().zip(&merged.made);
        made.extend(parts.filter(|(_, made)| **made).map(|(finding, _)| finding));
        content = Ok((Cow::Owned(merged.document.to_bytes()), None));
    }
    None
}

fn examine(scanner: &Scanner, item: &Item<'_>, around: &Around<'_>) -> Option<Examined> {
    let candidate = item.candidate;
    let content = match candidate.problem.as_deref().or_else(|| around.locks.fault(candidate)) {
        Some(problem) => Err(problem.clone()),
        None => item.read(scanner.limits.bytes),
    };
    // What comes from standard input lies in no directory.
    let lies_somewhere = item.bytes.is_none() || candidate.real.is_some();
    let examined =
        input(candidate, &content, lies_somewhere, around, |input| scanner.examine(input));
    examined.map(|mut examined| {
        if scanner.keeps_lines && lies_somewhere {
            examined.report.real = candidate.whole().map(String::into_boxed_str);
        }
        examined
    })
}

/// The bytes of a file and what was odd about them, or why there are none.
type Content<'a> = Result<(Cow<'a, [u8]>, Option<Problem>), Problem>;

/// What the scanner is told of a file.
fn input<R>(
    candidate: &Candidate,
    content: &Content<'_>,
    lies_somewhere: bool,
    around: &Around<'_>,
    look: impl FnOnce(&Input<'_>) -> R,
) -> R {
    let (beside, addresses) = around.gateways.of_file(candidate);
    let lock = if lies_somewhere { around.locks.of_file(candidate) } else { None };
    // A file of the user is shown and placed with `~` for the home directory.
    let whole = candidate.path.is_absolute().then(|| slashed(&candidate.path));
    let place = whole.as_deref().unwrap_or(&candidate.place);
    let vicinity = Vicinity::new(around.world, &candidate.path, place);
    let oddity: Option<&Problem> = content.as_ref().ok().and_then(|(_, oddity)| oddity.as_ref());
    look(&Input {
        path: &candidate.shown,
        place: &candidate.place,
        bytes: content.as_ref().map(|(bytes, _)| bytes.as_ref()),
        oddity,
        claim: candidate.claim,
        forced: candidate.forced,
        named: candidate.named,
        gateway_beside: beside,
        gateways: &addresses,
        answers: around.answers,
        lock: lock.as_ref(),
        tracked: &vicinity,
        vicinity: lies_somewhere.then_some(&vicinity),
    })
}
