//! Changes to a document that leave everything else in it as it is: comments, order, indentation,
//! line ends, byte order mark.
//!
//! A [`Change`] speaks of values; [`plan`] turns it into [`Edit`]s, byte ranges of the text with
//! their replacements, by the places that the tree knows. One way serves every format, broken lines
//! and comments in odd places included. Whether a plan was right is not taken on trust: whatever is
//! edited is parsed again, and refused unless exactly the wanted values have changed.

mod block;
mod content;
mod flow;
mod follow;
mod layout;
mod plan;
mod print;
mod spell;
mod table;
#[cfg(test)]
mod tests;

pub use content::Content;
pub use plan::plan;

use crate::problem::{ProblemKind, Span};
use crate::syntax::{Document, Format, Limits, Node, pointer};

/// A byte range of a document's text and what takes its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edit {
    /// What is replaced; empty for an insertion.
    pub span: Span,
    /// What stands there afterwards.
    pub text: String,
}

impl Edit {
    pub(super) const fn new(span: Span, text: String) -> Self {
        Self { span, text }
    }

    const fn remove(span: Span) -> Self {
        Self { span, text: String::new() }
    }
}

/// What is to be different.
#[derive(Clone, Debug, PartialEq)]
pub enum Change {
    /// The value at a JSON Pointer (RFC 6901); a key that its map does not have is added.
    Set {
        /// Where.
        at: String,
        /// The new value.
        value: Content,
    },
    /// One more item of the list at a pointer.
    Insert {
        /// Where the list is.
        at: String,
        /// The index of the new item, at most the number of items.
        index: usize,
        /// The item.
        value: Content,
    },
    /// A key with its value, or an item, taken out.
    Remove {
        /// Where.
        at: String,
    },
}

/// Why a document was not edited.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// It was not read whole, so what stands in it is not certain.
    #[error("the file is broken; repair it first")]
    Broken,
    /// There is no value at that place.
    #[error("there is nothing at that place")]
    NotThere,
    /// The value is shared by an alias, comes from a merge key, stands under a key that occurs
    /// twice or is written in a way that is not edited.
    #[error("it is written in a way that cannot be edited for certain")]
    Shared,
    /// TOML has no null.
    #[error("the format has no such value")]
    NoNull,
    /// The edited text does not hold what it should.
    #[error("the edit would have changed something else")]
    Mismatch,
}

/// An empty document of a format.
#[must_use]
pub fn blank(format: Format) -> Document {
    let text = match format {
        Format::Json | Format::Jsonc | Format::Json5 => "{}\n",
        Format::Toml | Format::Yaml => "",
        Format::FrontMatter => "---\n---\n",
    };
    Document::parse(text.as_bytes(), format, &Limits::default())
}

/// The document after one change.
///
/// # Errors
/// The change cannot be made for certain.
pub fn change(document: &Document, change: &Change) -> Result<Document, Refusal> {
    let edits = plan(document, change)?;
    checked(document, &edits, [change])
}

/// The document with the edits, if they make exactly these changes. `changes` are made in order.
///
/// # Errors
/// They overlap or do something else.
pub fn checked<'c>(
    document: &Document,
    edits: &[Edit],
    changes: impl IntoIterator<Item = &'c Change>,
) -> Result<Document, Refusal> {
    let text = apply(document.text(), edits).ok_or(Refusal::Mismatch)?;
    let mut wanted = whole(document);
    for change in changes {
        wanted.make(change)?;
    }
    let edited = document.with_text(text);
    let found = whole(&edited);
    let toml = document.format() == Format::Toml;
    let same = if toml {
        found.without_empty_maps().same(&wanted.without_empty_maps())
    } else {
        found.same(&wanted)
    };
    if same && edited.roots().len() <= 1 && is_sound(&edited) {
        Ok(edited)
    } else {
        Err(Refusal::Mismatch)
    }
}

/// What a document holds. An empty one of TOML is a table without keys.
fn whole(document: &Document) -> Content {
    match document.roots().first() {
        Some(root) => Content::from(root),
        None if document.format() == Format::Toml => Content::Map(Vec::new()),
        None => Content::Null,
    }
}

/// The text with the edits; `None` if they overlap or lie outside of it.
#[must_use]
pub fn apply(text: &str, edits: &[Edit]) -> Option<String> {
    let mut order: Vec<&Edit> = edits.iter().collect();
    order.sort_by_key(|edit| edit.span);
    let mut out = String::with_capacity(text.len() + 64);
    let mut from = 0;
    for edit in order {
        out.push_str(text.get(from..edit.span.start)?);
        out.push_str(&edit.text);
        from = edit.span.end.max(edit.span.start);
    }
    out.push_str(text.get(from..)?);
    Some(out)
}

