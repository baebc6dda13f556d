//! The fields of an entry, under the names that its client has for them.

use std::borrow::Cow;

use super::dialect::{Dialect, TransportWord};
use super::server::{Located, Named, Transport, located};
use super::shape::COMMAND_KEYS;
use crate::compiled::Text;
use crate::problem::{Problem, ProblemKind};
use crate::syntax::{Node, Value, pointer};

/// An entry's object and its pointer.
pub(super) struct Entry<'d, 'p> {
    pub(super) node: &'d Node,
    pub(super) pointer: &'p str,
    /// Of equal keys, how many behind it the wanted one has; the first if there are too few.
    pub(super) layer: usize,
}

impl<'d> Entry<'d, '_> {
    /// The node at a name, which may go into nested objects with dots, and its pointer.
    pub(super) fn at(&self, name: &str) -> Option<(&'d Node, String)> {
        if let Some(value) = self.own(name) {
            return Some((value, self.pointer_to(name)));
        }
        let mut parts = name.split('.');
        let first = parts.next().filter(|first| first.len() < name.len())?;
        let mut node = self.own(first)?;
        let mut pointer = self.pointer_to(first);
        for part in parts {
            node = node.get(part)?;
            pointer::push(&mut pointer, part);
        }
        Some((node, pointer))
    }

    fn pointer_to(&self, key: &str) -> String {
        let mut pointer = String::with_capacity(self.pointer.len() + 1 + key.len());
        pointer.push_str(self.pointer);
        pointer::push(&mut pointer, key);
        pointer
    }

    /// The value of a key of the entry itself.
    pub(super) fn own(&self, key: &str) -> Option<&'d Node> {
        let mut equal = self.node.entries().iter().rev().filter(|entry| *entry.key == *key);
        let mut found = equal.next()?;
        for _ in 0..self.layer {
            let Some(before) = equal.next() else { break };
            found = before;
        }
        Some(&found.value)
    }

    /// The first of the dialect's names that is there, else the first of those that any client
    /// uses: an entry copied from another client still says what its author meant.
    pub(super) fn first(&self, names: &[Text], others: &[&str]) -> Option<(&'d Node, String)> {
        names
            .iter()
            .map(AsRef::as_ref)
            .chain(others.iter().copied())
            .filter_map(|name| self.at(name))
            .find(|(node, _)| !node.is_null())
    }

    pub(super) fn located(&self, node: &'d Node, key: &str) -> Option<Located<'d>> {
        located(node, self.pointer_to(key))
    }

    /// The scalar of one of these names.
    pub(super) fn text(
        &self,
        names: &[Text],
        others: &[&str],
        faults: &mut Vec<Problem>,
    ) -> Option<Located<'d>> {
        let (node, pointer) = self.first(names, others)?;
        if node.is_list() || node.is_map() {
            faults.push(wrong_type("a value that should be a text", node, pointer));
            return None;
        }
        located(node, pointer)
    }

    /// The program and, where program and arguments stand in one list, the arguments.
    pub(super) fn command(
        &self,
        dialect: &Dialect,
        faults: &mut Vec<Problem>,
    ) -> (Option<Located<'d>>, Vec<Located<'d>>) {
        let Some((node, pointer)) = self.first(&dialect.fields.command, COMMAND_KEYS) else {
            return (None, Vec::new());
        };
        match &node.value {
            // Whatever the dialect's form is, a list is read: some client may run it.
            Value::List(_) => {
                let mut words = scalars(node, &pointer, faults).into_iter();
                (words.next(), words.collect())
            }
            // The nested form of older editors.
            Value::Map(_) => {
                let inner = Entry { node, pointer: &pointer, layer: 0 };
                let path = inner.text(&[], &["path", "command"], faults);
                if path.is_none() {
                    faults.push(wrong_type("a command without a path", node, pointer));
                }
                (path, Vec::new())
            }
            Value::Text(text) if text.as_str().trim().is_empty() => (None, Vec::new()),
            // It is looked at as it is spelt, but no client starts it.
            Value::Number(_) | Value::Bool(_) => {
                let message = format!("the command is {} and not a text", node.kind());
                let problem = Problem::new(ProblemKind::BadEntry, message).at(node.span);
                faults.push(problem.on(pointer.clone()));
                (located(node, pointer), Vec::new())
            }
            _ => (located(node, pointer), Vec::new()),
        }
    }

    pub(super) fn list(
        &self,
        names: &[Text],
        others: &[&str],
        faults: &mut Vec<Problem>,
    ) -> Vec<Located<'d>> {
        let Some((node, pointer)) = self.first(names, others) else { return Vec::new() };
        match &node.value {
            Value::List(_) => scalars(node, &pointer, faults),
            Value::Map(_) => {
                faults.push(wrong_type("what should be a list of arguments", node, pointer));
                Vec::new()
            }
            _ => located(node, pointer).into_iter().collect(),
        }
    }

    /// The words of a text, or of several, that spaces part.
    pub(super) fn words(&self, names: &[Text]) -> Vec<Located<'d>> {
        let Some((node, pointer)) = names.iter().find_map(|name| self.at(name)) else {
            return Vec::new();
        };
        let Some(text) = node.as_str() else { return Vec::new() };
        let mut at = 0;
        let mut words = Vec::new();
        for word in text.split(' ') {
            if !word.is_empty() {
                let (text, pointer) = (Cow::Borrowed(word), pointer.clone());
                words.push(Located { text, node, begin: at, pointer });
            }
            at += word.len() + 1;
        }
        words
    }

    /// Names and values: an object, a list of `NAME=value` or `Name: value`, or a list of objects
    /// with `name` and `value`.
    pub(super) fn named(
        &self,
        names: &[Text],
        others: &[&str],
        faults: &mut Vec<Problem>,
    ) -> Vec<Named<'d>> {
        let Some((node, pointer)) = self.first(names, others) else { return Vec::new() };
        let mut found = Vec::new();
        let empty = node.as_str().is_some_and(|text| text.trim().is_empty());
        if !node.is_map() && !node.is_list() && !empty {
            let what = "what should be an object of names and values";
            faults.push(wrong_type(what, node, pointer));
            return found;
        }
        for entry in node.entries() {
            let mut pointer = pointer.clone();
            pointer::push(&mut pointer, &entry.key);
            if entry.value.is_map() || entry.value.is_list() {
                let what = "a value that should be a text";
                faults.push(wrong_type(what, &entry.value, pointer));
            } else if let Some(value) = located(&entry.value, pointer) {
                let name = Cow::Borrowed(&*entry.key);
                found.push(Named { name, name_span: entry.key_span, value });
            }
        }
        for (index, item) in node.items().iter().enumerate() {
            let mut pointer = pointer.clone();
            pointer::push_index(&mut pointer, index);
            if let Some(text) = item.as_str() {
                let Some(at) = text.find(['=', ':']) else { continue };
                let Some((name, rest)) = text.split_at_checked(at) else { continue };
                let value = rest.get(1..).unwrap_or_default().trim_start();
                let begin = text.len() - value.len();
                let value = Located { text: Cow::Borrowed(value), node: item, begin, pointer };
                let name_span = item.span_of(0..at);
                found.push(Named { name: Cow::Borrowed(name.trim()), name_span, value });
            } else if let Some(name) = item.get("name") {
                let given = ["value", "default"]
                    .into_iter()
                    .find_map(|key| Some((key, item.get(key).filter(|value| !value.is_null())?)));
                let Some(((key, value), name_text)) = given.zip(name.as_str()) else { continue };
                pointer::push(&mut pointer, key);
                if value.is_map() || value.is_list() {
                    faults.push(wrong_type("a value that should be a text", value, pointer));
                } else if let Some(value) = located(value, pointer) {
                    let name_text = Cow::Borrowed(name_text);
                    found.push(Named { name: name_text, name_span: name.span, value });
                }
            } else if item.is_list() {
                faults.push(wrong_type("an item that should be a name and a value", item, pointer));
            }
        }
        found
    }

    /// The word that declares the transport and what it means; `None` inside for a server in the
    /// client's own process.
    pub(super) fn declared(&self, dialect: &Dialect) -> Option<(Located<'d>, Option<Transport>)> {
        // An object there is the nested form of some clients.
        let (node, pointer) =
            self.first(&dialect.transport.keys, &["type", "transport", "transportType"])?;
        let word = located(node, pointer)?;
        let own = dialect.transport.values.iter().find(|(known, _)| *known == word.text);
        let meaning = match own {
            Some((_, meaning)) => *meaning,
            None => common_word(&word.text)?,
        };
        Some((word, Transport::of(meaning)))
    }
}

