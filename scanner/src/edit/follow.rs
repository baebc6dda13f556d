//! From a pointer to the node it names, on a way that is certain.

use super::Refusal;
use crate::problem::Span;
use crate::syntax::{Node, Value, pointer};

/// A node and the collections that hold it.
pub(super) struct Found<'d> {
    pub(super) node: &'d Node,
    /// From the root down; empty for the root itself.
    pub(super) steps: Vec<Step<'d>>,
}

/// A collection and which of its entries or items the way goes through.
#[derive(Clone, Copy)]
pub(super) struct Step<'d> {
    pub(super) holder: &'d Node,
    pub(super) index: usize,
}

impl<'d> Step<'d> {
    /// The key, unless the holder is a list.
    pub(super) fn key_span(&self) -> Option<Span> {
        self.holder.entries().get(self.index).map(|entry| entry.key_span)
    }
}

/// Follows a pointer. Each key on the way stands once. `nested` says that values stand inside of
/// what holds them, as they do in every format but TOML unless an alias or a merge key stands for
/// them.
pub(super) fn follow<'d>(root: &'d Node, at: &str, nested: bool) -> Result<Found<'d>, Refusal> {
    let mut found = Found { node: root, steps: Vec::new() };
    for segment in at.split('/').skip(1) {
        let holder = found.node;
        let (index, next) = match &holder.value {
            Value::Map(entries) => {
                let key = pointer::unescape(segment);
                let mut named = entries.iter().enumerate().filter(|(_, e)| *e.key == *key);
                let (index, entry) = named.next().ok_or(Refusal::NotThere)?;
                let inside = holder.span.contains(entry.key_span)
                    && entry.value.span.start >= entry.key_span.end;
                if named.next().is_some() || nested && !inside {
                    return Err(Refusal::Shared);
                }
                (index, &entry.value)
            }
            Value::List(items) => {
                let index = pointer::index(segment).ok_or(Refusal::NotThere)?;
                (index, items.get(index).ok_or(Refusal::NotThere)?)
            }
            _ => return Err(Refusal::NotThere),
        };
        if nested && !holder.span.contains(next.span) {
            return Err(Refusal::Shared);
        }
        found.steps.push(Step { holder, index });
        found.node = next;
    }
    Ok(found)
}

/// Where the elements of a bracketed collection stand, keys included. `deep` looks for the end of
/// an element in what lies below it, for tables of TOML that dots make.
pub(super) fn elements(node: &Node) -> Vec<Span> {
    let of_entries = node
        .entries()
        .iter()
        .map(|entry| Span::new(entry.key_span.start, end(&entry.value).max(entry.key_span.end)));
    let of_items = node.items().iter().map(|item| Span::new(item.span.start, end(item)));
    of_entries.chain(of_items).collect()
}

fn end(node: &Node) -> usize {
    let mut end = node.span.end;
    let mut last = node;
    // The last value of a dotted table is the last of its entries.
    while let Some(below) = last.entries().last() {
        end = end.max(below.value.span.end);
        last = &below.value;
    }
    end
}
