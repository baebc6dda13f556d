//! The value of a string and how it came about.

use std::ops::Range;

use crate::problem::Span;

/// A decoded string that remembers where its bytes stand in the document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Text {
    value: Box<str>,
    origin: Origin,
}

/// Offsets are relative to the start of the node.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Origin {
    /// The value stands in the document as it is, so many bytes after the start of the node.
    Verbatim(usize),
    /// The value is pieced together. Between two steps, bytes of the value and of the document
    /// run side by side, or an escape stands for what lies between. Holds at least two steps:
    /// the first and the last.
    Steps(Box<[Step]>),
    /// Only known to lie this far from the start and from the end of the node.
    Inside(usize, usize),
}

/// A place in the value and the place in the node that belongs to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Step {
    pub(super) value: usize,
    pub(super) node: usize,
}

impl Text {
    /// A value that stands in the document as it is, `lead` bytes after the start of its node.
    pub(super) fn verbatim(value: impl Into<Box<str>>, lead: usize) -> Self {
        Self { value: value.into(), origin: Origin::Verbatim(lead) }
    }

    /// A value with escapes; `steps` ascend and cover all of it.
    pub(super) fn stepped(value: impl Into<Box<str>>, steps: Vec<Step>) -> Self {
        Self { value: value.into(), origin: Origin::Steps(steps.into()) }
    }

    /// A value of which only the literal is known, between `lead` and `tail` bytes of its node.
    pub(super) fn inside(value: impl Into<Box<str>>, lead: usize, tail: usize) -> Self {
        Self { value: value.into(), origin: Origin::Inside(lead, tail) }
    }

    /// The decoded string.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.value
    }

    /// The bytes that a copy takes.
    pub(super) fn size(&self) -> usize {
        let steps = if let Origin::Steps(steps) = &self.origin { steps.len() } else { 0 };
        self.value.len() + steps * size_of::<Step>()
    }

    /// Whether every byte of the value stands in the document as it is.
    #[must_use]
    pub const fn is_verbatim(&self) -> bool {
        matches!(self.origin, Origin::Verbatim(_))
    }

    /// Where the bytes `range` of the decoded string stand in the document, `node` being the span
    /// of the node that holds this text. An escape is covered whole. If the literal is of a kind
    /// that cannot be followed byte by byte, it is everything between its quotes.
    #[must_use]
    pub fn span_of(&self, node: Span, range: Range<usize>) -> Span {
        let start = range.start.min(self.value.len());
        let end = range.end.clamp(start, self.value.len());
        let (from, to) = match &self.origin {
            Origin::Verbatim(lead) => (lead + start, lead + end),
            Origin::Steps(steps) => {
                let from = start_of(steps, start);
                (from, if start == end { from } else { end_of(steps, end) })
            }
            Origin::Inside(lead, tail) => (*lead, node.len().saturating_sub(*tail)),
        };
        let start = (node.start + from).min(node.end);
        Span::new(start, (node.start + to).clamp(start, node.end))
    }
}

/// Where the byte at `value` begins: in the last piece that starts at or before it.
fn start_of(steps: &[Step], value: usize) -> usize {
    let next = steps.partition_point(|step| step.value <= value);
    within(steps, next, value)
}

/// Where the byte before `value` ends: in the first piece that ends at or after it.
fn end_of(steps: &[Step], value: usize) -> usize {
    let next = steps.partition_point(|step| step.value < value);
    match steps.get(next) {
        Some(step) if step.value == value => step.node,
        _ => within(steps, next, value),
    }
}

fn within(steps: &[Step], next: usize, value: usize) -> usize {
    let Some(piece) = next.checked_sub(1).and_then(|at| steps.get(at)) else { return 0 };
    let limit = steps.get(next).map_or(piece.node, |step| step.node);
    (piece.node + (value - piece.value)).min(limit)
}
