//! The order of versions by the rules of their ecosystem, and sets of versions.

mod dated;
mod interval;
mod pep440;
pub mod scheme;
mod semver;
mod tag;
#[cfg(test)]
mod tests;

use std::ops::Bound;

pub use interval::{Interval, covers};
pub use scheme::Scheme;

/// A version. Ordered by age within one scheme; the order between schemes means nothing.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Version {
    era: dated::Era,
    number: Number,
}

/// What a version consists of.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Number {
    Semver(nodejs_semver::Version),
    Pep440(pep440_rs::Version),
}

impl Scheme {
    /// Reads a version; nothing if the text is none, or does not name a single one.
    #[must_use]
    pub fn version(self, text: &str) -> Option<Version> {
        let text = text.trim();
        Some(match self {
            Self::Semver => Version::plain(Number::Semver(semver::version(text)?)),
            Self::Pep440 => Version::plain(Number::Pep440(text.parse().ok()?)),
            Self::DatedSemver => dated::version(semver::version(text)?),
            Self::ImageTag => Version::plain(Number::Semver(tag::version(text)?)),
        })
    }

    /// The versions that a range admits: `^1.2`, `>=1,<2`, the tag `1.2` of an image. More than it
    /// admits where the scheme is finer than intervals (`!=1.3`), never less. Nothing if the text
    /// is no range.
    #[must_use]
    pub fn range(self, text: &str) -> Option<Vec<Interval>> {
        match self {
            Self::Semver => semver::range(text),
            Self::Pep440 => pep440::range(text),
            Self::DatedSemver => {
                Some(semver::range(text)?.iter().flat_map(dated::by_era).collect())
            }
            Self::ImageTag => tag::range(text).map(|range| vec![range]),
        }
    }

    /// Every version there is.
    #[must_use]
    pub fn all(self) -> Vec<Interval> {
        let all = Interval { low: Bound::Unbounded, high: Bound::Unbounded };
        match self {
            Self::DatedSemver => dated::by_era(&all),
            Self::Semver | Self::Pep440 | Self::ImageTag => vec![all],
        }
    }

    /// The versions between two bounds as an advisory means them: where dates and semantic
    /// versions are mixed, those that are written like the bounds.
    #[must_use]
    pub fn between(self, low: Bound<Version>, high: Bound<Version>) -> Vec<Interval> {
        let interval = Interval { low, high };
        match self {
            Self::DatedSemver => dated::like_bounds(&interval),
            Self::Semver | Self::Pep440 | Self::ImageTag => vec![interval],
        }
    }
}

impl Version {
    const fn plain(number: Number) -> Self {
        Self { era: dated::Era::ONLY, number }
    }
}
