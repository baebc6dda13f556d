//! What becomes of a server when we are killed without a chance to end it.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use crate::support::{is_gone_soon, lives, ourselves};

/// Starts one of us with the script as its server: us, the server, and what the server says first.
fn start(guard: &str, script: &str) -> (Child, u32, String) {
    let mut parent = Command::new(ourselves())
        .args(["parent", guard, script])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut said = String::new();
    BufReader::new(parent.stdout.take().unwrap()).read_line(&mut said).unwrap();
    let (pid, first) = said.trim().split_once(' ').unwrap();
    (parent, pid.parse().unwrap(), first.to_owned())
}

pub(crate) fn none_is_left_when_we_are_killed() {
    if cfg!(not(target_os = "linux")) {
        return;
    }
    let (mut parent, server, _) = start("guarded", "echo ready; exec sleep 1000");
    // Long enough for the thread that asked for the start to be gone, and the server to be seen alive.
    std::thread::sleep(Duration::from_millis(200));
    assert!(lives(server));
    parent.kill().unwrap();
    parent.wait().unwrap();
    assert!(is_gone_soon(server));
}

/// That the case above can fail.
pub(crate) fn one_is_left_without_the_guard() {
    let (mut parent, server, _) = start("unguarded", "echo ready; exec sleep 1000");
    parent.kill().unwrap();
    parent.wait().unwrap();
    std::thread::sleep(Duration::from_millis(200));
    assert!(lives(server));
    Command::new("kill").arg(server.to_string()).status().unwrap();
}

pub(crate) fn none_is_left_of_a_launcher_that_passes_the_signal_on() {
    if cfg!(not(target_os = "linux")) {
        return;
    }
    let launcher = "sleep 1000 & trap 'kill $!' TERM; echo $!; wait";
    let (mut parent, server, grandchild) = start("guarded", launcher);
    parent.kill().unwrap();
    parent.wait().unwrap();
    assert!(is_gone_soon(server) && is_gone_soon(grandchild.parse().unwrap()));
}

/// A child whose parent died before it could ask for the signal starts nothing.
pub(crate) fn a_stranger_is_not_served() {
    if cfg!(not(target_os = "linux")) {
        return;
    }
    let ran =
        Command::new(ourselves()).args(["__child", "1", "--", "echo", "ran"]).output().unwrap();
    assert_eq!((ran.status.code(), ran.stdout.as_slice()), (Some(125), &b""[..]));
    let us = std::process::id().to_string();
    let ran =
        Command::new(ourselves()).args(["__child", &us, "--", "echo", "ran"]).output().unwrap();
    assert_eq!((ran.status.code(), ran.stdout.as_slice()), (Some(0), &b"ran\n"[..]));
}
