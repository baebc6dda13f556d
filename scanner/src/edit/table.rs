//! Tables of TOML: what stands in lines under headers.

use super::layout::Layout;
use super::print::Printer;
use super::spell;
use super::{Content, Edit, Refusal};
use crate::problem::Span;
use crate::syntax::{Format, Node, Value, pointer};

/// How a map or list of TOML is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Style {
    /// Between brackets.
    Inline,
    /// A table with a header, or the root.
    Header,
    /// A table that only its sub-tables' headers imply.
    Implied,
    /// A table made by keys with dots.
    Dotted,
    /// A list of tables with headers in double brackets.
    Tables,
}

/// The lines of a document of tables.
pub(super) struct Tables<'l, 'd> {
    pub(super) layout: &'l Layout<'d>,
    pub(super) printer: &'l Printer,
    root: &'d Node,
    /// Where each header begins, ascending.
    headers: Vec<usize>,
    /// Where each value ends that stands in a line of a table, ascending.
    ends: Vec<usize>,
}

impl<'l, 'd> Tables<'l, 'd> {
    pub(super) fn of(layout: &'l Layout<'d>, printer: &'l Printer, root: &'d Node) -> Self {
        let mut tables = Self { layout, printer, root, headers: Vec::new(), ends: Vec::new() };
        let (headers, leaves) = tables.below(root);
        tables.headers = headers;
        tables.ends = leaves.iter().map(|leaf| leaf.end).collect();
        tables
    }

    pub(super) fn style(&self, node: &Node) -> Style {
        let starts =
            |text: &str| self.layout.slice(node.span.start, node.span.end).starts_with(text);
        match &node.value {
            _ if std::ptr::eq(node, self.root) => Style::Header,
            Value::List(items) => match items.first() {
                Some(first) if first.is_map() && self.style(first) == Style::Header => {
                    Style::Tables
                }
                _ => Style::Inline,
            },
            Value::Map(_) if starts("{") => Style::Inline,
            Value::Map(_) if starts("[") => Style::Header,
            Value::Map(_) => {
                let line = self.layout.line_start(node.span.start);
                let header = self.layout.slice(line, node.span.start).trim_start().starts_with('[');
                if header { Style::Implied } else { Style::Dotted }
            }
            _ => Style::Inline,
        }
    }

    /// The headers of the tables in a node, itself included, and where the values with lines of
    /// their own stand, each from its key.
    fn below(&self, node: &Node) -> (Vec<usize>, Vec<Span>) {
        let (mut headers, mut leaves) = (Vec::new(), Vec::new());
        let mut todo = vec![(node, node.span.start)];
        while let Some((node, key)) = todo.pop() {
            match self.style(node) {
                Style::Inline => leaves.push(Span::new(key, node.span.end)),
                Style::Header if !std::ptr::eq(node, self.root) => headers.push(node.span.start),
                _ => {}
            }
            if self.style(node) != Style::Inline {
                todo.extend(node.items().iter().map(|item| (item, item.span.start)));
                todo.extend(node.entries().iter().map(|e| (&e.value, e.key_span.start)));
            }
        }
        headers.sort_unstable();
        leaves.sort_unstable();
        (headers, leaves)
    }

    /// The section that holds a place: where its header begins (0 for what comes before all
    /// headers) and where the next one does.
    fn section(&self, at: usize) -> (usize, usize) {
        let next = self.headers.partition_point(|header| *header <= at);
        let start = next.checked_sub(1).and_then(|own| self.headers.get(own)).copied();
        let end = self.headers.get(next).copied().unwrap_or(self.layout.text.len());
        (start.unwrap_or(0), end)
    }

    /// Behind the last value of the section that holds a place, or behind its header; `None` for
    /// an empty space before all headers.
    fn last_line(&self, at: usize) -> Option<usize> {
        let (start, end) = self.section(at);
        let upto = self.ends.partition_point(|leaf| *leaf <= end);
        let last = upto.checked_sub(1).and_then(|last| self.ends.get(last)).copied();
        last.filter(|last| *last > start)
            .or_else(|| self.headers.contains(&start).then_some(start))
            .map(|last| self.layout.line_end(last))
    }

