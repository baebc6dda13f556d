//! Tags of container images, as far as they are versions.

use std::ops::Bound;

use nodejs_semver::Version as Semver;

use super::{Interval, Number, Version};

/// The version that a tag names in full: `1.2.3`, `v1.2.3`, `1.2.3-rc.1`, and variants of it such
/// as `1.2.3-alpine`.
pub(super) fn version(tag: &str) -> Option<Semver> {
    let tag = tag.strip_prefix('v').unwrap_or(tag);
    let (core, suffix) = tag.split_once('-').map_or((tag, None), |(core, s)| (core, Some(s)));
    let numbers = numbers(core)?;
    let [_, _, _] = numbers.as_slice() else { return None };
    Semver::parse(if suffix.is_some_and(is_prerelease) { tag } else { core }).ok()
}

/// The versions that a shorter tag moves over: `1.2` names 1.2.0 and what follows up to 1.3.0.
pub(super) fn range(tag: &str) -> Option<Interval> {
    let tag = tag.strip_prefix('v').unwrap_or(tag);
    let core = tag.split('-').next()?;
    let (low, high) = match *numbers(core)?.as_slice() {
        [major] => ((major, 0, 0), (major.checked_add(1)?, 0, 0)),
        [major, minor] => ((major, minor, 0), (major, minor.checked_add(1)?, 0)),
        _ => return None,
    };
    let version = |numbers: (u64, u64, u64)| Version::plain(Number::Semver(Semver::from(numbers)));
    Some(Interval { low: Bound::Included(version(low)), high: Bound::Excluded(version(high)) })
}

/// Up to three numbers with dots between them. Longer ones are no numbers of versions but dates or
/// builds.
fn numbers(core: &str) -> Option<Vec<u64>> {
    let numbers: Vec<u64> =
        core.split('.').map(|number| number.parse().ok()).collect::<Option<_>>()?;
    let small = numbers.iter().all(|number| *number < 1_000_000);
    (small && numbers.len() <= 3).then_some(numbers)
}

/// Whether what stands behind the numbers says that the release came before them; other words name
/// a variant of the image.
fn is_prerelease(suffix: &str) -> bool {
    const WORDS: &[&str] =
        &["alpha", "beta", "rc", "pre", "preview", "dev", "next", "canary", "snapshot", "nightly"];
    let end = suffix.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(suffix.len());
    let word = suffix.get(..end).unwrap_or(suffix);
    WORDS.iter().any(|known| known.eq_ignore_ascii_case(word))
}
