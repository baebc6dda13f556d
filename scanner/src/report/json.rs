//! The report as JSON, schema `mcp-guard/report/v1` (`docs/report-v1.schema.json`).

use std::collections::BTreeMap;
use std::io::{self, Write};

use serde::{Serialize, Serializer};

use super::Report;
use crate::facts::ShownServer;
use crate::finding::{Finding, Region};
use crate::rules::Severity;
use crate::scan::FileReport;

/// Writes the report as a JSON document with a final line end, one part after the other, because
/// the whole of it can be larger than all that was read.
///
/// # Errors
/// What the writer fails on.
pub fn write_json(report: &Report, mut out: impl Write) -> io::Result<()> {
    let document = Document {
        schema: "mcp-guard/report/v1",
        tool: Tool { name: report.tool, version: report.version },
        files: Each(|| report.files.iter().map(File::of)),
        findings: Each(|| report.findings().map(|(file, finding)| One::of(file, finding))),
        summary: Summary {
            files: report.files.len(),
            servers: report.servers(),
            findings_by_severity: Severity::ALL
                .iter()
                .rev()
                .map(|severity| (severity.name(), report.count(*severity)))
                .collect(),
            incomplete: report.incomplete().count(),
        },
    };
    serde_json::to_writer_pretty(&mut out, &document)?;
    out.write_all(b"\n")
}

#[derive(Serialize)]
struct Document<F: Serialize, O: Serialize> {
    schema: &'static str,
    tool: Tool,
    files: F,
    findings: O,
    summary: Summary,
}

/// A list whose items exist only while they are written.
struct Each<F>(F);

impl<F: Fn() -> I, I: Iterator<Item: Serialize>> Serialize for Each<F> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq((self.0)())
    }
}

#[derive(Serialize)]
struct Tool {
    name: &'static str,
    version: &'static str,
}

#[derive(Serialize)]
struct Summary {
    files: usize,
    servers: usize,
    findings_by_severity: BTreeMap<&'static str, usize>,
    incomplete: usize,
}

#[derive(Serialize)]
struct File<'a> {
    path: &'a str,
    client: &'static str,
    scope: &'static str,
    format: &'static str,
    status: &'static str,
    servers: Vec<Server<'a>>,
}

impl<'a> File<'a> {
    fn of(file: &'a FileReport) -> Self {
        Self {
            path: &file.path,
            client: file.client,
            scope: file.scope,
            format: file.format,
            status: file.status.name(),
            servers: file
                .servers
                .iter()
                .map(|(server, region)| Server::of(server, *region))
                .collect(),
        }
    }
}

#[derive(Serialize)]
struct Server<'a> {
    name: &'a str,
    pointer: &'a str,
    span: Place,
    scope: &'static str,
    transport: &'static str,
    command: Option<&'a str>,
    args: &'a [String],
    package: Option<Package<'a>>,
    image: Option<&'a str>,
    url: Option<&'a str>,
    disabled: bool,
    guarded: bool,
}

#[derive(Serialize)]
struct Package<'a> {
    ecosystem: &'a str,
    name: &'a str,
    version: Option<&'a str>,
    pin: &'static str,
}

impl<'a> Server<'a> {
    fn of(server: &'a ShownServer, region: Region) -> Self {
        Self {
            name: &server.name,
            pointer: &server.pointer,
            span: Place::of(region),
            scope: server.scope,
            transport: server.transport,
            command: server.command.as_deref(),
            args: &server.args,
            package: server.package.as_ref().map(|package| Package {
                ecosystem: &package.ecosystem,
                name: &package.name,
                version: package.version.as_deref(),
                pin: package.pin,
            }),
            image: server.image.as_deref(),
            url: server.url.as_deref(),
            disabled: server.disabled,
            guarded: server.guarded,
        }
    }
}

#[derive(Serialize)]
struct One<'a> {
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
    fix: Fix,
    references: Vec<&'a str>,
    fingerprint: &'a str,
}

/// No rule has edits yet; the kind says so.
#[derive(Serialize)]
struct Fix {
    kind: &'static str,
    edits: [(); 0],
}

impl<'a> One<'a> {
    fn of(file: &'a FileReport, finding: &'a Finding) -> Self {
        let references = &finding.rule.references;
        let lists = [
            &references.owasp_mcp,
            &references.owasp_agentic,
            &references.cwe,
            &references.advisories,
        ];
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
            fix: Fix { kind: "none", edits: [] },
            references: lists.iter().flat_map(|list| list.iter()).map(AsRef::as_ref).collect(),
            fingerprint: &finding.fingerprint,
        }
    }
}

#[derive(Serialize)]
struct Place {
    bytes: [usize; 2],
    start: Point,
    end: Point,
}

#[derive(Serialize)]
struct Point {
    line: usize,
    column: usize,
}

impl Place {
    fn of(region: Region) -> Self {
        Self {
            bytes: [region.bytes.start, region.bytes.end],
            start: Point { line: region.start_line, column: region.start_column },
            end: Point { line: region.end_line, column: region.end_column },
        }
    }
}
