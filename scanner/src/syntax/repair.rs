//! Edits of a copy that keep its length, so that what a parser refuses can be read around.

use super::node::{Node, Value};
use super::text::Text;
use crate::problem::Span;

/// The text with everything but the line ends of `span` turned into spaces.
pub(super) fn blank(text: &str, span: Span) -> String {
    let mut copy = String::with_capacity(text.len());
    copy.push_str(text.get(..span.start).unwrap_or_default());
    let gone = text.get(span.start..span.end).unwrap_or_default();
    copy.extend(gone.bytes().map(|byte| if byte == b'\n' { '\n' } else { ' ' }));
    copy.push_str(text.get(span.end..).unwrap_or_default());
    copy
}

/// Makes a tree that was read from a blanked copy fit the text: spans end between characters, and
/// of a string with a blanked line in it only the whole is known. `blanked` ascends without overlap.
pub(super) fn fit(node: &mut Node, text: &str, blanked: &[Span]) {
    node.span = fitted(node.span, text);
    match &mut node.value {
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
        Value::Text(value) => {
            let next = blanked.partition_point(|gone| gone.end <= node.span.start);
            if blanked.get(next).is_some_and(|gone| gone.start < node.span.end) {
                *value = Text::inside(value.as_str(), 0, 0);
            }
        }
        Value::List(items) => items.iter_mut().for_each(|item| fit(item, text, blanked)),
        Value::Map(entries) => {
            for entry in entries {
                entry.key_span = fitted(entry.key_span, text);
                fit(&mut entry.value, text, blanked);
            }
        }
    }
}

/// A span grown to end between characters.
pub(super) fn fitted(span: Span, text: &str) -> Span {
    Span::new(text.floor_char_boundary(span.start), text.ceil_char_boundary(span.end))
}

/// The spans in order, those that touch made one.
pub(super) fn joined(mut spans: Vec<Span>) -> Vec<Span> {
    spans.sort_unstable();
    spans.dedup_by(|next, last| {
        let touch = next.start <= last.end;
        if touch {
            last.end = last.end.max(next.end);
        }
        touch
    });
    spans
}

/// Puts the string that opens at `open` into single quotes, in which a backslash is a backslash:
/// a Windows path is meant. Returns the first backslash that begins no escape of TOML or YAML;
/// `None` if there is none or if the string is not of this kind.
pub(super) fn requote(text: &mut String, open: usize) -> Option<Span> {
    let rest = text.get(open..)?.strip_prefix('"').filter(|rest| !rest.starts_with("\"\""))?;
    let rest = rest.get(..rest.floor_char_boundary(LONGEST))?;
    let line = rest.split('\n').next()?;
    let close = line.match_indices('"').map(|(at, _)| at).find(|&at| {
        let after = line.get(at + 1..).unwrap_or_default().trim_start();
        after.is_empty() || after.starts_with([',', ':', '}', ']', '#', '='])
    })?;
    let inner = line.get(..close).filter(|inner| !inner.contains('\''))?;
    let bad = inner.match_indices('\\').map(|(at, _)| at).find(|&at| {
        let next = inner.get(at + 1..).and_then(|rest| rest.chars().next());
        next.is_none_or(|next| !"\\\"/btnfre".contains(next))
    })?;
    let start = open + 1;
    text.replace_range(start + close..=start + close, "'");
    text.replace_range(open..start, "'");
    Some(Span::new(start + bad, start + bad + 1))
}

/// Strings longer than this many bytes are no paths.
const LONGEST: usize = 256;

/// The message about such a backslash.
pub(super) const BACKSLASH: &str =
    "this backslash begins no known escape; write \\\\ or put the string in single quotes";

/// How often a broken text of `len` bytes is parsed again.
pub(super) fn attempts(len: usize) -> usize {
    (WORK / len.max(1)).clamp(2, 16)
}

/// About so many bytes are parsed again at most.
const WORK: usize = 8 << 20;
