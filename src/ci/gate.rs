//! Whether the job passes, and the numbers that say why.

use mcp_guard_scanner::finding::{Because, Finding};
use mcp_guard_scanner::report::{Outcome, Report};
use mcp_guard_scanner::rules::Severity;
use mcp_guard_scanner::scanned::FileReport;

/// How it went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    Pass,
    /// There are findings from the limit on.
    Fail,
    /// There are none, but something was not analysed.
    Error,
}

impl Verdict {
    /// The word for it in the outputs.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Fail => "fail",
            Self::Error => "error",
        }
    }

    /// The exit code, as that of a scan.
    pub(super) const fn code(self) -> u8 {
        match self {
            Self::Pass => 0,
            Self::Fail => 1,
            Self::Error => 3,
        }
    }
}

/// What counts, in numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Numbers {
    /// Findings that are new, or all where nothing is compared.
    pub(super) new: usize,
    /// Findings that were known before.
    pub(super) existing: usize,
    /// Findings that are gone.
    pub(super) fixed: usize,
    /// The worst of the new ones.
    pub(super) worst: Option<Severity>,
    /// Files that are not analysed whole, as they were not before.
    pub(super) old_gaps: usize,
}

impl Numbers {
    /// Counts what is at least as severe as `least`.
    pub(super) fn of(report: &Report, least: Severity, compares: bool) -> Self {
        let known = report.set_aside().filter(|(_, aside)| is_known(&aside.because));
        let fixed = report
            .base
            .as_ref()
            .map_or(0, |base| base.fixed.iter().filter(|fixed| fixed.severity >= least).count());
        Self {
            new: report.findings().count(),
            existing: known.filter(|(_, aside)| aside.finding.severity >= least).count(),
            fixed: fixed + report.baseline.as_ref().map_or(0, |baseline| baseline.fixed),
            worst: report.findings().map(|(_, finding)| finding.severity).max(),
            old_gaps: report.incomplete().filter(|file| compares && is_old_gap(file)).count(),
        }
    }
}

impl Numbers {
    /// The last line about the scan.
    pub(super) fn sentence(&self, verdict: Verdict) -> String {
        let (new, existing, fixed) = (self.new, self.existing, self.fixed);
        let known = if existing + fixed == 0 {
            String::new()
        } else {
            format!(", {existing} known before, {fixed} fixed")
        };
        format!("result: {}; {new} findings count{known}\n", verdict.name())
    }
}

/// Whether the job passes. Where the scan is compared with a base, what could not be analysed there
/// either does not count.
pub(super) fn judge(
    report: &Report,
    fail_on: Option<Severity>,
    compares: bool,
    allow_incomplete: bool,
) -> Verdict {
    match report.outcome(fail_on) {
        Outcome::Findings => Verdict::Fail,
        Outcome::Clean => Verdict::Pass,
        Outcome::Incomplete if allow_incomplete => Verdict::Pass,
        Outcome::Incomplete if compares => {
            let has_new_gap = report.incomplete().any(|file| !is_old_gap(file));
            if has_new_gap { Verdict::Error } else { Verdict::Pass }
        }
        Outcome::Incomplete => Verdict::Error,
    }
}

/// Whether what is not analysed of a file was not analysed before. A gap of which no finding tells,
/// as one below the least severity, counts as new.
fn is_old_gap(file: &FileReport) -> bool {
    let gaps = |finding: &Finding| finding.incomplete;
    let known = file.set_aside.iter().filter(|aside| gaps(&aside.finding));
    let is_old = |because: &Because, is_new: bool| is_known(because) || !is_new;
    let (mut some, mut all) = (false, true);
    for aside in known {
        some = true;
        all &= is_old(&aside.because, aside.is_new);
    }
    some && all && !file.findings.iter().any(gaps)
}

fn is_known(because: &Because) -> bool {
    matches!(because, Because::Base | Because::Baseline)
}
