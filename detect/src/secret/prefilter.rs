use std::sync::LazyLock;

use aho_corasick::{AhoCorasick, AhoCorasickBuilder, AhoCorasickKind};

use super::format::{Format, called_by, formats, keywords};

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

/// Formats by their place in [`formats`], in its order.
pub(super) struct Called(Vec<usize>);

impl Called {
    /// The formats of which a keyword occurs in one of the texts.
    pub(super) fn by<'a>(texts: impl IntoIterator<Item = &'a str>) -> Self {
        let Some(automaton) = AUTOMATON.as_ref() else {
            return Self((0..formats().len()).collect());
        };
        let mut called = Vec::new();
        for text in texts {
            for hit in automaton.find_overlapping_iter(text) {
                called.extend(called_by(hit.pattern().as_usize()));
            }
        }
        called.sort_unstable();
        called.dedup();
        Self(called)
    }

    pub(super) fn formats(&self) -> impl Iterator<Item = &'static Format> {
        self.0.iter().filter_map(|place| formats().get(*place))
    }
}
