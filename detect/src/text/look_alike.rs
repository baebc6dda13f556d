//! Words that look like other words (UTS 39).

use unicode_script::{Script, UnicodeScript};
use unicode_security::MixedScript as _;
use unicode_security::confusable_detection::skeleton;

/// A word that looks like another one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LookAlike {
    /// By which means.
    pub kind: LookAlikeKind,
    /// Where the word starts, in bytes of the text.
    pub start: usize,
    /// Where it ends, in bytes of the text.
    pub end: usize,
    /// The ASCII word that it looks like.
    pub reads: String,
}

/// By which means a word looks like another one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum LookAlikeKind {
    /// Latin letters with letters of another script among them that look Latin.
    MixedScript,
    /// Letters of one other script, all of which look Latin. A real word of a language may do so
    /// too.
    WholeScript,
    /// Latin letters from the blocks for mathematics and for full width.
    Styled,
}

impl LookAlikeKind {
    /// The word for it in rules and reports.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::MixedScript => "mixed-script",
            Self::WholeScript => "whole-script",
            Self::Styled => "styled-letters",
        }
    }
}

/// The words of a text that look like ASCII words and are none.
///
/// Words that mix scripts as languages do, such as `API서버` or `USB-кабель`, are none: their
/// letters do not look like others. Greek letters beside Latin ones count only in a word of which
/// they are no ending, for `TNFα` is a name of biology.
#[must_use]
pub fn look_alikes(text: &str) -> Vec<LookAlike> {
    if text.is_ascii() {
        return Vec::new();
    }
    words(text).filter_map(|(start, word)| judge(start, word)).collect()
}

/// The words of a text that are not ASCII, and where they start.
fn words(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut next = 0;
    text.split_inclusive(|c: char| !c.is_alphanumeric()).filter_map(move |piece| {
        let start = next;
        next += piece.len();
        let word = piece.trim_end_matches(|c: char| !c.is_alphanumeric());
        (!word.is_ascii()).then_some((start, word))
    })
}

fn judge(start: usize, word: &str) -> Option<LookAlike> {
    let found = |kind| {
        let reads: String = word.chars().map(latin).collect::<Option<_>>()?;
        Some(LookAlike { kind, start, end: start + word.len(), reads })
    };
    if word.chars().any(is_styled) {
        return found(LookAlikeKind::Styled);
    }
    let letters = || word.chars().filter(|c| c.is_alphabetic());
    let latin_letters = letters().filter(char::is_ascii_alphabetic).count();
    if latin_letters > 0 && !word.is_single_script() {
        let ending = word.chars().last().is_some_and(|c| c.script() == Script::Greek);
        let greek = letters().filter(|c| c.script() == Script::Greek).count();
        return if ending && greek == 1 { None } else { found(LookAlikeKind::MixedScript) };
    }
    let length = letters().count();
    (latin_letters == 0 && length >= 3).then(|| found(LookAlikeKind::WholeScript)).flatten()
}

/// The ASCII letter or digit that a character is or looks like. Letters of the Latin script with
/// signs at them are themselves.
pub(super) fn latin(c: char) -> Option<char> {
    if c.is_ascii() {
        return Some(c);
    }
    if c.script() == Script::Latin && !is_styled(c) {
        return None;
    }
    let mut buffer = [0; 4];
    let mut prototype = skeleton(c.encode_utf8(&mut buffer));
    match (prototype.next(), prototype.next()) {
        // The prototype of `1`, `I` and `|` is the letter l.
        (Some(only), None) if only.is_ascii_alphanumeric() => Some(only),
        _ => None,
    }
}

/// Latin letters and digits of full width, and those for formulas.
const fn is_styled(c: char) -> bool {
    matches!(c, '\u{ff10}'..='\u{ff19}' | '\u{ff21}'..='\u{ff3a}' | '\u{ff41}'..='\u{ff5a}' | '\u{1d400}'..='\u{1d7ff}')
}
