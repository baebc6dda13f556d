//! Versions that somebody has chosen for packages.

use std::collections::BTreeMap;

/// Versions by the name of the package, with the ecosystem before it where it was named.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Versions(BTreeMap<String, String>);

/// Why a version was not taken.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoVersion {
    /// The name is missing, or the version may stand for more than one.
    #[error("`{0}` is no exact version of a package; write NAME=1.2.3")]
    Inexact(String),
    /// Another version was named for the same package.
    #[error("`{name}` is given two versions, {first} and {second}; name one")]
    Conflict {
        /// The package.
        name: String,
        /// The version that came first.
        first: String,
        /// The other one.
        second: String,
    },
}

impl Versions {
    /// Adds `NAME=VERSION`. The name of an ecosystem may stand before it, as in `npm:NAME`, where
    /// packages of several have the same name.
    ///
    /// # Errors
    /// The name is missing, the version may stand for more than one, or there is another already.
    pub fn add(&mut self, text: &str) -> Result<(), NoVersion> {
        let inexact = || NoVersion::Inexact(text.to_owned());
        // A version holds no equals sign, a name may: `--pin a==1.0` is meant well.
        let (name, version) = text.rsplit_once('=').ok_or_else(inexact)?;
        let name = name.trim_end_matches('=').trim();
        let version = version.trim();
        if name.is_empty() || !is_exact(version) {
            return Err(inexact());
        }
        match self.0.insert(name.to_owned(), version.to_owned()) {
            Some(first) if first != version => {
                let (name, second) = (name.to_owned(), version.to_owned());
                Err(NoVersion::Conflict { name, first, second })
            }
            _ => Ok(()),
        }
    }

    /// The names, as they were given.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }

    /// The version for a package.
    pub(super) fn get(&self, ecosystem: &str, name: &str) -> Option<&str> {
        let exactly = self.0.get(&format!("{ecosystem}:{name}"));
        exactly.or_else(|| self.0.get(name)).map(String::as_str)
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
            assert_eq!(versions.get("npm", name), Some(version), "{text}");
        }
        let mut versions = Versions::default();
        for text in ["praisonai=1.0.0", "pypi:praisonai=4.5.6", "praisonai=1.0.0"] {
            versions.add(text).unwrap();
        }
        assert_eq!(versions.get("npm", "praisonai"), Some("1.0.0"));
        assert_eq!(versions.get("pypi", "praisonai"), Some("4.5.6"));
        let twice = versions.add("praisonai=2.0.0").unwrap_err().to_string();
        assert_eq!(twice, "`praisonai` is given two versions, 1.0.0 and 2.0.0; name one");
        for text in
            ["a", "=1.0", "a=", "a=^1.0", "a=latest", "a=1", "a=1.x", "a=1.0 || 2.0", "a=1.0\""]
        {
            assert!(Versions::default().add(text).is_err(), "{text}");
        }
    }
}
