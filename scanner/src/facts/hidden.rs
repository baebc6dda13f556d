//! Values as they may be shown.

use std::ops::Range;

use mcp_guard_detect::secret;

use crate::client::Located;

/// Parts of values that must not be shown, by the pointer of the value.
#[derive(Debug, Default)]
pub(super) struct Hidden {
    parts: Vec<(String, Range<usize>)>,
}

impl Hidden {
    /// Marks a part as not to be shown.
    pub(super) fn add(&mut self, pointer: &str, range: Range<usize>) {
        self.parts.push((pointer.to_owned(), range));
    }

    /// Whether some of these bytes of the value must not be shown.
    pub(super) fn touches(&self, pointer: &str, range: &Range<usize>) -> bool {
        self.parts.iter().any(|(owner, part)| {
            owner == pointer && part.start < range.end && range.start < part.end
        })
    }

    /// A part of the value as it may be shown.
    pub(super) fn show(&self, value: &Located<'_>, range: Range<usize>) -> String {
        let mut parts: Vec<&Range<usize>> = self
            .parts
            .iter()
            .filter(|(owner, _)| *owner == value.pointer)
            .map(|(_, part)| part)
            .collect();
        parts.sort_by_key(|part| (part.start, std::cmp::Reverse(part.end)));
        let mut out = String::new();
        let mut at = range.start;
        for part in parts {
            let (start, end) = (part.start.max(at), part.end.min(range.end));
            if start >= end {
                continue;
            }
            out.push_str(value.text.get(at..start).unwrap_or_default());
            out.push_str(&secret::redact(value.text.get(start..end).unwrap_or_default()));
            at = end;
        }
        out.push_str(value.text.get(at..range.end).unwrap_or_default());
        out
    }

    /// A text taken out of a part of the value, such as the name of a package, as it may be shown.
    /// A token in an address can be mistaken for a name.
    pub(super) fn taken(&self, text: &str, value: &Located<'_>, range: Range<usize>) -> String {
        let mut within = None;
        let part = value.text.get(range.clone()).unwrap_or_default();
        for (at, _) in part.match_indices(text) {
            let place = range.start + at..range.start + at + text.len();
            if !self.touches(&value.pointer, &place) {
                return text.to_owned();
            }
            within = Some(place);
        }
        within.map_or_else(|| text.to_owned(), |place| self.show(value, place))
    }

    /// The whole value as it may be shown.
    pub(super) fn shown(&self, value: &Located<'_>) -> String {
        self.show(value, 0..value.text.len())
    }
}
