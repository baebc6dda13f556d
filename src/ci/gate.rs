//! Whether the job passes, and the numbers that say why.

use std::collections::BTreeSet;

use mcp_guard_scanner::finding::Because;
use mcp_guard_scanner::report::{Outcome, Report, counted};
use mcp_guard_scanner::rules::Severity;

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

    /// It with its reason, as a sentence.
    pub(super) fn sentence(self, reason: &str) -> String {
        let begin = if self == Self::Pass { "The check passes" } else { "The check is red" };
        format!("{begin}: {reason}.")
    }
}

/// What counts, in numbers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Numbers {
    /// Only what is new counts.
    pub(super) compares: bool,
    /// The limit from which on findings fail.
    pub(super) fail_on: Option<Severity>,
    /// Findings that are new, or all where nothing is compared.
    pub(super) new: usize,
    /// Those of them from the limit on.
    pub(super) severe: usize,
    /// Findings that were known before.
    pub(super) existing: usize,
    /// Findings that are gone.
    pub(super) fixed: usize,
    /// New findings that a comment of the change accepts.
    pub(super) accepted: usize,
    /// The worst of the new ones.
    pub(super) worst: Option<Severity>,
    /// Files that are not analysed whole.
    pub(super) gaps: usize,
    /// Those of them that were the same before.
    pub(super) old_gaps: usize,
}

impl Numbers {
    /// Counts what is at least as severe as `least`. `same` are the files that were the same before.
    pub(super) fn of(
        report: &Report,
        (least, fail_on): (Severity, Option<Severity>),
        compares: bool,
        same: &BTreeSet<String>,
    ) -> Self {
        let known = report.set_aside().filter(|(_, aside)| is_known(&aside.because));
        let fixed = report
            .base
            .as_ref()
            .map_or(0, |base| base.fixed.iter().filter(|fixed| fixed.severity >= least).count());
        let severe = report
            .findings()
            .filter(|(_, finding)| !finding.incomplete)
            .filter(|(_, finding)| fail_on.is_some_and(|limit| finding.severity >= limit));
        // What an entry of the settings accepts was agreed on.
        let accepted = |because: &Because| matches!(because, Because::Comment { .. });
        Self {
            compares,
            fail_on,
            new: report.findings().count(),
            severe: severe.count(),
            existing: known.filter(|(_, aside)| aside.finding.severity >= least).count(),
            fixed: fixed + report.baseline.as_ref().map_or(0, |baseline| baseline.fixed),
            accepted: report
                .set_aside()
                .filter(|(_, aside)| aside.is_new && accepted(&aside.because))
                .count(),
            worst: report.findings().map(|(_, finding)| finding.severity).max(),
            gaps: report.incomplete().count(),
            old_gaps: report.incomplete().filter(|file| same.contains(&file.path)).count(),
        }
    }

    /// Why it went so, in our own words and numbers only.
    pub(super) fn reason(&self, verdict: Verdict) -> String {
        let limit = match self.fail_on {
            Some(Severity::Critical) => "of severity critical".to_owned(),
            Some(limit) => format!("of severity {} or worse", limit.name()),
            None => String::new(),
        };
        let finding = if self.compares { "new finding" } else { "finding" };
        match verdict {
            Verdict::Fail => format!("{} {limit}", counted(self.severe, finding)),
            Verdict::Error => {
                let gaps = self.gaps.saturating_sub(self.old_gaps);
                let it = if gaps == 1 { "it" } else { "them" };
                // The settings of the base count, so that it takes effect once it is there.
                let first = if self.compares { " in a change before this one" } else { "" };
                format!(
                    "{} could not be read whole: repair {it}, name {it} in scan.exclude of \
                     mcp-guard.yaml{first}, or set allow-incomplete",
                    counted(gaps, "file")
                )
            }
            Verdict::Pass => {
                let mut parts = vec![match self.fail_on {
                    Some(_) => format!("no {finding} {limit}"),
                    None => "nothing makes it red (fail-on is none)".to_owned(),
                }];
                parts.extend(self.others(finding));
                parts.extend(self.allowed());
                parts.join("; ")
            }
        }
    }

