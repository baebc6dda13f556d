//! What a scan found, and how it is written down.

mod address;
mod cyclonedx;
mod github;
mod gitlab;
mod json;
mod junit;
mod markdown;
mod phrase;
mod plain;
mod rdjson;
mod sarif;
mod snippet;
mod text;

pub use cyclonedx::write_cyclonedx;
pub use github::{command_text, write_github};
pub use gitlab::write_gitlab;
pub use json::write_json;
pub use junit::write_junit;
pub use markdown::{MarkdownStyle, markdown, write_markdown};
pub use phrase::counted;
pub use rdjson::write_rdjson;
pub use sarif::{SarifStyle, USUAL_CATEGORY, write_sarif};
pub use text::{TextStyle, write_text};

use crate::finding::{Finding, SetAside};
use crate::rules::{RULES, Rule, Severity};
use crate::scanned::{FileReport, Status};

/// What a scan found in all files.
#[derive(Clone, Debug)]
pub struct Report {
    /// Name of the tool.
    pub tool: &'static str,
    /// Its version.
    pub version: &'static str,
    /// The files, in the order they were looked at.
    pub files: Vec<FileReport>,
    /// How many findings were left out because they are less severe than asked for.
    pub hidden: usize,
    /// How the settings files that counted are called.
    pub settings: Vec<String>,
    /// What came of the comparison with a baseline, if there was one.
    pub baseline: Option<InBaseline>,
    /// What came of the comparison with a git revision, if there was one.
    pub base: Option<AtBase>,
    /// What could not be found out over the network, each in one line.
    pub unanswered: Vec<String>,
    /// The real path of the directory that formats for code hosts count paths from, with forward
    /// slashes and none at its end: the root of the repository. Never shown.
    pub root: Option<String>,
    /// The rules that there are, whether or not they are in force.
    pub rules: Vec<&'static Rule>,
    /// The worst severity of all findings, those left out included, besides what only says that
    /// something was not analysed.
    worst: Option<Severity>,
}

/// What came of the comparison with a baseline.
#[derive(Clone, Debug)]
pub struct InBaseline {
    /// How the baseline is called.
    pub file: String,
    /// How many of its findings are gone.
    pub fixed: usize,
}

/// What came of the comparison with a git revision.
#[derive(Clone, Debug)]
pub struct AtBase {
    /// How the revision is called: as the user named it, or as people know it.
    pub revision: String,
    /// The beginning of its hash; `None` if it was not fetched.
    pub commit: Option<String>,
    /// Why not all of it could be read. What could not be read is counted as if nothing had been
    /// there.
    pub missing: Vec<String>,
    /// Findings that are gone.
    pub fixed: Vec<Fixed>,
    /// What the change makes of the settings, if it alters them.
    pub altered: Option<Altered>,
}

/// Settings that a change alters. Those of the base count.
#[derive(Clone, Debug, Default)]
pub struct Altered {
    /// Their keys in section `scan`.
    pub keys: Vec<&'static str>,
    /// How the settings file that counts is called; `None` where the defaults count.
    pub counts: Option<String>,
    /// Why the settings of the base cannot be used, if it has some.
    pub unusable: Option<String>,
    /// The baseline that an option names, if the change alters that.
    pub baseline: Option<AlteredBaseline>,
}

impl Altered {
    /// Whether it is about settings, and not about a baseline alone.
    #[must_use]
    pub fn is_of_settings(&self) -> bool {
        !self.keys.is_empty() || self.unusable.is_some()
    }
}

/// A baseline that a change alters and that therefore does not count as it is.
#[derive(Clone, Debug)]
pub struct AlteredBaseline {
    /// How it is called.
    pub file: String,
    /// How the one of the revision is called, which counts; `None` where none does.
    pub counts: Option<String>,
    /// Why that of the revision cannot be used, if it has one.
    pub unusable: Option<String>,
}

