//! The report as GitHub-flavoured Markdown, for summaries and comments of pull requests.

mod escape;
mod room;

use std::cmp::Reverse;
use std::collections::HashSet;
use std::fmt::Write as _;
use std::io::{self, Write};

use escape::{code, plain, sentence};
use room::{Room, Table};

use super::phrase::{alteration, by_severity, counted, first_sentence, gap, joined};
use super::{Fixed, Report, address};
use crate::finding::{Because, Finding};
use crate::fix::Safety;
use crate::rules::{Rule, Severity};
use crate::scanned::FileReport;

/// How many files that could not be analysed are named.
const NAMED: usize = 10;
/// Characters that are kept of a text that somebody else chose the length of.
const LONGEST: usize = 500;

/// What a Markdown report is like.
#[derive(Clone, Debug, Default)]
pub struct MarkdownStyle {
    /// Where files of the repository are shown, up to their path, as in
    /// `https://github.com/o/r/blob/SHA/`.
    pub blob: Option<String>,
    /// Where the run is shown.
    pub run: Option<String>,
    /// UTF-16 code units that it may have; `None` for any number. What does not fit is left out, the
    /// least severe first, and that is told. Not less than what is told of any report, some 2,000.
    pub most: Option<usize>,
    /// What came of it, as one sentence.
    pub verdict: Option<String>,
    /// List what was known before; without it, it is only counted.
    pub lists_known: bool,
}

/// Writes the report as Markdown.
///
/// # Errors
/// What the writer fails on.
pub fn write_markdown(
    report: &Report,
    style: &MarkdownStyle,
    out: &mut dyn Write,
) -> io::Result<()> {
    out.write_all(markdown(report, style).as_bytes())
}

/// The report as Markdown, with a final line end. Nothing that a file holds acts in it.
#[must_use]
pub fn markdown(report: &Report, style: &MarkdownStyle) -> String {
    let head = head(report, style);
    let tail = tail(report, style);
    let mut room = Room::new(style.most, &[&head, &tail]);
    let new = sorted(report.findings());
    // Reasons and remedies are worth more than the hundredth line of the table.
    let mut advice = String::new();
    let mut part = room.part(3);
    let title = Some("Why, and what to do");
    Table { title, header: "" }.fill(&mut advice, &mut part, remedies(&new));
    room.take(room::units(&advice));
    let mut out = head;
    let mut explained = HashSet::new();
    let rows = new.iter().map(|(file, finding)| Row {
        severity: finding.severity,
        text: row(report, file, finding, style, explained.insert(&finding.rule.id)),
    });
    let table = Table { title: None, header: "| Severity | Finding | Where |\n|---|---|---|\n" };
    table.fill(&mut out, &mut room, rows.collect());
    out.push_str(&advice);
    let fixed = fixed(report);
    let title = counted(fixed.len(), "finding") + " fixed";
    Table { title: Some(&title), ..table }.fill(&mut out, &mut room, fixed);
    if style.lists_known {
        let known = report.set_aside().filter(|(_, aside)| !aside.because.is_suppression());
        let known = sorted(known.map(|(file, aside)| (file, &aside.finding)));
        let title = counted(known.len(), "finding") + " known before";
        // What is scanned may be a merge, so that links into the change would miss it.
        let unlinked = MarkdownStyle { blob: None, ..style.clone() };
        let rows = known.iter().map(|(file, finding)| Row {
            severity: finding.severity,
            text: row(report, file, finding, &unlinked, false),
        });
        Table { title: Some(&title), ..table }.fill(&mut out, &mut room, rows.collect());
    }
    out.push_str(&tail);
    out
}

/// Why each rule is there, and what to do, once a rule.
fn remedies(findings: &[(&FileReport, &Finding)]) -> Vec<Row> {
    let mut told = HashSet::new();
    let first = findings.iter().filter(|(_, finding)| told.insert(&finding.rule.id));
    let row = |(_, finding): &(&FileReport, &Finding)| Row {
        severity: finding.severity,
        text: format!(
            "- **{}** {} {}\n",
            plain(&finding.rule.id),
            sentence(&first_sentence(&finding.rule.why)),
            sentence(&joined(&finding.rule.fix))
        ),
    };
    first.map(row).collect()
}

