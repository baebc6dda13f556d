//! What stands behind the gateway.

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use http::{HeaderName, HeaderValue};
use reqwest::Url;
use schemars::JsonSchema;
use secrecy::SecretString;

use super::reader::Word;

pub(super) const TIMEOUT: Duration = Duration::from_secs(600);
pub(super) const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
pub(super) const MAX_INSTANCES: usize = 64;

/// The longest name of a server, in bytes.
const LONGEST_NAME: usize = 64;

/// A server behind the gateway.
#[derive(Clone, Debug)]
pub struct Server {
    /// Its name: `[a-z0-9-]+`.
    pub name: String,
    /// How it is reached.
    pub transport: Transport,
    /// How long a call may take.
    pub timeout: Duration,
    /// How long reaching or starting it may take.
    pub connect_timeout: Duration,
    /// Whether revisions of the protocol are translated.
    pub bridge: Bridge,
}

/// How a server is reached.
#[derive(Clone, Debug)]
pub enum Transport {
    /// A process that speaks over standard input and output.
    Child(ChildSpec),
    /// Over HTTP.
    Http(HttpSpec),
}

/// A process to start.
#[derive(Clone)]
pub struct ChildSpec {
    /// The program: a name to look for in `PATH`, or an absolute path.
    pub command: PathBuf,
    /// Its arguments, which can hold secrets.
    pub args: Vec<String>,
    /// Variables that are set for it beside the few that every program needs.
    pub env: Vec<(String, SecretString)>,
    /// Its working directory; `None` is that of the gateway.
    pub cwd: Option<PathBuf>,
    /// How many processes of it run at once.
    pub max_instances: usize,
}

impl ChildSpec {
    /// The process of a command line, with nothing added to its environment.
    #[must_use]
    pub fn new(command: impl Into<PathBuf>, args: Vec<String>) -> Self {
        let command = command.into();
        Self { command, args, env: Vec::new(), cwd: None, max_instances: MAX_INSTANCES }
    }
}

impl fmt::Debug for ChildSpec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<&str> = self.env.iter().map(|(name, _)| name.as_str()).collect();
        f.debug_struct("ChildSpec")
            .field("command", &self.command)
            .field("args", &self.args.len())
            .field("env", &names)
            .field("cwd", &self.cwd)
            .field("max_instances", &self.max_instances)
            .finish()
    }
}

/// A server that is called over HTTP.
#[derive(Clone)]
pub struct HttpSpec {
    /// Its address, which can hold secrets in its path and query.
    pub url: Url,
    /// Headers that are sent to it, each marked as sensitive.
    pub headers: Vec<(HeaderName, HeaderValue)>,
    /// How it is spoken to.
    pub transport: RemoteTransport,
}

impl fmt::Debug for HttpSpec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<&str> = self.headers.iter().map(|(name, _)| name.as_str()).collect();
        f.debug_struct("HttpSpec")
            .field("origin", &self.url.origin().ascii_serialization())
            .field("headers", &names)
            .field("transport", &self.transport)
            .finish()
    }
}

/// How a server at a URL is spoken to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, JsonSchema)]
#[schemars(rename_all = "snake_case")]
pub enum RemoteTransport {
    /// By what the server understands.
    #[default]
    Auto,
    /// Streamable HTTP.
    Http,
    /// HTTP with SSE, of revision 2024-11-05.
    Sse,
}

impl Word for RemoteTransport {
    const ALL: &'static [(&'static str, Self)] =
        &[("auto", Self::Auto), ("http", Self::Http), ("sse", Self::Sse)];
}

/// Whether revisions of the protocol that client and server do not share are translated.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, JsonSchema)]
#[schemars(rename_all = "snake_case")]
pub enum Bridge {
    /// Where client and server share no revision.
    #[default]
    Auto,
    /// Always.
    Always,
    /// Never: then both must share a revision.
    Never,
}

impl Word for Bridge {
    const ALL: &'static [(&'static str, Self)] =
        &[("auto", Self::Auto), ("always", Self::Always), ("never", Self::Never)];
}

/// Whether a server may be called so: `[a-z0-9-]+`, at most 64 bytes.
#[must_use]
pub fn is_server_name(name: &str) -> bool {
    (1..=LONGEST_NAME).contains(&name.len())
        && name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
}
