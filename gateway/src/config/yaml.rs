//! From bytes to a tree: YAML 1.2, and JSON as a part of it.

use std::borrow::Cow;
use std::collections::HashMap;

use granit_parser::{ErrorKind, Event, Parser, ScalarStyle, Tag, options};

use super::fault::Fault;
use super::tree::{Document, Entry, Node, Value, fault_at};

/// Bytes of a file, many times what anybody writes.
pub(super) const LARGEST: usize = 8 << 20;
/// How deep lists and maps nest.
const DEEPEST: usize = 64;
/// Values of a file, aliases counted with all they stand for.
const MOST: usize = 200_000;

const MERGE: &str = "<<";
const TAB: &str = "YAML is indented with spaces; replace the tab";

/// Reads a file, or says what keeps it from being read.
pub(super) fn parse(bytes: &[u8]) -> Result<Document, Fault> {
    if bytes.len() > LARGEST {
        let message = format!("the file is larger than {LARGEST} bytes");
        return Err(Fault { line: 1, column: 1, message });
    }
    let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    let text = match std::str::from_utf8(bytes) {
        Ok(text) => text,
        Err(error) => {
            let good = bytes.get(..error.valid_up_to()).unwrap_or_default();
            let good = String::from_utf8_lossy(good);
            return Err(fault_at(&good, good.len(), "what stands here is not UTF-8"));
        }
    };
    let root = Builder::default().read(&spaced(text))?;
    Ok(Document { text: text.to_owned(), root })
}

/// JSON may be indented with tabs, which YAML does not take: there each becomes a space, so that
/// all places stay.
fn spaced(text: &str) -> Cow<'_, str> {
    let json = text.trim_start().starts_with(['{', '[']) && text.contains('\t');
    if !json || serde_json::from_str::<serde::de::IgnoredAny>(text).is_err() {
        return Cow::Borrowed(text);
    }
    // In JSON a tab never stands inside of a string.
    Cow::Owned(text.replace('\t', " "))
}

/// An open collection.
struct Frame {
    at: usize,
    anchor: usize,
    body: Body,
}

enum Body {
    List(Vec<Node>),
    Map(Vec<Entry>, Option<(String, usize)>),
}

#[derive(Default)]
struct Builder {
    open: Vec<Frame>,
    root: Option<Node>,
    anchors: HashMap<usize, (Node, usize)>,
    count: usize,
}

impl Builder {
    fn read(mut self, text: &str) -> Result<Node, Fault> {
        let options = options! {
            flow_nesting_limit: DEEPEST,
            block_nesting_limit: DEEPEST,
            emit_unresolved_aliases: true,
        };
        let mut last = 0;
        for next in Parser::new_from_str_with_options(text, options) {
            let (event, span) = next.map_err(|error| {
                let at = error.marker().byte_offset().unwrap_or(last);
                let at = if complaint(error.kind()) == TAB { tab(text, at) } else { at };
                fault_at(text, at, complaint(error.kind()))
            })?;
            let range = span.byte_range().unwrap_or(last..last);
            self.event(event, range.start).map_err(|(at, message)| fault_at(text, at, message))?;
            last = range.end;
        }
        Ok(self.root.unwrap_or(Node { at: 0, value: Value::Null }))
    }

    fn event(&mut self, event: Event<'_>, at: usize) -> Result<(), (usize, &'static str)> {
        let body = match event {
            Event::Scalar(text, style, anchor, tag) => {
                let value = scalar(text.into_owned(), style, tag.as_deref());
                let node = Node { at, value: value.map_err(|message| (at, message))? };
                return self.finish(node, anchor);
            }
            Event::SequenceStart(_, anchor, tag) => (Body::List(Vec::new()), anchor, tag),
            Event::MappingStart(_, anchor, tag) => (Body::Map(Vec::new(), None), anchor, tag),
            Event::SequenceEnd | Event::MappingEnd => {
                let Some(Frame { at, anchor, body }) = self.open.pop() else { return Ok(()) };
                let value = match body {
                    Body::List(items) => Value::List(items),
                    Body::Map(entries, _) => Value::Map(merged(entries)?),
                };
                return self.finish(Node { at, value }, anchor);
            }
            Event::Alias(anchor) => {
                let known = self.anchors.get(&anchor).cloned();
                let (node, size) =
                    known.ok_or((at, "this alias stands inside of its own value"))?;
                self.count += size;
                return self.finish(node, 0);
            }
            Event::UnresolvedAlias(_) => {
                return Err((at, "this alias names no anchor that stands before it"));
            }
            Event::DocumentStart(..) if self.root.is_some() => {
                return Err((at, "a configuration file is one document"));
            }
            _ => return Ok(()),
        };
        let (body, anchor, tag) = body;
        if tag.is_some_and(|tag| !matches!(tag.core_suffix(), Some("map" | "seq"))) {
            return Err((at, "tags are not read here; take it away"));
        }
        if self.open.len() >= DEEPEST {
            return Err((at, "values are nested too deep here"));
        }
        self.open.push(Frame { at, anchor, body });
        Ok(())
    }

