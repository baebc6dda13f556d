//! Findings as results of tests, which every CI system shows.

use std::collections::HashMap;
use std::fmt::{self, Display, Write as _};
use std::io::{self, Write};

use super::{Report, plain};
use crate::finding::Finding;
use crate::rules::Severity;
use crate::scanned::FileReport;

/// Writes a suite for each file: a failed test for each finding of severity `fail_on` or worse, a
/// skipped one for each less severe one, and one that passes where there is none. What was not
/// analysed is an error.
///
/// Elements and attributes are those of the `JUnit` schema that the xUnit plugin of Jenkins holds
/// reports against, and no others.
///
/// # Errors
/// What the writer fails on.
pub fn write_junit(
    report: &Report,
    fail_on: Option<Severity>,
    out: &mut dyn Write,
) -> io::Result<()> {
    let of_file = |file| Suite::of(report, file, fail_on);
    let suites = || report.files.iter().map(of_file).chain(network(report));
    let mut sum = Count::default();
    for suite in suites() {
        sum.add(suite.count());
    }
    writeln!(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>")?;
    writeln!(out, "<testsuites name=\"{}\" {sum:#}>", Escaped(report.tool))?;
    for suite in suites() {
        suite.write(out)?;
    }
    writeln!(out, "</testsuites>")
}

/// What could not be asked over the network.
fn network(report: &Report) -> Option<Suite> {
    let case = |told: &String| Case {
        name: plain::shown(told),
        result: Some(Bad {
            result: Outcome::Error,
            kind: "unanswered".to_owned(),
            message: told.clone(),
            text: told.clone(),
        }),
    };
    let cases: Vec<Case> = report.unanswered.iter().map(case).collect();
    (!cases.is_empty()).then(|| Suite { name: "network".to_owned(), cases })
}

struct Suite {
    name: String,
    cases: Vec<Case>,
}

struct Case {
    name: String,
    result: Option<Bad>,
}

/// How a test ended that did not pass.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Outcome {
    Failure,
    Error,
    Skipped,
}

/// Why a test did not pass.
struct Bad {
    result: Outcome,
    kind: String,
    message: String,
    text: String,
}

impl Suite {
    fn of(report: &Report, file: &FileReport, fail_on: Option<Severity>) -> Self {
        let path = plain::shown(plain::relative(report.path_of(file)));
        let mut cases = Vec::new();
        // Some readers keep one of several tests with one name.
        let mut seen: HashMap<String, u64> = HashMap::new();
        for finding in &file.findings {
            let mut name = finding.rule.id.to_string();
            if !finding.pointer.is_empty() {
                let _ = write!(name, " {}", plain::shown(&finding.pointer));
            }
            let nth = seen.entry(name.clone()).or_default();
            *nth += 1;
            if *nth > 1 {
                let _ = write!(name, " ({nth})");
            }
            cases.push(Case { name, result: Some(Bad::of(&path, finding, fail_on)) });
        }
        if !file.is_whole() && !file.findings.iter().any(|finding| finding.incomplete) {
            let message = format!("{path} was not analysed whole.");
            let kind = "incomplete-analysis".to_owned();
            let result = Bad { result: Outcome::Error, kind, text: message.clone(), message };
            cases.push(Case { name: "analysis".to_owned(), result: Some(result) });
        }
        if cases.is_empty() {
            cases.push(Case { name: "no findings".to_owned(), result: None });
        }
        Self { name: path, cases }
    }

    fn count(&self) -> Count {
        let count = |outcome| {
            let bad = self.cases.iter().filter_map(|case| case.result.as_ref());
            bad.filter(|bad| bad.result == outcome).count()
        };
        Count {
            tests: self.cases.len(),
            failures: count(Outcome::Failure),
            errors: count(Outcome::Error),
            skipped: count(Outcome::Skipped),
        }
    }

