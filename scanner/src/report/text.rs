//! The report for people: by file, each finding with its line and a caret at the exact place. A
//! rule explains itself once.

use std::borrow::Cow;
use std::cmp::Reverse;
use std::collections::BTreeSet;
use std::fmt::Write;
use std::io;

use annotate_snippets::renderer::DecorStyle;
use annotate_snippets::{AnnotationKind, Group, Level, Origin, Renderer, Snippet};

use super::phrase::{alteration, by_severity, counted, first_sentence, gap, joined};
use super::snippet;
use super::{AtBase, Fixed, InBaseline, Report};
use crate::client;
use crate::finding::{Because, Finding, SetAside, is_plain};
use crate::parallel;
use crate::rules::Severity;
use crate::scanned::{FileReport, Status};

/// How many files are laid out at once.
const BATCH: usize = 128;
/// How many incomplete files the last line names.
const NAMED: usize = 5;
/// How many advisories a finding lists.
const IDS: usize = 8;

/// How the text looks.
#[derive(Clone, Copy, Debug)]
pub struct TextStyle {
    /// With ANSI colours.
    pub colour: bool,
    /// Columns of the terminal.
    pub width: usize,
    /// Say why and what to do for each finding, and list files without findings.
    pub verbose: bool,
}

/// Writes the report as text.
///
/// # Errors
///
/// What `out` says.
pub fn write_text(report: &Report, style: TextStyle, out: &mut dyn io::Write) -> io::Result<()> {
    let renderer = renderer(style);
    let mut explained = BTreeSet::new();
    // A batch at a time, so that the text is never held whole.
    for files in report.files.chunks(BATCH) {
        let sections: Vec<Section<'_>> = files
            .iter()
            .filter(|file| style.verbose || !file.findings.is_empty())
            .map(|file| Section::of(file, &mut explained, style))
            .collect();
        for section in parallel::map(sections, 2, |section| section.text(&renderer, style)) {
            out.write_all(section.as_bytes())?;
        }
    }
    let mut last = String::new();
    summary(&mut last, report, style);
    out.write_all(last.as_bytes())
}

pub(super) fn renderer(style: TextStyle) -> Renderer {
    let renderer = if style.colour { Renderer::styled() } else { Renderer::plain() };
    renderer.term_width(style.width).decor_style(DecorStyle::Ascii)
}

/// What there is to say about a file.
struct Section<'a> {
    file: &'a FileReport,
    /// The findings, and whether each explains its rule.
    findings: Vec<(&'a Finding, bool)>,
}

impl<'a> Section<'a> {
    /// Rules that are explained here are added to `explained`.
    fn of(file: &'a FileReport, explained: &mut BTreeSet<&'a str>, style: TextStyle) -> Self {
        let mut explains = |finding: &Finding| {
            let first = explained.insert(finding.rule.id.as_ref());
            first || style.verbose
        };
        let mut findings: Vec<&Finding> = file.findings.iter().collect();
        // The worst first; the same severity in the order of the file.
        findings.sort_by_key(|finding| Reverse(finding.severity));
        let findings = findings.into_iter().map(|finding| (finding, explains(finding))).collect();
        Self { file, findings }
    }

    fn text(&self, renderer: &Renderer, style: TextStyle) -> String {
        let mut out = String::new();
        header(&mut out, self.file, style);
        for (finding, explain) in &self.findings {
            if !explain && snippet::write(&mut out, &self.file.path, finding, style) {
                out.push_str("\n\n");
                continue;
            }
            let laid_out = renderer.render(&[group(&self.file.path, finding, *explain)]);
            match finding.excerpt.as_ref().is_some_and(|excerpt| excerpt.cut) {
                true => out.push_str(&without_gap(&laid_out)),
                false => out.push_str(&laid_out),
            }
            out.push_str("\n\n");
        }
        if style.verbose && !self.file.set_aside.is_empty() {
            for aside in &self.file.set_aside {
                set_aside(&mut out, &self.file.path, aside);
            }
            out.push('\n');
        }
        out
    }
}

