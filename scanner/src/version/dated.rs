//! Packages that went from semantic versions to dates and back.
//!
//! `@modelcontextprotocol/server-filesystem` was released as 0.6.2, then as 2025.1.14 up to
//! 2026.8.31, then as 2.0.1. Dates compare above everything else by their numbers, as npm compares
//! them, and are older than 1.0.0 all the same.

use std::ops::Bound;

use nodejs_semver::Version as Semver;

use super::{Interval, Number, Version};

/// When a version was current; versions of an earlier era are older whatever their numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Era(u8);

impl Era {
    /// The era of packages that have only one.
    pub(super) const ONLY: Self = Self(0);
    const DATES: Self = Self(1);
    /// The eras by their numbers: the first major version of each, and that of what comes next by
    /// number.
    const BY_NUMBER: [(Self, u64, Option<u64>); 3] =
        [(Self(0), 0, Some(1)), (Self(2), 1, Some(2000)), (Self::DATES, 2000, None)];

    fn of(major: u64) -> Self {
        Self::BY_NUMBER.iter().rev().find(|(_, first, _)| major >= *first).map_or(Self(0), |e| e.0)
    }

    /// The era that follows in time, by its first version.
    fn next(self) -> Bound<Version> {
        match self.0 {
            0 => Bound::Excluded(first(2000)),
            1 => Bound::Excluded(first(1)),
            _ => Bound::Unbounded,
        }
    }
}

pub(super) fn version(semver: Semver) -> Version {
    Version { era: Era::of(semver.major()), number: Number::Semver(semver) }
}

/// The lowest version of that major number, before its first pre-release.
fn first(major: u64) -> Version {
    // `-0` sorts before every other pre-release (Semantic Versioning 2.0.0, section 11).
    let lowest = Semver::parse(format!("{major}.0.0-0"));
    version(lowest.unwrap_or_else(|_| Semver::from((major, 0_u64, 0_u64))))
}

/// A stretch by number, as stretches by age: one for each era that it reaches into.
pub(super) fn by_era(interval: &Interval) -> Vec<Interval> {
    Era::BY_NUMBER
        .iter()
        .filter_map(|(era, start, end)| {
            let (start, end) = (first(*start), end.map(first));
            let begins_after = |bound: &Bound<Version>| match bound {
                Bound::Included(low) | Bound::Excluded(low) => low.number > start.number,
                Bound::Unbounded => false,
            };
            let ends_before = |bound: &Bound<Version>| match (bound, &end) {
                (Bound::Included(high) | Bound::Excluded(high), Some(end)) => {
                    high.number < end.number
                }
                (Bound::Included(_) | Bound::Excluded(_), None) => true,
                (Bound::Unbounded, _) => false,
            };
            if begins_after(&interval.low) && !ends_before(&interval.low)
                || ends_before(&interval.high) && !begins_after(&interval.high)
            {
                return None;
            }
            let low = match &interval.low {
                low if begins_after(low) => low.clone(),
                _ if *era == Era::ONLY => Bound::Unbounded,
                _ => Bound::Included(start.clone()),
            };
            let high = if ends_before(&interval.high) { interval.high.clone() } else { era.next() };
            Some(Interval { low: aged(low), high: aged(high) })
        })
        .collect()
}

/// The stretches of an advisory: those of dates if it begins with a date, otherwise the others.
pub(super) fn like_bounds(interval: &Interval) -> Vec<Interval> {
    let dates = match &interval.low {
        Bound::Included(low) | Bound::Excluded(low) => low.era == Era::DATES,
        Bound::Unbounded => false,
    };
    let mut stretches = by_era(interval);
    stretches.retain(|stretch| belongs(stretch, Era::DATES) == dates);
    stretches
}

/// Whether the stretch begins in that era.
fn belongs(stretch: &Interval, era: Era) -> bool {
    match &stretch.low {
        Bound::Included(low) | Bound::Excluded(low) => low.era == era,
        Bound::Unbounded => era == Era::ONLY,
    }
}

/// A bound whose version knows its era.
fn aged(bound: Bound<Version>) -> Bound<Version> {
    bound.map(|known| match known.number {
        Number::Semver(semver) => version(semver),
        Number::Pep440(_) => known,
    })
}
