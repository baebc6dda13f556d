//! The report as JSON, schema `mcp-guard/report/v1` (`docs/report-v1.schema.json`).

mod aside;
mod file;
mod finding;

use std::collections::BTreeMap;
use std::io::{self, Write};

use serde::{Serialize, Serializer};

use super::Report;
use crate::finding::Because;
use crate::rules::Severity;
use aside::{Existing, Gone, Suppressed};
use file::File;
use finding::One;

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