/// A finding that is gone.
#[derive(Clone, Debug)]
pub struct Fixed {
    /// The rule.
    pub rule: &'static Rule,
    /// How bad it was.
    pub severity: Severity,
    /// What it said.
    pub message: String,
    /// The file it was in.
    pub file: String,
    /// Name of the server, for a finding about one.
    pub server: Option<String>,
    /// Its fingerprint.
    pub fingerprint: String,
}

/// How a scan ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Nothing is as severe as the limit.
    Clean,
    /// Something is.
    Findings,
    /// Nothing that was found is, but not everything was analysed.
    Incomplete,
}

impl Report {
    /// A report that tells of findings of severity `least` or worse.
    #[must_use]
    pub fn new(
        tool: &'static str,
        version: &'static str,
        files: Vec<FileReport>,
        least: Severity,
    ) -> Self {
        let mut report = Self {
            tool,
            version,
            files,
            hidden: 0,
            settings: Vec::new(),
            baseline: None,
            base: None,
            unanswered: Vec::new(),
            root: None,
            rules: RULES.iter().collect(),
            worst: None,
        };
        let judged = report.findings().filter(|(_, finding)| !finding.incomplete);
        report.worst = judged.map(|(_, finding)| finding.severity).max();
        for file in &mut report.files {
            let all = file.findings.len();
            file.findings.retain(|finding| finding.severity >= least);
            report.hidden += all - file.findings.len();
            // What is known is told as what is new, or a comparison would tell more than a scan.
            file.set_aside
                .retain(|aside| aside.because.is_suppression() || aside.finding.severity >= least);
        }
        report
    }

    /// How the scan ended, if it fails from severity `fail_on` on; `None` never fails.
    #[must_use]
    pub fn outcome(&self, fail_on: Option<Severity>) -> Outcome {
        let reached = |limit| self.worst.is_some_and(|worst| worst >= limit);
        if fail_on.is_some_and(reached) {
            Outcome::Findings
        } else if self.incomplete().next().is_some() || !self.unanswered.is_empty() {
            Outcome::Incomplete
        } else {
            Outcome::Clean
        }
    }

    /// The findings of all files.
    pub fn findings(&self) -> impl Iterator<Item = (&FileReport, &Finding)> {
        self.files.iter().flat_map(|file| file.findings.iter().map(move |finding| (file, finding)))
    }

    /// The findings that do not count, and why.
    pub fn set_aside(&self) -> impl Iterator<Item = (&FileReport, &SetAside)> {
        self.files.iter().flat_map(|file| file.set_aside.iter().map(move |aside| (file, aside)))
    }

    /// The path of a file below the root of the repository, with forward slashes; `None` where it
    /// lies elsewhere or nowhere.
    #[must_use]
    pub fn in_repository<'a>(&self, file: &'a FileReport) -> Option<&'a str> {
        let root = self.root.as_deref()?;
        let whole = file.real.as_deref().unwrap_or(&file.place);
        whole.strip_prefix(root)?.strip_prefix('/').filter(|below| !below.is_empty())
    }

    /// How formats for code hosts call a file: by its path in the repository or, where it lies
    /// elsewhere, as people see it.
    #[must_use]
    pub fn path_of<'a>(&self, file: &'a FileReport) -> &'a str {
        self.in_repository(file).unwrap_or(&file.path)
    }

    /// How many findings there are of a severity.
    #[must_use]
    pub fn count(&self, severity: Severity) -> usize {
        self.findings().filter(|(_, finding)| finding.severity == severity).count()
    }

    /// The files that could not be analysed whole.
    pub fn incomplete(&self) -> impl Iterator<Item = &FileReport> {
        self.files.iter().filter(|file| file.status != Status::Ok)
    }

    /// How many servers the files declare.
    #[must_use]
    pub fn servers(&self) -> usize {
        self.files.iter().map(|file| file.servers.len()).sum()
    }
}
