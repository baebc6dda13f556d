//! What a scan says about a file.

use crate::client::Reader;
use crate::facts::{Sameness, ShownServer};
use crate::finding::{Excerpt, Finding, Region, SetAside};
use crate::lines::Lines;
use crate::online::Questions;
use crate::suppression::remark::Remark;

/// How much of a file was analysed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// All of it.
    Ok,
    /// Some of it could not be read or understood.
    Partial,
    /// Nothing of it.
    Failed,
}

impl Status {
    /// The word for it in reports.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Partial => "partial",
            Self::Failed => "failed",
        }
    }
}

/// A server that was found, with what comparisons with others need of it.
#[derive(Clone, Debug)]
pub struct ScannedServer {
    /// The server as reports show it.
    pub shown: ShownServer,
    /// Where its entry stands.
    pub region: Region,
    /// Where its name stands.
    pub name: Region,
    /// The line on which its name stands, with secrets blotted out.
    pub line: Option<Excerpt>,
    /// By what it is compared with others. Never shown.
    pub sameness: Sameness,
}

/// What a scan says about a file.
#[derive(Clone, Debug)]
pub struct FileReport {
    /// How the file is called.
    pub path: String,
    /// Identifier of the client whose file it is; `unknown` when nothing tells.
    pub client: &'static str,
    /// Its scope.
    pub scope: &'static str,
    /// Its format.
    pub format: &'static str,
    /// How much of it was analysed.
    pub status: Status,
    /// Which clients read it, and for whom.
    pub readers: Vec<Reader>,
    /// The servers in it.
    pub servers: Vec<ScannedServer>,
    /// What is to be asked about them over a network.
    pub questions: Questions,
    /// The findings in it.
    pub findings: Vec<Finding>,
    /// Findings that do not count, and why.
    pub set_aside: Vec<SetAside>,
    /// The whole path of the file, which tells whose it may be. Never shown.
    pub place: String,
    /// Comments that are addressed to the scanner.
    pub remarks: Vec<Remark>,
    /// Its whole path with links resolved, where that was asked for and it lies on a disk. Never
    /// shown.
    pub real: Option<Box<str>>,
    /// Its lines, where they were asked for and it was read.
    pub lines: Option<Box<Lines>>,
}

impl FileReport {
    /// A report of a file that was not looked at for servers.
    pub(crate) fn without_servers(
        path: &str,
        place: &str,
        client: &'static str,
        scope: &'static str,
        format: &'static str,
    ) -> Self {
        Self {
            path: path.to_owned(),
            client,
            scope,
            format,
            status: Status::Ok,
            readers: Vec::new(),
            servers: Vec::new(),
            questions: Questions::default(),
            findings: Vec::new(),
            set_aside: Vec::new(),
            place: place.to_owned(),
            remarks: Vec::new(),
            real: None,
            lines: None,
        }
    }

    /// Whether all of the file was analysed.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        self.status == Status::Ok
    }
}
