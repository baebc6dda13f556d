//! What formats for code hosts need to know of a file's lines once its text is gone.

use crate::region::Region;
use crate::syntax::{Document, Encoding};

/// How many characters a line's hash looks at.
const WINDOW: usize = 100;
/// The base of the hash.
const BASE: u64 = 37;
/// What stands behind the last character. It begins a line if the text ends with one.
const END: u16 = 0xffff;

/// The lines of a file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Lines {
    lines: Box<[Line]>,
    /// Line and column of each character that takes two UTF-16 code units, in order.
    wide: Box<[(u32, u32)]>,
    hashes: Box<[LineHash]>,
    /// Bytes of the file are those of UTF-8.
    bytes: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Line {
    /// Bytes of the file before it.
    start: u32,
    /// Its length in characters.
    characters: u32,
    /// Its length in bytes of the file.
    length: u32,
}

/// Hash of a line and how many lines up to it have the same: `primaryLocationLineHash` as GitHub's
/// `upload-sarif` computes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LineHash {
    /// The hash of the next hundred characters.
    pub hash: u64,
    /// It is the nth line of that hash, from 1.
    pub nth: u32,
}

impl std::fmt::Display for LineHash {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:x}:{}", self.hash, self.nth)
    }
}

/// A part of one line. Lines and columns count from 1; the end is one past the last character.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OnLine {
    /// The line.
    pub line: u32,
    /// Column of the first character.
    pub start: u32,
    /// Column of the end, not before the start.
    pub end: u32,
}

impl Lines {
    /// The lines of a file that was read from these bytes.
    #[must_use]
    pub fn of(bytes: &[u8], document: &Document) -> Self {
        let (mut lines, mut wide) = (Vec::new(), Vec::new());
        let mut at = 0;
        for (number, whole) in (1..).zip(document.text().split('\n')) {
            let text = whole.strip_suffix('\r').unwrap_or(whole);
            let (start, end) = (document.file_offset(at), document.file_offset(at + text.len()));
            let mut characters = text.len();
            if !text.is_ascii() {
                characters = 0;
                for character in text.chars() {
                    characters += 1;
                    if character.len_utf16() == 2 {
                        wide.push((number, narrow(characters)));
                    }
                }
            }
            lines.push(Line {
                start: narrow(start),
                characters: narrow(characters),
                length: narrow(end - start),
            });
            at += whole.len() + 1;
        }
        Self {
            lines: lines.into(),
            wide: wide.into(),
            hashes: hashes(bytes).into(),
            bytes: matches!(document.encoding(), Encoding::Utf8 | Encoding::Utf8Bom),
        }
    }

    /// The hash of a line, from 1.
    #[must_use]
    pub fn hash(&self, line: u32) -> Option<LineHash> {
        self.hashes.get(index(line)).copied()
    }

    /// The column that one in Unicode scalar values is in UTF-16 code units.
    #[must_use]
    pub fn utf16(&self, line: u32, column: u32) -> u32 {
        let before = |at: (u32, u32)| self.wide.partition_point(|place| *place < at);
        column + narrow(before((line, column)).saturating_sub(before((line, 0))))
    }

    /// The part of a region that lies on its first line, in UTF-16 code units.
    #[must_use]
    pub fn first_line(&self, region: Region) -> OnLine {
        let line = region.start_line;
        let end = if region.end_line == line {
            region.end_column
        } else {
            self.lines.get(index(line)).map_or(region.start_column, |line| line.characters + 1)
        };
        let end = end.max(region.start_column);
        OnLine { line, start: self.utf16(line, region.start_column), end: self.utf16(line, end) }
    }

    /// The column of a byte of the file, in bytes of UTF-8; `None` where the file is not UTF-8.
    #[must_use]
    pub fn byte_column(&self, line: u32, byte: usize) -> Option<u32> {
        let Line { start, length, .. } = self.lines.get(index(line)).filter(|_| self.bytes)?;
        Some(1 + narrow(byte).checked_sub(*start)?.min(*length))
    }
}

fn index(line: u32) -> usize {
    usize::try_from(line).unwrap_or(usize::MAX).wrapping_sub(1)
}

