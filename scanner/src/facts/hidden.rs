//! Values as they may be shown.

use std::cmp::Reverse;
use std::collections::HashMap;
use std::ops::Range;

use mcp_guard_detect::secret;

use crate::client::Located;

/// Parts of values that must not be shown, by the pointer of the node that holds the value.
#[derive(Debug, Default)]
pub(super) struct Hidden {
    values: HashMap<String, Parts>,
}

/// The parts of one value in the order of their start, of those that start together the longest
/// first.
#[derive(Debug, Default)]
struct Parts {
    parts: Vec<Range<usize>>,
    /// For each part the furthest end of it and those before it.
    reach: Vec<usize>,
}

impl Parts {
    fn add(&mut self, range: Range<usize>) {
        let key = |part: &Range<usize>| (part.start, Reverse(part.end));
        let at = self.parts.partition_point(|part| key(part) < key(&range));
        if self.parts.get(at) == Some(&range) {
            return;
        }
        self.parts.insert(at, range);
        let mut furthest = at.checked_sub(1).and_then(|at| self.reach.get(at)).copied();
        self.reach.truncate(at);
        for part in self.parts.iter().skip(at) {
            furthest = furthest.max(Some(part.end));
            self.reach.extend(furthest);
        }
    }

    /// The parts that may have bytes in common with the range: those that touch it, and some
    /// between them.
    fn near(&self, range: &Range<usize>) -> &[Range<usize>] {
        let from = self.reach.partition_point(|reach| *reach <= range.start);
        let to = self.parts.partition_point(|part| part.start < range.end);
        self.parts.get(from..to).unwrap_or_default()
    }
}

impl Hidden {
    /// Marks a part of the value as not to be shown.
    pub(super) fn add(&mut self, value: &Located<'_>, range: Range<usize>) {
        let range = range.start + value.begin..range.end + value.begin;
        self.mark(&value.pointer, range);
    }

    fn mark(&mut self, pointer: &str, range: Range<usize>) {
        match self.values.get_mut(pointer) {
            Some(parts) => parts.add(range),
            None => self.values.entry(pointer.to_owned()).or_default().add(range),
        }
    }

    /// Whether some of these bytes of the value must not be shown.
    pub(super) fn touches(&self, value: &Located<'_>, range: &Range<usize>) -> bool {
        let range = range.start + value.begin..range.end + value.begin;
        self.is_marked(&value.pointer, &range)
    }

    fn is_marked(&self, pointer: &str, range: &Range<usize>) -> bool {
        self.near(pointer, range).iter().any(|part| range.start < part.end)
    }

    fn near(&self, pointer: &str, range: &Range<usize>) -> &[Range<usize>] {
        self.values.get(pointer).map_or(&[], |parts| parts.near(range))
    }

    /// A part of the value as it may be shown.
    pub(super) fn show(&self, value: &Located<'_>, range: Range<usize>) -> String {
        let mut out = String::new();
        let mut at = range.start;
        let of_node = range.start + value.begin..range.end + value.begin;
        for part in self.near(&value.pointer, &of_node) {
            let of_value = |byte: usize| byte.saturating_sub(value.begin);
            let (start, end) = (of_value(part.start).max(at), of_value(part.end).min(range.end));
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
            if !self.touches(value, &place) {
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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::Hidden;

    proptest! {
        #[test]
        fn touching_is_having_bytes_in_common(
            parts in prop::collection::vec((0..40usize, 1..9usize), 0..12),
            range in (0..40usize, 0..9usize),
        ) {
            let mut hidden = Hidden::default();
            for (start, length) in &parts {
                hidden.mark("/a", *start..start + length);
            }
            let range = range.0..range.0 + range.1;
            let expected = parts.iter().any(|(start, length)| {
                *start < range.end && range.start < start + length
            });
            prop_assert_eq!(hidden.is_marked("/a", &range), expected);
            prop_assert!(!hidden.is_marked("/b", &range));
        }
    }
}
