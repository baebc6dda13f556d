//! Collections of YAML whose structure is indentation.

use super::layout::Layout;
use super::print::Printer;
use super::{Content, Edit, Refusal};
use crate::problem::Span;
use crate::syntax::Node;

/// A block map or list.
pub(super) struct Block<'l, 'd> {
    pub(super) layout: &'l Layout<'d>,
    pub(super) printer: &'l Printer,
    pub(super) node: &'d Node,
}

/// An entry or item: where its key or dash stands and where its value ends.
#[derive(Clone, Copy)]
struct Part {
    start: usize,
    end: usize,
}

impl Block<'_, '_> {
    /// The column of its keys or dashes.
    pub(super) fn column(&self) -> usize {
        self.layout.column(self.node.span.start)
    }

    /// The parts in the order of the text. What a merge key brings along stands elsewhere.
    fn parts(&self) -> Result<Vec<Part>, Refusal> {
        let mut parts: Vec<Part> = Vec::new();
        let span = self.node.span;
        for entry in self.node.entries() {
            if span.contains(entry.key_span) {
                let end = entry.value.span.end.max(entry.key_span.end);
                parts.push(Part { start: entry.key_span.start, end });
            }
        }
        for item in self.node.items() {
            let start = match parts.last() {
                None => span.start,
                Some(before) => self.dash(before.end, item.span.start).ok_or(Refusal::Shared)?,
            };
            parts.push(Part { start, end: item.span.end.max(start + 1) });
        }
        parts.sort_by_key(|part| part.start);
        Ok(parts)
    }

    /// The dash of this list between two places.
    fn dash(&self, from: usize, to: usize) -> Option<usize> {
        let mut line = self.layout.next_line(from);
        while line < to.max(from + 1) {
            let at = line + self.column();
            if self.layout.begins_line(at) && self.layout.slice(at, at + 1) == "-" {
                return Some(at);
            }
            line = self.layout.next_line(line);
        }
        None
    }

    /// Takes out the part that holds the node or the key at that place.
    pub(super) fn remove(&self, index: usize) -> Result<Vec<Edit>, Refusal> {
        let parts = self.parts()?;
        let wanted = match (self.node.entries().get(index), self.node.items().get(index)) {
            (Some(entry), _) => parts.iter().position(|part| part.start == entry.key_span.start),
            (None, Some(_)) => Some(index),
            (None, None) => None,
        };
        let at = wanted.ok_or(Refusal::Shared)?;
        let part = *parts.get(at).ok_or(Refusal::Shared)?;
        if parts.len() < 2 {
            return Err(Refusal::Shared);
        }
        let layout = self.layout;
        let span = if layout.begins_line(part.start) {
            Span::new(layout.line_start(part.start), layout.next_line(part.end))
        } else {
            // Behind a dash of the list around it, or behind `---`.
            match parts.get(at + 1) {
                Some(next) if !layout.has_comment(part.end, next.start) => {
                    Span::new(part.start, next.start)
                }
                _ => Span::new(part.start, part.end),
            }
        };
        Ok(vec![Edit::remove(span)])
    }

    /// Adds a key at the end.
    pub(super) fn append_entry(&self, key: &str, value: &Content) -> Result<Vec<Edit>, Refusal> {
        let column = self.column();
        let text = self.printer.block_entry(key, value, column)?;
        Ok(vec![self.behind(&text, column)])
    }

    /// Puts an item before that of the index, or behind the last.
    pub(super) fn insert_item(&self, index: usize, value: &Content) -> Result<Vec<Edit>, Refusal> {
        let column = self.column();
        let text = format!("- {}", self.printer.block(value, column + 2)?);
        let Some(next) = self.parts()?.get(index).copied() else {
            return Ok(vec![self.behind(&text, column)]);
        };
        let text = format!("{text}{}{}", self.layout.newline, " ".repeat(column));
        Ok(vec![Edit::new(Span::new(next.start, next.start), text)])
    }

    fn behind(&self, text: &str, column: usize) -> Edit {
        let at = self.layout.line_end(self.node.span.end);
        let text = format!("{}{}{text}", self.layout.newline, " ".repeat(column));
        Edit::new(Span::new(at, at), text)
    }
}
