//! Typed access to the values of a file, with every fault noted and none fatal.

use std::path::{Path, PathBuf};
use std::time::Duration;

use mcp_guard_detect::nearest::nearest;
use mcp_guard_detect::secret;

use super::fault::Fault;
use super::keys::Keys;
use super::tree::{Document, Entry, Node, Value};
use super::unit;
use super::variables::{self, Found};
use crate::policy::pattern;

/// The value of an environment variable.
pub type Variables<'v> = dyn Fn(&str) -> Option<String> + 'v;

/// A word of a closed list.
pub(super) trait Word: Copy + 'static {
    /// All of them.
    const ALL: &'static [(&'static str, Self)];
    /// Words of the contract that this version does not do.
    const LATER: &'static [&'static str] = &[];
}

/// Reads values. Without variables, values that name one are not known: they are `None`, and no
/// fault.
pub(super) struct Reader<'d> {
    pub(super) document: &'d Document,
    pub(super) variables: Option<&'d Variables<'d>>,
    /// The directory that relative paths start from.
    pub(super) directory: &'d Path,
    pub(super) home: Option<&'d Path>,
    pub(super) faults: Vec<Fault>,
    pub(super) warnings: Vec<Fault>,
}

impl<'d> Reader<'d> {
    pub(super) fn fault(&mut self, at: usize, message: impl Into<String>) {
        self.faults.push(self.document.fault(at, message));
    }

    pub(super) fn warning(&mut self, at: usize, message: impl Into<String>) {
        self.warnings.push(self.document.fault(at, message));
    }

