//! Findings: what a rule has to say about a place in a file.

mod docket;
mod excerpt;
mod fingerprint;
mod judge;
#[cfg(test)]
mod tests;

pub use crate::region::Region;
pub use crate::world::Tracked;
pub use excerpt::{Excerpt, visible};
pub(crate) use excerpt::{is_plain, visible_text};
pub use judge::{Judge, LateFact, Subject};

use compact_str::CompactString;

use crate::facts::{Blots, discreet};
use crate::fix::Fix;
use crate::problem::Span;
use crate::rules::{Confidence, Persona, Rule, Severity};
use crate::syntax::Document;

/// One finding.
#[derive(Clone, Debug)]
pub struct Finding {
    /// The rule.
    pub rule: &'static Rule,
    /// How bad it is here.
    pub severity: Severity,
    /// How sure it is here.
    pub confidence: Confidence,
    /// One sentence. Holds no secret.
    pub message: String,
    /// Identifiers of the advisories that it is about, the worst one's first.
    pub advisories: Box<[String]>,
    /// It says that something was not analysed.
    pub incomplete: bool,
    /// Identifier of the client whose file it is; `unknown` when nothing tells.
    pub client: &'static str,
    /// Scope of the file or entry.
    pub scope: &'static str,
    /// Name of the server, for a finding about one.
    pub server: Option<CompactString>,
    /// JSON Pointer (RFC 6901) of the value.
    pub pointer: String,
    /// Where the value stands.
    pub region: Region,
    /// The line it stands on, with secrets blotted out.
    pub excerpt: Option<Excerpt>,
    /// Other places that the finding is about.
    pub related: Box<[Related]>,
    /// What can be done about it by program, where the judge was asked for that.
    pub fix: Option<Box<Fix>>,
    /// The first persona that wants to see it.
    pub persona: Persona,
    /// Identifies the finding across moves and reformatting; 32 hexadecimal digits.
    pub fingerprint: String,
    /// Identifies each of the several servers that it is about, in 16 hexadecimal digits, sorted;
    /// empty for a finding about one.
    pub parts: Box<[String]>,
}

/// A finding that does not count, and why.
#[derive(Clone, Debug)]
pub struct SetAside {
    /// The finding.
    pub finding: Finding,
    /// Why.
    pub because: Because,
    /// It is suppressed and was not there at the base revision.
    pub is_new: bool,
}

/// Why a finding does not count.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Because {
    /// A comment of the same file suppresses it.
    Comment {
        /// The reason it gives. Holds no secret.
        reason: String,
        /// Its line, from 1.
        line: usize,
    },
    /// An entry of the settings suppresses it.
    Settings {
        /// The reason it gives.
        reason: String,
        /// How the settings file is called.
        file: String,
        /// The line of the entry, from 1.
        line: usize,
    },
    /// It stands in the baseline.
    Baseline,
    /// It was there at the base revision.
    Base,
}

impl Because {
    /// Whether somebody accepted the finding, with a reason.
    #[must_use]
    pub const fn is_suppression(&self) -> bool {
        matches!(self, Self::Comment { .. } | Self::Settings { .. })
    }
}

/// Another place that a finding is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Related {
    /// How its file is called.
    pub path: String,
    /// Name of the server there.
    pub server: Option<String>,
    /// What stands there, in a few words. Holds no secret.
    pub message: String,
    /// JSON Pointer (RFC 6901) of the value.
    pub pointer: String,
    /// Where it stands.
    pub region: Region,
}

/// A place in a file that outlives the file's document.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Anchor {
    /// JSON Pointer (RFC 6901) of the value.
    pub pointer: String,
    /// Where it stands.
    pub region: Region,
    /// The line it stands on, with secrets blotted out.
    pub excerpt: Option<Excerpt>,
}

impl Anchor {
    /// The place of a span of the document.
    #[must_use]
    pub fn of(document: &Document, span: Span, pointer: &str, blots: &Blots) -> Self {
        Self {
            pointer: discreet(pointer).into_owned(),
            region: Region::of(document, span),
            excerpt: Excerpt::of(document, span, blots),
        }
    }
}
