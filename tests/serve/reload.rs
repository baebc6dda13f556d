//! A configuration that changes while the gateway runs.

use std::time::{Duration, Instant};

use serde_json::json;

use crate::gateway::{Gateway, Setup, guard};

const OPEN: &str = "version: 1\n";
const CLOSED: &str = "version: 1\npolicies: { deny: [peer.numbers, peer.slow] }\n";

fn session(config: &str) -> Gateway {
    let mut gateway = Setup::default().config(config).start();
    gateway.open("2025-06-18");
    gateway
}

fn is_denied(gateway: &mut Gateway) -> bool {
    guard(&gateway.called("numbers", &json!({}))) == "tool_denied"
}

/// Waits until the tool is denied, or no longer; how long that took.
fn becomes(gateway: &mut Gateway, denied: bool) -> Duration {
    let start = Instant::now();
    while is_denied(gateway) != denied {
        assert!(start.elapsed() < Duration::from_secs(20), "{}", gateway.said());
        std::thread::sleep(Duration::from_millis(20));
    }
    start.elapsed()
}

#[test]
fn a_change_counts_within_two_seconds_and_for_new_calls_only() {
    let mut gateway = session(OPEN);
    let under_way = gateway.call("slow", &json!({ "ms": 3000 }));
    gateway.configure(CLOSED);
    let took = becomes(&mut gateway, true);
    assert!(took < Duration::from_secs(2), "{took:?}");
    assert_eq!(guard(&gateway.called("slow", &json!({}))), "tool_denied");
    assert!(gateway.answer(under_way).get("result").is_some());
    gateway.configure(OPEN);
    becomes(&mut gateway, false);
    // The server is the same.
    assert_eq!(gateway.peers().len(), 1);
    gateway.finish();
}

#[test]
fn a_file_that_takes_the_place_of_the_old_one_counts() {
    let mut gateway = session(OPEN);
    let new = gateway.path("new.yaml");
    std::fs::write(&new, CLOSED).unwrap();
    std::fs::rename(&new, gateway.path("mcp-guard.yaml")).unwrap();
    becomes(&mut gateway, true);
    gateway.finish();
}

#[test]
fn a_typo_changes_nothing_and_is_told_with_its_place() {
    let mut gateway = session(CLOSED);
    gateway.configure("version: 1\npolicies:\n  deni: [peer.echo]\n");
    gateway.hears("mcp-guard.yaml:3:3");
    gateway.hears("the configuration stays as it was");
    assert!(is_denied(&mut gateway));
    gateway.echoes();
    std::fs::remove_file(gateway.path("mcp-guard.yaml")).unwrap();
    gateway.signal("HUP");
    std::thread::sleep(Duration::from_millis(600));
    assert!(is_denied(&mut gateway));
    gateway.configure(OPEN);
    becomes(&mut gateway, false);
    gateway.finish();
}

#[test]
fn a_hang_up_reads_it_again() {
    let mut gateway = session(OPEN);
    gateway.signal("HUP");
    gateway.hears("the configuration was read again");
    gateway.echoes();
    assert_eq!(gateway.peers().len(), 1);
    gateway.finish();
    // Without a configuration there is none to read, and no reason to end.
    let mut gateway = Setup::default().start();
    gateway.open("2025-06-18");
    gateway.signal("HUP");
    std::thread::sleep(Duration::from_millis(400));
    gateway.echoes();
    gateway.finish();
}
