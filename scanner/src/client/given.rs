//! What must stand elsewhere in a document for a place in it to count.

use super::dialect::Given;
use super::location::segment_fits;
use super::server::located;
use crate::syntax::{Node, find};

/// Whether all of it stands there, for the place that `pattern` found.
pub(super) fn holds(root: &Node, given: &[Given], pattern: &str, place: &str) -> bool {
    given.iter().all(|given| {
        find(root, &filled(&given.at, pattern, place)).into_iter().any(|(_, node)| {
            if given.is.is_empty() {
                return !node.is_null();
            }
            let value = located(node, String::new());
            value.is_some_and(|value| given.is.iter().any(|like| segment_fits(like, &value.text)))
        })
    })
}

/// A pointer with each `*` replaced by the key that a `*` of `pattern` stood for in `place`, in
/// order.
pub(super) fn filled(at: &str, pattern: &str, place: &str) -> String {
    let mut keys = pattern.split('/').zip(place.split('/')).filter(|(part, _)| *part == "*");
    let parts: Vec<&str> = at
        .split('/')
        .map(|part| if part == "*" { keys.next().map_or(part, |(_, key)| key) } else { part })
        .collect();
    parts.join("/")
}
