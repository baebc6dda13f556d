//! A file as a tree of values, each with its place.

use super::fault::Fault;

/// A value and the byte of the text at which it begins.
#[derive(Clone, Debug)]
pub(super) struct Node {
    pub(super) at: usize,
    pub(super) value: Value,
}

#[derive(Clone, Debug)]
pub(super) enum Value {
    Null,
    Bool(bool),
    /// A number as it is spelt.
    Number(String),
    Text(String),
    List(Vec<Node>),
    /// In the order of the text. A key can stand more than once.
    Map(Vec<Entry>),
}

/// A key and its value.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    pub(super) key: String,
    pub(super) key_at: usize,
    pub(super) value: Node,
}

impl Node {
    pub(super) fn entries(&self) -> &[Entry] {
        if let Value::Map(entries) = &self.value { entries } else { &[] }
    }

    /// The items of a list, or the one value itself.
    pub(super) fn items_or_self(&self) -> &[Self] {
        if let Value::List(items) = &self.value { items } else { std::slice::from_ref(self) }
    }

    pub(super) const fn kind(&self) -> &'static str {
        match self.value {
            Value::Null => "nothing",
            Value::Bool(_) => "a truth value",
            Value::Number(_) => "a number",
            Value::Text(_) => "text",
            Value::List(_) => "a list",
            Value::Map(_) => "a map",
        }
    }

    pub(super) const fn is_null(&self) -> bool {
        matches!(self.value, Value::Null)
    }

    /// The keys and positions that lead to a value of this tree, as `auth.keys[1].key`.
    pub(super) fn path_to(&self, wanted: &Self) -> Option<String> {
        if std::ptr::eq(self, wanted) {
            return Some(String::new());
        }
        let entries = self.entries().iter().map(|entry| (entry.key.clone(), &entry.value));
        let items = match &self.value {
            Value::List(items) => items.as_slice(),
            _ => &[],
        };
        let items = items.iter().enumerate().map(|(index, item)| (format!("[{index}]"), item));
        entries.chain(items).find_map(|(step, child)| {
            let rest = child.path_to(wanted)?;
            let dot = if rest.is_empty() || rest.starts_with('[') { "" } else { "." };
            Some(format!("{step}{dot}{rest}"))
        })
    }
}

/// A file that was read: its text and its one value.
#[derive(Clone, Debug)]
pub(super) struct Document {
    pub(super) text: String,
    pub(super) root: Node,
}

impl Document {
    pub(super) fn fault(&self, at: usize, message: impl Into<String>) -> Fault {
        fault_at(&self.text, at, message)
    }
}

/// A complaint about the byte `at` of a text.
pub(super) fn fault_at(text: &str, at: usize, message: impl Into<String>) -> Fault {
    let before = text.get(..text.floor_char_boundary(at)).unwrap_or_default();
    let line = before.rsplit('\n').next().unwrap_or_default();
    Fault {
        line: before.matches('\n').count() + 1,
        column: line.chars().count() + 1,
        message: message.into(),
    }
}
