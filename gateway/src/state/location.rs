//! Where the state is: `sqlite://PATH`.

use std::fmt;
use std::path::{Path, PathBuf};

/// Where a state is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Location {
    path: PathBuf,
}

/// Why a text does not say where a state is.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LocationError {
    /// It names another kind of database, or none.
    #[error("`{scheme}` is not supported; give a file, as in {}", Location::USUAL)]
    Scheme {
        /// What it starts with.
        scheme: String,
    },
    /// It names no file.
    #[error("the path of the file is missing; give one, as in {}", Location::USUAL)]
    NoFile,
    /// It starts with `~`, and there is no home directory, or it is that of somebody else.
    #[error(
        "`~` stands for the home directory of this user, which is not known here; write it out"
    )]
    NoHome,
    /// It has options.
    #[error("`?` starts options of the database, and none are supported")]
    Options,
}

impl Location {
    /// Where the state is if nobody says anything.
    pub const USUAL: &str = "sqlite://~/.mcp-guard/state.db";

    const SCHEME: &str = "sqlite://";

    /// Reads `sqlite://PATH`. A PATH that starts with `~/` is below `home`, a relative one below
    /// `base`, an absolute directory.
    ///
    /// # Errors
    ///
    /// If it names no file, options, or something else than a file.
    pub fn parse(url: &str, home: Option<&Path>, base: &Path) -> Result<Self, LocationError> {
        let Some(path) = url.strip_prefix(Self::SCHEME) else {
            // What stands behind the scheme could be a password.
            let scheme = url.split_once(':').map_or("a path alone", |(scheme, _)| scheme);
            return Err(LocationError::Scheme { scheme: scheme.to_owned() });
        };
        if path.contains('?') {
            return Err(LocationError::Options);
        }
        let path = match path.strip_prefix('~') {
            Some(below)
                if below.is_empty() || below.starts_with(['/', std::path::MAIN_SEPARATOR]) =>
            {
                let home = home.filter(|home| home.is_absolute()).ok_or(LocationError::NoHome)?;
                home.join(below.trim_start_matches(['/', std::path::MAIN_SEPARATOR]))
            }
            Some(_) => return Err(LocationError::NoHome),
            // `:memory:` and its like are no files, and what keeps no state is no place for one.
            None if path.is_empty() || path.starts_with(':') => return Err(LocationError::NoFile),
            None => base.join(path.strip_prefix("./").unwrap_or(path)),
        };
        let names_a_file = !url.ends_with(['/', std::path::MAIN_SEPARATOR])
            && path.file_name().is_some()
            && Some(path.as_path()) != home;
        if names_a_file { Ok(Self { path }) } else { Err(LocationError::NoFile) }
    }

    /// The file.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The file beside it that holds the pepper.
    #[must_use]
    pub fn pepper(&self) -> PathBuf {
        // `state.key` is as good a name as any for a state; its pepper then lies in `state.key.key`.
        match self.path.extension() {
            Some(extension) if extension != "key" => self.path.with_extension("key"),
            _ => self.path.with_added_extension("key"),
        }
    }
}

impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.path.display())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn read(url: &str) -> Result<Location, LocationError> {
        Location::parse(url, Some(Path::new("/home/ann")), Path::new("/srv/guard"))
    }

    #[test]
    fn paths_are_below_home_or_below_the_base() {
        for (url, path) in [
            (Location::USUAL, "/home/ann/.mcp-guard/state.db"),
            ("sqlite:///var/lib/guard/s.db", "/var/lib/guard/s.db"),
            ("sqlite://state.db", "/srv/guard/state.db"),
            ("sqlite://./state.db", "/srv/guard/state.db"),
            ("sqlite://../s#1 é%20.db", "/srv/guard/../s#1 é%20.db"),
        ] {
            assert_eq!(read(url).unwrap().to_string(), path, "{url}");
        }
    }

    #[test]
    fn what_names_no_file_is_refused() {
        for url in [
            "sqlite://",
            "sqlite://~",
            "sqlite://~/",
            "sqlite:///",
            "sqlite://a/",
            "sqlite://..",
            "sqlite://:memory:",
        ] {
            assert_eq!(read(url), Err(LocationError::NoFile), "{url}");
        }
        assert_eq!(read("sqlite://~bob/s.db"), Err(LocationError::NoHome));
        assert_eq!(read("sqlite://s.db?mode=ro"), Err(LocationError::Options));
        for url in
            ["postgres://ann:secret@host/db", "sqlite::memory:", "/var/s.db", "SQLITE://s.db", ""]
        {
            let error = read(url).unwrap_err();
            assert!(matches!(error, LocationError::Scheme { .. }), "{url}");
            assert!(!error.to_string().contains("secret"), "{error}");
        }
        let nowhere = Location::parse(Location::USUAL, None, Path::new("/"));
        assert_eq!(nowhere, Err(LocationError::NoHome));
    }

    #[test]
    fn the_pepper_is_never_the_state_itself() {
        for (state, pepper) in [
            ("sqlite:///s/state.db", "/s/state.key"),
            ("sqlite:///s/state", "/s/state.key"),
            ("sqlite:///s/state.key", "/s/state.key.key"),
        ] {
            assert_eq!(read(state).unwrap().pepper(), Path::new(pepper));
        }
    }
}
