//! Merge keys: `<<: *base` takes over the entries of another map.

use std::collections::HashSet;

use super::super::node::{Entry, Node, Value};

pub(super) const KEY: &str = "<<";

/// Replaces the merge keys of a map by the entries they stand for. A key of the map itself wins
/// over a merged one, and of two maps in a list the earlier. A merge key whose value is no map
/// stays as it is.
pub(super) fn merge(entries: Vec<Entry>) -> Vec<Entry> {
    let (merges, mut kept): (Vec<_>, Vec<_>) = entries.into_iter().partition(is_merge);
    let mut known: HashSet<Box<str>> = kept.iter().map(|entry| entry.key.clone()).collect();
    for merge in merges {
        let sources = match merge.value.value {
            Value::List(items) => items,
            value => vec![Node { span: merge.value.span, value }],
        };
        for source in sources {
            if let Value::Map(entries) = source.value {
                kept.extend(entries.into_iter().filter(|entry| known.insert(entry.key.clone())));
            }
        }
    }
    kept
}

/// Whether an entry merges maps. A quoted `"<<"` is a plain key, seen by its longer span.
fn is_merge(entry: &Entry) -> bool {
    *entry.key == *KEY
        && entry.key_span.len() == KEY.len()
        && match &entry.value.value {
            Value::Map(_) => true,
            Value::List(items) => !items.is_empty() && items.iter().all(Node::is_map),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::Text(_) => false,
        }
}
