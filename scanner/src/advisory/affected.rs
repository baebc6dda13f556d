//! What the advisories on a package say of its versions.

use std::ops::Bound;

use super::record::{Affected, Package};
use crate::catalog::server::Registry;
use crate::version::{Interval, Scheme, Version};

/// The advisories on a package, their versions read.
#[derive(Debug)]
pub(super) struct Reading {
    pub(super) scheme: Scheme,
    /// For each advisory the versions that it is about.
    pub(super) affected: Vec<Vec<Interval>>,
    /// The versions named as fixed that no advisory is about, from the lowest to the highest.
    fixes: Vec<(Version, &'static str)>,
}

impl Reading {
    pub(super) fn of(package: &'static Package, registry: Registry) -> Self {
        let scheme = package.scheme.unwrap_or_else(|| Scheme::of(registry));
        let entries = || package.advisories.iter().flat_map(|advisory| advisory.affected.iter());
        let affected: Vec<Vec<Interval>> = package
            .advisories
            .iter()
            .map(|advisory| advisory.affected.iter().flat_map(|a| stretches(a, scheme)).collect())
            .collect();
        let mut fixes: Vec<(Version, &'static str)> = entries()
            .filter_map(|entry| entry.fixed.as_deref())
            .filter_map(|fixed| Some((scheme.version(fixed)?, fixed)))
            .filter(|(version, _)| !affected.iter().flatten().any(|s| s.contains(version)))
            .collect();
        fixes.sort();
        Self { scheme, affected, fixes }
    }

    pub(super) fn lowest_fix(&self, admitted: &[Interval]) -> Option<&'static str> {
        let newer = |version: &Version| {
            admitted.iter().any(|stretch| match &stretch.low {
                Bound::Included(low) | Bound::Excluded(low) => version > low,
                Bound::Unbounded => true,
            })
        };
        self.fixes.iter().find(|(version, _)| newer(version)).map(|(_, text)| *text)
    }
}

/// The versions of one entry. A version that cannot be read, which the tests of the data exclude,
/// leaves nothing.
fn stretches(entry: &Affected, scheme: Scheme) -> Vec<Interval> {
    if !entry.versions.is_empty() {
        let versions = entry.versions.iter().filter_map(|version| scheme.version(version));
        return versions.map(Interval::only).collect();
    }
    let read = |text: &str| scheme.version(text);
    let low = match entry.introduced.as_deref() {
        None | Some("0") => Some(Bound::Unbounded),
        Some(introduced) => read(introduced).map(Bound::Included),
    };
    let high = match (entry.fixed.as_deref(), entry.last_affected.as_deref()) {
        (_, Some(last)) => read(last).map(Bound::Included),
        (Some(fixed), None) => read(fixed).map(Bound::Excluded),
        (None, None) => Some(Bound::Unbounded),
    };
    low.zip(high).map(|(low, high)| scheme.between(low, high)).unwrap_or_default()
}
