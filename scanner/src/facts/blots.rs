//! What of a document must never be shown.

use std::collections::BTreeSet;

use super::discretion::is_telling;
use crate::problem::Span;
use crate::syntax::Document;

/// Parts of a document that must never be shown.
#[derive(Clone, Debug, Default)]
pub struct Blots {
    parts: Vec<Blot>,
}

#[derive(Clone, Debug)]
struct Blot {
    span: Span,
    /// From here on it may be shown: the last four bytes of a long one.
    tail: usize,
}

impl Blots {
    /// Marks a part of the document as not to be shown.
    pub fn add(&mut self, span: Span) {
        if !span.is_empty() {
            let tail = if span.len() >= 16 { span.end - 4 } else { span.end };
            self.parts.push(Blot { span, tail });
        }
    }

    /// What the parts are in the text, so that the same can be found where it is nobody's value:
    /// in a comment, or beside a syntax error. Short ones could be anything; of many, so many.
    pub(super) fn texts<'t>(&self, text: &'t str, most: usize) -> BTreeSet<&'t str> {
        let parts = self.parts.iter();
        let texts = parts.filter_map(|part| text.get(part.span.start..part.span.end));
        texts.filter(|part| part.len() >= 12 || is_telling(part)).take(most).collect()
    }

    /// Whether one of the parts, if it is long enough to be told from others, stands in a text that
    /// is not of the document.
    pub(crate) fn occurs_in(&self, document: &Document, text: &str) -> bool {
        let least = 8;
        text.len() >= least
            && self.parts.iter().any(|part| {
                let hidden = document.slice(part.span);
                hidden.len() >= least && text.contains(hidden)
            })
    }

    /// Whether one of the parts has bytes in common with the span. Takes time linear in the parts.
    pub(super) fn touches(&self, span: Span) -> bool {
        self.parts.iter().any(|part| part.span.start < span.end && span.start < part.span.end)
    }

    /// Puts the parts into order and joins those that overlap, such as a connection string and the
    /// password in it; needed before they are applied.
    pub fn settle(&mut self) {
        self.parts.sort_unstable_by_key(|part| part.span);
        self.parts.dedup_by(|next, last| {
            let overlap = next.span.start < last.span.end;
            if overlap {
                last.span.end = last.span.end.max(next.span.end);
                last.tail = last.tail.max(next.tail);
            }
            overlap
        });
    }

    /// Whether all of the span may be shown, once the parts are settled.
    #[must_use]
    pub(crate) fn shows(&self, span: Span) -> bool {
        let before = self.parts.partition_point(|part| part.span.start < span.end);
        let part = before.checked_sub(1).and_then(|last| self.parts.get(last));
        part.is_none_or(|part| part.span.end <= span.start)
    }

    /// Whether the byte at `offset` must not be shown.
    #[must_use]
    pub fn hide(&self, offset: usize) -> bool {
        let after = self.parts.partition_point(|part| part.span.start <= offset);
        let part = after.checked_sub(1).and_then(|last| self.parts.get(last));
        part.is_some_and(|part| offset < part.tail)
    }
}

#[cfg(test)]
mod tests {
    use super::{Blots, Span};

    #[test]
    fn parts_that_overlap_are_one() {
        let mut blots = Blots::default();
        for (start, end) in [(20, 22), (0, 40), (21, 30), (40, 42), (50, 50)] {
            blots.add(Span::new(start, end));
        }
        blots.settle();
        assert!(blots.hide(0) && blots.hide(35) && blots.hide(40) && blots.hide(41));
        assert!(!blots.hide(36) && !blots.hide(39) && !blots.hide(42) && !blots.hide(50));
        assert!(blots.shows(Span::new(42, 60)) && blots.shows(Span::new(50, 50)));
        assert!(!blots.shows(Span::new(41, 60)) && !blots.shows(Span::new(0, 1)));
    }
}
