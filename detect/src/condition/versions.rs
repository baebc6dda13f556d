//! Whether a version lies in a range, by the rules of its ecosystem.

use std::borrow::Cow;
use std::str::FromStr;

/// How versions of an ecosystem are ordered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scheme {
    /// npm: semantic versions, ranges as in `package.json`.
    Npm,
    /// PyPI: PEP 440 versions and specifiers.
    Pypi,
}

impl Scheme {
    /// The scheme of that name.
    #[must_use]
    pub fn of_name(name: &str) -> Option<Self> {
        match name {
            "npm" => Some(Self::Npm),
            "pypi" => Some(Self::Pypi),
            _ => None,
        }
    }

    /// The name used in conditions.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Npm => "npm",
            Self::Pypi => "pypi",
        }
    }
}

/// A range of versions, such as `>=1.2.0 <2.0.0` of npm or `>=1.2,<2` of PyPI.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VersionRange {
    /// How versions are ordered.
    pub scheme: Scheme,
    /// The range as written.
    pub range: Cow<'static, str>,
}

impl VersionRange {
    /// The range, or what is wrong with it.
    ///
    /// # Errors
    /// When the text is no range of the scheme.
    pub fn check(scheme: Scheme, range: String) -> Result<Self, String> {
        let fault = match scheme {
            Scheme::Npm => nodejs_semver::Range::parse(&range).err().map(|e| e.to_string()),
            Scheme::Pypi => {
                pep440_rs::VersionSpecifiers::from_str(&range).err().map(|e| e.to_string())
            }
        };
        match fault {
            Some(fault) => Err(format!("`{range}` is no {} version range: {fault}", scheme.name())),
            None => Ok(Self { scheme, range: Cow::Owned(range) }),
        }
    }

    /// Whether the version lies in the range. Text that is no version of the scheme never does.
    #[must_use]
    pub fn contains(&self, version: &str) -> bool {
        match self.scheme {
            Scheme::Npm => nodejs_semver::Range::parse(&self.range).is_ok_and(|range| {
                nodejs_semver::Version::parse(version)
                    .is_ok_and(|version| range.satisfies(&version))
            }),
            Scheme::Pypi => {
                pep440_rs::VersionSpecifiers::from_str(&self.range).is_ok_and(|range| {
                    pep440_rs::Version::from_str(version)
                        .is_ok_and(|version| range.contains(&version))
                })
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Scheme, VersionRange};

    #[test]
    fn each_scheme_orders_its_own_way() {
        let npm = VersionRange::check(Scheme::Npm, ">=1.2.0 <2.0.0".into()).unwrap();
        assert!(npm.contains("1.10.0"));
        assert!(!npm.contains("2.0.0"));
        assert!(!npm.contains("1.2"));
        let pypi = VersionRange::check(Scheme::Pypi, ">=1.2,<2".into()).unwrap();
        assert!(pypi.contains("1.2.post1"));
        assert!(!pypi.contains("2.0"));
        assert!(VersionRange::check(Scheme::Pypi, "^1".into()).is_err());
    }
}
