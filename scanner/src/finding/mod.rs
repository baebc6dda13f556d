//! Findings: what a rule has to say about a place in a file.

mod excerpt;
mod fingerprint;
mod judge;
#[cfg(test)]
mod tests;

pub use excerpt::Excerpt;
pub(crate) use excerpt::visible;
pub use judge::{Judge, Subject, Tracked};

use crate::problem::Span;
use crate::rules::{Confidence, Rule, Severity};
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
    /// It says that something was not analysed.
    pub incomplete: bool,
    /// Identifier of the client whose file it is; `unknown` when nothing tells.
    pub client: &'static str,
    /// Scope of the file or entry.
    pub scope: &'static str,
    /// Name of the server, for a finding about one.
    pub server: Option<String>,
    /// JSON Pointer (RFC 6901) of the value.
    pub pointer: String,
    /// Where the value stands.
    pub region: Region,
    /// The line it stands on, with secrets blotted out.
    pub excerpt: Option<Excerpt>,
    /// Identifies the finding across moves and reformatting; 32 hexadecimal digits.
    pub fingerprint: String,
}

/// A place in a file. Lines and columns count from 1, columns in Unicode scalar values; the end
/// is one past the last character.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Region {
    /// Bytes of the file, its byte order mark counted.
    pub bytes: Span,
    /// Line of the first character.
    pub start_line: usize,
    /// Column of the first character.
    pub start_column: usize,
    /// Line of the end.
    pub end_line: usize,
    /// Column of the end.
    pub end_column: usize,
}

impl Region {
    /// The place of a span of the document.
    #[must_use]
    pub fn of(document: &Document, span: Span) -> Self {
        let (start, end) = (document.position(span.start), document.position(span.end));
        Self {
            bytes: Span::new(document.file_offset(span.start), document.file_offset(span.end)),
            start_line: start.line,
            start_column: start.column,
            end_line: end.line,
            end_column: end.column,
        }
    }
}
