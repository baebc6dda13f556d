//! TOML 1.1.

use std::ops::Range;

use toml_edit::{Document, Item, Key, Table, TomlError};

use super::align::{Notation, align};
use super::build::{Tree, bounded};
use super::node::{Entry, Node, Value};
use super::problems::{Problems, printable};
use super::repair;
use super::text::Text;
use crate::problem::{Problem, ProblemKind, Span};

const UNCLOSED: &str = "what opens here is never closed, so this table was not read";
const TOO_DEEP: &str = "values are nested too deep here; what lies below was not read";
const TOO_DEEP_HERE: &str = "values are nested too deep here, so this table was not read";
/// So many parts of a key are over that depth.
const MOST_PARTS: usize = 80;
/// How the parser says that it has reached the depth of its own.
const DEPTH_LIMITS: &[&str] = &["recursion limit", "cannot recurse further"];

/// The root and comments of `text`. The table that holds an error, from its header to the next, is
/// left out and the rest read.
pub(super) fn parse(text: &str, depth: usize, problems: &mut Problems) -> Tree {
    let mut tree = Tree { comments: comments(text), ..Tree::default() };
    let read = |text: &str, problems: &mut Problems| match Document::parse(text) {
        Ok(document) => {
            let whole = Span::new(0, text.len());
            Ok(Reader { text, depth, problems }.table(document.as_table(), whole, 0))
        }
        Err(error) => Err(error),
    };
    let mut result = read(text, problems);
    let mut copy = String::new();
    for attempt in 0..=repair::attempts(text.len()) {
        let Err(error) = &result else { break };
        if attempt == 0 {
            text.clone_into(&mut copy);
        }
        mend(&mut copy, error, &mut tree.blanked, problems);
        result = read(&copy, problems);
    }
    tree.roots.extend(result.ok());
    tree
}

/// Tells an error and takes it out of the text.
fn mend(text: &mut String, error: &TomlError, blanked: &mut Vec<Span>, problems: &mut Problems) {
    // The parser tells no place of a key with too many parts.
    let found = error.span().unwrap_or_else(|| dotted(text));
    let start = text.floor_char_boundary(found.start);
    if let Some(backslash) = requote(text) {
        problems.syntax(repair::BACKSLASH, backslash);
        return;
    }
    let sections = sections(text);
    let before = sections.iter().take_while(|section| section.start <= start);
    let unclosed = before.clone().find_map(|section| Some((*section, unclosed(text, *section)?)));
    if let Some((section, at)) = unclosed {
        problems.push(Problem::new(ProblemKind::Syntax, UNCLOSED).at(Span::new(at, at + 1)));
        *text = repair::blank(text, section);
        blanked.push(section);
        return;
    }
    let span = Span::new(start, text.ceil_char_boundary(found.end.clamp(start, text.len())));
    if DEPTH_LIMITS.iter().any(|limit| error.message().contains(limit)) {
        problems.once(ProblemKind::TooDeep, TOO_DEEP_HERE, span);
    } else {
        let what = printable(error.message());
        let message = format!("the TOML is broken here, so this table was not read: {what}");
        problems.push(Problem::new(ProblemKind::Syntax, message).at(span));
    }
    let section = before.last().copied().unwrap_or_default();
    *text = repair::blank(text, section);
    blanked.push(section);
}

/// The first line with more dots than the parser takes in a key.
fn dotted(text: &str) -> Range<usize> {
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        if line.matches('.').count() >= MOST_PARTS {
            return at..at + line.trim_end().len();
        }
        at += line.len();
    }
    0..0
}

/// The tables of a text, each from its header to the next; before them what has no header.
fn sections(text: &str) -> Vec<Span> {
    let mut sections = Vec::new();
    let mut section = Span::new(0, 0);
    for line in text.split_inclusive('\n') {
        let header = line.trim_start().starts_with('[') && !line.trim_end().ends_with(',');
        if header && !section.is_empty() {
            sections.push(section);
            section = Span::new(section.end, section.end);
        }
        section.end += line.len();
    }
    sections.push(section);
    sections
}

/// Where a bracket or a long string opens that the section does not close.
fn unclosed(text: &str, section: Span) -> Option<usize> {
    let section_text = text.get(section.start..section.end)?;
    let mut open = Vec::new();
    let mut at = 0;
    while let Some(rest) = section_text.get(at..) {
        let Some(next) = rest.find(['#', '"', '\'', '[', '{', ']', '}']) else { break };
        let rest = rest.get(next..).unwrap_or_default();
        at += next;
        at += match rest.as_bytes().first() {
            Some(b'#') => rest.find('\n').unwrap_or(rest.len()),
            Some(b'[' | b'{') => {
                open.push(at);
                1
            }
            Some(b']' | b'}') => {
                open.pop();
                1
            }
            _ => {
                let len = string_len(rest);
                let long = rest.starts_with("\"\"\"") || rest.starts_with("'''");
                let quotes = rest.get(..3).unwrap_or_default();
                if long && (len < 6 || !rest.get(..len).is_some_and(|all| all.ends_with(quotes))) {
                    return Some(section.start + at);
                }
                len
            }
        };
        if at >= section_text.len() {
            break;
        }
    }
    open.last().map(|at| section.start + at)
}

