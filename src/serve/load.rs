//! From files and options to what the gateway goes by.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use mcp_guard_gateway::auth::{ApiKeys, Auth, ConfiguredKey};
use mcp_guard_gateway::config::{
    AuthMode, ChildSpec, Config, ConfigError, ConfigFile, FILE_NAME, Front, UsedServers, Uses,
    is_server_name, load_floor,
};
use mcp_guard_gateway::policy::ToolPolicy;
use mcp_guard_gateway::state::State;
use mcp_guard_scanner::client::Environment;
use mcp_guard_scanner::fault::Fault;

use super::options::ServeOptions;
use crate::failure::{Failure, output_line};
use crate::settings;

/// Where the configuration comes from; it can be read again.
pub(super) struct Sources {
    /// The configuration.
    pub(super) file: Option<PathBuf>,
    /// This user's own, whose policies hold too.
    pub(super) floor: Option<PathBuf>,
    directory: PathBuf,
    environment: Environment,
    uses: UsedServers,
    listens: bool,
}

/// What was read.
pub(super) struct Loaded {
    pub(super) config: Config,
    pub(super) floor: Vec<ToolPolicy>,
}

impl Sources {
    /// Finds the files.
    pub(super) fn find(options: &ServeOptions, environment: Environment) -> Result<Self, Failure> {
        let own = settings::own(&environment);
        let file = match (&options.config, options.command.is_empty()) {
            (Some(file), _) => Some(file.clone()),
            (None, true) => settings::usual(&environment)?.map(|(path, ..)| path),
            (None, false) => own.clone(),
        };
        if file.is_none() && options.command.is_empty() {
            let message = format!(
                "there is no {FILE_NAME} here; name one with --config, or a server's command after --"
            );
            return Err(Failure::Usage(message));
        }
        let is_own = |own: &PathBuf| {
            let real = |path: &Path| path.canonicalize().ok();
            file.as_ref().is_some_and(|file| real(file) == real(own))
        };
        let floor = own.filter(|own| !is_own(own));
        let directory = std::env::current_dir()
            .map_err(|source| Failure::Read { path: PathBuf::from("."), source })?;
        Ok(Self {
            file,
            floor,
            directory,
            environment,
            uses: used(options)?,
            listens: options.listen.is_some(),
        })
    }

    /// What the files hold now, to see whether they have changed.
    pub(super) fn bytes(&self) -> Vec<Option<Vec<u8>>> {
        self.file.iter().chain(&self.floor).map(|path| std::fs::read(path).ok()).collect()
    }

    /// Reads them.
    pub(super) fn load(&self) -> Result<Loaded, Failure> {
        let home = self.environment.home.as_deref().map(Path::new);
        let variables =
            |name: &str| -> Option<String> { self.environment.variables.get(name).cloned() };
        let file = match &self.file {
            Some(path) => ConfigFile::load(path, home).map_err(failure)?,
            None => ConfigFile::empty(&self.directory, home),
        };
        let is_wrapped = matches!(self.uses, UsedServers::Wrapped { .. });
        let listens = !is_wrapped && (self.listens || file.listens());
        let front = if listens { Front::Http } else { Front::Stdio };
        let uses = Uses { servers: self.uses.clone(), front };
        let config = file.resolve(&uses, &variables).map_err(|faults| {
            let path = self.file.clone().unwrap_or_default();
            failure(ConfigError::Wrong { path, faults })
        })?;
        let floor = match &self.floor {
            Some(path) => Some(load_floor(path, home, &variables).map_err(failure)?),
            None => None,
        };
        for warning in &config.warnings {
            let path = self.file.as_deref().unwrap_or_else(|| Path::new(FILE_NAME));
            output_line(&format!("{}:{warning}", path.display()));
        }
        Ok(Loaded { config, floor: floor.into_iter().map(|floor| floor.tools).collect() })
    }
}

/// Which servers are meant.
fn used(options: &ServeOptions) -> Result<UsedServers, Failure> {
    let name = options.server.clone();
    if let Some(name) = name.as_deref().filter(|name| !is_server_name(name)) {
        return Err(Failure::Usage(format!(
            "`{name}` is no name of a server: small letters, digits and hyphens, at most 64"
        )));
    }
    let Some((program, arguments)) = options.command.split_first() else {
        return Ok(name.map_or(UsedServers::All, UsedServers::Named));
    };
    let Some(name) = name else {
        return Err(Failure::Usage(
            "-- COMMAND needs --server NAME, by which policies know the server".to_owned(),
        ));
    };
    let text = |argument: &std::ffi::OsString| {
        argument.clone().into_string().map_err(|argument| {
            Failure::Usage(format!("the argument {argument:?} of the server is no Unicode text"))
        })
    };
    let arguments = arguments.iter().map(text).collect::<Result<Vec<String>, Failure>>()?;
    Ok(UsedServers::Wrapped { name, child: ChildSpec::new(PathBuf::from(program), arguments) })
}

/// Who may call, by a configuration.
pub(super) async fn auth(config: &Config) -> Result<Arc<Auth>, Failure> {
    if config.auth.mode == AuthMode::None {
        return Ok(Arc::new(Auth::None));
    }
    let keys: Vec<ConfiguredKey> = config
        .auth
        .keys
        .iter()
        .map(|key| ConfiguredKey { id: key.id.clone(), key: key.secret.clone() })
        .collect();
    let told = |error: &dyn std::fmt::Display| Failure::Usage(error.to_string());
    let keys = match &config.state {
        Some(location) => {
            let state = State::open(location).await.map_err(|error| told(&error))?;
            ApiKeys::with_store(&keys, Arc::new(state)).await
        }
        None => ApiKeys::configured(&keys),
    };
    let keys = Box::new(keys.map_err(|error| told(&error))?);
    Ok(Arc::new(Auth::ApiKey { keys, require_on_stdio: config.auth.require_on_stdio }))
}

fn failure(error: ConfigError) -> Failure {
    match error {
        ConfigError::Unreadable { path, source } => Failure::Read { path, source },
        ConfigError::Wrong { path, faults } => {
            let fault = |fault: mcp_guard_gateway::config::Fault| Fault {
                line: fault.line,
                column: fault.column,
                message: fault.message,
            };
            Failure::Settings {
                path: path.display().to_string(),
                faults: faults.into_iter().map(fault).collect(),
            }
        }
    }
}
