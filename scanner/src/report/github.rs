//! Findings as workflow commands, which GitHub shows as annotations of the changed files.

use std::cmp::Reverse;
use std::io::{self, Write};

use super::Report;
use super::phrase::first_sentence;
use crate::finding::{Finding, visible};
use crate::rules::Severity;
use crate::scanned::FileReport;

/// So many annotations of a level GitHub keeps of a step; what is beyond is dropped in silence.
const MOST: usize = 10;

/// Writes a workflow command for each finding, the worst first. Where there are more of a level
/// than GitHub keeps, the last one says how many are left out.
///
/// Source: GitHub Docs, "Workflow commands for GitHub Actions".
///
/// # Errors
/// What the writer fails on.
pub fn write_github(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let mut findings: Vec<(&FileReport, &Finding)> = report.findings().collect();
    findings.sort_by_key(|(_, finding)| Reverse(finding.severity));
    for level in Level::ALL {
        let of_level: Vec<_> =
            findings.iter().filter(|(_, finding)| Level::of(finding.severity) == level).collect();
        let kept = if of_level.len() > MOST { MOST - 1 } else { MOST };
        for (file, finding) in of_level.iter().take(kept) {
            annotation(report, file, finding, level, out)?;
        }
        let left = of_level.len().saturating_sub(kept);
        if left > 0 {
            let name = level.name();
            writeln!(
                out,
                "::{name} title=mcp-guard::{left} more findings of this level are left out here, \
                 because GitHub keeps {MOST} of a step"
            )?;
        }
    }
    Ok(())
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Level {
    Error,
    Warning,
    Notice,
}

impl Level {
    const ALL: [Self; 3] = [Self::Error, Self::Warning, Self::Notice];

    const fn of(severity: Severity) -> Self {
        match severity {
            Severity::Critical | Severity::High => Self::Error,
            Severity::Medium => Self::Warning,
            Severity::Low | Severity::Info => Self::Notice,
        }
    }

    const fn name(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
            Self::Notice => "notice",
        }
    }
}

fn annotation(
    report: &Report,
    file: &FileReport,
    finding: &Finding,
    level: Level,
    out: &mut dyn Write,
) -> io::Result<()> {
    write!(out, "::{} file={}", level.name(), property(report.path_of(file)))?;
    let (line, _) = finding.region.start();
    if line > 0 {
        write!(out, ",line={line},endLine={line}")?;
    }
    if let Some(lines) = file.lines.as_ref().filter(|_| line > 0) {
        let part = lines.first_line(finding.region);
        write!(out, ",col={},endColumn={}", part.start, part.end)?;
    }
    let title = format!("{} ({})", finding.rule.id, finding.severity.name());
    let fix = command_text(&first_sentence(&finding.rule.fix));
    // An encoded line end is one within the annotation.
    writeln!(out, ",title={}::{}%0AFix: {fix}", property(&title), command_text(&finding.message))
}

/// A text behind the second `::` of a workflow command, on one line. Only what ends a line and the
/// sign that escapes it act there.
#[must_use]
pub fn command_text(text: &str) -> String {
    let shown: String = text.chars().map(visible).collect();
    shown.replace('%', "%25")
}

/// The value of a property, where the signs between properties act as well. A file's name has to
/// stay what it is, so that nothing but the signs is changed.
fn property(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '%' => escaped.push_str("%25"),
            '\r' => escaped.push_str("%0D"),
            '\n' => escaped.push_str("%0A"),
            ':' => escaped.push_str("%3A"),
            ',' => escaped.push_str("%2C"),
            c if c.is_control() => escaped.push('\u{fffd}'),
            other => escaped.push(other),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::{command_text, property};

    #[test]
    fn nothing_in_a_text_acts() {
        assert_eq!(command_text("a\n::error::x 100%0A"), "a\u{fffd}::error::x 100%250A");
        assert_eq!(property("a,b:c\r\n%\u{1b}é"), "a%2Cb%3Ac%0D%0A%25\u{fffd}é");
    }
}