/// Spellings that mean the same to every client that knows them.
fn common_word(word: &str) -> Option<TransportWord> {
    match word.to_ascii_lowercase().replace(['-', '_', ' '], "").as_str() {
        "stdio" | "local" => Some(TransportWord::Stdio),
        "http" | "https" | "streamablehttp" | "httpstreamable" | "remote" => {
            Some(TransportWord::Http)
        }
        "sse" => Some(TransportWord::Sse),
        "ws" | "websocket" => Some(TransportWord::Ws),
        _ => None,
    }
}

fn scalars<'d>(node: &'d Node, pointer: &str, faults: &mut Vec<Problem>) -> Vec<Located<'d>> {
    let mut found = Vec::new();
    for (index, item) in node.items().iter().enumerate() {
        let mut pointer = pointer.to_owned();
        pointer::push_index(&mut pointer, index);
        if item.is_map() || item.is_list() {
            faults.push(wrong_type("an item that should be a text", item, pointer));
        } else {
            found.extend(located(item, pointer));
        }
    }
    found
}

/// A value of a type that means nothing where it stands.
fn wrong_type(what: &str, node: &Node, pointer: String) -> Problem {
    let kind = node.kind();
    Problem::new(ProblemKind::BadEntry, format!("{what} is {kind}, so it was not looked at"))
        .at(node.span)
        .on(pointer)
}