fn fixed(report: &Report) -> Vec<Row> {
    let fixed = report.base.iter().flat_map(|base| &base.fixed);
    let row = |fixed: &Fixed| Row {
        severity: fixed.severity,
        text: format!(
            "| {} | {} {} | {} |\n",
            graded(fixed.severity),
            sentence(&fixed.message),
            named(fixed.rule),
            code(&fixed.file)
        ),
    };
    let mut rows: Vec<Row> = fixed.map(row).collect();
    rows.sort_by_key(|row| Reverse(row.severity));
    rows
}

/// A line of a table, with its end.
#[derive(Clone)]
struct Row {
    severity: Severity,
    text: String,
}

/// The worst first; the same severity in the order of the files.
fn sorted<'a>(
    findings: impl Iterator<Item = (&'a FileReport, &'a Finding)>,
) -> Vec<(&'a FileReport, &'a Finding)> {
    let mut findings: Vec<_> = findings.collect();
    findings.sort_by_key(|(_, finding)| Reverse(finding.severity));
    findings
}

/// What there is to say in a line, and what came of it.
fn head(report: &Report, style: &MarkdownStyle) -> String {
    let compared = report.base.is_some() || report.baseline.is_some();
    let count = report.findings().count();
    let noun = if compared { "new finding" } else { "finding" };
    let verdict = match count {
        _ if report.files.is_empty() && !compared => "no MCP configuration found".to_owned(),
        0 => format!("no {noun}s"),
        count => counted(count, noun),
    };
    let mut out = format!("### mcp-guard: {verdict}\n\n");
    let mut facts = Vec::new();
    if count > 0 {
        facts.push(by_severity(|severity| report.count(severity)));
    }
    if report.hidden > 0 {
        facts.push(format!("{} less severe not shown", report.hidden));
    }
    let aside = |suppressed: bool| {
        let all = report.set_aside();
        all.filter(|(_, aside)| aside.because.is_suppression() == suppressed).count()
    };
    if compared {
        let fixed = report.base.as_ref().map_or(0, |base| base.fixed.len())
            + report.baseline.as_ref().map_or(0, |baseline| baseline.fixed);
        let told = [(aside(false), "known before"), (fixed, "fixed")];
        let told = told.into_iter().filter(|(count, _)| *count > 0);
        facts.extend(told.map(|(count, what)| format!("{count} {what}")));
    }
    if aside(true) > 0 {
        facts.push(format!("{} suppressed", aside(true)));
    }
    if !report.files.is_empty() {
        let servers = counted(report.servers(), "server");
        facts.push(format!("{servers} in {}", counted(report.files.len(), "file")));
    }
    if !facts.is_empty() {
        let _ = write!(out, "{}.\n\n", facts.join("; "));
    }
    if let Some(verdict) = &style.verdict {
        let _ = write!(out, "**{}**\n\n", plain(verdict));
    }
    doubts(&mut out, report);
    out
}

