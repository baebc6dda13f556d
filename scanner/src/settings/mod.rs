//! The scanner's settings: section `scan` of `mcp-guard.yaml`.

mod difference;
mod floor;
mod pattern;
mod read;
mod variables;

pub use pattern::patterns_below;

use crate::fault::Fault;
use crate::problem::Span;
use crate::rules::{Persona, Severity};
use crate::syntax::{Document, Format, Limits};

/// Name of a settings file.
pub const FILE_NAME: &str = "mcp-guard.yaml";

/// A calendar day.
pub type Date = jiff::civil::Date;

/// From which severity on a scan fails; `None` never. The order is the strictness: the greatest
/// fails most.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FailOn(pub Option<Severity>);

/// What section `scan` says. What it leaves open is `None` or empty.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Settings {
    /// From which severity on a scan fails.
    pub fail_on: Option<FailOn>,
    /// The least severity that is reported.
    pub min_severity: Option<Severity>,
    /// How much is said.
    pub persona: Option<Persona>,
    /// Only these rules, by identifier or pattern.
    pub select: Vec<String>,
    /// Findings that are known and accepted.
    pub ignore: Vec<Ignore>,
    /// A server without a gateway is a fault and not a hint.
    pub require_guard: bool,
    /// Paths that are left out.
    pub exclude: Vec<String>,
    /// Paths to look into although they are left out by default.
    pub include: Vec<String>,
    /// Directories with more rules.
    pub rules: Vec<NamedPath>,
    /// A baseline.
    pub baseline: Option<NamedPath>,
}

/// A path that a settings file names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NamedPath {
    /// As it is written: fit to be shown, which the value of a variable may not be.
    pub written: String,
    /// The same with its variables replaced.
    pub path: String,
}

/// The value of an environment variable.
pub type Variables<'v> = dyn Fn(&str) -> Option<String> + 'v;

/// An entry of `scan.ignore`: a finding that fits all of what it names is not reported.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ignore {
    /// Identifier of the rule, or a pattern.
    pub rule: String,
    /// Pattern of the path of the file.
    pub path: Option<String>,
    /// Name of the server, or a pattern.
    pub server: Option<String>,
    /// Why.
    pub reason: String,
    /// The last day on which it counts.
    pub until: Option<Date>,
    /// Where the entry stands.
    pub span: Span,
    /// Where the rule is named.
    pub rule_span: Span,
}

/// A settings file that was read.
#[derive(Clone, Debug)]
pub struct SettingsFile {
    /// Its text.
    pub document: Document,
    /// What it says.
    pub settings: Settings,
}

impl SettingsFile {
    /// Reads a settings file. Of the other sections only the names are looked at: they belong to
    /// the gateway. `variables` replace `${NAME}` in paths; without them, as it must be for the file
    /// of a repository, that is a fault: the file could have any variable shown or looked up.
    ///
    /// # Errors
    /// Everything that is wrong with it, in the order of the text.
    pub fn read(
        bytes: &[u8],
        limits: &Limits,
        variables: Option<&Variables<'_>>,
    ) -> Result<Self, Vec<Fault>> {
        let document = Document::parse(bytes, Format::Yaml, limits);
        let settings = read::settings(&document, variables)?;
        Ok(Self { document, settings })
    }

    /// A complaint about a place of the file.
    #[must_use]
    pub fn fault(&self, span: Span, message: String) -> Fault {
        read::fault_at(&self.document, span, message)
    }
}

#[cfg(test)]
mod tests;
