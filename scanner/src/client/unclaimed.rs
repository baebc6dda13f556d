//! What looks like servers, or should be servers, where the client reads none.

use std::collections::HashSet;

use super::dialect::{Dialect, Scope};
use super::owner::{Origin, claimed};
use super::server::Reading;
use super::{dialect, shape};
use crate::problem::{Problem, ProblemKind, Span};
use crate::syntax::{Node, Value, find, lacks, pointer};

/// The pointers of the collections that are read already.
#[derive(Default)]
pub(super) struct Taken {
    pointers: HashSet<String>,
    /// The pointers of all that they lie in.
    above: HashSet<String>,
}

impl Taken {
    pub(super) fn add(&mut self, pointer: &str) {
        let above = pointer.match_indices('/').filter_map(|(at, _)| pointer.get(..at));
        for above in above {
            if !self.above.contains(above) {
                self.above.insert(above.to_owned());
            }
        }
        self.pointers.insert(pointer.to_owned());
    }

    pub(super) fn contains(&self, pointer: &str) -> bool {
        self.pointers.contains(pointer)
    }

    /// Whether one of them lies below.
    pub(super) fn is_below(&self, pointer: &str) -> bool {
        self.above.contains(pointer)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.pointers.is_empty()
    }

    pub(super) fn len(&self) -> usize {
        self.pointers.len()
    }
}

/// Collections of plain servers under keys that speak of servers and that no known map covers.
pub(super) fn search<'d>(
    node: &'d Node,
    at: &mut String,
    taken: &Taken,
    found: &mut Vec<(String, &'d Node, Span)>,
) {
    let length = at.len();
    for (index, item) in node.items().iter().enumerate() {
        pointer::push_index(at, index);
        search(item, at, taken, found);
        at.truncate(length);
    }
    for entry in node.entries() {
        if !(entry.value.is_map() || entry.value.is_list()) {
            continue;
        }
        pointer::push(at, &entry.key);
        if !taken.contains(at) && !taken.contains("") {
            let named = !taken.is_below(at) && shape::names_servers(&entry.key);
            if named && shape::holds_entries(at, &entry.value) {
                found.push((at.clone(), &entry.value, entry.key_span));
            } else {
                search(&entry.value, at, taken, found);
            }
        }
        at.truncate(length);
    }
}

/// What stands where a client has its servers, but is neither an object nor a list of them.
pub(super) fn misplaced(
    root: &Node,
    origin: &Origin<'_>,
    taken: &mut Taken,
    reading: &mut Reading<'_>,
) {
    // There a text or a list of texts names files or servers that are defined elsewhere.
    let refers = matches!(reading.scope, Scope::Plugin | Scope::Agent | Scope::Extension);
    let mut dialects: Vec<&'static Dialect> = Vec::new();
    let claimed =
        claimed(origin).into_iter().chain(origin.claims.iter().map(|claim| claim.dialect));
    for dialect in claimed.chain(reading.client).chain(dialect("generic")) {
        if !dialects.iter().any(|known| known.id == dialect.id) {
            dialects.push(dialect);
        }
    }
    // Many clients have their servers at the same place.
    let mut places: Vec<&str> = Vec::new();
    for map in dialects.into_iter().flat_map(|dialect| dialect.maps.iter()) {
        if !lacks(root, &map.at) && !places.contains(&map.at.as_ref()) {
            places.push(&map.at);
        }
    }
    for place in places.into_iter().filter(|place| shape::is_unmistakable(place)) {
        for (pointer, node) in find(root, place) {
            let wrong = match &node.value {
                Value::Text(text) => !refers && !text.as_str().trim().is_empty(),
                Value::Number(_) => true,
                Value::List(items) => {
                    items.iter().any(|item| !item.is_null())
                        && !(refers && items.iter().all(|item| item.as_str().is_some()))
                }
                Value::Null | Value::Bool(_) | Value::Map(_) => false,
            };
            reading.maps += usize::from(shape::is_empty(node));
            if wrong && !taken.contains(&pointer) {
                let message = format!(
                    "what stands here is {} and not an object of servers; nothing of it was \
                     analysed",
                    node.kind()
                );
                reading.problems.push(
                    Problem::new(ProblemKind::UnknownShape, message)
                        .at(node.span)
                        .on(pointer.clone()),
                );
                taken.add(&pointer);
            }
        }
    }
}

/// A file whose name promises servers and that holds something else is worth a word, and so is one
/// that holds no object at all.
pub(super) fn expects_servers(
    root: &Node,
    origin: &Origin<'_>,
    taken: &Taken,
    reading: &mut Reading<'_>,
) {
    let name = origin.path.rsplit('/').next().unwrap_or_default();
    let promises = name.contains("mcp") && !name.starts_with("mcp-guard");
    let holds_something = match &root.value {
        Value::Map(entries) => entries.iter().any(|entry| {
            !shape::is_remark(&entry.key)
                && entry.key.as_ref() != "inputs"
                && !shape::is_empty(&entry.value)
        }),
        Value::List(items) => !items.is_empty(),
        Value::Null => false,
        _ => true,
    };
    let nothing = match &root.value {
        Value::List(items) => items.is_empty(),
        // Without a span it is what a file of comments stands for.
        Value::Null => !root.span.is_empty(),
        _ => false,
    };
    // Some clients keep rows in YAML, and none of them a list in JSON.
    let json = [".json", ".jsonc", ".json5"].iter().any(|ending| name.ends_with(ending));
    let claimed = json && !origin.claims.is_empty();
    let none = taken.is_empty() && reading.servers.is_empty() && reading.problems.is_empty();
    if promises && holds_something && none {
        reading.problems.push(
            Problem::new(
                ProblemKind::UnknownShape,
                "no server map was found, although the file's name promises one; expected a key \
                 such as `mcpServers` or `servers`",
            )
            .at(Span::new(root.span.start, root.span.start)),
        );
    } else if none && nothing && (promises || claimed) {
        let message = format!(
            "the whole file is {}, where clients expect an object; none of them reads a server from it",
            root.kind()
        );
        reading.problems.push(Problem::new(ProblemKind::UnknownShape, message).at(root.span));
    }
}
