//! Findings as a Code Quality report, which GitLab shows beside the changes of a merge request.

use std::collections::HashMap;
use std::io::{self, Write};

use serde::Serialize;
use sha2::{Digest, Sha256};

use super::json::Each;
use super::{Report, plain};
use crate::facts::hexadecimal;
use crate::finding::Finding;
use crate::rules::Severity;

/// Writes an issue for each finding.
///
/// Source: GitLab Docs, "Code Quality", section on reports of other tools.
///
/// # Errors
/// What the writer fails on.
pub fn write_gitlab(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let issues = Each(|| {
        let mut seen: HashMap<(&str, &str), u64> = HashMap::new();
        report.findings().map(move |(file, finding)| {
            let path = plain::relative(report.path_of(file));
            let nth = seen.entry((path, finding.fingerprint.as_str())).or_default();
            *nth += 1;
            Issue::of(finding, path, *nth)
        })
    });
    plain::write_json(&issues, out)
}

#[derive(Serialize)]
struct Issue<'a> {
    description: String,
    check_name: &'a str,
    fingerprint: String,
    severity: &'static str,
    location: Location<'a>,
}

#[derive(Serialize)]
struct Location<'a> {
    path: &'a str,
    lines: Begin,
}

#[derive(Serialize)]
struct Begin {
    begin: u32,
}

impl<'a> Issue<'a> {
    fn of(finding: &'a Finding, path: &'a str, nth: u64) -> Self {
        Self {
            description: plain::shown(&finding.message),
            check_name: &finding.rule.id,
            fingerprint: fingerprint(path, &finding.fingerprint, nth),
            severity: severity(finding.severity),
            // A finding about a whole file has no line.
            location: Location { path, lines: Begin { begin: finding.region.start_line.max(1) } },
        }
    }
}

/// GitLab shows only the first of several issues with one fingerprint, so the path goes in, and for
/// those that are alike within a file which of them it is. The line does not: an issue that moves
/// stays the same.
fn fingerprint(path: &str, finding: &str, nth: u64) -> String {
    let mut hash = Sha256::new();
    hash.update(finding.as_bytes());
    hash.update(nth.to_le_bytes());
    hash.update(path.as_bytes());
    hexadecimal(hash, 16)
}

const fn severity(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical => "blocker",
        Severity::High => "critical",
        Severity::Medium => "major",
        Severity::Low => "minor",
        Severity::Info => "info",
    }
}

#[cfg(test)]
mod tests {
    use super::fingerprint;

    #[test]
    fn path_finding_and_number_tell_issues_apart() {
        let one = fingerprint("a", "f", 1);
        assert_eq!(one.len(), 32);
        for other in [("b", "f", 1), ("a", "g", 1), ("a", "f", 2)] {
            assert_ne!(one, fingerprint(other.0, other.1, other.2));
        }
    }
}
