//! Puts a tree together from a flat stream of events, without recursion.

use std::collections::HashSet;
use std::mem;

use super::node::{Entry, Node, Value};
use super::pointer;
use super::problems::Problems;
use crate::problem::{ProblemKind, Span};

/// What a format makes of a text.
#[derive(Debug, Default)]
pub(super) struct Tree {
    pub(super) roots: Vec<Node>,
    pub(super) comments: Vec<Span>,
    /// What was blanked to read the rest, in no order.
    pub(super) blanked: Vec<Span>,
}

/// Maps up to this size are searched for duplicates without a hash table.
const SMALL: usize = 8;

/// Longer keys than this many bytes are cut: what lies below repeats them in its pointer.
const LONGEST_KEY: usize = 1024;

/// A key no longer than anybody writes one.
pub(super) fn bounded(key: Box<str>, span: Span, problems: &mut Problems) -> Box<str> {
    if key.len() <= LONGEST_KEY {
        return key;
    }
    let message = "a key is longer than 1024 bytes; only its beginning was read";
    problems.once(ProblemKind::TooLong, message, span);
    key.get(..key.floor_char_boundary(LONGEST_KEY)).unwrap_or_default().into()
}

/// The tree under construction: finished roots and the collections that are still open.
#[derive(Debug)]
pub(super) struct Builder {
    roots: Vec<Node>,
    open: Vec<Frame>,
    depth: usize,
    /// How many collections below the depth limit are open; their content is dropped.
    skipped: usize,
    skipped_from: usize,
}

#[derive(Debug)]
struct Frame {
    start: usize,
    body: Body,
}

#[derive(Debug)]
enum Body {
    Map(Vec<Entry>, Option<(Box<str>, Span)>),
    List(Vec<Node>),
}

impl Builder {
    /// A tree no deeper than `depth` collections.
    pub(super) fn new(depth: usize) -> Self {
        Self { roots: Vec::new(), open: Vec::new(), depth, skipped: 0, skipped_from: 0 }
    }

    /// Opens a map or a list whose span starts at `start`.
    pub(super) fn open(&mut self, map: bool, start: usize, problems: &mut Problems) {
        if self.skipped > 0 || self.open.len() >= self.depth {
            if self.skipped == 0 {
                self.skipped_from = start;
                problems.once(
                    ProblemKind::TooDeep,
                    "values are nested too deep here; what lies below was not read",
                    Span::new(start, start),
                );
            }
            self.skipped += 1;
            return;
        }
        let body = if map { Body::Map(Vec::new(), None) } else { Body::List(Vec::new()) };
        self.open.push(Frame { start, body });
    }

    /// Sets the key of the next value of the innermost map.
    pub(super) fn key(&mut self, key: impl Into<Box<str>>, span: Span, problems: &mut Problems) {
        if self.skipped == 0
            && let Some(Frame { body: Body::Map(_, next), .. }) = self.open.last_mut()
        {
            *next = Some((bounded(key.into(), span, problems), span));
        }
    }

    /// Puts a finished node where it belongs: into the innermost collection, or among the roots.
    /// In a map without a key, its key is empty.
    pub(super) fn value(&mut self, node: Node) {
        if self.skipped > 0 {
            return;
        }
        match self.open.last_mut().map(|frame| &mut frame.body) {
            None => self.roots.push(node),
            Some(Body::List(items)) => items.push(node),
            Some(Body::Map(entries, key)) => {
                let (key, key_span) = key.take().unwrap_or_else(|| {
                    (Box::default(), Span::new(node.span.start, node.span.start))
                });
                entries.push(Entry { key, key_span, value: node });
            }
        }
    }

    /// Closes the innermost collection, whose span ends at `end`, and returns it. The caller hands
    /// it to [`Builder::value`]. Inside of what is too deep there is nothing to return.
    pub(super) fn close(&mut self, end: usize, problems: &mut Problems) -> Option<Node> {
        if self.skipped > 0 {
            self.skipped -= 1;
            let span = Span::new(self.skipped_from, end);
            return (self.skipped == 0).then_some(Node { span, value: Value::Null });
        }
        let Frame { start, body } = self.open.pop()?;
        let value = match body {
            Body::List(items) => Value::List(items),
            Body::Map(mut entries, key) => {
                if let Some((key, key_span)) = key {
                    let span = Span::new(key_span.end, key_span.end);
                    entries.push(Entry { key, key_span, value: Node { span, value: Value::Null } });
                }
                self.report_duplicates(&entries, problems);
                Value::Map(entries)
            }
        };
        Some(Node { span: Span::new(start, end.max(start)), value })
    }

    /// The finished roots.
    pub(super) fn finish(&mut self) -> Vec<Node> {
        mem::take(&mut self.roots)
    }

    fn report_duplicates(&self, entries: &[Entry], problems: &mut Problems) {
        let named = || entries.iter().filter(|entry| !entry.key_span.is_empty());
        let mut report = |entry: &Entry| {
            let mut at = self.pointer();
            pointer::push(&mut at, &entry.key);
            problems.duplicate(&entry.key, entry.key_span, at);
        };
        if entries.len() <= SMALL {
            for (at, entry) in named().enumerate().skip(1) {
                if named().take(at).any(|earlier| earlier.key == entry.key) {
                    report(entry);
                }
            }
        } else {
            let mut seen = HashSet::with_capacity(entries.len());
            for entry in named() {
                if !seen.insert(&*entry.key) {
                    report(entry);
                }
            }
        }
    }

    /// The pointer of the value that comes next.
    fn pointer(&self) -> String {
        let mut pointer = String::new();
        for frame in &self.open {
            match &frame.body {
                Body::List(items) => pointer::push_index(&mut pointer, items.len()),
                Body::Map(_, key) => {
                    pointer::push(&mut pointer, key.as_ref().map_or("", |(key, _)| key));
                }
            }
        }
        pointer
    }
}
