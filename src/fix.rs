//! `mcp-guard scan --fix`: writes what the scanner has worked out.

use std::collections::{BTreeSet, HashSet};
use std::fmt::Write as _;

use mcp_guard_scanner::batch::{self, Fixed};
use mcp_guard_scanner::finding::Finding;
use mcp_guard_scanner::fix::{Safety, Versions};
use mcp_guard_scanner::lock;
use mcp_guard_scanner::online::Answers;
use mcp_guard_scanner::report::Report;
use mcp_guard_scanner::scan::Scanner;
use mcp_guard_scanner::source::Candidate;
use similar::TextDiff;

use crate::cli::{ScanOptions, Talk};
use crate::failure::{Failure, one_line, output_line};
use crate::format::Format;
use crate::git::Git;
use crate::replace;

/// So many repairs that were not made are told one by one.
const TOLD: usize = 20;

/// What became of the repairs.
pub(crate) struct Repair {
    /// What would be changed, without secrets.
    pub(crate) diff: String,
    /// Some file was written.
    pub(crate) wrote: bool,
    /// The files that were to be written and could not be, and why.
    pub(crate) refused: Vec<String>,
    /// Each repair that was made, or would be.
    made: Vec<String>,
    /// What somebody has to do now.
    then: BTreeSet<&'static str>,
    /// What they mended, so that it is not told as left.
    mended: HashSet<(String, String)>,
}

/// Whether anybody wants to know what can be repaired.
pub(crate) fn is_wanted(options: &ScanOptions) -> bool {
    options.fix || options.formats().any(Format::tells_fixes)
}

/// The versions that the user named.
pub(crate) fn versions(options: &ScanOptions) -> Result<Versions, Failure> {
    let mut versions = Versions::default();
    for pin in &options.pins {
        versions.add(pin).map_err(|error| Failure::Usage(format!("--pin: {error}")))?;
    }
    Ok(versions)
}

/// Whether some server starts the package of that name, before which its ecosystem may stand.
pub(crate) fn is_started(name: &str, report: &Report) -> bool {
    let bare = name.split_once(':').map_or(name, |(_, name)| name);
    report.files.iter().flat_map(|file| &file.servers).any(|server| {
        let package = server.shown.package.as_ref().map(|package| package.name.as_str());
        // Other packages are started beside the server's own, as by `uvx --with`.
        package == Some(bare) || server.shown.args.iter().any(|argument| argument.contains(bare))
    })
}

/// Makes the repairs, unless this is a dry run.
pub(crate) fn run(
    scanner: &Scanner,
    candidates: &[Candidate],
    report: &Report,
    answers: Option<&Answers>,
    options: &ScanOptions,
) -> Repair {
    let allowed = if options.unsafe_fixes { Safety::Unsafe } else { Safety::Safe };
    let fixed =
        batch::fix_all(scanner, candidates, &report.files, &Git::default(), answers, allowed);
    let mut repair = Repair {
        diff: String::new(),
        wrote: false,
        refused: Vec::new(),
        made: Vec::new(),
        then: BTreeSet::new(),
        mended: HashSet::new(),
    };
    for Fixed { candidate, before, after, shown: [old, new], made } in fixed {
        let Some(candidate) = candidates.get(candidate) else { continue };
        let name = &candidate.shown;
        if options.dry_run {
            let (from, to) = (format!("a/{name}"), format!("b/{name}"));
            let diff = TextDiff::from_lines(&old, &new);
            // Writing to a String cannot fail.
            let _ = write!(
                repair.diff,
                "{}",
                diff.unified_diff().header(&one_line(&from), &one_line(&to))
            );
        } else if let Err(error) = replace::unchanged(&candidate.path, &before, &after) {
            repair.refused.push(format!("{name}: {error}"));
            continue;
        } else {
            repair.wrote = true;
        }
        for finding in made {
            repair.made.push(line(name, &finding));
            if let Some(then) = finding.fix.as_ref().and_then(|fix| fix.then) {
                repair.then.insert(then);
            }
            repair.mended.insert((name.clone(), finding.fingerprint));
        }
    }
    repair
}

impl Repair {
    /// Tells what was repaired and what was not, and why.
    pub(crate) fn tell(&self, report: &Report, options: &ScanOptions, talk: Talk) {
        for refused in &self.refused {
            output_line(&one_line(&format!("error: not repaired: {refused}")));
        }
        if talk == Talk::Quiet {
            return;
        }
        let verb = if options.dry_run { "Would repair" } else { "Repaired" };
        match self.made.len() {
            0 => output_line(&format!("{verb} nothing.")),
            count => output_line(&format!("{verb} {}:", counted(count))),
        }
        self.made.iter().for_each(|made| output_line(&one_line(&format!("  {made}"))));
        self.then.iter().for_each(|then| output_line(then));
        let locked = report.files.iter().any(|file| file.path.ends_with(lock::FILE_NAME));
        if locked && !self.made.is_empty() {
            output_line(
                "mcp-guard.lock holds these servers as they were; record what you have looked at \
                 with `mcp-guard pin --server NAME`.",
            );
        }
        let mut unsafe_left = Vec::new();
        let mut none = 0;
        for (file, finding) in report.findings() {
            let key = (file.path.clone(), finding.fingerprint.clone());
            match finding.fix.as_ref().map(|fix| fix.safety) {
                _ if options.dry_run && self.mended.contains(&key) => {}
                Some(Safety::Unsafe) if !options.unsafe_fixes => {
                    unsafe_left.push(line(&file.path, finding));
                }
                Some(Safety::Safe | Safety::Unsafe) => {}
                Some(Safety::Display) | None => none += 1,
            }
        }
        if !unsafe_left.is_empty() {
            let count = counted(unsafe_left.len());
            output_line(&format!("With --unsafe-fixes {count} more:"));
            unsafe_left
                .iter()
                .take(TOLD)
                .for_each(|left| output_line(&one_line(&format!("  {left}"))));
            if let Some(more) = unsafe_left.len().checked_sub(TOLD).filter(|more| *more > 0) {
                output_line(&format!("  and {more} more"));
            }
        }
        if none > 0 {
            let tail = if none == 1 { "needs a person" } else { "need a person" };
            let says =
                if options.dry_run { "a scan without --fix says" } else { "the report says" };
            output_line(&format!("{} {tail}; {says} what to do.", counted(none)));
        }
    }
}

/// `file:line rule: what is done`.
fn line(file: &str, finding: &Finding) -> String {
    let title = finding.fix.as_ref().map_or("", |fix| fix.title.as_str());
    let server = finding.server.as_deref().map(|server| format!(" ({server})")).unwrap_or_default();
    format!("{file}:{} {}{server}: {title}", finding.region.start_line, finding.rule.id)
}

fn counted(number: usize) -> String {
    if number == 1 { "1 finding".to_owned() } else { format!("{number} findings") }
}
