//! What `mcp-guard.yaml` says to the gateway.
//!
//! A file is read in two steps. [`ConfigFile::load`] tells everything that is wrong with it whatever
//! the environment is. [`ConfigFile::resolve`] then replaces the variables of the parts that a
//! process uses.

mod auth;
mod fault;
mod file;
mod front;
mod keys;
mod launch;
mod policies;
mod reader;
mod remote;
mod route;
mod same;
mod server;
mod servers;
mod state;
mod tree;
mod unit;
mod uses;
mod variables;
mod words;
mod yaml;

use std::path::PathBuf;

pub use auth::{ApiKey, Auth, AuthMode};
pub use fault::{ConfigError, Fault};
pub use file::{ConfigFile, Floor, load_floor};
pub use front::{HttpFront, Limits, Listen};
pub use keys::json_schema;
pub use reader::Variables;
pub use route::Route;
use route::RouteMode;
pub use server::{Bridge, ChildSpec, HttpSpec, RemoteTransport, Server, Transport, is_server_name};
pub use state::Refusals;
pub use uses::{Front, UsedServers, Uses};

use crate::policy::ToolPolicy;
use crate::state::Location;

/// Name of a configuration file.
pub const FILE_NAME: &str = "mcp-guard.yaml";

/// What a file says, for the parts that a process uses.
#[derive(Clone, Debug)]
pub struct Config {
    /// Where the gateway listens for HTTP.
    pub listen: Option<Listen>,
    /// Who may call.
    pub auth: Auth,
    /// The servers that this process uses, in the order of the file.
    pub servers: Vec<Server>,
    /// Which server a message goes to. Targets may be servers that this process does not use.
    pub routes: Vec<Route>,
    /// Which tools may be called.
    pub tools: ToolPolicy,
    /// The file that every decision is written to.
    pub audit_log: Option<PathBuf>,
    /// How a refused call of a tool is answered.
    pub refusals: Refusals,
    /// Where the state is; `None` only where it is not said and no home directory is known.
    pub state: Option<Location>,
    /// The HTTP front.
    pub http: HttpFront,
    /// Bounds.
    pub limits: Limits,
    /// What is worth a look, in the order of the text.
    pub warnings: Vec<Fault>,
}

#[cfg(test)]
mod tests;
