//! What `mcp-guard serve` is told.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::{Args, ValueEnum};
use mcp_guard_gateway::config::Listen;
use mcp_guard_gateway::telemetry::LogFormat;

#[derive(Args, Debug)]
#[command(
    after_help = "With -- COMMAND one server is guarded whose command stands in the client's file; it gets the \
    environment that the client gave. Without it the servers of the configuration are served: one \
    with --server, all as one without. They are served over standard input and output, or over HTTP \
    where an address is configured or given.\n\n\
    Exit codes:\n  \
    0  the client or a signal ended it\n  \
    2  wrong usage, or a wrong configuration\n\n\
    Examples:\n  \
    mcp-guard serve --server files -- npx -y @modelcontextprotocol/server-filesystem@2026.1.14 /data\n  \
    mcp-guard serve --config mcp-guard.yaml --server search\n  \
    mcp-guard serve --config mcp-guard.yaml --listen 127.0.0.1:8787"
)]
pub(crate) struct ServeOptions {
    /// Configuration [default: the nearest mcp-guard.yaml, or this user's own; with -- COMMAND this
    /// user's own]
    #[arg(long, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// The one server to serve, and with -- COMMAND the name that policies know it by
    #[arg(long, value_name = "NAME")]
    pub(crate) server: Option<String>,
    /// Serve HTTP at this address [default: `listen` of the configuration]
    #[arg(long, value_name = "HOST:PORT", value_parser = listen, conflicts_with = "command")]
    pub(crate) listen: Option<Listen>,
    /// Serve other machines although nobody has to prove who calls
    #[arg(long)]
    pub(crate) insecure: bool,
    /// What is logged on standard error: a level, or directives as of the crate tracing
    #[arg(long, value_name = "FILTER", default_value = "info")]
    pub(crate) log: String,
    /// How it is logged
    #[arg(long, value_enum, value_name = "FORMAT", default_value_t)]
    pub(crate) log_format: Format,
    /// The server's command and its arguments
    #[arg(last = true, value_name = "COMMAND")]
    pub(crate) command: Vec<OsString>,
}

/// How is logged.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// Lines for people
    #[default]
    Text,
    /// One JSON object a line
    Json,
}

impl From<Format> for LogFormat {
    fn from(format: Format) -> Self {
        match format {
            Format::Text => Self::Text,
            Format::Json => Self::Json,
        }
    }
}

fn listen(text: &str) -> Result<Listen, String> {
    Listen::parse(text).map_err(str::to_owned)
}
