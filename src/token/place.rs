//! Which state is meant.

use std::path::{Path, PathBuf};

use mcp_guard_gateway::config::{ConfigError, ConfigFile};
use mcp_guard_gateway::state::{Location, State, StateError};
use mcp_guard_scanner::source;

use super::options::StateOptions;
use crate::environment;
use crate::failure::Failure;
use crate::settings::usual;
use crate::validate::of_scanner;

/// Where the state is: what the command line says, or else a settings file, or else the usual
/// place.
pub(super) fn location(options: &StateOptions) -> Result<Location, Failure> {
    let home = environment::home();
    if let Some(url) = &options.state {
        return given(url, home.as_deref());
    }
    let named = options.config.as_ref().map(|path| (path.clone(), source::slashed(path)));
    let file = match named {
        Some(named) => Some(named),
        None => usual(&environment::of_user())?.map(|(path, shown, _)| (path, shown)),
    };
    let found = match file {
        Some((path, shown)) => of_file(&path, shown, home.as_deref())?,
        None => Location::parse(Location::USUAL, home.as_deref(), Path::new("")).ok(),
    };
    found.ok_or_else(|| {
        let message = "the home directory of this user is not known; say with --state where the \
                       state is";
        Failure::Usage(message.to_owned())
    })
}

/// That of the command line. A relative path starts from the working directory.
fn given(url: &str, home: Option<&Path>) -> Result<Location, Failure> {
    let here = std::env::current_dir()
        .map_err(|source| Failure::Read { path: PathBuf::from("."), source })?;
    Location::parse(url, home, &here).map_err(|error| Failure::Usage(format!("--state: {error}")))
}

fn of_file(path: &Path, shown: String, home: Option<&Path>) -> Result<Option<Location>, Failure> {
    let variables = |name: &str| std::env::var(name).ok();
    let file = ConfigFile::load(path, home).map_err(|error| match error {
        ConfigError::Unreadable { source, .. } => {
            Failure::Read { path: PathBuf::from(&shown), source }
        }
        ConfigError::Wrong { faults, .. } => wrong(shown.clone(), faults),
    })?;
    file.state(&variables).map_err(|faults| wrong(shown, faults))
}

fn wrong(path: String, faults: Vec<mcp_guard_gateway::config::Fault>) -> Failure {
    Failure::Settings { path, faults: faults.into_iter().map(of_scanner).collect() }
}

/// Opens the state if there is one; only a key that is made makes a state.
pub(super) async fn existing(location: &Location) -> Result<Option<State>, StateError> {
    match location.path().try_exists() {
        Ok(false) => Ok(None),
        // Why it cannot be looked at is told when it is opened.
        Ok(true) | Err(_) => State::open(location).await.map(Some),
    }
}