/// Makes a value be at a pointer, with as few changes as that takes: what is equal already stays
/// as it is written, and maps on the way are added where they are missing.
///
/// # Errors
/// One of the changes cannot be made for certain.
pub fn set(document: &Document, at: &str, value: &Content) -> Result<Document, Refusal> {
    let mut edited = document.clone();
    for next in differences(document, at, value) {
        edited = change(&edited, &next)?;
    }
    Ok(edited)
}

/// The changes that make a value be at a pointer, to be made one after the other.
fn differences(document: &Document, at: &str, value: &Content) -> Vec<Change> {
    let mut changes = Vec::new();
    let Some(root) = document.roots().first() else {
        let value = at.rsplit('/').filter(|_| !at.is_empty()).fold(value.clone(), nest);
        let value = if at.is_empty() { value } else { unnest(value) };
        changes.push(Change::Set { at: String::new(), value });
        return changes;
    };
    let mut here = root;
    let mut place = String::new();
    let mut rest = at.split('/').skip(1);
    while let Some(segment) = rest.next() {
        let next = match here.items() {
            [] => here.get(&pointer::unescape(segment)),
            items => pointer::index(segment).and_then(|index| items.get(index)),
        };
        let Some(next) = next else {
            let below: Vec<&str> = rest.collect();
            let value = below.into_iter().rev().fold(value.clone(), nest);
            if here.is_null() {
                changes.push(Change::Set { at: place, value: nest(value, segment) });
            } else {
                place.push('/');
                place.push_str(segment);
                changes.push(Change::Set { at: place, value });
            }
            return changes;
        };
        place.push('/');
        place.push_str(segment);
        here = next;
    }
    differ(here, place, value, &mut changes);
    changes
}

fn nest(value: Content, segment: &str) -> Content {
    Content::Map(vec![(pointer::unescape(segment).into(), value)])
}

/// Without the map that the empty segment before the first slash of a pointer made.
fn unnest(value: Content) -> Content {
    match value {
        Content::Map(entries) => {
            entries.into_iter().next().map_or(Content::Null, |(_, value)| value)
        }
        other => other,
    }
}

fn differ(node: &Node, at: String, value: &Content, changes: &mut Vec<Change>) {
    match value {
        Content::Map(wanted) if node.is_map() => {
            for entry in node.entries() {
                if !wanted.iter().any(|(key, _)| *key == entry.key) {
                    changes.push(Change::Remove { at: below(&at, &entry.key) });
                }
            }
            for (key, value) in wanted {
                match node.get(key) {
                    Some(old) => differ(old, below(&at, key), value, changes),
                    None => {
                        changes.push(Change::Set { at: below(&at, key), value: value.clone() });
                    }
                }
            }
        }
        Content::List(wanted) if node.is_list() => {
            let items = node.items();
            let equal = |(node, value): &(&Node, &Content)| Content::from(*node).same(value);
            let head = items.iter().zip(wanted).take_while(equal).count();
            let room = items.len().min(wanted.len()) - head;
            let tail =
                items.iter().rev().zip(wanted.iter().rev()).take(room).take_while(equal).count();
            let (old, new) = (items.len() - head - tail, wanted.len() - head - tail);
            let item = |index: usize| format!("{at}/{index}");
            let both = items.iter().zip(wanted).enumerate().skip(head).take(old.min(new));
            for (index, (node, value)) in both {
                differ(node, item(index), value, changes);
            }
            for index in (head + new..head + old).rev() {
                changes.push(Change::Remove { at: item(index) });
            }
            for (index, value) in
                wanted.iter().enumerate().skip(head + old).take(new.saturating_sub(old))
            {
                changes.push(Change::Insert { at: at.clone(), index, value: value.clone() });
            }
        }
        _ if Content::from(node).same(value) => {}
        _ => changes.push(Change::Set { at, value: value.clone() }),
    }
}

fn below(at: &str, key: &str) -> String {
    let mut at = at.to_owned();
    pointer::push(&mut at, key);
    at
}

/// Whether the document was read whole. A key that stands twice can be read; that it is not the one
/// to be edited is looked at on the way.
fn is_sound(document: &Document) -> bool {
    let empty = document.roots().is_empty() && document.text().trim().is_empty();
    let known = |kind| empty && kind == ProblemKind::Syntax || kind == ProblemKind::DuplicateKey;
    document.problems().iter().all(|problem| known(problem.kind))
}
