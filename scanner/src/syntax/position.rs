//! Lines and columns.

use std::sync::OnceLock;

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

/// Where the lines of a text begin, and how many characters stand before every [`STRIDE`]th byte:
/// a line can be a whole file, and counting from its start for each place in it would take long.
#[derive(Clone, Debug)]
pub(super) struct Lines {
    starts: Vec<usize>,
    counts: OnceLock<Vec<Count>>,
}

/// Bytes between two counts.
const STRIDE: usize = 1024;

/// How many characters and UTF-16 code units a piece of text has.
#[derive(Clone, Copy, Debug, Default)]
struct Count {
    characters: usize,
    units: usize,
}

impl Count {
    fn of(text: &str) -> Self {
        Self {
            characters: text.chars().count(),
            units: text.chars().map(char::len_utf16).sum::<usize>(),
        }
    }

    fn plus(self, other: Self) -> Self {
        Self { characters: self.characters + other.characters, units: self.units + other.units }
    }

    fn minus(self, other: Self) -> Self {
        Self {
            characters: self.characters.saturating_sub(other.characters),
            units: self.units.saturating_sub(other.units),
        }
    }
}

impl Lines {
    pub(super) fn of(text: &str) -> Self {
        let ends = text.match_indices('\n').map(|(at, _)| at + 1);
        Self { starts: std::iter::once(0).chain(ends).collect(), counts: OnceLock::new() }
    }

    /// The position of a byte. One beyond the end, or inside a character, is moved back.
    pub(super) fn position(&self, text: &str, offset: usize) -> Position {
        let offset = text.floor_char_boundary(offset);
        let line = self.starts.partition_point(|&start| start <= offset);
        let start = self.starts.get(line.saturating_sub(1)).copied().unwrap_or_default();
        let count = if offset - start <= STRIDE {
            Count::of(text.get(start..offset).unwrap_or_default())
        } else {
            self.before(text, offset).minus(self.before(text, start))
        };
        Position { line, column: 1 + count.characters, column_utf16: 1 + count.units }
    }

    /// The UTF-16 code units before a byte of the text.
    pub(super) fn units_before(&self, text: &str, offset: usize) -> usize {
        self.before(text, text.floor_char_boundary(offset)).units
    }

    fn before(&self, text: &str, offset: usize) -> Count {
        let counts = self.counts.get_or_init(|| counts(text));
        let known = counts.get(offset / STRIDE).copied().unwrap_or_default();
        let from = text.floor_char_boundary(offset / STRIDE * STRIDE);
        known.plus(Count::of(text.get(from..offset).unwrap_or_default()))
    }

    /// A line without its end, counted from one.
    pub(super) fn line<'t>(&self, text: &'t str, line: usize) -> Option<(Span, &'t str)> {
        let start = *self.starts.get(line.checked_sub(1)?)?;
        let end = self.starts.get(line).copied().unwrap_or(text.len());
        let whole = text.get(start..end)?;
        let bare = whole.strip_suffix('\n').unwrap_or(whole);
        let bare = bare.strip_suffix('\r').filter(|_| bare.len() < whole.len()).unwrap_or(bare);
        Some((Span::new(start, start + bare.len()), bare))
    }
}

/// What stands before each [`STRIDE`]th byte, or before the character it lies in.
fn counts(text: &str) -> Vec<Count> {
    let mut counts = vec![Count::default()];
    let (mut before, mut from) = (Count::default(), 0);
    for at in (STRIDE..=text.len()).step_by(STRIDE) {
        let to = text.floor_char_boundary(at);
        before = before.plus(Count::of(text.get(from..to).unwrap_or_default()));
        counts.push(before);
        from = to;
    }
    counts
}

#[cfg(test)]
mod tests {
    use super::{Lines, STRIDE};

    #[test]
    fn long_lines_count_like_short_ones() {
        for piece in ["a", "ä", "€", "😀", "a😀", "ab€\n", "x\r\n"] {
            let text = piece.repeat(3 * STRIDE / piece.len() + 7);
            let lines = Lines::of(&text);
            for (offset, _) in text.char_indices() {
                let start = text[..offset].rfind('\n').map_or(0, |at| at + 1);
                let position = lines.position(&text, offset);
                let before = &text[start..offset];
                assert_eq!(position.column, 1 + before.chars().count(), "{piece:?} {offset}");
                assert_eq!(position.column_utf16, 1 + before.encode_utf16().count());
                let units = text[..offset].encode_utf16().count();
                assert_eq!(lines.units_before(&text, offset), units, "{piece:?} {offset}");
            }
        }
    }
}