/// No file that is read has more lines or bytes.
fn narrow(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

/// The hash of each line: of the hundred UTF-16 code units from its beginning on, spaces and tabs
/// left out, all line ends as line feeds, zeros behind the end. A return alone ends a line here.
fn hashes(bytes: &[u8]) -> Vec<LineHash> {
    let text = String::from_utf8_lossy(bytes);
    let (mut units, mut starts) = (Vec::with_capacity(text.len()), Vec::new());
    let (mut begins, mut after_return) = (true, false);
    let (tab, space, feed, carriage_return) = (0x09, 0x20, 0x0a, 0x0d);
    for unit in text.encode_utf16().chain([END]) {
        let second_half = after_return && unit == feed;
        after_return = unit == carriage_return;
        if second_half || unit == tab || unit == space {
            continue;
        }
        if std::mem::take(&mut begins) {
            starts.push(units.len());
        }
        begins = unit == feed || unit == carriage_return;
        units.push(if begins { feed } else { unit });
    }
    let mut seen = std::collections::HashMap::new();
    let hash = |start: usize| {
        let window = units.iter().skip(start).copied().chain(std::iter::repeat(0)).take(WINDOW);
        let hash =
            window.fold(0_u64, |hash, unit| hash.wrapping_mul(BASE).wrapping_add(u64::from(unit)));
        let nth = seen.entry(hash).and_modify(|nth| *nth += 1).or_insert(1_u32);
        LineHash { hash, nth: *nth }
    };
    starts.into_iter().map(hash).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::syntax::{Format, Limits};

    fn lines(bytes: &[u8]) -> Lines {
        Lines::of(bytes, &Document::parse(bytes, Format::Jsonc, &Limits::default()))
    }

    fn shown(text: &str) -> Vec<String> {
        hashes(text.as_bytes()).iter().map(ToString::to_string).collect()
    }

    /// Values that GitHub publishes with the code of `upload-sarif`.
    #[test]
    fn hashes_are_those_that_github_computes() {
        assert_eq!(shown(""), ["c129715d7a2bc9a3:1"]);
        let four = ["271789c17abda88f:1", "54703d4cd895b18:1", "180aee12dab6264:1"];
        assert_eq!(shown(" a\nb\n  \t\tc\n d")[..3], four);
        let greetings = [
            "e9496ae3ebfced30:1",
            "fb7c023a8b9ccb3f:1",
            "ce8ba1a563dcdaca:1",
            "e20e36e16fcb0cc8:1",
            "b3edc88f2938467e:1",
            "c8e28b0b4002a3a0:1",
            "c129715d7a2bc9a3:1",
        ];
        for end in ["\n", "\r", "\r\n"] {
            let lines = [" hello; \t", "world!!!", "", "", "  \t\tGreetings", " End", ""];
            assert_eq!(shown(&lines.join(end)), greetings, "{end:?}");
        }
        let repeated = shown(&"Lorem ipsum dolor sit amet.\n".repeat(10));
        assert_eq!(repeated[0], "a7f2ff13bc495cf2:1");
        assert_eq!(repeated[5], "a7f2ff13bc495cf2:6");
        assert_eq!(repeated[9], "cc97dc7b1d7d8f7b:1");
        let program = shown("x = 2\nx = 1\nprint(x)\nx = 3\nprint(x)\nx = 4\nprint(x)\n");
        assert_eq!(program[6], "f1b89f20de0d133:1");
    }

    #[test]
    fn columns_count_code_units_and_bytes() {
        let text = "{\"a\": \"é😀x😀y\",\r\n \"b\": [\n1]}";
        for (bom, mark) in [("", 0), ("\u{feff}", 3)] {
            let found = lines(format!("{bom}{text}").as_bytes());
            // Before é, after é, after 😀, x.
            assert_eq!([8, 9, 10, 11].map(|column| found.utf16(1, column)), [8, 9, 11, 12]);
            assert_eq!(found.utf16(1, 13), 15);
            assert_eq!(found.utf16(2, 5), 5);
            let at = text.find('y').unwrap();
            assert_eq!(found.byte_column(1, at + mark), Some(narrow(at) + 1));
            assert_eq!(found.byte_column(2, text.find("\"b").unwrap() + mark), Some(2));
            let list = Region {
                start_line: 2,
                start_column: 7,
                end_line: 3,
                end_column: 3,
                ..Region::default()
            };
            assert_eq!(found.first_line(list), OnLine { line: 2, start: 7, end: 8 });
        }
        let wide: Vec<u8> =
            [0xfeff].into_iter().chain(text.encode_utf16()).flat_map(u16::to_le_bytes).collect();
        let found = lines(&wide);
        assert_eq!(found.utf16(1, 13), 15);
        assert_eq!(found.byte_column(1, 9), None);
    }
}
