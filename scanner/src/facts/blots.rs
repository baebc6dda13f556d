//! What of a document must never be shown.

use crate::problem::Span;

/// Parts of a document that must never be shown.
#[derive(Clone, Debug, Default)]
pub struct Blots {
    spans: Vec<Span>,
}

impl Blots {
    /// Marks a part of the document as not to be shown.
    pub fn add(&mut self, span: Span) {
        if !span.is_empty() {
            self.spans.push(span);
        }
    }

    /// Puts the parts into order and joins those that overlap; needed before they are applied.
    pub fn settle(&mut self) {
        self.spans.sort_unstable();
        self.spans.dedup_by(|next, kept| {
            let overlaps = next.start < kept.end;
            if overlaps {
                kept.end = kept.end.max(next.end);
            }
            overlaps
        });
    }

    /// Whether the byte at `offset` may be shown although it lies in a part, as one of the last four
    /// of a long one; `None` if it lies in no part.
    pub(crate) fn covers(&self, offset: usize) -> Option<bool> {
        let after = self.spans.partition_point(|span| span.start <= offset);
        let inside = self.spans.get(..after)?.last().filter(|span| offset < span.end)?;
        Some(inside.len() >= 16 && offset + 4 >= inside.end)
    }
}

#[cfg(test)]
mod tests {
    use super::{Blots, Span};

    #[test]
    fn parts_that_overlap_are_one() {
        let mut blots = Blots::default();
        for span in [(20, 22), (0, 40), (21, 30), (40, 42), (50, 50)] {
            blots.add(Span::new(span.0, span.1));
        }
        blots.settle();
        let shown = |at| blots.covers(at);
        assert_eq!(
            [shown(0), shown(35), shown(36), shown(39)],
            [Some(false), Some(false), Some(true), Some(true)]
        );
        assert_eq!(
            [shown(40), shown(41), shown(42), shown(50)],
            [Some(false), Some(false), None, None]
        );
    }
}
