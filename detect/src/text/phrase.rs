//! The phrases of `rules/text/`.

use std::sync::{LazyLock, OnceLock};

use aho_corasick::{AhoCorasick, AhoCorasickBuilder, AhoCorasickKind};
use regex::bytes::{Regex, RegexBuilder};

use super::signal::SignalClass;

include!(concat!(env!("OUT_DIR"), "/phrases.rs"));

/// A way to say something to a model.
pub(super) struct Phrase {
    /// Stable name in kebab-case.
    pub(super) id: &'static str,
    /// What it is a signal of; none for what shows that a text talks about such phrases.
    pub(super) class: Option<SignalClass>,
    /// Regular expression over the bytes of the folded text. Without Unicode, because its classes
    /// cost a hundred times as much to compile.
    pattern: &'static str,
    regex: OnceLock<Option<Regex>>,
}

impl Phrase {
    pub(super) fn regex(&self) -> Option<&Regex> {
        // A build test compiles every pattern.
        let build = || RegexBuilder::new(self.pattern).unicode(false).multi_line(true).build();
        self.regex.get_or_init(|| build().ok()).as_ref()
    }
}

#[cfg(test)]
pub(super) fn phrases() -> &'static [Phrase] {
    &PHRASES
}

static AUTOMATON: LazyLock<Option<AhoCorasick>> = LazyLock::new(|| {
    AhoCorasickBuilder::new()
        .ascii_case_insensitive(true)
        .kind(Some(AhoCorasickKind::ContiguousNFA))
        .build(PHRASE_KEYWORDS)
        .ok()
});

/// The phrases of which a keyword occurs in the text.
pub(super) fn called_by(text: &str) -> Vec<&'static Phrase> {
    let Some(automaton) = AUTOMATON.as_ref() else { return PHRASES.iter().collect() };
    let mut called = [false; PHRASES.len()];
    let mut any = false;
    for hit in automaton.find_overlapping_iter(text) {
        for &phrase in KEYWORD_PHRASES.get(hit.pattern().as_usize()).copied().unwrap_or_default() {
            if let Some(called) = called.get_mut(phrase) {
                *called = true;
                any = true;
            }
        }
    }
    if !any {
        return Vec::new();
    }
    PHRASES.iter().zip(called).filter(|(_, called)| *called).map(|(phrase, _)| phrase).collect()
}
