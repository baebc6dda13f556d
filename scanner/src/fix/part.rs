//! Parts of strings.

use std::ops::Range;

use crate::edit::{Change, Content};
use crate::problem::Span;
use crate::syntax::Node;

/// No value that is edited in part is longer than this many bytes.
const LONGEST: usize = 16 << 10;

/// Which bytes of a string stand at a place of the document.
pub(super) fn range_at(node: &Node, span: Span) -> Option<Range<usize>> {
    let text = node.as_str().filter(|text| text.len() <= LONGEST)?;
    let bounds = || text.char_indices().map(|(at, _)| at).chain([text.len()]);
    let start = bounds().find(|&at| node.span_of(at..text.len()).start == span.start)?;
    let end = bounds().filter(|&at| at >= start).find(|&at| node.span_of(start..at) == span);
    end.map(|end| start..end)
}

/// The string with something else in place of a part of it, at that pointer.
pub(super) fn replace(node: &Node, at: &str, range: Range<usize>, new: &str) -> Option<Change> {
    let text = node.as_str()?;
    let (before, after) = (text.get(..range.start)?, text.get(range.end..)?);
    let value = Content::Text(format!("{before}{new}{after}").into());
    Some(Change::Set { at: at.to_owned(), value })
}
