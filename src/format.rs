//! The formats that a report is written in.

use std::io::{self, Write};

use clap::ValueEnum;
use mcp_guard_scanner::report::{self, MarkdownStyle, Report, SarifStyle, TextStyle};
use mcp_guard_scanner::rules::Severity;

/// An output format.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// For people
    #[default]
    Text,
    /// For programs; schema mcp-guard/report/v1
    Json,
    /// SARIF 2.1.0, for code scanning
    Sarif,
    /// Markdown, for comments and summaries
    Markdown,
    /// Annotations of a GitHub workflow
    Github,
    /// Code Quality report of GitLab
    Gitlab,
    /// Test results, for any CI system
    Junit,
    /// Diagnostics with suggestions for reviewdog
    Rdjson,
    /// Inventory of the servers, CycloneDX 1.6
    Cyclonedx,
}

/// How formats look that leave a choice.
#[derive(Clone, Debug)]
pub(crate) struct Styles {
    pub(crate) text: TextStyle,
    /// The severity from which the scan fails.
    pub(crate) fail_on: Option<Severity>,
    pub(crate) sarif: SarifStyle,
    pub(crate) markdown: MarkdownStyle,
}

impl Format {
    /// The names of all formats.
    pub(crate) fn names() -> String {
        let names: Vec<String> = Self::value_variants()
            .iter()
            .filter_map(Self::to_possible_value)
            .map(|value| value.get_name().to_owned())
            .collect();
        names.join(", ")
    }

    /// Whether it says what can be repaired.
    pub(crate) fn tells_fixes(self) -> bool {
        match self {
            Self::Json | Self::Sarif | Self::Markdown | Self::Junit | Self::Rdjson => true,
            Self::Text | Self::Github | Self::Gitlab | Self::Cyclonedx => false,
        }
    }

    /// Whether it counts lines and columns as a code host does, and paths from the root of the
    /// repository.
    pub(crate) fn is_for_hosts(self) -> bool {
        !matches!(self, Self::Text | Self::Json)
    }

    /// Writes the report.
    pub(crate) fn write(
        self,
        report: &Report,
        styles: &Styles,
        out: &mut dyn Write,
    ) -> io::Result<()> {
        match self {
            Self::Text => report::write_text(report, styles.text, out),
            Self::Json => report::write_json(report, out),
            Self::Sarif => report::write_sarif(report, &styles.sarif, out),
            Self::Markdown => report::write_markdown(report, &styles.markdown, out),
            Self::Github => report::write_github(report, out),
            Self::Gitlab => report::write_gitlab(report, out),
            Self::Junit => report::write_junit(report, styles.fail_on, out),
            Self::Rdjson => report::write_rdjson(report, out),
            Self::Cyclonedx => report::write_cyclonedx(report, out),
        }
    }
}
