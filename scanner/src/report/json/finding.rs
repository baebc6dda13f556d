//! Findings, with their places and repairs.

use serde::Serialize;

use crate::finding::{Finding, Region, Related};
use crate::fix::Safety;
use crate::scanned::FileReport;

#[derive(Serialize)]
pub(super) struct One<'a> {
    rule: &'a str,
    severity: &'static str,
    confidence: &'static str,
    message: &'a str,
    file: &'a str,
    client: &'static str,
    server: Option<&'a str>,
    scope: &'static str,
    pointer: &'a str,
    span: Place,
    related: Vec<Other<'a>>,
    fix: Fix<'a>,
    references: Vec<&'a str>,
    fingerprint: &'a str,
}

#[derive(Serialize)]
pub(super) struct Other<'a> {
    file: &'a str,
    server: Option<&'a str>,
    message: &'a str,
    pointer: &'a str,
    span: Place,
}

impl<'a> Other<'a> {
    pub(super) fn of(related: &'a Related) -> Self {
        Self {
            file: &related.path,
            server: related.server.as_deref(),
            message: &related.message,
            pointer: &related.pointer,
            span: Place::of(related.region),
        }
    }
}

#[derive(Serialize)]
pub(super) struct Fix<'a> {
    kind: &'static str,
    title: Option<&'a str>,
    then: Option<&'a str>,
    edits: Vec<Edit<'a>>,
}

#[derive(Serialize)]
pub(super) struct Edit<'a> {
    span: Place,
    text: &'a str,
}

impl<'a> Fix<'a> {
    /// What can only be suggested has a title and no edits: nobody is to apply them unread.
    pub(super) fn of(finding: &'a Finding) -> Self {
        let fix = finding.fix.as_deref();
        let applicable = fix.filter(|fix| fix.safety != Safety::Display);
        let edits = applicable.map(|fix| fix.edits.as_slice()).unwrap_or_default();
        Self {
            kind: match applicable.map(|fix| fix.safety) {
                Some(Safety::Safe) => "safe",
                Some(_) => "unsafe",
                None => "none",
            },
            title: fix.map(|fix| fix.title.as_str()),
            then: fix.and_then(|fix| fix.then),
            edits: edits
                .iter()
                .map(|one| Edit { span: Place::of(one.region), text: &one.edit.text })
                .collect(),
        }
    }
}

impl<'a> One<'a> {
    pub(super) fn of(file: &'a FileReport, finding: &'a Finding) -> Self {
        let references = &finding.rule.references;
        let lists = [
            &references.owasp_mcp,
            &references.owasp_agentic,
            &references.cwe,
            &references.advisories,
        ];
        let mut references: Vec<&str> =
            lists.iter().flat_map(|list| list.iter()).map(AsRef::as_ref).collect();
        for id in &finding.advisories {
            if !references.contains(&id.as_str()) {
                references.push(id);
            }
        }
        Self {
            rule: &finding.rule.id,
            severity: finding.severity.name(),
            confidence: finding.confidence.name(),
            message: &finding.message,
            file: &file.path,
            client: finding.client,
            server: finding.server.as_deref(),
            scope: finding.scope,
            pointer: &finding.pointer,
            span: Place::of(finding.region),
            related: finding.related.iter().map(Other::of).collect(),
            fix: Fix::of(finding),
            references,
            fingerprint: &finding.fingerprint,
        }
    }
}

#[derive(Serialize)]
pub(super) struct Place {
    bytes: [usize; 2],
    start: Point,
    end: Point,
}

#[derive(Serialize)]
pub(super) struct Point {
    line: u32,
    column: u32,
}

impl Place {
    pub(super) fn of(region: Region) -> Self {
        Self {
            bytes: [region.bytes.start, region.bytes.end],
            start: Point { line: region.start_line, column: region.start_column },
            end: Point { line: region.end_line, column: region.end_column },
        }
    }
}
