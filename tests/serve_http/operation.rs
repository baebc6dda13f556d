use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::process::Command;
use std::time::{Duration, Instant};

use serde_json::json;

use crate::client::{call, config, serve, until};
use crate::gateway::{SOON, guard};

const PEER: &str = "/mcp/peer";

#[tokio::test]
async fn health_readiness_and_metrics_tell_the_truth() {
    let served = serve(&config("policies: { deny: [peer.delete_all] }"));
    let client = served.client();
    assert_eq!(client.ask("GET", "/health").await.text, r#"{"status":"ok"}"#);
    let session = client.open(PEER).await;
    for (tool, times) in [("echo", 3), ("delete_all", 2)] {
        for _ in 0..times {
            session.call(PEER, tool, &json!({})).await;
        }
    }
    let ready = client.ask("GET", "/ready").await;
    assert_eq!((ready.status, &ready.message()["servers"]["peer"]["status"]), (200, &json!("up")));
    let metrics = client.ask("GET", "/metrics").await.text;
    let line = |parts: &[&str]| {
        let found = metrics.lines().find(|line| parts.iter().all(|part| line.contains(part)));
        found.unwrap_or_else(|| panic!("{parts:?} in {metrics}")).to_owned()
    };
    assert!(line(&["refusals_total", "tool_denied"]).ends_with(" 2"));
    assert!(metrics.contains("\nmcp_guard_sessions 1\n"), "{metrics}");
    assert!(line(&["request_duration_seconds_count", "peer"]).ends_with(" 4"), "{metrics}");
    assert!(metrics.ends_with("# EOF\n"));
    served.end();

    let dead =
        "version: 1\nlisten: 127.0.0.1:0\nservers:\n  gone: { command: DIR/there-is-no-such }\n";
    let served = serve(dead);
    let client = served.client();
    let reply = client.post("/rpc", &call("gone__x", &json!({}))).await;
    assert_eq!(guard(&reply.message()), "upstream_unavailable", "{}", reply.text);
    let ready = client.ask("GET", "/ready").await;
    assert_eq!(
        (ready.status, &ready.message()["servers"]["gone"]["status"]),
        (503, &json!("down"))
    );
    assert_eq!(client.ask("GET", "/health").await.status, 200);
    served.end();
}

#[tokio::test]
async fn a_changed_file_counts_whole_or_not_at_all() {
    let served = serve(&config(""));
    let session = served.client().open(PEER).await;
    let running = tokio::spawn({
        let session = session.clone();
        async move { session.call(PEER, "slow", &json!({ "ms": 2000 })).await }
    });
    tokio::time::sleep(Duration::from_millis(200)).await;
    served.gateway.configure(&config("policies: { deny: [peer.slow, peer.numbers] }"));
    let denied =
        || async { guard(&session.call(PEER, "numbers", &json!({})).await) == "tool_denied" };
    until("the new rules hold", denied).await;
    assert!(!running.is_finished());
    assert_eq!(running.await.unwrap()["result"]["structuredContent"]["ms"], 2000);
    served.gateway.configure(&config("policies: { deni: [] }"));
    served.gateway.signal("HUP");
    served.gateway.hears("the configuration stays as it was");
    assert!(denied().await);
    served.gateway.configure(&config(""));
    served.gateway.signal("HUP");
    until("the old rules hold again", || async { !denied().await }).await;
    served.end();
}

#[tokio::test]
async fn calls_in_flight_are_answered_before_the_end() {
    let mut served = serve(&config(""));
    let session = served.client().open(PEER).await;
    let running =
        tokio::spawn(async move { session.call(PEER, "slow", &json!({ "ms": 1500 })).await });
    tokio::time::sleep(Duration::from_millis(300)).await;
    served.gateway.signal("TERM");
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert!(TcpStream::connect(&served.address).is_err(), "nobody new is taken");
    assert_eq!(running.await.unwrap()["result"]["structuredContent"]["ms"], 1500);
    let (status, _) = served.gateway.ended();
    assert_eq!(status.code(), Some(0));
    served.gateway.leaves_nobody();
}

#[test]
fn a_public_address_needs_authentication() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("mcp-guard.yaml");
    std::fs::write(&path, "version: 1\nlisten: 0.0.0.0:0\nservers: { a: { command: cat } }\n")
        .unwrap();
    let start = Instant::now();
    let done = Command::new(env!("CARGO_BIN_EXE_mcp-guard"))
        .args(["serve", "--config"])
        .arg(&path)
        .env("HOME", directory.path())
        .output()
        .unwrap();
    assert_eq!(done.status.code(), Some(2));
    let said = String::from_utf8(done.stderr).unwrap();
    assert!(said.contains("0.0.0.0") && said.contains("auth"), "{said}");
    assert!(start.elapsed() < SOON);
}

#[tokio::test]
async fn what_is_no_proper_request_is_refused() {
    let served = serve(&config("http: { max_body: 4096, header_timeout: 1s, body_timeout: 1s }"));
    let client = served.client();
    let reply = client.with("Host", "evil.example").post(PEER, &call("echo", &json!({}))).await;
    assert!([400, 403, 421].contains(&reply.status), "{}", reply.status);
    let reply =
        client.with("Origin", "https://evil.example").post(PEER, &call("echo", &json!({}))).await;
    assert_eq!(reply.status, 403);
    let reply = client.post(PEER, &call("echo", &json!("x".repeat(5000)))).await;
    assert_eq!(reply.status, 413);
    // Who sends slowly is not waited for.
    for start in [
        "POST /mcp/peer HTTP/1.1\r\nHost: localhost\r\n",
        "POST /rpc HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{",
    ] {
        let mut stream = TcpStream::connect(&served.address).unwrap();
        stream.set_read_timeout(Some(SOON)).unwrap();
        let begun = Instant::now();
        stream.write_all(start.as_bytes()).unwrap();
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer);
        assert!(begun.elapsed() < Duration::from_secs(10), "{start}");
    }
    assert_eq!(served.heard(), "");
    served.end();
}