    fn write(&self, out: &mut dyn Write) -> io::Result<()> {
        let name = Escaped(&self.name);
        writeln!(out, "  <testsuite name=\"{name}\" {}>", self.count())?;
        for case in &self.cases {
            write!(out, "    <testcase classname=\"{name}\" name=\"{}\"", Escaped(&case.name))?;
            let Some(bad) = &case.result else {
                writeln!(out, "/>")?;
                continue;
            };
            let element = match bad.result {
                Outcome::Failure => "failure",
                Outcome::Error => "error",
                Outcome::Skipped => "skipped",
            };
            writeln!(out, ">")?;
            writeln!(
                out,
                "      <{element} type=\"{}\" message=\"{}\">{}</{element}>",
                Escaped(&bad.kind),
                Escaped(&plain::shown(&bad.message)),
                Escaped(&bad.text)
            )?;
            writeln!(out, "    </testcase>")?;
        }
        writeln!(out, "  </testsuite>")
    }
}

impl Bad {
    fn of(path: &str, finding: &Finding, fail_on: Option<Severity>) -> Self {
        let message = plain::shown(&finding.message);
        let (line, column) = finding.region.start();
        let mut text = format!("{}: {message}\n{path}", finding.severity.name());
        if line > 0 {
            let _ = write!(text, ":{line}:{column}");
        }
        for related in &finding.related {
            let (line, column) = related.region.start();
            let (path, message) =
                (plain::shown(plain::relative(&related.path)), plain::shown(&related.message));
            let _ = write!(text, "\n{path}:{line}:{column}: {message}");
        }
        text.push_str("\nFix: ");
        match &finding.fix {
            Some(fix) => {
                text.push_str(&plain::shown(&fix.title));
                if let Some(then) = fix.then {
                    let _ = write!(text, "\nThen: {then}");
                }
            }
            None => text.push_str(finding.rule.fix.trim()),
        }
        let result = if finding.incomplete {
            Outcome::Error
        } else if fail_on.is_some_and(|limit| finding.severity >= limit) {
            Outcome::Failure
        } else {
            Outcome::Skipped
        };
        Self { result, kind: finding.rule.id.to_string(), message, text }
    }
}

#[derive(Clone, Copy, Default)]
struct Count {
    tests: usize,
    failures: usize,
    errors: usize,
    skipped: usize,
}

impl Count {
    fn add(&mut self, other: Self) {
        self.tests += other.tests;
        self.failures += other.failures;
        self.errors += other.errors;
        self.skipped += other.skipped;
    }
}

impl Display for Count {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { tests, failures, errors, skipped } = self;
        write!(f, "tests=\"{tests}\" failures=\"{failures}\" errors=\"{errors}\"")?;
        // The schema has no such attribute for all suites together.
        if f.alternate() { Ok(()) } else { write!(f, " skipped=\"{skipped}\"") }
    }
}

/// A text of an element or an attribute. What XML 1.0 has no way to write is replaced.
struct Escaped<'a>(&'a str);

impl Display for Escaped<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for character in self.0.chars() {
            match character {
                '&' => f.write_str("&amp;")?,
                '<' => f.write_str("&lt;")?,
                '>' => f.write_str("&gt;")?,
                '"' => f.write_str("&quot;")?,
                '\n' => f.write_char('\n')?,
                '\u{fffe}' | '\u{ffff}' => f.write_char('\u{fffd}')?,
                c if c.is_control() => f.write_char('\u{fffd}')?,
                c => f.write_char(c)?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::Escaped;

    #[test]
    fn what_xml_cannot_hold_is_replaced() {
        let text = "a<b>&\"'\n]]>\0\u{1b}\u{85}\u{7f}\u{fffe}\u{ffff}\u{d7ff}\u{e000}\u{10ffff}é";
        let wanted = "a&lt;b&gt;&amp;&quot;'\n]]&gt;\u{fffd}\u{fffd}\u{fffd}\u{fffd}\u{fffd}\u{fffd}\u{d7ff}\u{e000}\u{10ffff}é";
        assert_eq!(Escaped(text).to_string(), wanted);
    }
}
