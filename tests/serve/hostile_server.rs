//! Servers that do what no server should. Each request gets one answer, and what nobody asked for
//! reaches no client.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::gateway::{Gateway, Setup, guard};

fn session() -> Gateway {
    let mut gateway = Setup::default().start();
    gateway.open("2025-06-18");
    gateway
}

#[test]
fn what_is_no_message_is_left_out() {
    let mut gateway = session();
    assert_eq!(
        gateway.called("garbage", &json!({ "a": 1 }))["result"]["structuredContent"]["a"],
        1
    );
    gateway.echoes();
    gateway.was_told_nothing_else();
    gateway.hears("its standard output holds something that is no message");
    gateway.finish();
}

#[test]
fn answers_that_nobody_waits_for_reach_nobody() {
    let mut gateway = session();
    for (tool, first) in [("twice", json!(1)), ("foreign", json!({}))] {
        assert_eq!(gateway.called(tool, &json!({}))["result"]["structuredContent"], first);
        gateway.echoes();
    }
    gateway.was_told_nothing_else();
    gateway.finish();
}

#[test]
fn a_late_answer_is_not_delivered() {
    let config = "servers: { peer: { timeout: 300ms } }";
    let mut gateway = Setup::default().config(config).start();
    gateway.open("2025-06-18");
    let id = gateway.call("slow", &json!({ "ms": 1500 }));
    let answer = gateway.answer(id);
    assert_eq!(answer["error"]["code"], -32007, "{answer}");
    assert_eq!(guard(&answer), "upstream_unavailable");
    assert_eq!(answer["error"]["data"]["server"], "peer");
    assert_eq!(gateway.line_within(Duration::from_secs(2)), None);
    // The server was told.
    let taken_back = gateway.record().iter().any(|line| {
        let message: Value = serde_json::from_slice(line).unwrap();
        message["method"] == "notifications/cancelled" && message["params"]["requestId"] == id
    });
    assert!(taken_back);
    gateway.echoes();
    gateway.finish();
}

#[test]
fn a_request_that_was_taken_back_holds_up_no_end() {
    let mut gateway = session();
    let id = gateway.call("never", &json!({}));
    gateway.say(&json!({ "jsonrpc": "2.0", "method": "notifications/cancelled", "params": { "requestId": id } }));
    gateway.echoes();
    let start = Instant::now();
    gateway.finish();
    assert!(start.elapsed() < Duration::from_secs(8), "{:?}", start.elapsed());
}

#[test]
fn a_server_that_dies_is_started_again_and_its_session_opened_as_it_was() {
    let mut gateway = session();
    let level = gateway.ask("logging/setLevel", &json!({ "level": "warning" }));
    gateway.answer(level);
    for uri in ["file:///a", "file:///b"] {
        let id = gateway.ask("resources/subscribe", &json!({ "uri": uri }));
        gateway.answer(id);
    }
    let id = gateway.ask("resources/unsubscribe", &json!({ "uri": "file:///b" }));
    gateway.answer(id);
    let waiting =
        [gateway.call("never", &json!({})), gateway.call("slow", &json!({ "ms": 60_000 }))];
    let start = Instant::now();
    let dies = gateway.call("die", &json!({}));
    let mut refused = Vec::new();
    for _ in 0..3 {
        let answer: Value = serde_json::from_slice(&gateway.line().unwrap()).unwrap();
        assert_eq!(guard(&answer), "upstream_unavailable", "{answer}");
        assert_eq!(answer["error"]["code"], -32007);
        refused.push(answer["id"].as_u64().unwrap());
    }
    assert!(start.elapsed() < Duration::from_secs(10), "{:?}", start.elapsed());
    refused.sort_unstable();
    assert_eq!(refused, [waiting[0], waiting[1], dies]);
    gateway.echoes_again();
    gateway.was_told_nothing_else();
    assert_eq!(gateway.peers().len(), 2);
    let record = gateway.record();
    let first = |line: &[u8]| String::from_utf8_lossy(line).contains("mcp-guard/initialize");
    let again = record.iter().position(|line| first(line)).unwrap();
    let methods: Vec<String> = record[again..]
        .iter()
        .map(|line| {
            let message: Value = serde_json::from_slice(line).unwrap();
            let what = ["protocolVersion", "level", "uri"]
                .map(|name| message["params"][name].as_str().unwrap_or_default());
            format!("{} {}", message["method"].as_str().unwrap(), what.concat())
        })
        .collect();
    assert_eq!(
        methods[..5],
        [
            "initialize 2025-06-18",
            "notifications/initialized ",
            "logging/setLevel warning",
            "resources/subscribe file:///a",
            "tools/call ",
        ]
    );
    gateway.hears("exited with code 3");
    gateway.finish();
}

#[test]
fn a_server_that_dies_again_and_again_is_still_served() {
    let mut gateway = session();
    for _ in 0..3 {
        assert_eq!(guard(&gateway.called("die", &json!({}))), "upstream_unavailable");
        gateway.echoes_again();
    }
    assert_eq!(gateway.peers().len(), 4);
    gateway.finish();
}

#[test]
fn a_server_that_closes_its_output_and_lives_on_is_replaced() {
    let lives_on = r#""$0" "$@"; exec 1>&-; exec sleep 1000"#;
    let mut gateway = Setup::default().shell(lives_on).start();
    gateway.open("2025-06-18");
    let answer = gateway.called("close", &json!({}));
    assert_eq!(guard(&answer), "upstream_unavailable", "{answer}");
    gateway.echoes_again();
    gateway.hears("closed its standard output");
    // What started the second peer does not listen to the end of its input.
    gateway.finish();
}

