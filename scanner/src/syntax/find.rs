//! Searches the tree by patterns over pointers.

use std::borrow::Cow;
use std::str::Split;

use super::node::{Node, Value};
use super::pointer;

/// All nodes below `root` that `pattern` names, in the order of the document, with their pointers.
///
/// A pattern is a pointer in which the segment `*` stands for any key or index. A key with a dot,
/// such as `mcp.servers`, is one segment. Of a duplicate key every value is found, and they share
/// one pointer. The empty pattern names the root.
#[must_use]
pub fn find<'a, 'p>(root: &'a Node, pattern: &'p str) -> Vec<(Cow<'p, str>, &'a Node)> {
    let mut found = Vec::new();
    if lacks(root, pattern) {
        return found;
    }
    let mut segments = pattern.split('/');
    if !segments.next().is_some_and(str::is_empty) {
        return found;
    }
    if pattern.contains('*') {
        below(root, segments, &mut String::new(), &mut found);
    } else {
        plain(root, pattern, segments, &mut found);
    }
    found
}

/// Whether an object has no key that the pattern could begin with: most that are looked for end
/// there.
#[must_use]
pub fn lacks(root: &Node, pattern: &str) -> bool {
    let Value::Map(entries) = &root.value else { return false };
    let Some(rest) = pattern.strip_prefix('/').filter(|rest| !rest.starts_with(['*', '~'])) else {
        return false;
    };
    let begins = |key: &str| {
        let after = rest.strip_prefix(key).map(str::as_bytes);
        matches!(after, Some([] | [b'/', ..]))
    };
    // An escaped sign is rare enough to look at the whole.
    !entries.iter().any(|entry| begins(&entry.key) || entry.key.contains(['~', '/']))
}

/// Adds what a pattern without `*` names, which is the pointer of all of it.
fn plain<'a, 'p>(
    node: &'a Node,
    pattern: &'p str,
    mut segments: Split<'_, char>,
    found: &mut Vec<(Cow<'p, str>, &'a Node)>,
) {
    let Some(segment) = segments.next() else {
        found.push((Cow::Borrowed(pattern), node));
        return;
    };
    let key = pointer::unescape(segment);
    match &node.value {
        Value::Map(entries) => {
            for entry in entries.iter().filter(|entry| *entry.key == *key) {
                plain(&entry.value, pattern, segments.clone(), found);
            }
        }
        Value::List(items) => {
            if let Some(item) = pointer::index(&key).and_then(|index| items.get(index)) {
                plain(item, pattern, segments, found);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Text(_) => {}
    }
}

/// Adds what the rest of a pattern names below a node that stands at `path`. A pattern has few
/// segments, so the calls do not go deep.
fn below<'a>(
    node: &'a Node,
    mut segments: Split<'_, char>,
    path: &mut String,
    found: &mut Vec<(Cow<'_, str>, &'a Node)>,
) {
    let Some(segment) = segments.next() else {
        found.push((Cow::Owned(path.clone()), node));
        return;
    };
    let any = segment == "*";
    let key = pointer::unescape(segment);
    let length = path.len();
    match &node.value {
        Value::Map(entries) => {
            for entry in entries.iter().filter(|entry| any || *entry.key == *key) {
                pointer::push(path, &entry.key);
                below(&entry.value, segments.clone(), path, found);
                path.truncate(length);
            }
        }
        Value::List(items) => {
            let wanted = pointer::index(&key);
            for (at, item) in items.iter().enumerate() {
                if any || wanted == Some(at) {
                    pointer::push_index(path, at);
                    below(item, segments.clone(), path, found);
                    path.truncate(length);
                }
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Text(_) => {}
    }
}