    /// What else there is.
    fn others(&self, finding: &str) -> Option<String> {
        let new = match self.fail_on {
            Some(_) => format!("{} less severe", self.new),
            None => counted(self.new, finding),
        };
        let known = format!("{} known before", self.existing);
        let parts = [(self.new, new), (self.existing, known)];
        let parts: Vec<String> =
            parts.into_iter().filter(|(count, _)| *count > 0).map(|(_, text)| text).collect();
        (!parts.is_empty()).then(|| parts.join(", "))
    }

    /// What could not be read and is no reason to fail.
    fn allowed(&self) -> Option<String> {
        let files = counted(self.gaps, "file");
        let why = if self.gaps == self.old_gaps { "as before" } else { "which is allowed" };
        (self.gaps > 0).then(|| format!("{files} could not be read whole, {why}"))
    }
}

/// Whether the job passes. Where the scan is compared with a base, a file that could not be analysed
/// and was the same there does not count.
pub(super) fn judge(report: &Report, numbers: &Numbers, allow_incomplete: bool) -> Verdict {
    match report.outcome(numbers.fail_on) {
        Outcome::Findings => Verdict::Fail,
        Outcome::Clean => Verdict::Pass,
        Outcome::Incomplete if allow_incomplete => Verdict::Pass,
        Outcome::Incomplete => {
            let is_old = numbers.gaps == numbers.old_gaps && report.unanswered.is_empty();
            if numbers.compares && is_old { Verdict::Pass } else { Verdict::Error }
        }
    }
}

fn is_known(because: &Because) -> bool {
    matches!(because, Because::Base | Because::Baseline)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reasons() {
        let high = Numbers { fail_on: Some(Severity::High), ..Numbers::default() };
        let new = Numbers { compares: true, ..high };
        for (numbers, verdict, expected) in [
            (
                Numbers { new: 2, existing: 8, ..new },
                Verdict::Pass,
                "no new finding of severity high or worse; 2 less severe, 8 known before",
            ),
            (high, Verdict::Pass, "no finding of severity high or worse"),
            (
                Numbers { fail_on: None, new: 3, ..new },
                Verdict::Pass,
                "nothing makes it red (fail-on is none); 3 new findings",
            ),
            (
                Numbers { gaps: 1, old_gaps: 1, ..new },
                Verdict::Pass,
                "no new finding of severity high or worse; 1 file could not be read whole, as before",
            ),
            (
                Numbers { gaps: 2, ..high },
                Verdict::Pass,
                "no finding of severity high or worse; 2 files could not be read whole, which is \
                 allowed",
            ),
            (
                Numbers { new: 4, severe: 3, ..new },
                Verdict::Fail,
                "3 new findings of severity high or worse",
            ),
            (
                Numbers { severe: 1, fail_on: Some(Severity::Critical), ..high },
                Verdict::Fail,
                "1 finding of severity critical",
            ),
            (
                Numbers { gaps: 2, old_gaps: 1, ..new },
                Verdict::Error,
                "1 file could not be read whole: repair it, name it in scan.exclude of \
                 mcp-guard.yaml in a change before this one, or set allow-incomplete",
            ),
            (
                Numbers { gaps: 2, ..high },
                Verdict::Error,
                "2 files could not be read whole: repair them, name them in scan.exclude of \
                 mcp-guard.yaml, or set allow-incomplete",
            ),
        ] {
            assert_eq!(numbers.reason(verdict), expected);
        }
        let sentence = Verdict::Error.sentence("x");
        assert_eq!(
            (sentence.as_str(), Verdict::Pass.sentence("y").as_str()),
            ("The check is red: x.", "The check passes: y.")
        );
    }
}
