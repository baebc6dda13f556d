//! Findings that do not count, and those that are gone.

use serde::Serialize;

use super::finding::One;
use crate::finding::{Because, SetAside};
use crate::report::Fixed;
use crate::scanned::FileReport;

/// A finding that somebody has accepted.
#[derive(Serialize)]
pub(super) struct Suppressed<'a> {
    finding: One<'a>,
    suppression: Suppression<'a>,
    new: bool,
}

#[derive(Serialize)]
pub(super) struct Suppression<'a> {
    kind: &'static str,
    reason: &'a str,
    file: &'a str,
    line: usize,
}

impl<'a> Suppressed<'a> {
    pub(super) fn of(file: &'a FileReport, aside: &'a SetAside) -> Option<Self> {
        let suppression = match &aside.because {
            Because::Comment { reason, line } => {
                Suppression { kind: "comment", reason, file: &file.path, line: *line }
            }
            Because::Settings { reason, file, line } => {
                Suppression { kind: "settings", reason, file, line: *line }
            }
            Because::Baseline | Because::Base => return None,
        };
        Some(Self { finding: One::of(file, &aside.finding), suppression, new: aside.is_new })
    }
}

/// A finding that was known before.
#[derive(Serialize)]
pub(super) struct Existing<'a> {
    finding: One<'a>,
    known: &'static str,
}

impl<'a> Existing<'a> {
    pub(super) fn of(file: &'a FileReport, aside: &'a SetAside) -> Option<Self> {
        let known = match &aside.because {
            Because::Baseline => "baseline",
            Because::Base => "base",
            Because::Comment { .. } | Because::Settings { .. } => return None,
        };
        Some(Self { finding: One::of(file, &aside.finding), known })
    }
}

/// A finding that is gone.
#[derive(Serialize)]
pub(super) struct Gone<'a> {
    rule: &'a str,
    severity: &'static str,
    message: &'a str,
    file: &'a str,
    server: Option<&'a str>,
    fingerprint: &'a str,
}

impl<'a> Gone<'a> {
    pub(super) fn of(fixed: &'a Fixed) -> Self {
        Self {
            rule: &fixed.rule.id,
            severity: fixed.severity.name(),
            message: &fixed.message,
            file: &fixed.file,
            server: fixed.server.as_deref(),
            fingerprint: &fixed.fingerprint,
        }
    }
}
