//! What `mcp-guard token` takes on its command line.

use std::path::PathBuf;

use clap::{Args, Subcommand};

/// What is done with API keys.
#[derive(Debug, Subcommand)]
pub(crate) enum TokenCommand {
    /// Make an API key and print it, this once
    Create(CreateOptions),
    /// List the API keys, without the keys themselves
    List(ListOptions),
    /// Take an API key back
    Revoke(RevokeOptions),
}

/// Which state is meant.
#[derive(Args, Debug)]
pub(crate) struct StateOptions {
    /// Where the API keys are kept, as in `sqlite:///var/lib/mcp-guard/state.db` [default: what the
    /// settings file says, or else `sqlite://~/.mcp-guard/state.db`]
    #[arg(long, value_name = "URL", conflicts_with = "config")]
    pub(crate) state: Option<String>,
    /// Settings file whose `state` counts [default: the nearest mcp-guard.yaml, or else this user's
    /// own]
    #[arg(long, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
}

#[derive(Args, Debug)]
#[command(
    after_help = "Without --json the key is the only line on standard output; all else is said on standard error. \
    What is kept of it is a hash, so it cannot be shown again. A key that could not be printed is \
    revoked at once.\n\n\
    Exit codes:\n  \
    0  the key is made and printed\n  \
    2  wrong usage, or the state cannot be used\n\n\
    Examples:\n  \
    mcp-guard token create --id ci --expires 90d\n  \
    KEY=$(mcp-guard token create --id ci --note \"nightly build\")\n  \
    mcp-guard token create --id ann@example.org --expires 2027-01-31"
)]
pub(crate) struct CreateOptions {
    /// Whose key it is; several keys may have the same [default: token- and the next number]
    #[arg(long, value_name = "NAME")]
    pub(crate) id: Option<String>,
    /// What to remember about it, at most 200 characters
    #[arg(long, value_name = "TEXT", default_value = "", hide_default_value = true)]
    pub(crate) note: String,
    /// When it ends: after days or hours, or at the beginning of a day or at a time, in UTC
    /// [default: never]
    #[arg(long, value_name = "90d|12h|DATE")]
    pub(crate) expires: Option<String>,
    #[command(flatten)]
    pub(crate) state: StateOptions,
    /// Print the key and what is kept of it as JSON; schema mcp-guard/tokens/v1
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Args, Debug)]
#[command(after_help = "Keys that are revoked or have expired are listed as well.\n\n\
    Examples:\n  \
    mcp-guard token list\n  \
    mcp-guard token list --json --config deploy/mcp-guard.yaml")]
pub(crate) struct ListOptions {
    #[command(flatten)]
    pub(crate) state: StateOptions,
    /// Print JSON; schema mcp-guard/tokens/v1
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Args, Debug)]
#[command(
    after_help = "Gateways that are running refuse the key within seconds. A revoked key stays in the list.\n\n\
    Exit codes:\n  \
    0  the key is revoked\n  \
    2  no key or more than one could be meant, it was revoked before, or the state cannot be used\n\n\
    Examples:\n  \
    mcp-guard token revoke ci\n  \
    mcp-guard token revoke 3jZR"
)]
pub(crate) struct RevokeOptions {
    /// The key: its id, its last four characters, or the beginning of its id
    #[arg(value_name = "ID|LAST4|ID-PREFIX")]
    pub(crate) name: String,
    #[command(flatten)]
    pub(crate) state: StateOptions,
}
