//! The report as JSON, schema `mcp-guard/report/v1` (`docs/report-v1.schema.json`).

use std::collections::BTreeMap;
use std::io::{self, Write};

use serde::{Serialize, Serializer};

use super::{Fixed, Report};
use crate::facts::ShownServer;
use crate::finding::{Because, Finding, Region, Related, SetAside};
use crate::fix::Safety;
use crate::rules::Severity;
use crate::scanned::FileReport;

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
        suppressed: Each(|| {
            report.set_aside().filter_map(|(file, aside)| Suppressed::of(file, aside))
        }),
        existing: Each(|| report.set_aside().filter_map(|(file, aside)| Existing::of(file, aside))),
        fixed: Each(|| report.base.iter().flat_map(|base| base.fixed.iter().map(Gone::of))),
        settings: &report.settings,
        baseline: report.baseline.as_ref().map(|baseline| Baseline {
            file: &baseline.file,
            known: report.set_aside().filter(|(_, a)| a.because == Because::Baseline).count(),
            fixed: baseline.fixed,
        }),
        base: report.base.as_ref().map(|base| Base {
            revision: &base.revision,
            commit: base.commit.as_deref(),
            missing: &base.missing,
            altered_settings: base.altered.as_ref().filter(|altered| altered.is_of_settings()).map(
                |altered| AlteredSettings {
                    keys: &altered.keys,
                    counts: altered.counts.as_deref(),
                    unusable: altered.unusable.as_deref(),
                },
            ),
            altered_baseline: base.altered.as_ref().and_then(|altered| {
                altered.baseline.as_ref().map(|altered| AlteredBaseline {
                    file: &altered.file,
                    counts: altered.counts.as_deref(),
                    unusable: altered.unusable.as_deref(),
                })
            }),
            new: report.findings().count() + report.hidden,
            existing: report.set_aside().filter(|(_, a)| a.because == Because::Base).count(),
            fixed: base.fixed.len(),
        }),
        summary: Summary {
            files: report.files.len(),
            servers: report.servers(),
            findings_by_severity: Severity::ALL
                .iter()
                .rev()
                .map(|severity| (severity.name(), report.count(*severity)))
                .collect(),
            incomplete: report.incomplete().count(),
            suppressed: report.set_aside().filter(|(_, a)| a.because.is_suppression()).count(),
            existing: report.set_aside().filter(|(_, a)| !a.because.is_suppression()).count(),
            fixed: report.base.as_ref().map_or(0, |base| base.fixed.len())
                + report.baseline.as_ref().map_or(0, |baseline| baseline.fixed),
            unanswered: &report.unanswered,
        },
    };
    serde_json::to_writer_pretty(&mut out, &document)?;
    out.write_all(b"\n")
}

#[derive(Serialize)]
struct Document<'a, F, O, S, E, G>
where
    F: Serialize,
    O: Serialize,
    S: Serialize,
    E: Serialize,
    G: Serialize,
{
    schema: &'static str,
    tool: Tool,
    files: F,
    findings: O,
    suppressed: S,
    existing: E,
    fixed: G,
    settings: &'a [String],
    baseline: Option<Baseline<'a>>,
    base: Option<Base<'a>>,
    summary: Summary<'a>,
}

#[derive(Serialize)]
struct Baseline<'a> {
    file: &'a str,
    known: usize,
    fixed: usize,
}

#[derive(Serialize)]
struct Base<'a> {
    revision: &'a str,
    commit: Option<&'a str>,
    missing: &'a [String],
    altered_settings: Option<AlteredSettings<'a>>,
    altered_baseline: Option<AlteredBaseline<'a>>,
    new: usize,
    existing: usize,
    fixed: usize,
}

#[derive(Serialize)]
struct AlteredSettings<'a> {
    keys: &'a [&'static str],
    counts: Option<&'a str>,
    unusable: Option<&'a str>,
}

#[derive(Serialize)]
struct AlteredBaseline<'a> {
    file: &'a str,
    counts: Option<&'a str>,
    unusable: Option<&'a str>,
}

/// A finding that somebody has accepted.
#[derive(Serialize)]
struct Suppressed<'a> {
    finding: One<'a>,
    suppression: Suppression<'a>,
    new: bool,
}

#[derive(Serialize)]
struct Suppression<'a> {
    kind: &'static str,
    reason: &'a str,
    file: &'a str,
    line: usize,
}

impl<'a> Suppressed<'a> {
    fn of(file: &'a FileReport, aside: &'a SetAside) -> Option<Self> {
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
struct Existing<'a> {
    finding: One<'a>,
    known: &'static str,
}

impl<'a> Existing<'a> {
    fn of(file: &'a FileReport, aside: &'a SetAside) -> Option<Self> {
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
struct Gone<'a> {
    rule: &'a str,
    severity: &'static str,
    message: &'a str,
    file: &'a str,
    server: Option<&'a str>,
    fingerprint: &'a str,
}

impl<'a> Gone<'a> {
    fn of(fixed: &'a Fixed) -> Self {
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

/// A list whose items exist only while they are written.
pub(super) struct Each<F>(pub(super) F);

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
struct Summary<'a> {
    files: usize,
    servers: usize,
    findings_by_severity: BTreeMap<&'static str, usize>,
    incomplete: usize,
    suppressed: usize,
    existing: usize,
    fixed: usize,
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    unanswered: &'a [String],
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
                .map(|server| Server::of(&server.shown, server.region))
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
    args: Vec<&'a str>,
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
            args: server.args.iter().map(AsRef::as_ref).collect(),
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
    related: Vec<Other<'a>>,
    fix: Fix<'a>,
    references: Vec<&'a str>,
    fingerprint: &'a str,
}

#[derive(Serialize)]
struct Other<'a> {
    file: &'a str,
    server: Option<&'a str>,
    message: &'a str,
    pointer: &'a str,
    span: Place,
}

impl<'a> Other<'a> {
    fn of(related: &'a Related) -> Self {
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
struct Fix<'a> {
    kind: &'static str,
    title: Option<&'a str>,
    then: Option<&'a str>,
    edits: Vec<Edit<'a>>,
}

#[derive(Serialize)]
struct Edit<'a> {
    span: Place,
    text: &'a str,
}

impl<'a> Fix<'a> {
    /// What can only be suggested has a title and no edits: nobody is to apply them unread.
    fn of(finding: &'a Finding) -> Self {
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
    fn of(file: &'a FileReport, finding: &'a Finding) -> Self {
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
struct Place {
    bytes: [usize; 2],
    start: Point,
    end: Point,
}

#[derive(Serialize)]
struct Point {
    line: u32,
    column: u32,
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