/// Puts every string with an unknown escape into single quotes and returns the first such escape.
/// The parser may complain about what follows from it long before it looks into the string.
fn requote(text: &mut String) -> Option<Span> {
    let mut first = None;
    let mut at = 0;
    while let Some(next) = text.get(at..).and_then(|rest| rest.find(['#', '"', '\''])) {
        at += next;
        let rest = text.get(at..).unwrap_or_default();
        let len = if rest.starts_with('#') {
            rest.find('\n').unwrap_or(rest.len())
        } else {
            string_len(rest)
        };
        let escapes = rest.get(..len).is_some_and(|token| token.contains('\\'));
        match if escapes { repair::requote(text, at) } else { None } {
            // Its length may be another now.
            Some(backslash) => first = first.or(Some(backslash)),
            None => at += len,
        }
    }
    first
}

struct Reader<'t, 'p> {
    text: &'t str,
    depth: usize,
    problems: &'p mut Problems,
}

impl Reader<'_, '_> {
    fn table(&mut self, table: &Table, span: Span, depth: usize) -> Node {
        let entries = table.iter().map(|(name, item)| {
            let key_span = key_span(table.key(name));
            let key = bounded(name.into(), key_span, self.problems);
            Entry { key, key_span, value: self.item(item, key_span, depth + 1) }
        });
        let mut entries: Vec<_> = entries.collect();
        entries.sort_by_key(|entry| entry.key_span.start);
        Node { span, value: Value::Map(entries) }
    }

    /// The node of an item. A table that only its sub-tables imply has the span of its key.
    fn item(&mut self, item: &Item, key: Span, depth: usize) -> Node {
        let span = span(item.span()).filter(|span| !span.is_empty()).unwrap_or(key);
        match item {
            Item::None => Node { span, value: Value::Null },
            Item::Value(value) => self.value(value, span, depth),
            Item::Table(table) => self.table(table, span, depth),
            Item::ArrayOfTables(tables) => {
                let items = tables
                    .iter()
                    .map(|table| self.table(table, span_or(table.span(), span), depth + 1));
                Node { span, value: Value::List(items.collect()) }
            }
        }
    }

    fn value(&mut self, value: &toml_edit::Value, span: Span, depth: usize) -> Node {
        if depth > self.depth {
            self.problems.once(ProblemKind::TooDeep, TOO_DEEP, span);
            return Node { span, value: Value::Null };
        }
        let literal = self.text.get(span.start..span.end).unwrap_or_default();
        let value = match value {
            toml_edit::Value::String(value) => Value::Text(string(literal, value.value())),
            toml_edit::Value::Integer(_) | toml_edit::Value::Float(_) => {
                Value::Number(literal.into())
            }
            toml_edit::Value::Boolean(value) => Value::Bool(*value.value()),
            toml_edit::Value::Datetime(_) => Value::Text(Text::verbatim(literal, 0)),
            toml_edit::Value::Array(array) => {
                let items = array
                    .iter()
                    .map(|item| self.value(item, span_or(item.span(), span), depth + 1));
                Value::List(items.collect())
            }
            toml_edit::Value::InlineTable(table) => {
                let entries = table.iter().map(|(name, value)| {
                    let key_span = key_span(table.key(name));
                    let value = self.value(value, span_or(value.span(), key_span), depth + 1);
                    let key = bounded(name.into(), key_span, self.problems);
                    Entry { key, key_span, value }
                });
                Value::Map(entries.collect())
            }
        };
        Node { span, value }
    }
}

fn span(range: Option<Range<usize>>) -> Option<Span> {
    range.map(|range| Span::new(range.start, range.end))
}

fn span_or(range: Option<Range<usize>>, other: Span) -> Span {
    span(range).unwrap_or(other)
}

fn key_span(key: Option<&Key>) -> Span {
    span(key.and_then(Key::span)).unwrap_or_default()
}

fn string(literal: &str, value: &str) -> Text {
    let quotes = if literal.starts_with("\"\"\"") || literal.starts_with("'''") { 3 } else { 1 };
    let notation = if literal.starts_with('"') { Notation::Escapes } else { Notation::Plain };
    align(literal, quotes, quotes, notation, value)
}

/// Everything from a `#` outside of strings to the end of its line.
fn comments(text: &str) -> Vec<Span> {
    let mut comments = Vec::new();
    let mut at = 0;
    while let Some(rest) = text.get(at..) {
        let Some(next) = rest.find(['#', '"', '\'']) else { break };
        let rest = rest.get(next..).unwrap_or_default();
        at += next;
        at += if rest.starts_with('#') {
            let line = rest.split('\n').next().unwrap_or(rest).trim_end_matches('\r');
            comments.push(Span::new(at, at + line.len()));
            line.len()
        } else {
            string_len(rest)
        };
    }
    comments
}

/// The length of the string that `rest` begins with; up to the end of the line if it is not closed.
fn string_len(rest: &str) -> usize {
    let bytes = rest.as_bytes();
    let quote = bytes.first().copied().unwrap_or(b'"');
    let long = bytes.get(1) == Some(&quote) && bytes.get(2) == Some(&quote);
    let mut at = if long { 3 } else { 1 };
    while let Some(&byte) = bytes.get(at) {
        match byte {
            b'\\' if quote == b'"' => at += 1,
            b'\n' if !long => return at,
            _ if byte != quote => {}
            _ if !long => return at + 1,
            _ if bytes.get(at..at + 3).is_some_and(|three| three.iter().all(|&b| b == quote)) => {
                let more = bytes.iter().skip(at + 3).take(2).take_while(|&&b| b == quote).count();
                return at + 3 + more;
            }
            _ => {}
        }
        at += 1;
    }
    bytes.len()
}
