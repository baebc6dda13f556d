//! From a change of values to edits of the text.

use super::block::Block;
use super::content::Content;
use super::flow::{Flow, Place};
use super::follow::{Found, Step, elements, follow};
use super::layout::Layout;
use super::print::Printer;
use super::spell::{self, Quotes};
use super::table::{self, Style, Tables};
use super::{Change, Edit, Refusal, is_sound};
use crate::problem::Span;
use crate::syntax::{Document, Format, Node, Value, pointer};

/// The edits that make a change, in the order of the text and apart from each other. They are not
/// checked yet: see [`super::checked`].
///
/// # Errors
/// The change cannot be made for certain.
pub fn plan(document: &Document, change: &Change) -> Result<Vec<Edit>, Refusal> {
    if !is_sound(document) || document.roots().len() > 1 {
        return Err(Refusal::Broken);
    }
    let layout = Layout::of(document);
    let printer = Printer::of(document, layout.newline);
    let plan = Plan { document, layout: &layout, printer: &printer };
    let mut edits = match document.roots().first() {
        Some(root) => plan.change(root, change)?,
        None => match change {
            Change::Set { at, value } if at.is_empty() => plan.first(value)?,
            _ => return Err(Refusal::NotThere),
        },
    };
    edits.sort_by_key(|edit| edit.span);
    Ok(edits)
}

struct Plan<'p, 'd> {
    document: &'d Document,
    layout: &'p Layout<'d>,
    printer: &'p Printer,
}

impl<'p, 'd> Plan<'p, 'd> {
    fn change(&self, root: &'d Node, change: &Change) -> Result<Vec<Edit>, Refusal> {
        let nested = self.document.format() != Format::Toml;
        match change {
            Change::Set { at, value } => match follow(root, at, nested) {
                Ok(found) => self.replace(root, &found, value),
                Err(Refusal::NotThere) => {
                    let (parent, last) = at.rsplit_once('/').ok_or(Refusal::NotThere)?;
                    let found = follow(root, parent, nested)?;
                    if !found.node.is_map() {
                        return Err(Refusal::NotThere);
                    }
                    self.append_entry(root, &found, parent, &pointer::unescape(last), value)
                }
                Err(refusal) => Err(refusal),
            },
            Change::Insert { at, index, value } => {
                let found = follow(root, at, nested)?;
                if *index > found.node.items().len() || !found.node.is_list() {
                    return Err(Refusal::NotThere);
                }
                self.insert_item(root, &found, at, *index, value)
            }
            Change::Remove { at } => {
                let found = follow(root, at, nested)?;
                let step = *found.steps.last().ok_or(Refusal::NotThere)?;
                self.remove(root, &found, step)
            }
        }
    }

    /// The first value of a document that holds none.
    fn first(&self, value: &Content) -> Result<Vec<Edit>, Refusal> {
        let newline = self.layout.newline;
        let body = self.document.body();
        let end = self.layout.slice(0, body.end).trim_end_matches([' ', '\t']).len();
        let joint = match self.layout.slice(0, end) {
            "" => "",
            before if before.ends_with('\n') => "",
            _ => newline,
        };
        let new = match self.document.format() {
            Format::Json | Format::Jsonc | Format::Json5 => self.printer.flow(value, Some(""))?,
            Format::Toml => table::document(self.printer, value)?,
            Format::Yaml | Format::FrontMatter => self.printer.block(value, 0)?,
        };
        Ok(vec![Edit::new(Span::new(end, end), format!("{joint}{new}{newline}"))])
    }

    fn is_yaml(&self) -> bool {
        spell::is_yaml(self.document.format())
    }

    /// Whether a collection of YAML is written by indentation.
    fn is_block(&self, node: &Node) -> bool {
        let first = self.layout.slice(node.span.start, node.span.start + 1);
        match &node.value {
            Value::Map(_) => node.entries().iter().any(|e| e.key_span.start == node.span.start),
            Value::List(_) => first == "-",
            _ => false,
        }
    }

    fn is_bracketed(&self, node: &Node) -> bool {
        let open = if node.is_map() { "{" } else { "[" };
        self.layout.slice(node.span.start, node.span.end).starts_with(open)
    }

