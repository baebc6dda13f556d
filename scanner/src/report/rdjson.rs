//! Findings in the Reviewdog Diagnostic Format, with repairs as suggestions.

use std::io::{self, Write};

use serde::Serialize;

use super::json::Each;
use super::{Report, address, plain};
use crate::finding::{Finding, Region, visible};
use crate::fix::Safety;
use crate::lines::Lines;
use crate::rules::Severity;
use crate::scanned::FileReport;

/// Writes a diagnostic for each finding.
///
/// Source: `proto/rdf` of the reviewdog repository. Columns there are bytes of the line, and a byte
/// order mark is part of the first one.
///
/// # Errors
/// What the writer fails on.
pub fn write_rdjson(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let worst = report.findings().map(|(_, finding)| finding.severity).max();
    let document = Document {
        source: Source { name: report.tool, url: env!("CARGO_PKG_REPOSITORY") },
        severity: worst.map(severity),
        diagnostics: Each(|| {
            report.findings().map(|(file, finding)| Diagnostic::of(report, file, finding))
        }),
    };
    plain::write_json(&document, out)
}

#[derive(Serialize)]
struct Document<D: Serialize> {
    source: Source,
    #[serde(skip_serializing_if = "Option::is_none")]
    severity: Option<&'static str>,
    diagnostics: D,
}

#[derive(Serialize)]
struct Source {
    name: &'static str,
    url: &'static str,
}

#[derive(Serialize)]
struct Diagnostic<'a> {
    message: String,
    location: Location<'a>,
    severity: &'static str,
    code: Code<'a>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    suggestions: Vec<Suggestion<'a>>,
}

#[derive(Serialize)]
struct Location<'a> {
    path: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    range: Option<Range>,
}

#[derive(Serialize)]
struct Code<'a> {
    value: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    url: Option<String>,
}

#[derive(Serialize)]
struct Suggestion<'a> {
    range: Range,
    text: &'a str,
}

#[derive(Serialize)]
struct Range {
    start: Point,
    end: Point,
}

#[derive(Serialize)]
struct Point {
    line: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    column: Option<u32>,
}

impl<'a> Diagnostic<'a> {
    fn of(report: &'a Report, file: &'a FileReport, finding: &'a Finding) -> Self {
        let lines = file.lines.as_deref();
        let id: &str = &finding.rule.id;
        let mut message = plain::shown(&finding.message);
        let suggestions: Vec<_> = suggestion(finding, lines).into_iter().collect();
        if let Some(fix) = finding.fix.as_deref().filter(|_| !suggestions.is_empty()) {
            // Who takes a suggestion has to know what it does not do.
            for said in [Some(fix.title.as_str()), fix.then].into_iter().flatten() {
                message.push_str("\n\n");
                message.push_str(&plain::shown(said));
            }
        }
        Self {
            message,
            location: Location {
                path: plain::relative(report.path_of(file)),
                range: Range::of(finding.region, lines),
            },
            severity: severity(finding.severity),
            code: Code { value: id, url: address::page(finding.rule) },
            suggestions,
        }
    }
}

/// A repair that is one edit. Several edits would be several suggestions, of which each can be
/// taken without the others.
fn suggestion<'a>(finding: &'a Finding, lines: Option<&Lines>) -> Option<Suggestion<'a>> {
    let fix = finding.fix.as_deref().filter(|fix| fix.safety != Safety::Display)?;
    let [only] = fix.edits.as_slice() else { return None };
    // Nobody can judge what he cannot see.
    if only.edit.text.chars().any(|c| !matches!(c, '\n' | '\r' | '\t') && visible(c) != c) {
        return None;
    }
    let range = Range::of(only.region, lines)?;
    range.start.column.is_some().then_some(Suggestion { range, text: &only.edit.text })
}

impl Range {
    /// Both ends have a column or none has: whole lines are meant then.
    fn of(region: Region, lines: Option<&Lines>) -> Option<Self> {
        let column = |line: u32, byte: usize| {
            let column = lines?.byte_column(line, byte)?;
            // The byte order mark.
            let hidden = if line == 1 { byte.saturating_sub(column as usize - 1) } else { 0 };
            Some(column + u32::try_from(hidden).ok()?)
        };
        let (start_line, end_line) = (region.start_line, region.end_line.max(region.start_line));
        let start = column(start_line, region.bytes.start);
        let end = column(end_line, region.bytes.end);
        let both = start.is_some() && end.is_some();
        (start_line > 0).then_some(Self {
            start: Point { line: start_line, column: start.filter(|_| both) },
            end: Point { line: end_line, column: end.filter(|_| both) },
        })
    }
}

const fn severity(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical | Severity::High => "ERROR",
        Severity::Medium => "WARNING",
        Severity::Low | Severity::Info => "INFO",
    }
}
