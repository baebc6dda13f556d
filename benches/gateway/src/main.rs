//! Measures MCP gateways: what they add to a call, what they carry, and whether every caller gets
//! the answer to its own question. `compare.py` runs it beside gateways.

mod echo;
mod echo_http;
mod echo_stdio;
mod hop_h2s;
mod hop_http;
mod hop_stdio;
mod http_client;
mod lines;
mod load_http;
mod load_stdio;
mod message;
mod outlet;
mod pace;
mod pipes;
mod process;
mod question;
mod report;
mod server;
mod sse;
mod tally;
mod tested;
mod watchdog;

use std::ffi::OsString;
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use http::Uri;

/// What ended a run early.
pub(crate) type Failure = Box<dyn std::error::Error + Send + Sync>;
pub(crate) type Outcome = Result<(), Failure>;

#[derive(Parser)]
#[command(about, max_term_width = 100)]
struct Arguments {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// An MCP server over stdio whose one tool gives back its text
    EchoStdio {
        #[command(flatten)]
        pace: pace::Pace,
    },
    /// The same over Streamable HTTP at any path but /rpc, which takes plain JSON-RPC
    EchoHttp {
        /// Port of 127.0.0.1
        #[arg(long)]
        port: u16,
        /// Answer with an event stream
        #[arg(long)]
        sse: bool,
        #[command(flatten)]
        pace: pace::Pace,
    },
    /// A bare hop from stdio to stdio
    HopStdio {
        /// The server
        #[arg(last = true, required = true)]
        command: Vec<OsString>,
    },
    /// A bare hop from HTTP to one server over stdio
    HopH2s {
        /// Port of 127.0.0.1
        #[arg(long)]
        port: u16,
        /// The server
        #[arg(last = true, required = true)]
        command: Vec<OsString>,
    },
    /// A bare hop from HTTP to HTTP
    HopHttp {
        /// Port of 127.0.0.1
        #[arg(long)]
        port: u16,
        /// The server's endpoint
        #[arg(long)]
        to: Uri,
    },
    /// Calls a server over stdio, some calls at a time, and prints what was measured as JSON
    LoadStdio(load_stdio::Options),
    /// Calls a server over HTTP, one call a connection at a time, and prints the same
    LoadHttp(load_http::Options),
    /// Asks with the same ids from many clients and counts the answers that are another's; the
    /// server should answer out of order (`--shuffle`)
    Crosstalk(load_http::Options),
}

fn main() -> ExitCode {
    let done = match Arguments::parse().task {
        Task::EchoStdio { pace } => echo_stdio::run(pace),
        Task::EchoHttp { port, sse, pace } => echo_http::run(port, sse, pace),
        Task::HopStdio { command } => hop_stdio::run(&command),
        Task::HopH2s { port, command } => hop_h2s::run(port, &command),
        Task::HopHttp { port, to } => hop_http::run(port, to),
        Task::LoadStdio(options) => load_stdio::run(&options),
        Task::LoadHttp(options) => load_http::run(&options, false),
        Task::Crosstalk(options) => load_http::run(&options, true),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("mcpbench: {error}");
            ExitCode::FAILURE
        }
    }
}
