//! The tree.

use super::pointer;
use super::text::Text;
use crate::problem::Span;

/// A value and where it stands.
///
/// A string's span includes its quotes, if it has any, a JSON object's or array's its brackets. In
/// YAML neither a tag nor an anchor belongs to the span, but the `|` or `>` of a block scalar does;
/// a block collection reaches from its first key or dash to the end of its last value. What an
/// alias of YAML stands for keeps the spans of the place where the anchor defines it. A table of
/// TOML spans its header, or, if it has none of its own, what its keys and values cover.
#[derive(Clone, Debug, PartialEq)]
pub struct Node {
    /// Where the value stands in the text of the document.
    pub span: Span,
    /// The value.
    pub value: Value,
}

/// What a node holds.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// Nothing.
    Null,
    /// True or false.
    Bool(bool),
    /// A number as it is spelt.
    Number(Box<str>),
    /// A string.
    Text(Text),
    /// Values in order.
    List(Vec<Node>),
    /// Keys and values in the order of the document. A key can occur more than once.
    Map(Vec<Entry>),
}

/// A key and its value.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// The decoded key.
    pub key: Box<str>,
    /// Where the key stands, its quotes included. Empty if the key is missing in a broken file.
    pub key_span: Span,
    /// The value.
    pub value: Node,
}

impl Node {
    /// The value of `key`; of several the last, as `JSON.parse` and most clients take it.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&Self> {
        self.entry(key).map(|entry| &entry.value)
    }

    /// The entry of `key`; of several the last.
    #[must_use]
    pub fn entry(&self, key: &str) -> Option<&Entry> {
        self.entries().iter().rev().find(|entry| *entry.key == *key)
    }

    /// The entries of a map; nothing for any other value.
    #[must_use]
    pub fn entries(&self) -> &[Entry] {
        if let Value::Map(entries) = &self.value { entries } else { &[] }
    }

    /// The items of a list; nothing for any other value.
    #[must_use]
    pub fn items(&self) -> &[Self] {
        if let Value::List(items) = &self.value { items } else { &[] }
    }

    /// The string, if it is one.
    #[must_use]
    pub fn as_str(&self) -> Option<&str> {
        self.as_text().map(Text::as_str)
    }

    /// The string with its origin, if it is one.
    #[must_use]
    pub const fn as_text(&self) -> Option<&Text> {
        if let Value::Text(text) = &self.value { Some(text) } else { None }
    }

    /// The truth value, if it is one.
    #[must_use]
    pub const fn as_bool(&self) -> Option<bool> {
        if let Value::Bool(value) = &self.value { Some(*value) } else { None }
    }

    /// The number as it is spelt, if it is one.
    #[must_use]
    pub fn as_number(&self) -> Option<&str> {
        if let Value::Number(number) = &self.value { Some(number) } else { None }
    }

    /// Whether it is null.
    #[must_use]
    pub const fn is_null(&self) -> bool {
        matches!(self.value, Value::Null)
    }

    /// Whether it is neither null nor a list nor a map.
    #[must_use]
    pub const fn is_scalar_literal(&self) -> bool {
        matches!(self.value, Value::Bool(_) | Value::Number(_) | Value::Text(_))
    }

    /// Whether it is a map.
    #[must_use]
    pub const fn is_map(&self) -> bool {
        matches!(self.value, Value::Map(_))
    }

    /// Whether it is a list.
    #[must_use]
    pub const fn is_list(&self) -> bool {
        matches!(self.value, Value::List(_))
    }

    /// The name of the kind of value, for messages.
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        match self.value {
            Value::Null => "null",
            Value::Bool(_) => "a truth value",
            Value::Number(_) => "a number",
            Value::Text(_) => "a string",
            Value::List(_) => "a list",
            Value::Map(_) => "an object",
        }
    }

    /// The node that a JSON Pointer (RFC 6901) names; of a duplicate key the last.
    #[must_use]
    pub fn at(&self, pointer: &str) -> Option<&Self> {
        let mut segments = pointer.split('/');
        if segments.next() != Some("") {
            return None;
        }
        let mut node = self;
        for segment in segments {
            node = match &node.value {
                Value::Map(_) => node.get(&pointer::unescape(segment))?,
                Value::List(items) => items.get(pointer::index(segment)?)?,
                Value::Null | Value::Bool(_) | Value::Number(_) | Value::Text(_) => return None,
            };
        }
        Some(node)
    }

    /// Where the bytes `range` of the decoded string stand; the whole node if it is no string.
    #[must_use]
    pub fn span_of(&self, range: std::ops::Range<usize>) -> Span {
        self.as_text().map_or(self.span, |text| text.span_of(self.span, range))
    }
}
