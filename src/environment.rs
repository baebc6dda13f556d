//! This machine, as far as the places of configuration files depend on it.

use std::env;
use std::path::PathBuf;

use mcp_guard_scanner::client::Environment;
use mcp_guard_scanner::client::dialect::Os;

/// The environment of the user who runs the command. Variables that are no Unicode are left out:
/// no client can be meant by them.
pub(crate) fn of_user() -> Environment {
    Environment {
        os: if cfg!(target_os = "macos") {
            Os::Macos
        } else if cfg!(windows) {
            Os::Windows
        } else {
            Os::Linux
        },
        home: env::home_dir().map(|home| home.to_string_lossy().into_owned()),
        variables: env::vars_os()
            .filter_map(|(key, value)| Some((key.into_string().ok()?, value.into_string().ok()?)))
            .collect(),
    }
}

/// The home directory as a place for files of our own. A relative one would be another in each
/// working directory.
pub(crate) fn home() -> Option<PathBuf> {
    env::home_dir().filter(|home| home.is_absolute())
}
