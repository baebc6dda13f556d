//! `mcp-guard token`: API keys are made, listed and revoked, and no key stays behind.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a test that cannot go on fails"
)]

mod faults;
mod keys;
mod mask;
mod place;
#[path = "../support/mod.rs"]
mod support;

use serde_json::Value;
use support::run::{Ran, World};

/// What `token create` prints: the key, alone on its line.
#[track_caller]
pub(crate) fn key(ran: &Ran) -> String {
    let key = ran.ended(0).stdout.strip_suffix('\n').unwrap();
    let body = key.strip_prefix("mcpg_").unwrap();
    let is_plain = body.chars().all(|c| c.is_ascii_alphanumeric() || "-_".contains(c));
    assert!(is_plain && body.len() == 49, "{key:?}");
    key.to_owned()
}

pub(crate) fn last_four(key: &str) -> &str {
    &key[key.len() - 4..]
}

/// Makes a key and says what it is.
#[track_caller]
pub(crate) fn made(world: &World, arguments: &[&str]) -> String {
    let all: Vec<&str> = ["token", "create"].iter().chain(arguments).copied().collect();
    let ran = world.run(&all);
    if arguments.contains(&"--json") {
        return ran.ended(0).json()["tokens"][0]["key"].as_str().unwrap().to_owned();
    }
    key(&ran)
}

pub(crate) fn tokens(world: &World, arguments: &[&str]) -> Vec<Value> {
    let arguments: Vec<&str> =
        ["token", "list", "--json"].iter().chain(arguments).copied().collect();
    let list = world.run(&arguments).ended(0).json();
    list["tokens"].as_array().unwrap().clone()
}
