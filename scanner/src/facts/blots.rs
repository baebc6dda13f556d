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

    /// Puts the parts into order; needed before they are applied.
    pub fn settle(&mut self) {
        self.spans.sort_unstable();
    }

    /// Whether the byte at `offset` may be shown although it lies in a part, as one of the last four
    /// of a long one; `None` if it lies in no part.
    pub(crate) fn covers(&self, offset: usize) -> Option<bool> {
        // Parts may nest (a password inside a connection string); the innermost one that starts
        // last decides which four characters stay.
        let after = self.spans.partition_point(|span| span.start <= offset);
        let inside =
            self.spans.get(..after)?.iter().rev().take(8).find(|span| offset < span.end)?;
        Some(inside.len() >= 16 && offset + 4 >= inside.end)
    }
}
