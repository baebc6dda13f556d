//! One pass over a YAML text: from events to a tree.

use std::collections::HashMap;
use std::ops::ControlFlow;

use granit_parser::{Event, Parser, ScalarStyle, ScanError, StructureStyle, Tag, options};

use super::super::align::{Notation, align};
use super::super::build::Builder;
use super::super::limits::Limits;
use super::super::node::{Node, Value};
use super::super::problems::Problems;
use super::failure::{self, Failure};
use super::{merge, schema};
use crate::problem::{ProblemKind, Span};

const UNKNOWN_ANCHOR: &str = "this alias names no anchor that stands before it";
const OWN_ANCHOR: &str = "this alias stands inside of the value it names";
const TOO_MANY: &str = "the aliases of this file stand for too many values; the rest was not read";
const TOO_BIG: &str = "the file holds too many values; the rest was not read";

/// What one pass over a text gives.
pub(super) struct Reading {
    pub(super) roots: Vec<Node>,
    pub(super) comments: Vec<Span>,
    /// All but the first error of the parser.
    pub(super) problems: Problems,
    /// That error, if something can be tried about it.
    pub(super) failure: Option<Failure>,
    /// The number of values.
    pub(super) size: usize,
}

/// Reads `text`, which begins at `base` in its document, until the parser can do no more.
pub(super) fn read(text: &str, base: usize, limits: &Limits) -> Reading {
    let options = options! {
        flow_nesting_limit: limits.depth,
        block_nesting_limit: limits.depth,
        max_buffered_comment_events: usize::MAX,
        emit_unresolved_aliases: true,
    };
    let mut parser = Parser::new_from_str_with_options(text, options);
    let mut reader = Reader {
        text,
        base,
        limits,
        problems: Problems::default(),
        failure: None,
        builder: Builder::new(limits.depth),
        levels: Vec::new(),
        anchors: HashMap::new(),
        count: 0,
        copied: 0,
        comments: Vec::new(),
        last_end: 0,
    };
    while let Some(next) = parser.next() {
        match next {
            Ok((event, span)) => {
                let range = span.byte_range().unwrap_or_default();
                if reader.event(event, Span::new(range.start, range.end)).is_break() {
                    break;
                }
            }
            Err(error) => {
                reader.fail(&error);
                if !parser.proceed_next_document().unwrap_or(false) {
                    break;
                }
            }
        }
    }
    reader.close_all();
    let roots = reader.builder.finish();
    let size = roots.iter().map(|root| measure(root).nodes).sum();
    let Reader { comments, problems, failure, .. } = reader;
    Reading { roots, comments, problems, failure, size }
}

struct Reader<'t> {
    text: &'t str,
    base: usize,
    limits: &'t Limits,
    problems: Problems,
    /// The first error of the parser.
    failure: Option<Failure>,
    builder: Builder,
    levels: Vec<Level>,
    /// What the anchors of the document name.
    anchors: HashMap<usize, Anchored>,
    /// How many values have been made or copied.
    count: usize,
    /// How many bytes of text have been copied.
    copied: usize,
    comments: Vec<Span>,
    /// Where the last value ended, relative to `text`.
    last_end: usize,
}

/// An open collection.
struct Level {
    map: bool,
    /// Whether the next node is a key.
    key_next: bool,
    anchor: usize,
    flow: bool,
    start: usize,
}

struct Anchored {
    node: Node,
    size: Size,
}

/// How much a tree holds.
#[derive(Clone, Copy, Default)]
struct Size {
    nodes: usize,
    /// Bytes of text, those of its places included.
    bytes: usize,
    /// How many collections lie within each other.
    depth: usize,
}

