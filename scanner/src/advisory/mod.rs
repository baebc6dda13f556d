//! Which releases of packages and images are known to be vulnerable or malicious.
//!
//! The lists in `rules/advisories` are compiled in. A package is found by its name; what its
//! advisories say of versions is read at the first question about it.

mod affected;
pub mod record;
#[cfg(test)]
mod tests;

use std::sync::{LazyLock, OnceLock};

use affected::Reading;
use record::{Advisory, AdvisoryKind, AdvisoryList, Package};

use crate::catalog::name::normalised;
use crate::catalog::server::Registry;
use crate::version::{Interval, Scheme};

include!(concat!(env!("OUT_DIR"), "/advisories.rs"));

/// What has been read of each package of each list, in the order of the lists.
static READINGS: LazyLock<Vec<Vec<OnceLock<Reading>>>> = LazyLock::new(|| {
    let unread = |list: &AdvisoryList| list.packages.iter().map(|_| OnceLock::new()).collect();
    LISTS.iter().map(unread).collect()
});

/// A package on which there are advisories of one kind.
#[derive(Clone, Copy, Debug)]
pub struct Known {
    /// What is wrong with it.
    pub kind: AdvisoryKind,
    package: &'static Package,
    reading: &'static Reading,
}

/// What is known against a package: for each kind of advisory, if there are any. The name may be
/// spelt in any way that the registry accepts; a Go package is one of its module.
pub fn known(registry: Registry, name: &str) -> impl Iterator<Item = Known> + use<'_> {
    let lists = LISTS.iter().enumerate().filter(move |(_, list)| list.ecosystem == registry);
    lists.filter_map(move |(at, list)| {
        let found = position(list, name)?;
        let package = list.packages.get(found)?;
        let reading = READINGS.get(at)?.get(found)?;
        let reading = reading.get_or_init(|| Reading::of(package, list.ecosystem));
        Some(Known { kind: list.kind, package, reading })
    })
}

fn position(list: &AdvisoryList, name: &str) -> Option<usize> {
    let mut name = name;
    loop {
        let wanted = normalised(list.ecosystem, name);
        let found = list.packages.binary_search_by(|known| known.name.bytes().cmp(wanted.clone()));
        if let Ok(found) = found {
            return Some(found);
        }
        name = name.rsplit_once('/').filter(|_| list.ecosystem == Registry::Golang)?.0;
    }
}

impl Known {
    /// How its versions are ordered.
    #[must_use]
    pub fn scheme(&self) -> Scheme {
        self.reading.scheme
    }

    /// The advisories that hold for every version that is admitted.
    pub fn against(&self, admitted: &[Interval]) -> impl Iterator<Item = &'static Advisory> {
        let advisories = self.package.advisories.iter().zip(&self.reading.affected);
        advisories.filter_map(|(advisory, affected)| {
            crate::version::covers(affected, admitted).then_some(advisory)
        })
    }

    /// The advisories that hold for the newest version, as far as is known: those without an end.
    pub fn against_newest(&self) -> impl Iterator<Item = &'static Advisory> {
        let advisories = self.package.advisories.iter().zip(&self.reading.affected);
        advisories.filter_map(|(advisory, affected)| {
            let open = affected.iter().any(|stretch| stretch.high == std::ops::Bound::Unbounded);
            open.then_some(advisory)
        })
    }

    /// The lowest version that is known to have none of the faults and is newer than some of those
    /// admitted.
    #[must_use]
    pub fn lowest_fix(&self, admitted: &[Interval]) -> Option<&'static str> {
        self.reading.lowest_fix(admitted)
    }
}