    fn flow(&self, node: &Node) -> Result<Flow<'p, 'd>, Refusal> {
        if !self.is_bracketed(node) {
            return Err(Refusal::Shared);
        }
        Flow::of(self.layout, node.span, &elements(node))
    }

    fn block(&self, node: &'d Node) -> Block<'p, 'd> {
        Block { layout: self.layout, printer: self.printer, node }
    }

    fn tables(&self, root: &'d Node) -> Option<Tables<'p, 'd>> {
        (self.document.format() == Format::Toml)
            .then(|| Tables::of(self.layout, self.printer, root))
    }

    /// The indentation of the lines that a new JSON value begins in.
    fn lines(&self, at: usize) -> Option<&'d str> {
        let json = !self.is_yaml() && self.document.format() != Format::Toml;
        (json && self.printer.lines).then(|| self.layout.indent(at))
    }

    fn append_entry(
        &self,
        root: &'d Node,
        found: &Found<'d>,
        at: &str,
        key: &str,
        value: &Content,
    ) -> Result<Vec<Edit>, Refusal> {
        let node = found.node;
        if let Some(tables) = self.tables(root).filter(|t| t.style(node) != Style::Inline) {
            return tables.append_entry(node, at, key, value);
        }
        if self.is_yaml() && self.is_block(node) {
            return self.block(node).append_entry(key, value);
        }
        if self.is_yaml() && node.entries().is_empty() && !self.in_flow(found) {
            let entry = vec![(Box::from(key), value.clone())];
            return self.replace(root, found, &Content::Map(entry));
        }
        let flow = self.flow(node)?;
        let count = node.entries().len();
        let place = self.place(&flow, node, count);
        let value = self.printer.flow(value, inner(&place))?;
        let text = format!("{}{value}", self.printer.key_of_flow(key));
        Ok(flow.insert(count, &self.padded(node, text, count), &place))
    }

    fn insert_item(
        &self,
        root: &'d Node,
        found: &Found<'d>,
        at: &str,
        index: usize,
        value: &Content,
    ) -> Result<Vec<Edit>, Refusal> {
        let node = found.node;
        if let Some(tables) = self.tables(root).filter(|t| t.style(node) == Style::Tables) {
            return tables.insert_table(node, at, index, value);
        }
        if self.is_yaml() && self.is_block(node) {
            return self.block(node).insert_item(index, value);
        }
        if self.is_yaml() && node.items().is_empty() && !self.in_flow(found) {
            return self.replace(root, found, &Content::List(vec![value.clone()]));
        }
        let flow = self.flow(node)?;
        let place = self.place(&flow, node, index);
        let text = self.printer.flow(value, inner(&place))?;
        Ok(flow.insert(index, &text, &place))
    }

    fn place(&self, flow: &Flow<'_, '_>, node: &Node, index: usize) -> Place {
        let lines = self.lines(node.span.start);
        let inner = lines.map(|indent| format!("{indent}{}", self.printer.step));
        // A short list stays in its line.
        flow.place(index, inner.as_deref().filter(|_| node.is_map()))
    }

    /// An inline table of TOML has spaces inside of its braces.
    fn padded(&self, node: &Node, text: String, count: usize) -> String {
        let toml = self.document.format() == Format::Toml && node.is_map();
        if toml && count == 0 { format!(" {text} ") } else { text }
    }

    fn remove(
        &self,
        root: &'d Node,
        found: &Found<'d>,
        step: Step<'d>,
    ) -> Result<Vec<Edit>, Refusal> {
        let holder = step.holder;
        if let Some(tables) = self.tables(root).filter(|t| t.style(holder) != Style::Inline) {
            let key = step.key_span().map_or(found.node.span.start, |key| key.start);
            return Ok(tables.remove(found.node, key));
        }
        if self.is_yaml() && self.is_block(holder) {
            if holder.entries().len() + holder.items().len() > 1 {
                return self.block(holder).remove(step.index);
            }
            let empty =
                if holder.is_map() { Content::Map(Vec::new()) } else { Content::List(Vec::new()) };
            let steps = found.steps.get(..found.steps.len() - 1).unwrap_or_default().to_vec();
            return self.replace(root, &Found { node: holder, steps }, &empty);
        }
        self.flow(holder)?.remove(step.index)
    }

    fn in_flow(&self, found: &Found<'_>) -> bool {
        found.steps.iter().any(|step| !self.is_block(step.holder))
    }

    fn replace(
        &self,
        root: &'d Node,
        found: &Found<'d>,
        value: &Content,
    ) -> Result<Vec<Edit>, Refusal> {
        let node = found.node;
        if Content::from(node).same(value) {
            return Ok(Vec::new());
        }
        if let (Value::Text(_), Content::Text(new)) = (&node.value, value) {
            return Ok(vec![self.respell(node, new, self.is_yaml() && self.in_flow(found))]);
        }
        if let Some(tables) = self.tables(root) {
            return match tables.style(node) {
                Style::Inline => Ok(vec![Edit::new(node.span, self.printer.flow(value, None)?)]),
                _ => Err(Refusal::Shared),
            };
        }
        if self.is_yaml() && !self.in_flow(found) {
            return self.replace_in_block(found, value);
        }
        let text = self.printer.flow(value, self.lines(node.span.start))?;
        Ok(vec![Edit::new(node.span, text)])
    }

    fn replace_in_block(&self, found: &Found<'d>, value: &Content) -> Result<Vec<Edit>, Refusal> {
        let (node, layout) = (found.node, self.layout);
        let span = node.span;
        let inline = value.is_scalar() || value.is_empty();
        let Some(step) = found.steps.last() else {
            return Ok(vec![Edit::new(span, self.printer.block(value, 0)?)]);
        };
        let column = self.block(step.holder).column();
        let Some(key) = step.key_span() else {
            let text = self.printer.block(value, column + 2)?;
            let text = if span.is_empty() { format!(" {text}") } else { text };
            return Ok(vec![Edit::new(span, text)]);
        };
        let colon = layout.find(':', key.end, layout.line_end(key.end)).ok_or(Refusal::Shared)?;
        let end = span.end.max(colon + 1);
        if inline
            && (!layout.is_blank(colon + 1, span.start) || node.is_scalar_literal())
            && !span.is_empty()
        {
            return Ok(vec![Edit::new(span, self.printer.block(value, column)?)]);
        }
        if !layout.is_blank(colon + 1, span.start.max(colon + 1)) {
            return Err(Refusal::Shared);
        }
        let text = self.printer.block_value(value, column)?;
        Ok(vec![Edit::new(Span::new(colon + 1, end), text)])
    }

    /// Another string in the quotes of the old one, if they can hold it; of one in a single line
    /// only what differs.
    fn respell(&self, node: &Node, new: &str, flow: bool) -> Edit {
        let format = self.document.format();
        let old = node.as_str().unwrap_or_default();
        let literal = self.document.slice(node.span);
        let quotes = Quotes::of(literal, format);
        let fits = match quotes {
            Some(Quotes::Plain) => spell::is_plain(new, flow) && spell::is_plain(old, flow),
            Some(_) => true,
            None => false,
        };
        let head = old.char_indices().zip(new.chars()).find(|((_, a), b)| a != b);
        let head = head.map_or(old.len().min(new.len()), |((at, _), _)| at);
        let rest = |text: &str| text.len() - head;
        let tail: usize = old
            .chars()
            .rev()
            .zip(new.chars().rev())
            .take_while(|(a, b)| a == b)
            .map(|(a, _)| a.len_utf8())
            .scan(0, |sum, length| {
                *sum += length;
                Some(*sum)
            })
            .take_while(|sum| *sum <= rest(old).min(rest(new)))
            .last()
            .unwrap_or(0);
        let middle = new.get(head..new.len() - tail);
        if let (true, Some(quotes), Some(middle)) = (fits, quotes, middle)
            && let Some(text) = spell::inside(middle, quotes, format)
        {
            return Edit::new(node.span_of(head..old.len() - tail), text);
        }
        let fallback = if self.is_yaml() { Quotes::Plain } else { Quotes::Double };
        let quotes = quotes.unwrap_or(fallback);
        Edit::new(node.span, spell::string(new, quotes, format, flow))
    }
}

/// The indentation of a line that holds a new element.
fn inner(place: &Place) -> Option<&str> {
    match place {
        Place::Line(indent) => Some(indent),
        Place::Inline => None,
    }
}
