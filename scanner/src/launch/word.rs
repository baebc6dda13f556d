//! A word with the place it was written at.

use std::borrow::Cow;
use std::ops::Range;

use super::token::Token;

/// One word of a command line, after quotes are removed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Word<'a> {
    /// The word as the program receives it, placeholders left as written.
    pub text: Cow<'a, str>,
    /// The configuration value it came from: 0 is the command, n the n-th argument.
    pub source: usize,
    /// Bytes of that value it came from. When quotes or escapes were removed inside, the range
    /// holds them too and is longer than `text`.
    pub range: Range<usize>,
}

impl<'a> Word<'a> {
    pub(super) fn whole(text: &'a str, source: usize) -> Self {
        Self { text: Cow::Borrowed(text), source, range: 0..text.len() }
    }

    /// Bytes of the configuration value that hold `part` of the word's text; those of the whole
    /// word when quotes or escapes hide where the part is.
    #[must_use]
    pub fn place(&self, part: &Range<usize>) -> Range<usize> {
        let verbatim = self.text.len() == self.range.len();
        if verbatim && part.start <= part.end && part.end <= self.text.len() {
            self.range.start + part.start..self.range.start + part.end
        } else {
            self.range.clone()
        }
    }

    /// The piece of this word that a token of its text is.
    pub(super) fn piece(&self, token: &Token) -> Self {
        let raw = &token.raw;
        let inner = raw.start + 1..raw.end.saturating_sub(1);
        let at = [raw.clone(), inner]
            .into_iter()
            .find(|at| self.text.get(at.clone()) == Some(token.text.as_str()));
        let text = match (&self.text, &at) {
            (Cow::Borrowed(text), Some(at)) => {
                Cow::Borrowed(text.get(at.clone()).unwrap_or_default())
            }
            _ => Cow::Owned(token.text.clone()),
        };
        Self { text, source: self.source, range: self.place(&at.unwrap_or_else(|| raw.clone())) }
    }
}