/// A finding that does not count, on one line.
fn set_aside(out: &mut String, path: &str, aside: &SetAside) {
    let finding = &aside.finding;
    let why = match &aside.because {
        Because::Comment { reason, line } => format!("suppressed in line {line}: {reason}"),
        Because::Settings { reason, file, line } => {
            format!("suppressed in {}:{line}: {reason}", one_line(file))
        }
        Because::Baseline => "stands in the baseline".to_owned(),
        Because::Base => "was there before".to_owned(),
    };
    let (line, column) = finding.region.start();
    let path = one_line(path);
    // Writing to a String cannot fail.
    let _ = writeln!(
        out,
        "{}[{}] {path}:{line}:{column}: {} ({why})",
        finding.severity.name(),
        finding.rule.id,
        finding.message
    );
}

/// Between a place and a line that is not its own source the renderer marks a gap; there is none.
fn without_gap(laid_out: &str) -> String {
    let is_gap = |line: &&str| line.contains(":::") && !line.contains('|');
    laid_out.lines().filter(|line| !is_gap(line)).collect::<Vec<_>>().join("\n")
}

fn header(out: &mut String, file: &FileReport, style: TextStyle) {
    let name = client::dialect(file.client).map_or("unknown client", |client| &client.name);
    let servers = counted(file.servers.len(), "server");
    let state = match file.status {
        Status::Ok => "",
        Status::Partial => ", read in part",
        Status::Failed => ", not read",
    };
    let path = one_line(&file.path);
    let (bold, plain) = if style.colour { ("\u{1b}[1m", "\u{1b}[0m") } else { ("", "") };
    // Writing to a String cannot fail.
    let _ = writeln!(out, "{bold}{path}{plain} ({name}, {servers}{state})\n");
}

pub(super) fn group<'a>(path: &'a str, finding: &'a Finding, explain: bool) -> Group<'a> {
    let level = match finding.severity {
        Severity::Critical | Severity::High => Level::ERROR,
        Severity::Medium => Level::WARNING,
        Severity::Low => Level::NOTE,
        Severity::Info => Level::INFO,
    };
    let title = level
        .with_name(finding.severity.name())
        .primary_title(finding.message.as_str())
        .id(finding.rule.id.as_ref());
    let region = finding.region;
    let path = one_line(path);
    let mut group = match &finding.excerpt {
        None => title.element(Origin::path(path)),
        Some(excerpt) => {
            let snippet = Snippet::source(excerpt.text.as_str())
                .line_start(excerpt.line)
                .fold(false)
                .annotation(AnnotationKind::Primary.span(excerpt.mark.clone()));
            if excerpt.cut {
                // The column within what is left of the line would be wrong.
                let (line, column) = region.start();
                title.element(Origin::path(path).line(line).char_column(column)).element(snippet)
            } else {
                title.element(snippet.path(path))
            }
        }
    };
    if let Some(ids) = advisories(finding) {
        group = group.element(Level::NOTE.with_name("advisories").message(ids));
    }
    for related in &finding.related {
        let (line, column) = related.region.start();
        group = group.element(Level::NOTE.with_name("also").message(related.message.as_str()));
        let origin = Origin::path(one_line(&related.path)).line(line);
        group = group.element(origin.char_column(column));
    }
    if explain {
        group = group
            .element(Level::NOTE.with_name("why").message(first_sentence(&finding.rule.why)))
            .element(Level::HELP.with_name("fix").message(joined(&finding.rule.fix)));
    }
    group
}

/// The advisories that a finding is about, where its message cannot name them all.
fn advisories(finding: &Finding) -> Option<String> {
    let [_, _, ..] = &*finding.advisories else { return None };
    let some: Vec<&str> = finding.advisories.iter().take(IDS).map(String::as_str).collect();
    let more = finding.advisories.len() - some.len();
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    Some(some.join(", ") + &more)
}

