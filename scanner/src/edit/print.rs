//! How new collections are written.

use super::Refusal;
use super::content::Content;
use super::spell;
use crate::syntax::{Document, Format, Node};

/// The manners of a document, which what is new in it follows.
pub(super) struct Printer {
    pub(super) format: Format,
    pub(super) newline: &'static str,
    /// One step of indentation.
    pub(super) step: String,
    /// How far the dashes of a YAML list stand in from its key.
    dashes: usize,
    /// JSON without a space that could be left out.
    tight: bool,
    /// The document has more than one line.
    pub(super) lines: bool,
}

/// A list of scalars no longer than this many bytes stands in one line.
const SHORT: usize = 80;

impl Printer {
    pub(super) fn of(document: &Document, newline: &'static str) -> Self {
        let text = document.text();
        let mut printer = Self {
            format: document.format(),
            newline,
            step: "  ".to_owned(),
            dashes: 2,
            tight: false,
            lines: text.trim().contains('\n') || text.trim_matches(['{', '}']).trim().is_empty(),
        };
        let Some(root) = document.roots().first() else { return printer };
        if let Some(first) = root.entries().first() {
            let colon = text.get(first.key_span.end..first.value.span.start).unwrap_or_default();
            printer.tight = colon == ":" && !printer.lines;
        }
        if let Some(step) = step(text, root, spell::is_yaml(printer.format)) {
            printer.step = step;
        }
        if spell::is_yaml(printer.format) {
            printer.dashes = dashes(text, root).unwrap_or(printer.step.len().max(2));
        }
        printer
    }

    /// A value between brackets or a scalar: for JSON in lines if `indent` is the indentation that
    /// holds it, else in one.
    pub(super) fn flow(&self, value: &Content, indent: Option<&str>) -> Result<String, Refusal> {
        let mut out = String::new();
        self.write_flow(value, indent, &mut out)?;
        Ok(out)
    }

    fn write_flow(
        &self,
        value: &Content,
        indent: Option<&str>,
        out: &mut String,
    ) -> Result<(), Refusal> {
        let (open, close, count) = match value {
            Content::List(items) => ('[', ']', items.len()),
            Content::Map(entries) => ('{', '}', entries.len()),
            _ => {
                out.push_str(&spell::scalar(value, self.format, true).ok_or(Refusal::NoNull)?);
                return Ok(());
            }
        };
        out.push(open);
        let lines = indent.filter(|_| count > 0 && !is_short(value));
        let inner = lines.map(|indent| format!("{indent}{}", self.step));
        let pad = open == '{' && count > 0 && self.format == Format::Toml;
        let mut first = true;
        let mut separate = |out: &mut String| {
            match (&inner, first) {
                (Some(inner), true) => out.push_str(&format!("{}{inner}", self.newline)),
                (Some(inner), false) => out.push_str(&format!(",{}{inner}", self.newline)),
                (None, true) if pad => out.push(' '),
                (None, true) => {}
                (None, false) => out.push_str(if self.tight { "," } else { ", " }),
            }
            first = false;
        };
        match value {
            Content::List(items) => {
                for item in items {
                    separate(out);
                    self.write_flow(item, inner.as_deref(), out)?;
                }
            }
            Content::Map(entries) => {
                for (key, value) in entries {
                    separate(out);
                    out.push_str(&self.key_of_flow(key));
                    self.write_flow(value, inner.as_deref(), out)?;
                }
            }
            _ => {}
        }
        match lines {
            Some(indent) => out.push_str(&format!("{}{indent}", self.newline)),
            None if pad => out.push(' '),
            None => {}
        }
        out.push(close);
        Ok(())
    }

    /// A key between brackets with what parts it from its value.
    pub(super) fn key_of_flow(&self, key: &str) -> String {
        let between = match (self.format, self.tight) {
            (Format::Toml, _) => " = ",
            (_, true) => ":",
            _ => ": ",
        };
        format!("{}{between}", spell::key(key, self.format, true))
    }

