//! Places as reports give them.

use crate::problem::Span;
use crate::syntax::Document;

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