    /// Adds a key at the end of a table that stands at that pointer.
    pub(super) fn append_entry(
        &self,
        node: &Node,
        at: &str,
        key: &str,
        value: &Content,
    ) -> Result<Vec<Edit>, Refusal> {
        let style = self.style(node);
        let in_list = pointer_goes_through_list(self.root, at);
        let tables = matches!(value, Content::List(items)
            if !items.is_empty() && items.iter().all(|item| matches!(item, Content::Map(_))));
        let sections = matches!(value, Content::Map(_)) || tables;
        if sections && !in_list && matches!(style, Style::Header | Style::Implied) {
            let mut at = at.to_owned();
            pointer::push(&mut at, key);
            return self.append_sections(node, &at, value);
        }
        let line = format!("{}{}", self.printer.key_of_flow(key), self.printer.flow(value, None)?);
        match style {
            Style::Header => Ok(vec![self.append_line(node, &line)]),
            Style::Dotted => {
                let (_, leaves) = self.below(node);
                let entry = node.entries().last().ok_or(Refusal::Shared)?.key_span.start;
                let end = leaves.last().ok_or(Refusal::Shared)?.end;
                let prefix = self.layout.slice(self.layout.line_start(entry), entry);
                let at = self.layout.line_end(end);
                let text = format!("{}{prefix}{line}", self.layout.newline);
                Ok(vec![Edit::new(Span::new(at, at), text)])
            }
            Style::Implied if !in_list => {
                let entry = vec![(Box::from(key), value.clone())];
                self.append_sections(node, at, &Content::Map(entry))
            }
            _ => Err(Refusal::Shared),
        }
    }

    /// A line at the end of a table's own lines.
    fn append_line(&self, node: &Node, line: &str) -> Edit {
        let newline = self.layout.newline;
        let root = std::ptr::eq(node, self.root);
        let at = if root { 0 } else { node.span.start };
        let in_root = root && self.headers.first() == Some(&0);
        let (at, text) = match self.last_line(at).filter(|_| !in_root) {
            Some(end) => {
                let indent = self.layout.indent(if root { end } else { node.span.start });
                (end, format!("{newline}{indent}{line}"))
            }
            None => match self.headers.first() {
                Some(header) => (self.before(*header), format!("{line}{newline}{newline}")),
                None => {
                    let end = self.layout.text.len();
                    let joint = self.joint(end);
                    (end, format!("{joint}{line}{newline}"))
                }
            },
        };
        Edit::new(Span::new(at, at), text)
    }

    /// The start of the line of a header, or of the comments right above it.
    fn before(&self, header: usize) -> usize {
        let mut start = self.layout.line_start(header);
        while start > 0 {
            let line = self.layout.line_start(start - 1);
            if !self.layout.slice(line, start).trim_start().starts_with('#') {
                break;
            }
            start = line;
        }
        start
    }

