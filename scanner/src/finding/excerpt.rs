//! The line a finding points at, fit to be shown: no secret, no control characters, not too long.

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
        let mut shown = String::with_capacity(last.saturating_sub(first) + 2 * '…'.len_utf8());
        let mut mark = 0..0;
        if first > 0 {
            shown.push('…');
        }
        let from_first = text.get(first..).unwrap_or_default().char_indices();
        for (at, character) in from_first.take_while(|(at, _)| first + at < last) {
            let offset = line_span.start + first + at;
            if offset == start {
                mark.start = shown.len();
            }
            shown.push(if blots.hide(offset) { '*' } else { visible(character) });
            if offset < end {
                mark.end = shown.len();
            }
        }
        if start - line_span.start >= last || start == line_span.end {
            mark.start = shown.len();
        }
        mark.end = mark.end.max(mark.start);
        if last < text.len() {
            shown.push('…');
        }
        Some(Self { line, text: shown, cut: first > 0, mark })
    }
}

/// The whole text as it may be shown, line by line.
#[must_use]
pub(crate) fn visible_text(document: &Document, blots: &Blots) -> String {
    let text = document.text();
    let mut shown = String::with_capacity(text.len());
    for (offset, character) in text.char_indices() {
        shown.push(match character {
            '\r' if text.get(offset + 1..).is_some_and(|rest| rest.starts_with('\n')) => continue,
            '\n' | '\t' => character,
            _ if blots.hide(offset) => '*',
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