    /// The keys of a section. Unknown, repeated and not yet supported ones are told.
    pub(super) fn keys<K: Keys<'d>>(&mut self, node: &'d Node, what: &str) -> K {
        let mut found: Vec<(&'static str, &'d Node)> = Vec::new();
        for Entry { key, key_at, value } in self.map(node, what) {
            let name = key.replace('-', "_");
            match K::NAMES.iter().find(|known| **known == name) {
                Some(known) if found.iter().any(|(seen, _)| seen == known) => {
                    self.fault(*key_at, format!("`{known}` stands here a second time"));
                }
                Some(known) => found.push((known, value)),
                None if K::LATER.contains(&name.as_str()) => {
                    let message =
                        format!("`{name}` is known but not supported by this version yet");
                    self.fault(*key_at, message);
                }
                None => self.fault(*key_at, unknown("key", key, K::NAMES)),
            }
        }
        K::of(|name| found.iter().find(|(known, _)| *known == name).map(|(_, node)| *node))
    }

    /// The entries of a map whose keys are names of the user. Repeated ones are told.
    pub(super) fn named(&mut self, node: &'d Node, what: &str) -> Vec<&'d Entry> {
        let mut found: Vec<&'d Entry> = Vec::new();
        for entry in self.map(node, what) {
            if found.iter().any(|seen| seen.key == entry.key) {
                let message = format!("`{}` stands here a second time", shown(&entry.key));
                self.fault(entry.key_at, message);
            } else {
                found.push(entry);
            }
        }
        found
    }

    /// The entries of a map. A section without content is an empty one.
    fn map(&mut self, node: &'d Node, what: &str) -> &'d [Entry] {
        if !matches!(node.value, Value::Map(_) | Value::Null) {
            self.fault(node.at, format!("{what} must be a map, and this is {}", node.kind()));
        }
        node.entries()
    }

    /// The items of a list.
    pub(super) fn list(&mut self, node: &'d Node) -> &'d [Node] {
        match &node.value {
            Value::List(items) => items,
            _ => {
                self.fault(node.at, format!("this must be a list, and is {}", node.kind()));
                &[]
            }
        }
    }

    /// A text, its variables replaced. A number or truth value counts as it is spelt.
    pub(super) fn raw_text(&mut self, node: &'d Node) -> Option<String> {
        match &node.value {
            Value::Text(text) => self.expanded(node, text),
            Value::Number(text) => Some(text.clone()),
            Value::Bool(value) => Some(value.to_string()),
            Value::Null | Value::List(_) | Value::Map(_) => {
                self.fault(node.at, format!("this must be text, and is {}", node.kind()));
                None
            }
        }
    }

    /// A part of the text of a node, its variables replaced.
    pub(super) fn expanded(&mut self, node: &'d Node, text: &str) -> Option<String> {
        match variables::expand(text, self.variables) {
            Ok(Found::Known(text)) => Some(text),
            Ok(Found::Open) => None,
            Err(message) => {
                let path = self.document.root.path_to(node).unwrap_or_default();
                self.fault(node.at, format!("{path}: {message}"));
                None
            }
        }
    }

    /// A text that says something.
    pub(super) fn text(&mut self, node: &'d Node) -> Option<String> {
        let text = self.raw_text(node)?;
        if text.trim().is_empty() {
            self.fault(node.at, "this is empty");
            return None;
        }
        if text.contains('\0') {
            self.fault(node.at, "a null character cannot stand here");
            return None;
        }
        Some(text)
    }

    pub(super) fn word<T: Word>(&mut self, node: &'d Node) -> Option<T> {
        let text = self.text(node)?;
        let found = T::ALL.iter().find(|(word, _)| *word == text);
        if found.is_none() {
            let message = if T::LATER.contains(&text.as_str()) {
                format!("`{text}` is known but not supported by this version yet")
            } else {
                let words: Vec<&str> = T::ALL.iter().map(|(word, _)| *word).collect();
                unknown("value", written(node, &text), &words)
            };
            self.fault(node.at, message);
        }
        found.map(|(_, value)| *value)
    }

    pub(super) fn flag(&mut self, node: &'d Node) -> Option<bool> {
        if let Value::Bool(value) = &node.value {
            return Some(*value);
        }
        let by_variable = matches!(&node.value, Value::Text(text) if text.contains("${"));
        let value = if by_variable { self.raw_text(node)? } else { String::new() };
        let value = value.parse().ok();
        if value.is_none() {
            self.fault(node.at, "this must be true or false");
        }
        value
    }

    pub(super) fn number(&mut self, node: &'d Node, least: usize, most: usize) -> Option<usize> {
        let text = self.text(node)?;
        let number = text.parse().ok().filter(|number| (least..=most).contains(number));
        if number.is_none() {
            self.fault(node.at, format!("this must be a whole number from {least} to {most}"));
        }
        number
    }

    pub(super) fn duration(&mut self, node: &'d Node) -> Option<Duration> {
        let text = self.text(node)?;
        unit::duration(&text).map_err(|message| self.fault(node.at, message)).ok()
    }

    pub(super) fn size(&mut self, node: &'d Node) -> Option<usize> {
        let text = self.text(node)?;
        unit::size(&text).map_err(|message| self.fault(node.at, message)).ok()
    }

    /// A path: `~/` is the home directory, and a relative one starts from that of the file.
    pub(super) fn path(&mut self, node: &'d Node) -> Option<PathBuf> {
        let text = self.text(node)?;
        self.placed(node, &text)
    }

    pub(super) fn placed(&mut self, node: &'d Node, text: &str) -> Option<PathBuf> {
        let below_home = if text == "~" { Some("") } else { text.strip_prefix("~/") };
        let Some(below) = below_home else {
            return Some(self.directory.join(text.strip_prefix("./").unwrap_or(text)));
        };
        let Some(home) = self.home else {
            self.fault(node.at, "the home directory is not known; write the path without `~`");
            return None;
        };
        Some(if below.is_empty() { home.to_owned() } else { home.join(below) })
    }

    /// Texts: a list of them, or one alone.
    pub(super) fn texts(&mut self, node: &'d Node) -> Vec<(String, &'d Node)> {
        let items = node.items_or_self();
        items.iter().filter_map(|item| Some((self.text(item)?, item))).collect()
    }

    /// Patterns in which `*` stands for anything. Something must stand in the list: nobody can tell
    /// whether an empty one allows everything or nothing.
    pub(super) fn patterns(&mut self, node: &'d Node) -> Vec<(String, &'d Node)> {
        let mut texts = self.names(node);
        texts.retain(|(text, node)| {
            let error = pattern(text).err();
            if let Some(error) = &error {
                self.fault(
                    node.at,
                    format!("`{}` is no pattern: {error}", shown(written(node, text))),
                );
            }
            error.is_none()
        });
        texts
    }

    /// The same for names that are taken as they stand.
    pub(super) fn names(&mut self, node: &'d Node) -> Vec<(String, &'d Node)> {
        let is_empty = matches!(&node.value, Value::List(items) if items.is_empty());
        if node.is_null() || is_empty {
            self.fault(node.at, "this list is empty; leave the key out, or write what it is for");
            return Vec::new();
        }
        self.texts(node)
    }
}

/// A value as it is written, so that no message tells what a variable holds.
pub(super) fn written<'t>(node: &'t Node, text: &'t str) -> &'t str {
    match &node.value {
        Value::Text(written) if written.contains("${") => written,
        _ => text,
    }
}

/// What somebody wrote, fit for a message: no longer than a line, without the secrets that a format
/// tells, and with nothing that acts on a terminal.
pub(super) fn shown(text: &str) -> String {
    const LONGEST: usize = 80;
    let mut discreet = String::new();
    let mut rest = 0;
    for found in secret::find_joined(text) {
        discreet.push_str(text.get(rest..found.start).unwrap_or_default());
        discreet.push_str(&secret::redact(text.get(found.start..found.end).unwrap_or_default()));
        rest = found.end;
    }
    discreet.push_str(text.get(rest..).unwrap_or_default());
    let mut shown: String = discreet
        .chars()
        .take(LONGEST)
        .map(|character| if character.is_control() { '\u{fffd}' } else { character })
        .collect();
    if discreet.chars().nth(LONGEST).is_some() {
        shown.push('…');
    }
    shown
}

/// Says that there is no such word, and which one may have been meant.
pub(super) fn unknown(what: &str, word: &str, known: &[&str]) -> String {
    let word = shown(word);
    match nearest(&word, known.iter().copied()) {
        Some(near) => format!("unknown {what} `{word}`; did you mean `{near}`?"),
        None if known.is_empty() => format!("unknown {what} `{word}`"),
        None => format!("unknown {what} `{word}`; there are {}", known.join(", ")),
    }
}

/// Says that there is no such server, and which one may have been meant.
pub(super) fn no_server(name: &str, known: &[&str]) -> String {
    let name = shown(name);
    match nearest(&name, known.iter().copied()) {
        Some(near) => format!("there is no server `{name}`; did you mean `{near}`?"),
        None => format!("there is no server `{name}`"),
    }
}
