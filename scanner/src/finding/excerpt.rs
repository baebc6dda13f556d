//! The line a finding points at, fit to be shown: no secret, no control characters, not too long.

use std::collections::BTreeSet;
use std::ops::Range;

use crate::facts::Blots;
use crate::problem::Span;
use crate::syntax::Document;

/// Bytes up to which a line is kept whole.
const WHOLE: usize = 500;
/// Characters kept before and after the place on a longer line.
const BEFORE: usize = 60;
const AFTER: usize = 100;

/// One line of a file as it may be shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Excerpt {
    /// Number of the line, from 1.
    pub line: usize,
    /// The text, cut on both sides if it is long.
    pub text: String,
    /// It was cut on the left.
    pub cut: bool,
    /// The bytes of `text` that the finding is about.
    pub mark: Range<usize>,
}

impl Excerpt {
    /// The first line of `span`.
    #[must_use]
    pub fn of(document: &Document, span: Span, blots: &Blots) -> Option<Self> {
        let line = document.position(span.start).line;
        let (line_span, text) = document.line(line)?;
        let start = span.start.clamp(line_span.start, line_span.end);
        let end = span.end.clamp(start, line_span.end);
        let before = text.get(..start - line_span.start)?;
        let whole = text.len() <= WHOLE;
        let keep = if whole { WHOLE } else { BEFORE };
        let kept = before.char_indices().rev().take(keep).last();
        let first = kept.map_or(before.len(), |(at, _)| at);
        let rest = text.get(start - line_span.start..)?;
        let last = rest
            .char_indices()
            .nth(if whole { WHOLE } else { AFTER })
            .map_or(text.len(), |(at, _)| at + start - line_span.start);
        let last = last.max((end - line_span.start).min(last + AFTER));
        let last = text.ceil_char_boundary(last);
        let mut shown = String::with_capacity(last.saturating_sub(first) + 2 * '…'.len_utf8());
        if first > 0 {
            shown.push('…');
        }
        let kept = Span::new(line_span.start + first, line_span.start + last);
        let mark = push(&mut shown, document, kept, start..end, blots);
        if last < text.len() {
            shown.push('…');
        }
        Some(Self { line, text: shown, cut: first > 0, mark })
    }
}

/// Adds a part of a line as it may be shown, and tells where `wanted` stands in the result.
fn push(
    shown: &mut String,
    document: &Document,
    part: Span,
    wanted: Range<usize>,
    blots: &Blots,
) -> Range<usize> {
    let text = document.slice(part);
    let before = shown.len();
    if is_plain(text) && blots.shows(part) {
        shown.push_str(text);
        let place = |offset: usize| before + (offset.clamp(part.start, part.end) - part.start);
        return place(wanted.start)..place(wanted.end);
    }
    let mut mark = None;
    let mut end = 0;
    for (at, character) in text.char_indices() {
        let offset = part.start + at;
        if offset == wanted.start {
            mark = Some(shown.len());
        }
        shown.push(if blots.hide(offset) { '*' } else { visible(character) });
        if offset < wanted.end {
            end = shown.len();
        }
    }
    let start = mark.unwrap_or(shown.len());
    start..end.max(start)
}

/// Adds a text with each character as [`visible`] shows it.
pub(crate) fn push_visible(out: &mut String, text: &str) {
    if is_plain(text) {
        out.push_str(text);
    } else {
        out.extend(text.chars().map(visible));
    }
}

/// Whether every character of a text shows itself: nearly all texts end here.
pub(crate) fn is_plain(text: &str) -> bool {
    text.bytes().all(|byte| matches!(byte, b' '..=b'~'))
}

/// The whole text as it may be shown, line by line, with these parts wherever they stand.
#[must_use]
pub(crate) fn visible_text(document: &Document, blots: &Blots, clear: &BTreeSet<&str>) -> String {
    let text = document.text();
    let mut places: Vec<(usize, usize)> = clear
        .iter()
        .flat_map(|part| text.match_indices(part))
        .map(|(start, part)| (start, start + part.len()))
        .collect();
    places.sort_unstable();
    let mut places = places.into_iter().peekable();
    let mut shown = String::with_capacity(text.len());
    for (offset, character) in text.char_indices() {
        while places.next_if(|(_, end)| *end <= offset).is_some() {}
        let is_clear = places.peek().is_some_and(|(start, _)| *start <= offset);
        shown.push(match character {
            '\r' if text.get(offset + 1..).is_some_and(|rest| rest.starts_with('\n')) => continue,
            '\n' | '\t' => character,
            _ if blots.hide(offset) && !is_clear => '*',
            other => visible(other),
        });
    }
    shown
}

/// A character that shows itself and nothing else: control characters, escapes and invisible or
/// reordering characters (Trojan Source, CVE-2021-42574) become a replacement character.
#[must_use]
pub fn visible(character: char) -> char {
    match character {
        '\t' => ' ',
        c if c.is_control() => '\u{fffd}',
        '\u{ad}'
        | '\u{61c}'
        | '\u{115f}'..='\u{1160}'
        | '\u{180e}'
        | '\u{200b}'..='\u{200f}'
        | '\u{2028}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}'
        | '\u{3164}'
        | '\u{feff}'
        | '\u{ffa0}'
        | '\u{fff9}'..='\u{fffb}'
        | '\u{e0000}'..='\u{e0fff}' => '\u{fffd}',
        c => c,
    }
}
