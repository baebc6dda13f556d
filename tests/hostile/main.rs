//! Files that are broken, enormous or malicious: each gives a clear word and an exit code, none a
//! panic, a hang or a machine out of memory.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a test that cannot go on fails"
)]

mod amount;
mod place;
#[path = "../support/mod.rs"]
mod support;
mod terminal;
mod text;
#[cfg(unix)]
mod unix;

use serde_json::Value;
use support::run::{Ran, World};

/// Address space in kilobytes that is plenty for any file within the limits.
const PLENTY: usize = 1_500_000;

const GOOD: &str = r#"{"mcpServers":{"good":{"command":"npx","args":["-y","good-mcp"]}}}"#;

/// Scans `.mcp.json` of these bytes within bounded memory, the report as JSON.
fn scanned(file: &str, bytes: &[u8]) -> Ran {
    let world = World::new();
    world.bytes(file, bytes);
    json(&world)
}

fn json(world: &World) -> Ran {
    world.run_within(PLENTY, &["scan", "--format", "json", "."])
}

/// What is said about things that were not understood: message, line, column.
fn gaps(ran: &Ran) -> Vec<(String, u64, u64)> {
    let json = ran.json();
    let findings = json["findings"].as_array().unwrap().iter();
    findings
        .filter(|finding| finding["rule"] == "incomplete-analysis")
        .map(|finding| {
            let start = &finding["span"]["start"];
            let message = finding["message"].as_str().unwrap().to_owned();
            (message, start["line"].as_u64().unwrap(), start["column"].as_u64().unwrap())
        })
        .collect()
}

/// The names of all servers.
fn servers(ran: &Ran) -> Vec<String> {
    let json = ran.json();
    let files = json["files"].as_array().unwrap().iter();
    files
        .flat_map(|file| file["servers"].as_array().unwrap())
        .map(|server| server["name"].as_str().unwrap().to_owned())
        .collect()
}

fn status(ran: &Ran) -> Vec<String> {
    let json = ran.json();
    let files = json["files"].as_array().unwrap().iter();
    files.map(|file| file["status"].as_str().unwrap().to_owned()).collect()
}

/// Fails unless the analysis was incomplete, for a reason that holds this word.
#[track_caller]
fn incomplete(ran: &Ran, word: &str) -> (String, u64, u64) {
    ran.ended(3);
    let gaps = gaps(ran);
    let found = gaps.iter().find(|(message, ..)| message.contains(word));
    found.unwrap_or_else(|| panic!("no {word:?} in {gaps:?}")).clone()
}
