//! Stretches of versions.

use std::cmp::Ordering;
use std::ops::Bound;

use super::Version;

/// The versions between two bounds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Interval {
    /// Where it begins.
    pub low: Bound<Version>,
    /// Where it ends.
    pub high: Bound<Version>,
}

impl Interval {
    /// A single version.
    #[must_use]
    pub fn only(version: Version) -> Self {
        Self { low: Bound::Included(version.clone()), high: Bound::Included(version) }
    }

    /// Whether the version lies in it.
    #[must_use]
    pub fn contains(&self, version: &Version) -> bool {
        let from = match &self.low {
            Bound::Included(low) => low <= version,
            Bound::Excluded(low) => low < version,
            Bound::Unbounded => true,
        };
        let to = match &self.high {
            Bound::Included(high) => version <= high,
            Bound::Excluded(high) => version < high,
            Bound::Unbounded => true,
        };
        from && to
    }

    /// Whether no version can lie in it. Between two bounds that exclude themselves there may be
    /// none either; that is not seen.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        let (low, high) = match (&self.low, &self.high) {
            (Bound::Unbounded, _) | (_, Bound::Unbounded) => return false,
            (
                Bound::Included(low) | Bound::Excluded(low),
                Bound::Included(high) | Bound::Excluded(high),
            ) => (low, high),
        };
        let closed = matches!((&self.low, &self.high), (Bound::Included(_), Bound::Included(_)));
        low > high || low == high && !closed
    }

    /// Whether all of it lies in `other`.
    #[must_use]
    pub fn is_within(&self, other: &Self) -> bool {
        compare_low(&other.low, &self.low).is_le() && compare_high(&self.high, &other.high).is_le()
    }
}

/// Whether every version that `admitted` holds, and there is one, lies in one of `affected`.
///
/// Bounds are compared, not releases, because which versions were published is not known here:
/// each stretch that is admitted must lie in one stretch that is affected.
#[must_use]
pub fn covers(affected: &[Interval], admitted: &[Interval]) -> bool {
    let mut admitted = admitted.iter().filter(|stretch| !stretch.is_empty()).peekable();
    admitted.peek().is_some()
        && admitted.all(|stretch| affected.iter().any(|other| stretch.is_within(other)))
}

/// The order of two beginnings.
pub(super) fn compare_low(a: &Bound<Version>, b: &Bound<Version>) -> Ordering {
    let rank = |bound: &Bound<Version>| u8::from(matches!(bound, Bound::Excluded(_)));
    match (version(a), version(b)) {
        (None, None) => Ordering::Equal,
        (None, Some(_)) => Ordering::Less,
        (Some(_), None) => Ordering::Greater,
        (Some(x), Some(y)) => x.cmp(y).then_with(|| rank(a).cmp(&rank(b))),
    }
}

/// The order of two ends.
pub(super) fn compare_high(a: &Bound<Version>, b: &Bound<Version>) -> Ordering {
    let rank = |bound: &Bound<Version>| u8::from(matches!(bound, Bound::Included(_)));
    match (version(a), version(b)) {
        (None, None) => Ordering::Equal,
        (None, Some(_)) => Ordering::Greater,
        (Some(_), None) => Ordering::Less,
        (Some(x), Some(y)) => x.cmp(y).then_with(|| rank(a).cmp(&rank(b))),
    }
}

const fn version(bound: &Bound<Version>) -> Option<&Version> {
    match bound {
        Bound::Included(version) | Bound::Excluded(version) => Some(version),
        Bound::Unbounded => None,
    }
}
