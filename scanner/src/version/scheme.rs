//! The ways in which versions are written and ordered.

use crate::catalog::server::Registry;
use crate::compiled::compiled;

compiled! {
    /// How the versions of a package are ordered.
    pub enum Scheme {
        /// Semantic Versioning 2.0.0, with the ranges of npm.
        Semver = "semver",
        /// PEP 440.
        Pep440 = "pep440",
        /// Semantic versions below 1.0.0, then versions that are dates such as `2025.7.1`, then
        /// semantic versions from 1.0.0 on, by time of release.
        DatedSemver = "dated-semver",
        /// The tags of container images and repositories, as far as they are versions.
        ImageTag = "image-tag",
    }
}

impl Scheme {
    /// How the versions of a registry are ordered.
    #[must_use]
    pub const fn of(registry: Registry) -> Self {
        match registry {
            Registry::Pypi => Self::Pep440,
            Registry::Oci | Registry::Git => Self::ImageTag,
            Registry::Npm | Registry::Golang | Registry::Nuget | Registry::Cargo => Self::Semver,
        }
    }
}
