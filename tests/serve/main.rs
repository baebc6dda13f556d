//! The gateway between a client and a server on pipes: `mcp-guard serve --server NAME -- COMMAND`.
#![cfg(unix)]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on fails"
)]

mod chaos;
mod environment;
mod gateway;
mod hostile_client;
mod hostile_server;
mod life;
mod policy;
mod reload;
mod revision;
mod transparency;
