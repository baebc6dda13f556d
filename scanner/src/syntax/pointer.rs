//! JSON Pointers (RFC 6901) and patterns over them.

use super::node::{Node, Value};

/// A key as it stands in a pointer: `~` becomes `~0` and `/` becomes `~1`.
#[must_use]
pub fn escape(key: &str) -> String {
    key.replace('~', "~0").replace('/', "~1")
}

/// The key that a segment of a pointer stands for.
#[must_use]
pub fn unescape(segment: &str) -> String {
    segment.replace("~1", "/").replace("~0", "~")
}

/// Appends a key to a pointer.
pub fn push(pointer: &mut String, key: &str) {
    pointer.push('/');
    for character in key.chars() {
        match character {
            '~' => pointer.push_str("~0"),
            '/' => pointer.push_str("~1"),
            _ => pointer.push(character),
        }
    }
}

/// Appends an index to a pointer.
pub fn push_index(pointer: &mut String, index: usize) {
    pointer.push('/');
    pointer.push_str(&index.to_string());
}

/// All nodes below `root` that `pattern` names, in the order of the document, with their pointers.
///
/// A pattern is a pointer in which the segment `*` stands for any key or index. A key with a dot,
/// such as `mcp.servers`, is one segment. Of a duplicate key every value is found, and they share
/// one pointer. The empty pattern names the root.
#[must_use]
pub fn find<'a>(root: &'a Node, pattern: &str) -> Vec<(String, &'a Node)> {
    let mut found = vec![(String::new(), root)];
    let mut segments = pattern.split('/');
    if segments.next().is_none_or(|before| !before.is_empty()) {
        return Vec::new();
    }
    for segment in segments {
        let any = segment == "*";
        let key = unescape(segment);
        let mut below = Vec::new();
        for (pointer, node) in found {
            match &node.value {
                Value::Map(entries) => {
                    for entry in entries.iter().filter(|entry| any || *entry.key == *key) {
                        let mut pointer = pointer.clone();
                        push(&mut pointer, &entry.key);
                        below.push((pointer, &entry.value));
                    }
                }
                Value::List(items) => {
                    let wanted = index(&key);
                    for (at, item) in items.iter().enumerate() {
                        if any || wanted == Some(at) {
                            let mut pointer = pointer.clone();
                            push_index(&mut pointer, at);
                            below.push((pointer, item));
                        }
                    }
                }
                Value::Null | Value::Bool(_) | Value::Number(_) | Value::Text(_) => {}
            }
        }
        found = below;
    }
    found
}

/// An array index as RFC 6901 writes it: digits without a leading zero.
pub(super) fn index(segment: &str) -> Option<usize> {
    let canonical = segment == "0" || !segment.starts_with(['0', '+']);
    if canonical { segment.parse().ok() } else { None }
}
