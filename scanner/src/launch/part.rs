//! Places in words.

use std::ops::Range;

/// A piece of a word.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Part {
    /// Index into [`Launch::words`](super::Launch::words).
    pub word: usize,
    /// Bytes of the word's text.
    pub range: Range<usize>,
}
