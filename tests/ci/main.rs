//! `mcp-guard ci github`: the real binary in a job, with an API of our own on this machine.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on fails"
)]

mod base;
mod comments;
mod faults;
mod github;
mod hostile;
mod job;
mod outputs;
mod suggestions;
#[path = "../support/mod.rs"]
mod support;