#[test]
fn a_flood_of_notifications_holds_up_nobody_and_takes_no_room() {
    const COUNT: u64 = 200_000;
    let mut gateway = session();
    let flood = gateway.call("flood", &json!({ "count": COUNT }));
    let start = Instant::now();
    gateway.echoes();
    assert!(start.elapsed() < Duration::from_secs(20), "{:?}", start.elapsed());
    // The client does not read for a while: the server has to wait.
    std::thread::sleep(Duration::from_secs(1));
    if cfg!(target_os = "linux") {
        let status = std::fs::read_to_string(format!("/proc/{}/status", gateway.id())).unwrap();
        let resident = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
        let kib: u64 = resident.trim().trim_end_matches(" kB").parse().unwrap();
        assert!(kib < 100 * 1024, "{kib} KiB");
    }
    assert!(gateway.answer(flood).get("result").is_some());
    let told = u64::try_from(gateway.aside.len()).unwrap();
    assert_eq!(told, COUNT);
    gateway.aside.clear();
    gateway.finish();
}

#[test]
fn large_answers_and_much_on_standard_error() {
    let mut gateway = session();
    for bytes in [0, 1, 65_536, 20 << 20] {
        let answer = gateway.called("big", &json!({ "bytes": bytes }));
        assert_eq!(answer["result"]["structuredContent"].as_str().unwrap().len(), bytes);
    }
    gateway.called("stderr", &json!({ "kib": 20_000 }));
    gateway.echoes();
    let said = gateway.finish();
    assert!(said.contains("lines were left out") && said.len() < 10 << 20, "{}", said.len());
}

#[test]
fn an_answer_above_the_limit_is_no_answer() {
    let config = "limits: { max_line: 1MiB }\nservers: { peer: { timeout: 2s } }";
    let mut gateway = Setup::default().config(config).start();
    gateway.open("2025-06-18");
    let answer = gateway.called("big", &json!({ "bytes": 2 << 20 }));
    assert_eq!(guard(&answer), "upstream_unavailable", "{answer}");
    gateway.hears("is too long");
    gateway.echoes();
    gateway.finish();
}

#[test]
fn a_server_may_ask_and_report_progress() {
    let mut gateway = session();
    for method in ["elicitation/create", "sampling/createMessage", "nobody/knows"] {
        let id = gateway.call("ask", &json!({ "method": method }));
        let asked = gateway.until(|message| message.get("method").is_some());
        assert_eq!(asked["method"], method);
        // An answer to something else is not the answer.
        gateway.say(&json!({ "jsonrpc": "2.0", "id": "ask-0", "result": { "picked": 0 } }));
        gateway.say(&json!({ "jsonrpc": "2.0", "id": asked["id"], "result": { "picked": 1 } }));
        // A second one comes too late.
        gateway.say(&json!({ "jsonrpc": "2.0", "id": asked["id"], "result": { "picked": 2 } }));
        assert_eq!(gateway.answer(id)["result"]["structuredContent"]["picked"], 1);
    }
    assert!(!gateway.record().iter().any(|line| String::from_utf8_lossy(line).contains("ask-0\"")));
    let call = json!({ "name": "progress", "arguments": { "count": 3 }, "_meta": { "progressToken": "p" } });
    let id = gateway.ask("tools/call", &call);
    gateway.answer(id);
    let progress: Vec<Value> =
        gateway.aside.drain(..).map(|line| serde_json::from_slice(&line).unwrap()).collect();
    assert_eq!(
        progress
            .iter()
            .map(|told| told["params"]["progress"].as_u64().unwrap())
            .collect::<Vec<_>>(),
        [0, 1, 2]
    );
    gateway.finish();
}

/// Asks a server that cannot be reached to open a session.
fn unreachable(setup: Setup) -> String {
    let mut gateway = setup.start();
    let mut reasons = Vec::new();
    for _ in 0..2 {
        let id = gateway.ask("initialize", &json!({ "protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": { "name": "t", "version": "1" } }));
        let answer = gateway.answer(id);
        assert_eq!(guard(&answer), "upstream_unavailable", "{answer}");
        assert_eq!(answer["error"]["code"], -32007, "{answer}");
        reasons.push(answer["error"]["data"]["guard"]["reason"].as_str().unwrap().to_owned());
    }
    gateway.finish();
    assert_eq!(reasons[0], reasons[1]);
    reasons.remove(0)
}

#[test]
fn a_server_that_cannot_be_started_is_told_clearly() {
    let reason = unreachable(Setup::default().command(&["tide-tables-mcp"]));
    assert!(reason.contains("`tide-tables-mcp` was not found in PATH"), "{reason}");
    let reason = unreachable(Setup::default().command(&["/nowhere/tides"]));
    assert!(reason.contains("there is no file `/nowhere/tides`"), "{reason}");
    let reason = unreachable(Setup::default().command(&["/etc/passwd"]));
    assert!(reason.contains("`/etc/passwd` may not be executed"), "{reason}");
    let reason = unreachable(Setup::default().command(&["/"]));
    assert!(reason.contains("may not be executed"), "{reason}");
    let reason = unreachable(Setup::default().command(&["sh", "-c", "exit 7"]));
    assert!(reason.contains("exited with code 7"), "{reason}");
}
