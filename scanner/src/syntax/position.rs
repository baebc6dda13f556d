//! Lines and columns.

use crate::problem::Span;

/// A place for people and editors. Everything counts from one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Position {
    /// The line. Lines end with a line feed, or with a carriage return and a line feed.
    pub line: usize,
    /// The column in Unicode scalar values (SARIF's `unicodeCodePoints`). A tab counts as one.
    pub column: usize,
    /// The column in UTF-16 code units (LSP's and SARIF's default).
    pub column_utf16: usize,
}

/// How the lines of a file end.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum LineEnding {
    /// Line feed, or no line end at all.
    #[default]
    Lf,
    /// Carriage return and line feed.
    CrLf,
    /// Some of each.
    Mixed,
}

impl LineEnding {
    pub(super) fn of(text: &str) -> Self {
        let feeds = text.bytes().filter(|&byte| byte == b'\n').count();
        let pairs = text.as_bytes().windows(2).filter(|pair| pair == b"\r\n").count();
        match pairs {
            0 => Self::Lf,
            _ if pairs == feeds => Self::CrLf,
            _ => Self::Mixed,
        }
    }
}

/// Where the lines of a text begin.
#[derive(Clone, Debug)]
pub(super) struct Lines(Vec<usize>);

impl Lines {
    pub(super) fn of(text: &str) -> Self {
        let ends =
            text.bytes().enumerate().filter(|&(_, byte)| byte == b'\n').map(|(at, _)| at + 1);
        Self(std::iter::once(0).chain(ends).collect())
    }

    /// The position of a byte. One beyond the end, or inside a character, is moved back.
    pub(super) fn position(&self, text: &str, offset: usize) -> Position {
        let offset = text.floor_char_boundary(offset);
        let line = self.0.partition_point(|&start| start <= offset);
        let start = self.0.get(line.saturating_sub(1)).copied().unwrap_or_default();
        let before = text.get(start..offset).unwrap_or_default();
        Position {
            line,
            column: 1 + before.chars().count(),
            column_utf16: 1 + before.chars().map(char::len_utf16).sum::<usize>(),
        }
    }

    /// A line without its end, counted from one.
    pub(super) fn line<'t>(&self, text: &'t str, line: usize) -> Option<(Span, &'t str)> {
        let start = *self.0.get(line.checked_sub(1)?)?;
        let end = self.0.get(line).copied().unwrap_or(text.len());
        let whole = text.get(start..end)?;
        let bare = whole.strip_suffix('\n').unwrap_or(whole);
        let bare = bare.strip_suffix('\r').filter(|_| bare.len() < whole.len()).unwrap_or(bare);
        Some((Span::new(start, start + bare.len()), bare))
    }
}
