//! Semantic versions and the ranges of npm.

use std::ops::Bound;

use super::{Interval, Number, Version};

/// A full version. `v1.2.3` and `=1.2.3` are ways of writing one.
pub(super) fn version(text: &str) -> Option<nodejs_semver::Version> {
    let number = text.trim_start_matches('=').trim_start();
    let number = number.strip_prefix('v').unwrap_or(number);
    nodejs_semver::Version::parse(number).ok()
}

/// The stretches that a range of npm admits.
pub(super) fn range(text: &str) -> Option<Vec<Interval>> {
    // The library keeps its bounds to itself, but writes them out in full: sets joined by `||`, in
    // each at most one lower and one upper bound.
    let range = nodejs_semver::Range::parse(text).ok()?.to_string();
    range.split("||").map(stretch).collect()
}

fn stretch(set: &str) -> Option<Interval> {
    let mut stretch = Interval { low: Bound::Unbounded, high: Bound::Unbounded };
    for comparator in set.split_whitespace().filter(|comparator| *comparator != "*") {
        let number = comparator.trim_start_matches(['<', '>', '=']);
        let version = Version::plain(Number::Semver(version(number)?));
        match comparator.get(..comparator.len() - number.len())? {
            ">=" => stretch.low = Bound::Included(version),
            ">" => stretch.low = Bound::Excluded(version),
            "<=" => stretch.high = Bound::Included(version),
            "<" => stretch.high = Bound::Excluded(version),
            "" => stretch = Interval::only(version),
            _ => return None,
        }
    }
    Some(stretch)
}
