//! What a scan found, and how it is written down.

mod json;
mod text;

pub use json::json;
pub use text::{TextStyle, text};

use crate::finding::Finding;
use crate::rules::Severity;
use crate::scan::{FileReport, Status};

/// What a scan found in all files.
#[derive(Clone, Debug)]
pub struct Report {
    /// Name of the tool.
    pub tool: &'static str,
    /// Its version.
    pub version: &'static str,
    /// The files, in the order they were looked at.
    pub files: Vec<FileReport>,
}

impl Report {
    /// The findings of all files.
    pub fn findings(&self) -> impl Iterator<Item = (&FileReport, &Finding)> {
        self.files.iter().flat_map(|file| file.findings.iter().map(move |finding| (file, finding)))
    }

    /// The worst severity, if there is any finding besides what `except` names.
    #[must_use]
    pub fn worst(&self, except: &str) -> Option<Severity> {
        let told = self.findings().filter(|(_, finding)| finding.rule.id != except);
        told.map(|(_, finding)| finding.severity).max()
    }

    /// How many findings there are of a severity.
    #[must_use]
    pub fn count(&self, severity: Severity) -> usize {
        self.findings().filter(|(_, finding)| finding.severity == severity).count()
    }

    /// How many files could not be analysed whole.
    #[must_use]
    pub fn incomplete(&self) -> usize {
        self.files.iter().filter(|file| file.status != Status::Ok).count()
    }

    /// How many servers the files declare.
    #[must_use]
    pub fn servers(&self) -> usize {
        self.files.iter().map(|file| file.servers.len()).sum()
    }
}
