//! Sentences that are meant for the model that reads a text, not for its user.

use std::cell::OnceCell;
use std::ops::Range;

use super::fold::Folded;
use super::phrase::{Phrase, called_by};
use super::signal::SignalClass;
use crate::secret::base64_text;

/// A sign that a text wants to steer the model that reads it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signal {
    /// What it is a sign of.
    pub class: SignalClass,
    /// Which phrase it is, by its stable name.
    pub phrase: &'static str,
    /// Where it starts, in bytes of the text.
    pub start: usize,
    /// Where it ends, in bytes of the text.
    pub end: usize,
}

/// Shorter texts say nothing.
const SHORTEST: usize = 12;
/// How far before a phrase the words may stand that show that a text only talks about it.
const MENTION: usize = 80;

/// The signals in a text, in the order they stand there.
///
/// The text is compared without regard to case, spacing, invisible characters and look-alikes of
/// Latin letters. What a text mentions as an example (`blocks phrases such as …`) is no signal of
/// an override, a concealment or a role.
#[must_use]
pub fn injection(text: &str) -> Vec<Signal> {
    if text.len() < SHORTEST {
        return Vec::new();
    }
    let mut found = Vec::new();
    encoded(text, &mut found);
    // The keywords are single words, so plain text need not be folded to look for them.
    let folded = (!text.is_ascii()).then(|| Folded::of(text));
    let called = called_by(folded.as_ref().map_or(text, |folded| &folded.text));
    if called.iter().any(|phrase| phrase.class.is_some()) {
        let folded = folded.unwrap_or_else(|| Folded::of(text));
        phrases(&folded, &called, &mut found);
    }
    found.sort_by_key(|signal| (signal.start, signal.end, signal.class));
    found
}

fn phrases(folded: &Folded, called: &[&'static Phrase], found: &mut Vec<Signal>) {
    let mentions: OnceCell<Vec<usize>> = OnceCell::new();
    for phrase in called {
        let Some(class) = phrase.class else { continue };
        let quotable = matches!(
            class,
            SignalClass::Override | SignalClass::Concealment | SignalClass::RoleMarker
        );
        for range in places(phrase, folded) {
            let mentioned = quotable
                && follows(mentions.get_or_init(|| ends_of_mentions(folded, called)), range.start);
            if !mentioned {
                let (start, end) = folded.place(range.start, range.end);
                found.push(Signal { class, phrase: phrase.id, start, end });
            }
        }
    }
}

fn places(phrase: &'static Phrase, folded: &Folded) -> impl Iterator<Item = Range<usize>> {
    let text = folded.text.as_bytes();
    phrase.regex().into_iter().flat_map(move |regex| regex.find_iter(text)).map(|hit| hit.range())
}

/// Where the words end that show that a text talks about such phrases, in order.
fn ends_of_mentions(folded: &Folded, called: &[&'static Phrase]) -> Vec<usize> {
    let words = called.iter().filter(|phrase| phrase.class.is_none());
    let mut ends: Vec<usize> =
        words.flat_map(|phrase| places(phrase, folded)).map(|range| range.end).collect();
    ends.sort_unstable();
    ends
}

/// Whether one of the mentions ends shortly before this place.
fn follows(ends: &[usize], place: usize) -> bool {
    let before = ends.partition_point(|end| *end <= place);
    let last = before.checked_sub(1).and_then(|last| ends.get(last));
    last.is_some_and(|end| place - end <= MENTION)
}

/// Base64 of at least so many digits may be a text in the text.
const LONG: usize = 40;

/// Runs of base64 that are sentences.
fn encoded(text: &str, found: &mut Vec<Signal>) {
    let digit =
        |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'-' | b'_' | b'=');
    let bytes = text.as_bytes();
    let mut start = 0;
    while start < bytes.len() {
        let rest = bytes.get(start..).unwrap_or_default();
        let length = rest.iter().take_while(|byte| digit(**byte)).count();
        if length >= LONG
            && rest.get(..length).and_then(base64_text).is_some_and(|decoded| is_sentence(&decoded))
        {
            let class = SignalClass::Encoded;
            found.push(Signal { class, phrase: "base64-sentence", start, end: start + length });
        }
        start += length.max(1);
    }
}

/// Whether a decoded text is several words and not data such as JSON or a certificate.
fn is_sentence(text: &str) -> bool {
    let data = text.trim_start().starts_with(['{', '[', '<', '-', '#', '%']);
    let words = text.split_whitespace().filter(|word| {
        word.chars().all(|c| c.is_ascii_alphabetic() || matches!(c, '\'' | ',' | '.' | ':' | '-'))
    });
    !data
        && text.is_ascii()
        && !text.chars().any(|c| c.is_control() && !c.is_whitespace())
        && words.count() >= 4
}