impl Reader<'_> {
    fn event(&mut self, event: Event<'_>, span: Span) -> ControlFlow<()> {
        match event {
            Event::DocumentStart(..) => self.anchors.clear(),
            Event::Comment(..) => self.comments.push(self.shift(span)),
            Event::Scalar(value, style, anchor, tag) => {
                let node = self.scalar(&value, style, tag.as_deref(), span);
                self.count += 1;
                self.remember(anchor, &node);
                self.put(node);
            }
            Event::SequenceStart(style, anchor, _) => self.open(false, style, anchor, span),
            Event::MappingStart(style, anchor, _) => self.open(true, style, anchor, span),
            Event::SequenceEnd | Event::MappingEnd => {
                let flow = self.levels.last().is_some_and(|level| level.flow);
                self.close(if flow { span.end } else { self.last_end });
            }
            Event::Alias(anchor) => self.alias(anchor, span),
            Event::UnresolvedAlias(_) => {
                let span = self.shift(span);
                self.problems.syntax(UNKNOWN_ANCHOR, span);
                self.put(Node { span, value: Value::Null });
            }
            _ => {}
        }
        if self.is_within() {
            return ControlFlow::Continue(());
        }
        let here = self.shift(Span::new(span.start, span.start));
        if self.anchors.is_empty() && self.copied <= self.limits.yaml_bytes {
            self.problems.once(ProblemKind::TooLarge, TOO_BIG, here);
        } else {
            self.problems.once(ProblemKind::AliasLimit, TOO_MANY, here);
        }
        ControlFlow::Break(())
    }

    fn shift(&self, span: Span) -> Span {
        Span::new(span.start + self.base, span.end + self.base)
    }

    fn scalar(&mut self, value: &str, style: ScalarStyle, tag: Option<&Tag>, span: Span) -> Node {
        let block = matches!(style, ScalarStyle::Literal | ScalarStyle::Folded);
        let outer = if block { self.block(span) } else { self.behind(span) };
        let resolved = match tag {
            None if style == ScalarStyle::Plain => schema::plain(value),
            None => None,
            Some(tag) => tag.core_suffix().and_then(|suffix| schema::tagged(value, suffix)),
        };
        let value = resolved.unwrap_or_else(|| {
            let (lead, tail, notation) = match style {
                ScalarStyle::DoubleQuoted => (1, 1, Notation::Escapes),
                ScalarStyle::SingleQuoted => (1, 1, Notation::DoubledQuotes),
                _ => (span.start.saturating_sub(outer.start), 0, Notation::Plain),
            };
            // With the line breaks at the end of a block scalar, which its span leaves out.
            let end = span.end.max(outer.end);
            let literal = self.text.get(outer.start..end).unwrap_or_default();
            Value::Text(align(literal, lead, tail, notation, value))
        });
        self.last_end = self.last_end.max(outer.end);
        Node { span: self.shift(outer), value }
    }

    /// An empty scalar right behind what comes before it; any other as it is.
    fn behind(&self, span: Span) -> Span {
        if !span.is_empty() {
            return span;
        }
        let at = self.trimmed(span.start).max(self.last_end).min(span.start);
        Span::new(at, at)
    }

    /// A block scalar from its `|` or `>` to the end of its last line that is not blank.
    fn block(&self, span: Span) -> Span {
        let before = self.text.get(self.last_end..span.start).unwrap_or_default();
        let indicator = before.match_indices(['|', '>']).map(|(at, _)| at).find(|&at| {
            before.get(..at).is_some_and(|before| before.ends_with([' ', '\t', '\n', ':', '-']))
        });
        let start = indicator.map_or(span.start, |at| self.last_end + at);
        let mut literal = self.text.get(start..span.end.max(start)).unwrap_or_default();
        while let Some((before, last)) = literal.rsplit_once('\n')
            && last.trim().is_empty()
        {
            literal = before.strip_suffix('\r').unwrap_or(before);
        }
        Span::new(start, start + literal.len())
    }

    /// Where a block sequence starts: at its first dash, which the parser has left behind if the
    /// sequence is the value of a key and not indented.
    fn dash(&self, start: usize) -> usize {
        if !self.levels.last().is_some_and(|level| level.map) {
            return start;
        }
        let before = self.text.get(self.last_end..start).unwrap_or_default();
        let mut at = self.last_end;
        for line in before.split_inclusive('\n') {
            let blank = line.len() - line.trim_start().len();
            if at > self.last_end && line.trim_start().starts_with('-') {
                return at + blank;
            }
            at += line.len();
        }
        start
    }

    /// `end` moved back over white space.
    fn trimmed(&self, end: usize) -> usize {
        self.text.get(..end).unwrap_or_default().trim_end().len()
    }

    fn open(&mut self, map: bool, style: StructureStyle, anchor: usize, span: Span) {
        let flow = style == StructureStyle::Flow;
        let start = if map || flow { span.start } else { self.dash(span.start) };
        self.builder.open(map, start + self.base, &mut self.problems);
        self.levels.push(Level { map, key_next: map, anchor, flow, start });
        self.last_end = self.last_end.max(start);
        self.count += 1;
    }

    fn close(&mut self, end: usize) {
        let Some(level) = self.levels.pop() else { return };
        self.last_end = self.last_end.max(end);
        let Some(mut node) = self.builder.close(end + self.base, &mut self.problems) else {
            return;
        };
        if let Value::Map(entries) = &mut node.value
            && entries.iter().any(|entry| *entry.key == *merge::KEY)
        {
            *entries = merge::merge(std::mem::take(entries));
        }
        self.remember(level.anchor, &node);
        self.put(node);
    }

    fn close_all(&mut self) {
        while !self.levels.is_empty() {
            self.close(self.last_end);
        }
    }

    /// Hands a finished node to the collection it belongs to, as a key or as a value.
    fn put(&mut self, node: Node) {
        match self.levels.last_mut() {
            Some(level) if level.map && level.key_next => {
                level.key_next = false;
                let written = |span: Span| {
                    let (start, end) = (span.start - self.base, span.end - self.base);
                    self.text.get(start..end).unwrap_or_default()
                };
                let key = node.as_str().unwrap_or_else(|| written(node.span));
                self.builder.key(key, node.span, &mut self.problems);
            }
            Some(level) => {
                level.key_next = level.map;
                self.builder.value(node);
            }
            None => self.builder.value(node),
        }
    }

    fn remember(&mut self, anchor: usize, node: &Node) {
        if anchor == 0 || !self.is_within() {
            return;
        }
        let size = measure(node);
        if self.copies(size) {
            self.anchors.insert(anchor, Anchored { node: node.clone(), size });
        }
    }

    fn is_within(&self) -> bool {
        self.count <= self.limits.yaml_nodes && self.copied <= self.limits.yaml_bytes
    }

    /// Counts a copy of so much; false if it is too much.
    fn copies(&mut self, size: Size) -> bool {
        self.count = self.count.saturating_add(size.nodes);
        self.copied = self.copied.saturating_add(size.bytes);
        self.is_within()
    }

    fn alias(&mut self, anchor: usize, span: Span) {
        let span = self.shift(span);
        self.last_end = self.last_end.max(span.end - self.base);
        let node = match self.anchors.get(&anchor).map(|known| known.size) {
            None => {
                self.problems.syntax(OWN_ANCHOR, span);
                None
            }
            Some(size) if size.depth + self.levels.len() > self.limits.depth => {
                self.problems.once(ProblemKind::TooDeep, failure::TOO_DEEP, span);
                None
            }
            Some(size) if self.copies(size) => {
                self.anchors.get(&anchor).map(|known| known.node.clone())
            }
            Some(_) => None,
        };
        self.put(node.unwrap_or(Node { span, value: Value::Null }));
    }

    /// Notes an error and closes what is open, so that what stands before it is kept.
    fn fail(&mut self, error: &ScanError) {
        let flow = self.levels.iter().find(|level| level.flow).map(|level| level.start);
        let mut failure = failure::explain(error, self.text, self.last_end);
        failure.culprit = flow.unwrap_or(failure.culprit);
        failure.problem.span = failure.problem.span.map(|span| self.shift(span));
        match &self.failure {
            None if failure.problem.kind == ProblemKind::Syntax => self.failure = Some(failure),
            _ => self.problems.push(failure.problem),
        }
        self.close_all();
    }
}

fn measure(node: &Node) -> Size {
    let mut size = Size::default();
    let mut todo = vec![(node, 0)];
    while let Some((node, depth)) = todo.pop() {
        size.nodes += 1;
        size.bytes += match &node.value {
            Value::Text(text) => text.size(),
            Value::Number(text) => text.len(),
            _ => 0,
        };
        let below = depth + usize::from(node.is_map() || node.is_list());
        size.depth = size.depth.max(below);
        todo.extend(node.items().iter().map(|item| (item, below)));
        for entry in node.entries() {
            size.bytes += entry.key.len();
            todo.push((&entry.value, below));
        }
    }
    size
}
