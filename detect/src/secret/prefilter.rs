use std::sync::LazyLock;

use aho_corasick::{AhoCorasick, AhoCorasickBuilder, AhoCorasickKind};

use super::format::{called_by, formats, keywords};

/// Whether [`find`](super::find()) without a name could find anything in the text at all.
///
/// One pass over the bytes, no regex. A value whose name says that it is a secret may hold one
/// without a hint: ask [`names_a_secret`](super::names_a_secret) too.
pub fn hint(text: impl AsRef<[u8]>) -> bool {
    AUTOMATON.as_ref().is_none_or(|automaton| automaton.is_match(text.as_ref()))
}

static AUTOMATON: LazyLock<Option<AhoCorasick>> = LazyLock::new(|| {
    AhoCorasickBuilder::new()
        .ascii_case_insensitive(true)
        .kind(Some(AhoCorasickKind::ContiguousNFA))
        .build(keywords())
        .ok()
});

/// A set of formats by their place in [`formats`].
pub(super) struct Called(Vec<bool>);

impl Called {
    /// The formats of which a keyword occurs in one of the texts.
    pub(super) fn by<'a>(texts: impl IntoIterator<Item = &'a str>) -> Self {
        let Some(automaton) = AUTOMATON.as_ref() else { return Self(vec![true; formats().len()]) };
        let mut called = Vec::new();
        for text in texts {
            for hit in automaton.find_overlapping_iter(text) {
                called.resize(formats().len(), false);
                for &format in called_by(hit.pattern().as_usize()) {
                    if let Some(place) = called.get_mut(format) {
                        *place = true;
                    }
                }
            }
        }
        Self(called)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn contains(&self, format: usize) -> bool {
        self.0.get(format).copied().unwrap_or_default()
    }
}
