//! Edits of texts as people write them, and of any text at all.

mod cases;
mod property;

use super::{Change, Content};
use crate::syntax::{Document, Format, Limits};

fn read(text: &str, format: Format) -> Document {
    Document::parse(text.as_bytes(), format, &Limits::default())
}

/// Content from JSON.
fn json(text: &str) -> Content {
    Content::from(read(text, Format::Json).roots().first().unwrap())
}

fn set(at: &str, value: &str) -> Change {
    Change::Set { at: at.to_owned(), value: json(value) }
}

fn remove(at: &str) -> Change {
    Change::Remove { at: at.to_owned() }
}

fn insert(at: &str, index: usize, value: &str) -> Change {
    Change::Insert { at: at.to_owned(), index, value: json(value) }
}