    fn finish(&mut self, node: Node, anchor: usize) -> Result<(), (usize, &'static str)> {
        let at = node.at;
        self.count += 1;
        if anchor != 0 {
            let size = size(&node);
            self.count += size;
            self.anchors.insert(anchor, (node.clone(), size));
        }
        if self.count > MOST {
            return Err((at, "the file holds too many values"));
        }
        match self.open.last_mut().map(|frame| &mut frame.body) {
            None => self.root = Some(node),
            Some(Body::List(items)) => items.push(node),
            Some(Body::Map(entries, key)) => match key.take() {
                Some((key, key_at)) => entries.push(Entry { key, key_at, value: node }),
                None => {
                    let name = match node.value {
                        Value::Text(text) | Value::Number(text) => text,
                        Value::Bool(value) => value.to_string(),
                        _ => return Err((at, "a key must be text")),
                    };
                    *key = Some((name, at));
                }
            },
        }
        Ok(())
    }
}

/// How many values there are, and how many bytes of text over what is short: copies cost both.
fn size(node: &Node) -> usize {
    1 + match &node.value {
        Value::Null | Value::Bool(_) => 0,
        Value::Number(text) | Value::Text(text) => text.len() / 64,
        Value::List(items) => items.iter().map(size).sum(),
        Value::Map(entries) => {
            entries.iter().map(|entry| entry.key.len() / 64 + size(&entry.value)).sum()
        }
    }
}

/// Replaces `<<: *base` by the entries it stands for. The map's own keys win over merged ones.
fn merged(entries: Vec<Entry>) -> Result<Vec<Entry>, (usize, &'static str)> {
    if !entries.iter().any(|entry| entry.key == MERGE) {
        return Ok(entries);
    }
    let (merges, mut kept): (Vec<_>, Vec<_>) =
        entries.into_iter().partition(|entry| entry.key == MERGE);
    let snake = |key: &str| key.replace('-', "_");
    for merge in merges {
        for source in merge.value.items_or_self() {
            if !matches!(source.value, Value::Map(_)) {
                return Err((merge.key_at, "`<<` takes a map, or a list of maps"));
            }
            for entry in source.entries() {
                if !kept.iter().any(|known| snake(&known.key) == snake(&entry.key)) {
                    kept.push(entry.clone());
                }
            }
        }
    }
    Ok(kept)
}

fn scalar(text: String, style: ScalarStyle, tag: Option<&Tag>) -> Result<Value, &'static str> {
    match tag.map(|tag| tag.core_suffix()) {
        None if style == ScalarStyle::Plain => Ok(plain(text)),
        None | Some(Some("str")) => Ok(Value::Text(text)),
        Some(Some("null" | "bool" | "int" | "float")) => match plain(text) {
            Value::Text(_) => Err("this value does not fit its tag"),
            value => Ok(value),
        },
        Some(_) => Err("tags are not read here; take it away"),
    }
}

/// What a plain scalar means by the core schema of YAML 1.2 (chapter 10.3).
fn plain(text: String) -> Value {
    match text.as_str() {
        "" | "~" | "null" | "Null" | "NULL" => Value::Null,
        "true" | "True" | "TRUE" => Value::Bool(true),
        "false" | "False" | "FALSE" => Value::Bool(false),
        _ if is_number(&text) => Value::Number(text),
        _ => Value::Text(text),
    }
}

fn is_number(text: &str) -> bool {
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    unsigned.starts_with(|first: char| first.is_ascii_digit() || first == '.')
        && unsigned.parse::<f64>().is_ok()
}

/// The tab in the indentation of the line that holds a byte, behind which the parser may see it.
fn tab(text: &str, at: usize) -> usize {
    let before = text.get(..text.floor_char_boundary(at)).unwrap_or_default();
    let start = before.rfind('\n').map_or(0, |end| end + 1);
    let indent = before.get(start..).unwrap_or_default().bytes().take_while(|byte| *byte == b' ');
    let first = start + indent.count();
    if text.as_bytes().get(first) == Some(&b'\t') { first } else { at }
}

fn complaint(kind: &ErrorKind) -> String {
    match kind {
        ErrorKind::RecursionLimitExceeded => "values are nested too deep here".to_owned(),
        ErrorKind::TabNotAllowed
        | ErrorKind::TabInBlockIndentation
        | ErrorKind::TabInIndentation
        | ErrorKind::TabInPlainScalar
        | ErrorKind::TabAtBlockScalarStart => TAB.to_owned(),
        ErrorKind::UnclosedQuotedScalar
        | ErrorKind::InvalidQuotedScalarIndent
        | ErrorKind::DocumentIndicatorInQuotedScalar => {
            "a string is not closed before this place; add the quote".to_owned()
        }
        other => {
            let told: String = other.to_string().chars().filter(|c| !c.is_control()).collect();
            format!("the YAML is broken here: {told}")
        }
    }
}

#[cfg(test)]
mod tests;
