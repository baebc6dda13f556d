//! The gateway over HTTP, as clients and operators meet it: `mcp-guard serve`.
#![cfg(unix)]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on fails"
)]

mod all;
mod client;
mod crosstalk;
#[path = "../serve/gateway.rs"]
#[allow(dead_code, reason = "the tests over pipes use the rest")]
mod gateway;
mod keys;
mod operation;
mod sessions;
mod stateless;