fn summary(out: &mut String, report: &Report, style: TextStyle) {
    let scanned = format!(
        "{} in {}",
        counted(report.servers(), "server"),
        counted(report.files.len(), "file")
    );
    let total = report.findings().count();
    let line = if report.files.is_empty() {
        "No MCP configuration found.".to_owned()
    } else if total == 0 && (report.base.is_some() || report.baseline.is_some()) {
        format!("No new findings: {scanned}.")
    } else if total == 0 {
        format!("No findings: {scanned}.")
    } else {
        let by_severity = by_severity(|severity| report.count(severity));
        format!("{}: {by_severity}; {scanned}.", counted(total, "finding"))
    };
    let (bold, plain) = if style.colour { ("\u{1b}[1m", "\u{1b}[0m") } else { ("", "") };
    let _ = writeln!(out, "{bold}{line}{plain}");
    if report.hidden > 0 {
        let hidden = counted(report.hidden, "less severe finding");
        let verb = if report.hidden == 1 { "is" } else { "are" };
        let _ = writeln!(out, "{hidden} {verb} not shown.");
    }
    comparison(out, report, style);
    let incomplete: Vec<Cow<'_, str>> =
        report.incomplete().map(|file| one_line(&file.path)).collect();
    if !incomplete.is_empty() {
        let named = incomplete.iter().take(NAMED).cloned().collect::<Vec<_>>().join(", ");
        let more = match incomplete.len().saturating_sub(NAMED) {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        let _ =
            writeln!(out, "Not analysed completely, so there may be more to find: {named}{more}.");
    }
    for line in &report.unanswered {
        let _ = writeln!(out, "Not found out: {}.", one_line(line));
    }
}

/// What was set aside, and by what.
fn comparison(out: &mut String, report: &Report, style: TextStyle) {
    let many = |because: &dyn Fn(&Because) -> bool| {
        report.set_aside().filter(|(_, aside)| because(&aside.because)).count()
    };
    let comments = many(&|because| matches!(because, Because::Comment { .. }));
    let mut by: Vec<String> = Vec::new();
    if comments > 0 {
        by.push(format!("{comments} by comments"));
    }
    let mut suppressed = comments;
    for name in &report.settings {
        let count =
            many(&|because| matches!(because, Because::Settings { file, .. } if file == name));
        suppressed += count;
        if count > 0 {
            by.push(format!("{count} by {}", one_line(name)));
        }
    }
    if !report.settings.is_empty() {
        let names: Vec<Cow<'_, str>> = report.settings.iter().map(|name| one_line(name)).collect();
        let _ = writeln!(out, "Settings: {}.", names.join(", "));
    }
    if suppressed > 0 {
        let verb = if suppressed == 1 { "is" } else { "are" };
        let suppressed = counted(suppressed, "finding");
        let _ = writeln!(out, "{suppressed} {verb} suppressed: {}.", by.join(", "));
    }
    if let Some(InBaseline { file, fixed }) = &report.baseline {
        let known = counted(many(&|because| *because == Because::Baseline), "known finding");
        let _ = writeln!(out, "Baseline {}: {known}, {fixed} fixed.", one_line(file));
    }
    let Some(base) = &report.base else { return };
    let AtBase { revision, commit, fixed, altered, .. } = base;
    for Fixed { rule, severity, message, file, .. } in fixed {
        let (severity, file) = (severity.name(), one_line(file));
        let _ = writeln!(out, "Fixed: {severity}[{}] {file}: {message}", rule.id);
    }
    let revision = one_line(revision);
    // With --verbose they stand at their files.
    for (file, aside) in report.set_aside().filter(|(_, aside)| aside.is_new && !style.verbose) {
        out.push_str("New, but not counted: ");
        set_aside(out, &file.path, aside);
    }
    if let Some(altered) = altered.as_ref().filter(|_| commit.is_some()) {
        let _ = writeln!(out, "{}", one_line(&alteration(&revision, altered)));
    }
    if let Some(commit) = commit {
        let new = report.findings().count() + report.hidden;
        let existing = many(&|because| *because == Because::Base);
        let told = revision.contains(commit.as_str());
        let commit = if told { String::new() } else { format!(" ({commit})") };
        let _ = writeln!(
            out,
            "Compared with {revision}{commit}: {new} new, {existing} existing, {} fixed.",
            fixed.len()
        );
    }
    if let Some(gap) = gap(base) {
        let _ = writeln!(out, "{}", one_line(&gap));
    }
}

/// A path as one line, whatever its name is made of.
pub(super) fn one_line(path: &str) -> Cow<'_, str> {
    if is_plain(path) {
        return Cow::Borrowed(path);
    }
    let mut line = String::with_capacity(path.len());
    for character in path.chars() {
        if character.is_control() {
            line.extend(character.escape_default());
        } else {
            line.push(crate::finding::visible(character));
        }
    }
    Cow::Owned(line)
}
