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
    pub start_line: u32,
    /// Column of the first character.
    pub start_column: u32,
    /// Line of the end.
    pub end_line: u32,
    /// Column of the end.
    pub end_column: u32,
}

/// A line or column. Very many places are kept, and no file that is read has more of either.
fn number(of: usize) -> u32 {
    u32::try_from(of).unwrap_or(u32::MAX)
}

impl Region {
    /// Line and column of the first character.
    #[must_use]
    pub fn start(&self) -> (usize, usize) {
        let wide = |number: u32| usize::try_from(number).unwrap_or(usize::MAX);
        (wide(self.start_line), wide(self.start_column))
    }

    /// The place of a span of the document.
    #[must_use]
    pub fn of(document: &Document, span: Span) -> Self {
        let (start, end) = (document.position(span.start), document.position(span.end));
        Self {
            bytes: Span::new(document.file_offset(span.start), document.file_offset(span.end)),
            start_line: number(start.line),
            start_column: number(start.column),
            end_line: number(end.line),
            end_column: number(end.column),
        }
    }
}
