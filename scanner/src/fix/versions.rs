//! Versions that somebody has chosen for packages.

use std::collections::BTreeMap;

/// Versions by the name of the package.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Versions(BTreeMap<String, String>);

/// Why a version was not taken.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no exact version of a package; write NAME=1.2.3")]
pub struct NoVersion(pub String);

impl Versions {
    /// Adds `NAME=VERSION`.
    ///
    /// # Errors
    /// The name is missing, or the version may stand for more than one.
    pub fn add(&mut self, text: &str) -> Result<(), NoVersion> {
        // A version holds no equals sign, a name may: `--pin a==1.0` is meant well.
        let (name, version) = text.rsplit_once('=').ok_or_else(|| NoVersion(text.to_owned()))?;
        let name = name.trim_end_matches('=').trim();
        let version = version.trim();
        if name.is_empty() || !is_exact(version) {
            return Err(NoVersion(text.to_owned()));
        }
        self.0.insert(name.to_owned(), version.to_owned());
        Ok(())
    }

    /// The version for a package.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }
}

/// Whether it looks like one version and nothing else: digits and dots, with what may follow.
pub(super) fn is_exact(version: &str) -> bool {
    let number = version.strip_prefix('v').unwrap_or(version);
    number.starts_with(|c: char| c.is_ascii_digit())
        && number.contains('.')
        && !number.ends_with('.')
        && number.bytes().all(|b| b.is_ascii_alphanumeric() || b".-+!_".contains(&b))
        && !number.split('.').any(|part| matches!(part, "x" | "X" | ""))
}

#[cfg(test)]
mod tests {
    use super::Versions;

    #[test]
    fn a_version_is_exact_or_refused() {
        for (text, name, version) in [
            ("@scope/a=1.2.3", "@scope/a", "1.2.3"),
            ("a==2025.9.25", "a", "2025.9.25"),
            ("b=1.0.0-rc.1+5", "b", "1.0.0-rc.1+5"),
            ("example.com/x=v0.3.0", "example.com/x", "v0.3.0"),
        ] {
            let mut versions = Versions::default();
            versions.add(text).unwrap();
            assert_eq!(versions.get(name), Some(version), "{text}");
        }
        for text in
            ["a", "=1.0", "a=", "a=^1.0", "a=latest", "a=1", "a=1.x", "a=1.0 || 2.0", "a=1.0\""]
        {
            assert!(Versions::default().add(text).is_err(), "{text}");
        }
    }
}
