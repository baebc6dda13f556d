//! How gateways and servers live and end.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::gateway::{Setup, is_running, signal, state_of};

#[test]
fn answers_in_flight_are_delivered_before_the_end() {
    let mut gateway = Setup::default().start();
    gateway.open("2025-06-18");
    let ids = [700, 300, 500].map(|ms| gateway.call("slow", &json!({ "ms": ms })));
    gateway.close();
    let (status, rest) = gateway.ended();
    assert_eq!(status.code(), Some(0));
    let answered: Vec<Value> = rest
        .iter()
        .map(|line| serde_json::from_slice::<Value>(line).unwrap()["id"].clone())
        .collect();
    assert_eq!(answered, [ids[1], ids[2], ids[0]]);
    gateway.leaves_nobody();
}

#[test]
fn the_last_line_needs_no_end() {
    let mut gateway = Setup::default().command(&["cat"]).start();
    // What comes back from `cat` is a request of the server.
    gateway.send(br#"{"jsonrpc":"2.0","id":1,"method":"a"}"#);
    assert_eq!(gateway.line().unwrap(), br#"{"jsonrpc":"2.0","id":1,"method":"a"}"#);
    gateway.signal("TERM");
    assert_eq!(gateway.ended().0.code(), Some(0));
}

#[test]
fn a_signal_ends_it_and_the_server() {
    for name in ["TERM", "INT"] {
        let mut gateway = Setup::default().start();
        gateway.open("2025-06-18");
        gateway.echoes();
        let start = Instant::now();
        gateway.signal(name);
        let (status, rest) = gateway.ended();
        assert_eq!((status.code(), rest.len()), (Some(0), 0));
        assert!(start.elapsed() < Duration::from_secs(8), "{:?}", start.elapsed());
        gateway.leaves_nobody();
    }
}

#[test]
fn a_server_that_ends_at_no_word_is_killed() {
    let stubborn = r#"trap '' TERM; exec "$0" "$@" --ignore-eof"#;
    let mut gateway = Setup::default().shell(stubborn).start();
    gateway.open("2025-06-18");
    gateway.echoes();
    gateway.finish();
}

#[test]
fn a_server_that_reads_nothing_holds_up_no_end() {
    for name in ["TERM", "INT"] {
        let mut gateway = Setup::default().peer(&["--deaf"]).start();
        gateway.send(br#"{"jsonrpc":"2.0","method":"notifications/x"}"#);
        gateway.comes_true("it runs", || !gateway.peers().is_empty());
        // More than its pipe and the queue before it hold, and less than ours does beside them.
        let line = json!({ "jsonrpc": "2.0", "method": "x", "params": { "a": "x".repeat(940) } });
        let lines = format!("{line}\n").repeat(340);
        gateway.send(lines.trim_end().as_bytes());
        std::thread::sleep(Duration::from_millis(500));
        gateway.signal(name);
        assert_eq!(gateway.ended().0.code(), Some(0));
        gateway.leaves_nobody();
    }
}

#[test]
fn what_a_server_leaves_behind_ends_too() {
    let forks = r##"sleep 1000 & echo "#start $!" >> "$2"; exec "$0" "$@""##;
    let mut gateway = Setup::default().shell(forks).start();
    gateway.open("2025-06-18");
    assert_eq!(gateway.peers().len(), 2);
    gateway.finish();
}

#[cfg(target_os = "linux")]
#[test]
fn no_server_outlives_a_gateway_that_was_killed() {
    for arguments in [&[][..], &["--ignore-eof"]] {
        let mut gateway = Setup::default().peer(arguments).start();
        gateway.open("2025-06-18");
        gateway.echoes();
        gateway.signal("KILL");
        gateway.ended();
        gateway.leaves_nobody();
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_dead_server_is_no_zombie() {
    let mut gateway = Setup::default().start();
    gateway.open("2025-06-18");
    let first = gateway.peers()[0];
    assert!(is_running(first));
    signal(first, "KILL");
    gateway.hears("was killed by signal 9");
    gateway.echoes_again();
    gateway.comes_true("it is no zombie", || state_of(first).is_none());
    gateway.finish();
}

#[test]
fn standard_error_of_the_server_is_passed_on_with_its_name() {
    let says = r#"echo "the tide is high" >&2; exec "$0" "$@""#;
    let mut gateway = Setup::default().shell(says).start();
    gateway.open("2025-06-18");
    gateway.hears("the tide is high");
    let said = gateway.said();
    let line = said.lines().find(|line| line.contains("the tide is high")).unwrap();
    assert!(line.contains("peer"), "{line}");
    gateway.was_told_nothing_else();
    gateway.finish();
}

#[test]
fn a_client_that_never_says_anything_starts_no_server() {
    let gateway = Setup::default().start();
    std::thread::sleep(Duration::from_millis(300));
    assert!(gateway.peers().is_empty());
    gateway.finish();
}
