//! The hidden command by which the gateway starts a server.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::process::{Command, Output};

/// As a parent that is this test, or not.
fn child(parent: u32, words: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_mcp-guard"))
        .args(["__child", &parent.to_string(), "--"])
        .args(words)
        .output()
        .unwrap()
}

fn ran(output: &Output) -> (Option<i32>, &str, &str) {
    let [stdout, stderr] =
        [&output.stdout, &output.stderr].map(|text| str::from_utf8(text).unwrap());
    (output.status.code(), stdout, stderr)
}

#[test]
fn the_servers_arguments_are_its_own() {
    let output = child(std::process::id(), &["echo", "--help", "--color=x", "-q", ""]);
    assert_eq!(ran(&output), (Some(0), "--help --color=x -q \n", ""));
}

#[test]
fn a_program_that_does_not_start_is_told() {
    let output = child(std::process::id(), &["tide-tables-mcp"]);
    let (code, stdout, stderr) = ran(&output);
    assert_eq!((code, stdout), (Some(127), ""));
    assert!(stderr.starts_with("mcp-guard: cannot start `tide-tables-mcp`: "), "{stderr}");
}

#[test]
fn nothing_starts_without_its_parent() {
    let output = child(1, &["echo", "ran"]);
    let (code, stdout, stderr) = ran(&output);
    assert_eq!((code, stdout), (Some(125), ""));
    assert!(stderr.starts_with("mcp-guard: the process that starts the server ended"), "{stderr}");
}