/// What could not be looked at or compared, and what does not count.
fn doubts(out: &mut String, report: &Report) {
    let incomplete: Vec<&FileReport> = report.incomplete().collect();
    if !incomplete.is_empty() {
        let names = incomplete.iter().take(NAMED).map(|file| code(&cut(report.path_of(file))));
        let names: Vec<String> = names.collect();
        let more = match incomplete.len().saturating_sub(NAMED) {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        let names = names.join(", ");
        let _ = write!(
            out,
            "Not analysed completely, so there may be more to find: {names}{more}.\n\n"
        );
    }
    for line in report.unanswered.iter().take(NAMED) {
        let _ = write!(out, "Not found out: {}.\n\n", plain(&cut(line)));
    }
    let Some(base) = &report.base else { return };
    if let Some(gap) = gap(base) {
        let _ = write!(out, "{}\n\n", plain(&cut(&gap)));
    }
    // What the change makes of settings is not known where there is nothing to compare with.
    if let Some(altered) = base.altered.as_ref().filter(|_| base.commit.is_some()) {
        let _ = write!(out, "{}\n\n", plain(&cut(&alteration(&base.revision, altered))));
    }
    let accepted: Vec<_> = report.set_aside().filter(|(_, aside)| aside.is_new).collect();
    for (file, aside) in accepted.iter().take(NAMED) {
        let reason = match &aside.because {
            Because::Comment { reason, .. } | Because::Settings { reason, .. } => cut(reason),
            Because::Baseline | Because::Base => "known before".to_owned(),
        };
        let finding = &aside.finding;
        let _ = write!(
            out,
            "New, but not counted: {} {} {} in {} ({}).\n\n",
            graded(finding.severity),
            sentence(&cut(&finding.message)),
            named(finding.rule),
            code(&cut(report.path_of(file))),
            plain(&reason)
        );
    }
    if let Some(more @ 1..) = accepted.len().checked_sub(NAMED) {
        let _ = write!(out, "And {more} more that are new and not counted.\n\n");
    }
}

/// A text that is not longer than a sentence has to be.
fn cut(text: &str) -> String {
    match text.char_indices().nth(LONGEST) {
        Some((at, _)) => format!("{}…", text.get(..at).unwrap_or_default()),
        None => text.to_owned(),
    }
}

/// A finding as a line of the table. What to do is said where a rule comes first.
fn row(
    report: &Report,
    file: &FileReport,
    finding: &Finding,
    style: &MarkdownStyle,
    explain: bool,
) -> String {
    let mut text = format!(
        "| {} | {} {}",
        graded(finding.severity),
        sentence(&finding.message),
        named(finding.rule)
    );
    for related in &finding.related {
        let other = report.files.iter().find(|other| other.path == related.path);
        let path = other.map_or(related.path.as_str(), |other| report.path_of(other));
        let place = format!("{path}:{}", related.region.start_line);
        let _ = write!(text, "<br>Also: {}, {}", sentence(&related.message), code(&place));
    }
    if explain {
        let _ = write!(text, "<br>Fix: {}", sentence(&first_sentence(&finding.rule.fix)));
    }
    let _ = writeln!(text, " | {} |", place(report, file, finding, style));
    text
}

fn graded(severity: Severity) -> String {
    match severity {
        Severity::Critical | Severity::High => format!("**{}**", severity.name()),
        Severity::Medium | Severity::Low | Severity::Info => severity.name().to_owned(),
    }
}

/// Path and line, as a link where the code host shows them.
fn place(report: &Report, file: &FileReport, finding: &Finding, style: &MarkdownStyle) -> String {
    let line = finding.region.start_line;
    let shown = match line {
        0 => code(report.path_of(file)),
        line => code(&format!("{}:{line}", report.path_of(file))),
    };
    match (&style.blob, report.in_repository(file)) {
        (Some(blob), Some(below)) => {
            format!("[{shown}]({blob}{}#L{})", address::encoded(below), line.max(1))
        }
        _ => shown,
    }
}

/// The name of a rule, as a link to its page if it is one of ours.
fn named(rule: &Rule) -> String {
    match address::page(rule) {
        Some(page) => format!("([{}]({page}))", rule.id),
        None => format!("({})", plain(&rule.id)),
    }
}

fn tail(report: &Report, style: &MarkdownStyle) -> String {
    let mut out = String::new();
    let safe = report
        .findings()
        .filter(|(_, finding)| finding.fix.as_ref().is_some_and(|fix| fix.safety == Safety::Safe));
    let safe = safe.count();
    if safe > 0 {
        let _ = write!(
            out,
            "`mcp-guard scan --fix` repairs {safe} of them; `--fix --dry-run` shows how.\n\n"
        );
    }
    let mut parts = vec![format!("{} {}", report.tool, report.version)];
    if let Some(run) = &style.run {
        parts.push(format!("[run]({run})"));
    }
    if report.findings().next().is_some() {
        parts.push(format!("[how to accept a finding]({})", address::accepting()));
    }
    let _ = writeln!(out, "<sub>{}</sub>", parts.join(" · "));
    out
}
