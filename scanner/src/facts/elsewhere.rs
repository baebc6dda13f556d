//! Secrets anywhere else in a document: an excerpt shows a whole line, and a line can hold a whole
//! file.

use mcp_guard_detect::secret::{self, ValueClass};

use super::collect::Collector;
use super::discretion::is_switch;
use super::unrecognised;
use crate::problem::Span;
use crate::syntax::{Document, Node, Value};

/// So many secrets are looked for in the rest of the file.
const MOST_REPEATED: usize = 64;

/// Marks secrets anywhere else in the document as not to be shown: an excerpt shows a whole line,
/// and a line can hold a whole file.
pub(super) fn blot(collector: &mut Collector, document: &Document) {
    let hint = secret::hint(document.text());
    for root in document.roots() {
        blot_node(collector, root, None, hint);
    }
    // Comments, keys and what is left of a broken file are no values of the tree.
    if hint {
        for found in secret::find(None, document.text()) {
            collector.blot(Span::new(found.start, found.end));
        }
    }
    for secret in collector.blotted(document.text(), MOST_REPEATED) {
        for (at, _) in document.text().match_indices(secret) {
            collector.blot(Span::new(at, at + secret.len()));
        }
    }
}

/// What a value below that key is called: `value` says nothing of its own, as in
/// `"apiKey": {"value": "…"}`.
pub(super) fn called<'k>(above: Option<&'k str>, key: &'k str) -> &'k str {
    above.filter(|_| key.eq_ignore_ascii_case("value")).unwrap_or(key)
}

fn blot_node(collector: &mut Collector, node: &Node, name: Option<&str>, hint: bool) {
    match &node.value {
        Value::Map(entries) => {
            for entry in entries {
                blot_node(collector, &entry.value, Some(called(name, &entry.key)), hint);
            }
        }
        Value::List(items) => {
            for item in items {
                blot_node(collector, item, name, hint);
            }
        }
        Value::Text(text) => {
            let text = text.as_str();
            let named = name.is_some_and(secret::names_a_secret);
            if named && secret::classify(text) == ValueClass::Literal && !is_switch(text) {
                collector.blot(node.span_of(0..text.len()));
                collector.keep_secret(text);
            } else if hint && secret::hint(text) {
                let found = secret::find(name, text).into_iter();
                let found = found.map(|found| found.start..found.end);
                for place in found.chain(unrecognised::assigned(text)) {
                    collector.blot(node.span_of(place.clone()));
                    collector.keep_secret(text.get(place).unwrap_or_default());
                }
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}