    /// An entry of a YAML block map whose keys stand in that column.
    pub(super) fn block_entry(
        &self,
        key: &str,
        value: &Content,
        column: usize,
    ) -> Result<String, Refusal> {
        let key = spell::key(key, self.format, false);
        Ok(format!("{key}:{}", self.block_value(value, column)?))
    }

    /// What follows the colon of a key in that column.
    pub(super) fn block_value(&self, value: &Content, column: usize) -> Result<String, Refusal> {
        let column = match value {
            Content::Map(entries) if !entries.is_empty() => column + self.step.len().max(1),
            Content::List(items) if !items.is_empty() => column + self.dashes,
            _ => return Ok(format!(" {}", self.flow(value, None)?)),
        };
        let block = self.block(value, column)?;
        Ok(format!("{}{}{block}", self.newline, " ".repeat(column)))
    }

    /// A value of which each line but the first is indented to that column.
    pub(super) fn block(&self, value: &Content, column: usize) -> Result<String, Refusal> {
        let between = format!("{}{}", self.newline, " ".repeat(column));
        let parts: Result<Vec<String>, Refusal> = match value {
            Content::Map(entries) if !entries.is_empty() => {
                entries.iter().map(|(key, value)| self.block_entry(key, value, column)).collect()
            }
            Content::List(items) if !items.is_empty() => items
                .iter()
                .map(|item| Ok(format!("- {}", self.block(item, column + 2)?)))
                .collect(),
            Content::List(_) | Content::Map(_) => return self.flow(value, None),
            _ => return spell::scalar(value, self.format, false).ok_or(Refusal::NoNull),
        };
        Ok(parts?.join(&between))
    }

    /// The lines of a TOML table: a key and an inline value each.
    pub(super) fn table_body(&self, entries: &[(Box<str>, Content)]) -> Result<String, Refusal> {
        let mut lines = String::new();
        for (key, value) in entries {
            lines.push_str(self.newline);
            lines.push_str(&self.key_of_flow(key));
            lines.push_str(&self.flow(value, None)?);
        }
        Ok(lines)
    }
}

fn is_short(value: &Content) -> bool {
    let Content::List(items) = value else { return false };
    let length = |item: &Content| match item {
        Content::Text(text) => Some(text.len() + 4),
        Content::Number(number) => Some(number.len() + 2),
        Content::Null | Content::Bool(_) => Some(6),
        Content::List(_) | Content::Map(_) => None,
    };
    items.iter().map(length).sum::<Option<usize>>().is_some_and(|length| length <= SHORT)
}

/// One step of indentation: how much further in the first nested entry stands.
fn step(text: &str, root: &Node, yaml: bool) -> Option<String> {
    let indent = |at: usize| {
        let line = text.get(..at)?.rsplit('\n').next()?;
        line.trim_matches([' ', '\t']).is_empty().then_some(line)
    };
    let outer = if yaml { indent(root.entries().first()?.key_span.start)? } else { "" };
    let mut todo = vec![root];
    let mut looked = 0;
    while let Some(node) = todo.pop() {
        looked += 1;
        let first = node.entries().first().map(|entry| entry.key_span.start);
        if let Some(inner) = first.and_then(indent)
            && inner.len() > outer.len()
            && inner.len() <= 8
        {
            return Some(inner.get(outer.len()..)?.to_owned());
        }
        if looked > 64 {
            break;
        }
        todo.extend(node.entries().iter().rev().take(8).map(|entry| &entry.value));
    }
    None
}

/// How far the dashes of the first list stand in from its key.
fn dashes(text: &str, root: &Node) -> Option<usize> {
    let column =
        |at: usize| text.get(..at).map(|before| at - before.rfind('\n').map_or(0, |f| f + 1));
    let mut todo = vec![root];
    let mut looked = 0;
    while let Some(node) = todo.pop() {
        looked += 1;
        for entry in node.entries().iter().take(64) {
            let at = entry.value.span.start;
            if entry.value.is_list() && text.get(at..).is_some_and(|rest| rest.starts_with('-')) {
                return column(at)?.checked_sub(column(entry.key_span.start)?);
            }
            todo.push(&entry.value);
        }
        if looked > 256 {
            break;
        }
        todo.extend(node.items().iter().take(8));
    }
    None
}
