//! Merge conflicts that git left in a file.

use crate::problem::Span;

/// A copy of the text with the lines of conflict markers blanked, so that both sides are read and
/// every offset stays. `None` if there is no conflict.
pub(super) fn blank(text: &str) -> Option<Blanked> {
    if !text.contains("<<<<<<< ") || !text.contains(">>>>>>>") {
        return None;
    }
    let mut copy = String::with_capacity(text.len());
    let mut markers = Vec::new();
    for line in text.split_inclusive('\n') {
        if is_marker(line.trim_end()) {
            let start = copy.len();
            markers.push(Span::new(start, start + line.trim_end().len()));
            copy.extend(line.bytes().map(|byte| match byte {
                b'\n' | b'\r' => char::from(byte),
                _ => ' ',
            }));
        } else {
            copy.push_str(line);
        }
    }
    let [_, _, ..] = markers.as_slice() else { return None };
    Some(Blanked { text: copy, markers })
}

/// A text without its conflict markers.
pub(super) struct Blanked {
    /// The text, as long as it was.
    pub(super) text: String,
    /// Where the markers stand, in order; two or more.
    pub(super) markers: Vec<Span>,
}

fn is_marker(line: &str) -> bool {
    line == "======="
        || ["<<<<<<<", "|||||||", ">>>>>>>"].iter().any(|marker| {
            line.strip_prefix(marker).is_some_and(|rest| rest.is_empty() || rest.starts_with(' '))
        })
}
