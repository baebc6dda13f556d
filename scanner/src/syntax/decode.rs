//! From bytes to text.

use crate::problem::{Problem, ProblemKind};

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

/// Decodes a file. When it is not text, the text is empty and the problem says why.
pub(super) fn decode(bytes: &[u8]) -> (Encoding, Result<String, Problem>) {
    match bytes {
        [0xEF, 0xBB, 0xBF, rest @ ..] => (Encoding::Utf8Bom, utf8(rest, 3)),
        [0xFF, 0xFE, rest @ ..] => (Encoding::Utf16Le, utf16(rest, u16::from_le_bytes)),
        [0xFE, 0xFF, rest @ ..] => (Encoding::Utf16Be, utf16(rest, u16::from_be_bytes)),
        _ => (Encoding::Utf8, utf8(bytes, 0)),
    }
}

fn utf8(bytes: &[u8], mark: usize) -> Result<String, Problem> {
    if let Some(at) = bytes.iter().position(|&byte| byte == 0) {
        return Err(not_text(at + mark));
    }
    match std::str::from_utf8(bytes) {
        Ok(text) => Ok(text.to_owned()),
        Err(error) => {
            let at = error.valid_up_to() + mark;
            Err(Problem::new(
                ProblemKind::Encoding,
                format!("the file is not valid UTF-8 at byte {at}; save it as UTF-8"),
            ))
        }
    }
}

fn utf16(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> Result<String, Problem> {
    let mut text = String::with_capacity(bytes.len() / 2);
    let mut at = 2;
    let (pairs, odd) = bytes.as_chunks::<2>();
    for decoded in char::decode_utf16(pairs.iter().map(|pair| unit(*pair))) {
        match decoded {
            Ok('\0') => return Err(not_text(at)),
            Ok(character) => {
                text.push(character);
                at += 2 * character.len_utf16();
            }
            Err(_) => return Err(bad_utf16(at)),
        }
    }
    if odd.is_empty() { Ok(text) } else { Err(bad_utf16(at)) }
}

fn not_text(at: usize) -> Problem {
    Problem::new(
        ProblemKind::Encoding,
        format!("the file is not a text file: byte {at} is a null character"),
    )
}

fn bad_utf16(at: usize) -> Problem {
    Problem::new(
        ProblemKind::Encoding,
        format!("the file is not valid UTF-16 at byte {at}; save it as UTF-8"),
    )
}