    /// What must stand between the text up to there and a new line.
    fn joint(&self, end: usize) -> &'static str {
        let before = self.layout.slice(0, end);
        if before.is_empty() || before.ends_with('\n') { "" } else { self.layout.newline }
    }

    /// New tables behind all that belongs to the table that holds them.
    fn append_sections(
        &self,
        node: &Node,
        at: &str,
        value: &Content,
    ) -> Result<Vec<Edit>, Refusal> {
        let newline = self.layout.newline;
        let path: Vec<String> = at
            .split('/')
            .skip(1)
            .map(|part| spell::key(&pointer::unescape(part), Format::Toml, false))
            .collect();
        let path = path.join(".");
        let mut text = String::new();
        let mut section = |open: &str, close: &str, body: &Content| -> Result<(), Refusal> {
            let Content::Map(entries) = body else { return Err(Refusal::Shared) };
            text.push_str(&format!("{newline}{newline}{open}{path}{close}"));
            text.push_str(&self.printer.table_body(entries)?);
            Ok(())
        };
        match value {
            Content::List(items) => {
                for item in items {
                    section("[[", "]]", item)?;
                }
            }
            map => section("[", "]", map)?,
        }
        let (headers, leaves) = self.below(node);
        let last = headers.last().copied().max(leaves.last().map(|leaf| leaf.start));
        let end = match last {
            Some(last) if !std::ptr::eq(node, self.root) => {
                self.last_line(last).unwrap_or(self.layout.text.len())
            }
            _ if self.layout.text.trim().is_empty() => {
                let text = format!("{}{newline}", text.trim_start());
                return Ok(vec![Edit::new(Span::new(0, self.layout.text.len()), text)]);
            }
            _ => self.layout.text.trim_end().len(),
        };
        let final_break =
            if self.layout.text.get(end..).is_some_and(str::is_empty) { newline } else { "" };
        Ok(vec![Edit::new(Span::new(end, end), format!("{text}{final_break}"))])
    }

    /// Adds a table to a list of tables.
    pub(super) fn insert_table(
        &self,
        list: &Node,
        at: &str,
        index: usize,
        value: &Content,
    ) -> Result<Vec<Edit>, Refusal> {
        if index == list.items().len() && !pointer_goes_through_list(self.root, at) {
            return self.append_sections(list, at, &Content::List(vec![value.clone()]));
        }
        Err(Refusal::Shared)
    }

    /// Takes out a value with all the lines and tables that belong to it; `key` is where its key
    /// stands.
    pub(super) fn remove(&self, node: &Node, key: usize) -> Vec<Edit> {
        let (headers, leaves) = match self.style(node) {
            Style::Inline => (Vec::new(), vec![Span::new(key, node.span.end)]),
            _ => self.below(node),
        };
        let mut spans: Vec<Span> = headers
            .into_iter()
            .map(|header| {
                let start = self.layout.line_start(header);
                let (_, next) = self.section(header);
                let end = match next == self.layout.text.len() {
                    true => next,
                    false => self.before(next),
                };
                Span::new(start, end.max(start))
            })
            .collect();
        for leaf in leaves {
            if !spans.iter().any(|span| span.contains(leaf)) {
                let start = self.layout.line_start(leaf.start);
                spans.push(Span::new(start, self.layout.next_line(leaf.end)));
            }
        }
        spans.sort_unstable();
        spans.dedup();
        // No empty lines are left at the end.
        if let Some(last) = spans.last_mut()
            && last.end == self.layout.text.len()
        {
            let before = self.layout.slice(0, last.start);
            let kept = before.trim_end().len();
            last.start = self.layout.next_line(kept).min(last.start);
        }
        spans.into_iter().map(Edit::remove).collect()
    }
}

/// A whole document: values in lines, then maps as tables.
pub(super) fn document(printer: &Printer, value: &Content) -> Result<String, Refusal> {
    let Content::Map(entries) = value else { return Err(Refusal::NoNull) };
    let newline = printer.newline;
    let is_table = |value: &Content| matches!(value, Content::Map(_));
    let (tables, lines): (Vec<_>, Vec<_>) =
        entries.iter().cloned().partition(|(_, value)| is_table(value));
    let mut text = printer.table_body(&lines)?;
    for (key, table) in &tables {
        let Content::Map(entries) = table else { continue };
        let gap = if text.is_empty() { "" } else { newline };
        // A table of tables only needs no header of its own.
        let implied = !entries.is_empty() && entries.iter().all(|(_, value)| is_table(value));
        let key = spell::key(key, Format::Toml, false);
        let inner: Vec<(String, &Content)> = match implied {
            true => entries
                .iter()
                .map(|(name, value)| {
                    (format!("{key}.{}", spell::key(name, Format::Toml, false)), value)
                })
                .collect(),
            false => vec![(key, table)],
        };
        for (at, (path, table)) in inner.iter().enumerate() {
            let Content::Map(entries) = table else { continue };
            let gap = if at == 0 { gap } else { newline };
            text.push_str(&format!("{gap}{newline}[{path}]{}", printer.table_body(entries)?));
        }
    }
    Ok(text.trim_start_matches(['\r', '\n']).to_owned())
}

fn pointer_goes_through_list(root: &Node, at: &str) -> bool {
    let mut here = root;
    for segment in at.split('/').skip(1) {
        if here.is_list() {
            return true;
        }
        match here.get(&pointer::unescape(segment)) {
            Some(next) => here = next,
            None => return false,
        }
    }
    false
}
