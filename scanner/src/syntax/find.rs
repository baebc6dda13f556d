//! Searches the tree by patterns over pointers.

use super::node::{Node, Value};
use super::pointer;

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
        let key = pointer::unescape(segment);
        let mut below = Vec::new();
        for (path, node) in found {
            match &node.value {
                Value::Map(entries) => {
                    for entry in entries.iter().filter(|entry| any || *entry.key == *key) {
                        let mut path = path.clone();
                        pointer::push(&mut path, &entry.key);
                        below.push((path, &entry.value));
                    }
                }
                Value::List(items) => {
                    let wanted = pointer::index(&key);
                    for (at, item) in items.iter().enumerate() {
                        if any || wanted == Some(at) {
                            let mut path = path.clone();
                            pointer::push_index(&mut path, at);
                            below.push((path, item));
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
