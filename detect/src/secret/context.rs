//! Whether a word that a weak format asks for stands in the name or near the match.

use std::ops::Range;

/// How far from a match a word counts, in bytes before and after it.
const BEFORE: usize = 96;
const AFTER: usize = 48;

/// Whether one of the words occurs in the name, or in the text near the range but not inside it.
pub(super) fn near(words: &[&str], name: Option<&str>, text: &str, range: &Range<usize>) -> bool {
    let bytes = text.as_bytes();
    let before = bytes.get(range.start.saturating_sub(BEFORE)..range.start).unwrap_or_default();
    let after =
        bytes.get(range.end..bytes.len().min(range.end.saturating_add(AFTER))).unwrap_or_default();
    anywhere(words, name)
        || words
            .iter()
            .any(|word| occurs(word.as_bytes(), before) || occurs(word.as_bytes(), after))
}

/// Whether one of the words occurs in the text at all.
pub(super) fn anywhere(words: &[&str], text: Option<&str>) -> bool {
    text.is_some_and(|text| words.iter().any(|word| occurs(word.as_bytes(), text.as_bytes())))
}

/// A short word must stand alone, so that `exa` is not seen in `example`.
fn occurs(word: &[u8], text: &[u8]) -> bool {
    let mut from = 0;
    while let Some(window) = text.get(from..).filter(|rest| rest.len() >= word.len()) {
        let Some(step) =
            window.windows(word.len().max(1)).position(|part| part.eq_ignore_ascii_case(word))
        else {
            return false;
        };
        let at = from + step;
        if word.len() > 5 || stands_alone(text, at, word.len()) {
            return true;
        }
        from = at + 1;
    }
    false
}

fn stands_alone(text: &[u8], at: usize, length: usize) -> bool {
    let byte =
        |place: Option<usize>| place.and_then(|place| text.get(place)).copied().unwrap_or(b' ');
    let (first, last) = (byte(Some(at)), byte(at.checked_add(length - 1)));
    let (before, after) = (byte(at.checked_sub(1)), byte(at.checked_add(length)));
    let open = !first.is_ascii_alphanumeric()
        || !before.is_ascii_alphanumeric()
        || before.is_ascii_lowercase() && first.is_ascii_uppercase();
    let close = !last.is_ascii_alphanumeric()
        || !after.is_ascii_alphanumeric()
        || last.is_ascii_lowercase() && after.is_ascii_uppercase();
    open && close
}
