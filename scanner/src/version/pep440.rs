//! Version specifiers of Python.

use std::ops::Bound;

use pep440_rs::{Operator, Version as Release, VersionSpecifiers};

use super::interval::{compare_high, compare_low};
use super::{Interval, Number, Version};

/// The stretch that specifiers (PEP 440, "Version specifiers") admit; all must hold, so there is
/// one. What `!=` leaves out is not left out.
pub(super) fn range(text: &str) -> Option<Vec<Interval>> {
    let specifiers: VersionSpecifiers = text.parse().ok()?;
    let mut whole = Interval { low: Bound::Unbounded, high: Bound::Unbounded };
    for specifier in specifiers.iter() {
        let Interval { low, high } = stretch(*specifier.operator(), specifier.version())?;
        if compare_low(&low, &whole.low).is_gt() {
            whole.low = low;
        }
        if compare_high(&high, &whole.high).is_lt() {
            whole.high = high;
        }
    }
    Some(vec![whole])
}

fn stretch(operator: Operator, release: &Release) -> Option<Interval> {
    let at = Version::plain(Number::Pep440(release.clone()));
    let (low, high) = match operator {
        Operator::Equal | Operator::ExactEqual => return Some(Interval::only(at)),
        Operator::EqualStar => (Bound::Included(first(release)), before_next(release, 0)?),
        Operator::TildeEqual => (Bound::Included(at), before_next(release, 1)?),
        Operator::GreaterThan => (Bound::Excluded(at), Bound::Unbounded),
        Operator::GreaterThanEqual => (Bound::Included(at), Bound::Unbounded),
        Operator::LessThan => (Bound::Unbounded, Bound::Excluded(at)),
        Operator::LessThanEqual => (Bound::Unbounded, Bound::Included(at)),
        Operator::NotEqual | Operator::NotEqualStar => (Bound::Unbounded, Bound::Unbounded),
    };
    Some(Interval { low, high })
}

/// The very first version that begins with the numbers of `release`.
fn first(release: &Release) -> Version {
    Version::plain(Number::Pep440(release.only_release().with_dev(Some(0))))
}

/// The end of the versions that share the numbers of `release` but its last `dropped` ones.
fn before_next(release: &Release, dropped: usize) -> Option<Bound<Version>> {
    let mut numbers = release.release().to_vec();
    numbers.truncate(numbers.len().checked_sub(dropped)?);
    let last = numbers.last_mut()?;
    *last = last.checked_add(1)?;
    let next = Release::new(numbers).with_epoch(release.epoch());
    Some(Bound::Excluded(first(&next)))
}
