//! From bytes to text.

use crate::problem::{Problem, ProblemKind, Span};

/// How the characters of a file are stored.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Encoding {
    /// UTF-8 without a byte order mark.
    #[default]
    Utf8,
    /// UTF-8 after a byte order mark of three bytes.
    Utf8Bom,
    /// UTF-16, little endian, after its byte order mark.
    Utf16Le,
    /// UTF-16, big endian, after its byte order mark.
    Utf16Be,
}

impl Encoding {
    /// The name used in reports.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Utf8 => "utf-8",
            Self::Utf8Bom => "utf-8-bom",
            Self::Utf16Le => "utf-16le",
            Self::Utf16Be => "utf-16be",
        }
    }

    /// The number of bytes before the first character.
    #[must_use]
    pub const fn mark_len(self) -> usize {
        match self {
            Self::Utf8 => 0,
            Self::Utf8Bom => 3,
            Self::Utf16Le | Self::Utf16Be => 2,
        }
    }
}

/// What became of the bytes of a file.
pub(super) struct Decoded {
    pub(super) encoding: Encoding,
    /// The text without its byte order mark, each part that is no text replaced by as many `?` as
    /// keep all offsets; empty when hardly any of it is text.
    pub(super) text: String,
    /// Where it is no text, at the first place.
    pub(super) problem: Option<Problem>,
}

/// One part in so many may be damaged before a file counts as something else than text.
const TOLERABLE: usize = 20;

/// Decodes a file.
pub(super) fn decode(bytes: &[u8]) -> Decoded {
    let (encoding, rest) = marked(bytes);
    let (text, damage, parts) = match encoding {
        Encoding::Utf8 | Encoding::Utf8Bom => utf8(rest),
        Encoding::Utf16Le => utf16(rest, u16::from_le_bytes),
        Encoding::Utf16Be => utf16(rest, u16::from_be_bytes),
    };
    let Some(first) = damage.first else { return Decoded { encoding, text, problem: None } };
    let legible = damage.count.saturating_mul(TOLERABLE) <= parts;
    let number = first.byte + encoding.mark_len() + 1;
    let what = match (first.null, encoding) {
        (true, _) => format!("the file is not a text file: byte {number} is a null character"),
        (false, Encoding::Utf8 | Encoding::Utf8Bom) => {
            format!("the file is not valid UTF-8 at byte {number}; save it as UTF-8")
        }
        (false, Encoding::Utf16Le | Encoding::Utf16Be) => {
            format!("the file is not valid UTF-16 at byte {number}; save it as UTF-8")
        }
    };
    let problem = Problem::new(ProblemKind::Encoding, what);
    if legible {
        let problem = problem.at(Span::new(first.offset, first.offset + 1));
        return Decoded { encoding, text, problem: Some(problem) };
    }
    Decoded { encoding, text: String::new(), problem: Some(problem) }
}

/// The bytes that a text is stored as.
pub(super) fn encode(text: &str, encoding: Encoding) -> Vec<u8> {
    match encoding {
        Encoding::Utf8 => text.as_bytes().to_vec(),
        Encoding::Utf8Bom => [&[0xEF, 0xBB, 0xBF], text.as_bytes()].concat(),
        Encoding::Utf16Le => utf16_bytes(text, u16::to_le_bytes),
        Encoding::Utf16Be => utf16_bytes(text, u16::to_be_bytes),
    }
}

fn utf16_bytes(text: &str, bytes: fn(u16) -> [u8; 2]) -> Vec<u8> {
    std::iter::once(0xFEFF).chain(text.encode_utf16()).flat_map(bytes).collect()
}

/// The beginning of a file as text, decoded from about that many bytes, for a look at it.
#[must_use]
pub fn beginning(bytes: &[u8], length: usize) -> String {
    let (encoding, rest) = marked(bytes);
    let rest = rest.get(..length & !1).unwrap_or(rest);
    match encoding {
        Encoding::Utf8 | Encoding::Utf8Bom => utf8(rest).0,
        Encoding::Utf16Le => utf16(rest, u16::from_le_bytes).0,
        Encoding::Utf16Be => utf16(rest, u16::from_be_bytes).0,
    }
}

/// The encoding that the byte order mark tells, and what stands behind it.
fn marked(bytes: &[u8]) -> (Encoding, &[u8]) {
    match bytes {
        [0xEF, 0xBB, 0xBF, rest @ ..] => (Encoding::Utf8Bom, rest),
        [0xFF, 0xFE, rest @ ..] => (Encoding::Utf16Le, rest),
        [0xFE, 0xFF, rest @ ..] => (Encoding::Utf16Be, rest),
        _ => (Encoding::Utf8, bytes),
    }
}

/// What in a file is no text.
#[derive(Default)]
struct Damage {
    count: usize,
    first: Option<Place>,
}

struct Place {
    /// The byte behind the byte order mark, counted from zero.
    byte: usize,
    /// The byte of the decoded text.
    offset: usize,
    null: bool,
}

impl Damage {
    fn add(&mut self, count: usize, byte: usize, offset: usize, null: bool) {
        self.count += count;
        self.first.get_or_insert(Place { byte, offset, null });
    }
}

/// The text, what is none, and the number of bytes.
fn utf8(bytes: &[u8]) -> (String, Damage, usize) {
    let mut text = String::with_capacity(bytes.len());
    let mut damage = Damage::default();
    for chunk in bytes.utf8_chunks() {
        let mut pieces = chunk.valid().split('\0');
        text.push_str(pieces.next().unwrap_or_default());
        for piece in pieces {
            damage.add(1, text.len(), text.len(), true);
            text.push('?');
            text.push_str(piece);
        }
        let invalid = chunk.invalid().len();
        if invalid > 0 {
            damage.add(invalid, text.len(), text.len(), false);
            text.extend(std::iter::repeat_n('?', invalid));
        }
    }
    (text, damage, bytes.len())
}

/// The text, what is none, and the number of code units.
fn utf16(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> (String, Damage, usize) {
    let mut text = String::with_capacity(bytes.len() / 2);
    let mut damage = Damage::default();
    let mut at = 0;
    let (pairs, odd) = bytes.as_chunks::<2>();
    for decoded in char::decode_utf16(pairs.iter().map(|pair| unit(*pair))) {
        let character = match decoded {
            Ok('\0') => {
                damage.add(1, at, text.len(), true);
                '?'
            }
            Ok(character) => character,
            Err(_) => {
                damage.add(1, at, text.len(), false);
                '?'
            }
        };
        text.push(character);
        at += 2 * character.len_utf16();
    }
    if !odd.is_empty() {
        damage.add(1, at, text.len(), false);
        text.push('?');
    }
    (text, damage, pairs.len() + odd.len())
}
