//! `mcp-guard token`: the API keys of the gateway.

mod create;
mod expiry;
mod list;
mod options;
mod place;
mod record;
mod revoke;

use std::process::ExitCode;

use jiff::Timestamp;

use crate::cli::Talk;
use crate::failure::Failure;

pub(crate) use options::TokenCommand;

pub(crate) fn run(command: &TokenCommand, talk: Talk) -> Result<ExitCode, Failure> {
    // A state keeps whole seconds.
    let now = Timestamp::now();
    let now = Timestamp::from_second(now.as_second()).unwrap_or(now);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime =
        runtime.map_err(|error| Failure::Usage(format!("nothing can be run: {error}")))?;
    runtime.block_on(async {
        match command {
            TokenCommand::Create(options) => create::run(options, now, talk).await,
            TokenCommand::List(options) => list::run(options, now, talk).await,
            TokenCommand::Revoke(options) => revoke::run(options, now, talk).await,
        }
    })?;
    Ok(ExitCode::SUCCESS)
}
