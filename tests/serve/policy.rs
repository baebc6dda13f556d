//! What the configuration forbids, over standard input and output.

use std::os::unix::fs::PermissionsExt as _;

use serde_json::{Value, json};

use crate::gateway::{Gateway, Setup, guard};

const KEY: &str = "tide-table-key-0123456789";

fn session(config: &str) -> Gateway {
    let mut gateway = Setup::default().config(config).start();
    gateway.open("2025-06-18");
    gateway
}

fn tools(gateway: &mut Gateway) -> Vec<String> {
    let id = gateway.ask("tools/list", &json!({}));
    let answer = gateway.answer(id);
    let tools = answer["result"]["tools"].as_array().unwrap().iter();
    tools.map(|tool| tool["name"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn a_denied_tool_is_neither_listed_nor_called() {
    for (config, rule) in [
        ("policies: { deny: [peer.delete_*] }", "policies.deny: peer.delete_*"),
        ("policies: { deny: ['*.delete_all'] }", "policies.deny: *.delete_all"),
        ("servers: { peer: { deny: [delete_all] } }", "servers.peer.deny: delete_all"),
    ] {
        let mut gateway = session(config);
        let listed = tools(&mut gateway);
        assert!(listed.len() == 15 && !listed.contains(&"delete_all".to_owned()), "{listed:?}");
        let before = gateway.record().len();
        let answer = gateway.called("delete_all", &json!({ "secret": "s3cr3t" }));
        assert_eq!(answer["error"]["code"], -32003, "{answer}");
        let data = &answer["error"]["data"];
        assert_eq!(data["guard"]["code"], "tool_denied");
        assert_eq!((&data["tool"], &data["rule"]), (&json!("delete_all"), &json!(rule)));
        assert!(!data["guard"]["reason"].as_str().unwrap().is_empty());
        assert!(!data["guard"]["request_id"].as_str().unwrap().is_empty());
        // However it is spelled, and without a wish for an answer.
        gateway.send(br#"{"jsonrpc":"2.0","id":1,"method":"tools\/call","params":{"n\u0061me":"delete_\u0061ll"}}"#);
        assert_eq!(guard(&gateway.answer(1)), "tool_denied");
        gateway.say(&json!({ "jsonrpc": "2.0", "method": "tools/call", "params": { "name": "delete_all" } }));
        gateway.echoes();
        assert_eq!(gateway.record().len(), before + 1);
        gateway.finish();
    }
}

#[test]
fn what_is_not_allowed_is_denied() {
    let mut gateway = session("policies: { allow: [peer.echo, peer.slow], deny: [peer.slow] }");
    assert_eq!(tools(&mut gateway), ["echo"]);
    for tool in ["slow", "numbers", "nobody-knows", "Echo", "echo "] {
        assert_eq!(guard(&gateway.called(tool, &json!({}))), "tool_denied", "{tool}");
    }
    gateway.echoes();
    gateway.finish();
}

#[test]
fn a_refusal_can_be_a_result() {
    let mut gateway = session("refusals: result\npolicies: { deny: [peer.delete_all] }");
    let answer = gateway.called("delete_all", &json!({}));
    assert_eq!(answer["result"]["isError"], true, "{answer}");
    assert_eq!(answer["result"]["_meta"]["guard"]["code"], "tool_denied");
    assert_eq!(answer["result"]["_meta"]["tool"], "delete_all");
    assert!(answer["result"]["content"][0]["text"].as_str().unwrap().starts_with("Tool denied"));
    gateway.finish();
}

#[test]
fn every_decision_is_a_line_of_the_log() {
    let mut gateway = session("policies: { deny: [peer.delete_all], audit_log: DIR/audit.jsonl }");
    let denied = gateway.called("delete_all", &json!({ "password": "hunter2-hunter2" }));
    gateway.called("nobody-knows", &json!({ "password": "hunter2-hunter2" }));
    gateway.called("die", &json!({}));
    gateway.send(br#"{"jsonrpc":"2.0","id":2,"method":"tools/call"}"#);
    gateway.answer(2);
    let path = gateway.path("audit.jsonl");
    gateway.close();
    let (status, _) = gateway.ended();
    assert!(status.success());
    assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    let text = std::fs::read_to_string(&path).unwrap();
    assert!(!text.contains("hunter2"), "{text}");
    let lines: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let shown: Vec<String> = lines
        .iter()
        .map(|line| {
            assert_eq!(line["schema"], "mcp-guard/decision/v1");
            assert_eq!(
                (&line["principal"], &line["front"], &line["server"]),
                (&json!("local:ann"), &json!("stdio"), &json!("peer"))
            );
            let of = |name: &str| line[name].as_str().unwrap_or("-");
            ["method", "tool", "decision", "outcome", "code", "rule"].map(of).join(" ")
        })
        .collect();
    assert_eq!(
        shown,
        [
            "initialize - allowed answered - -",
            "notifications/initialized - allowed notification - -",
            "tools/call delete_all refused - tool_denied policies.deny: peer.delete_all",
            "tools/call nobody-knows allowed error - -",
            "tools/call die allowed connection_lost - -",
            "tools/call - refused - invalid_params -",
        ]
    );
    assert_eq!(lines[2]["request_id"], denied["error"]["data"]["guard"]["request_id"]);
    let order = |line: &str| {
        line.match_indices("\":")
            .map(|(at, _)| line[..at].rsplit('"').next().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    let first = text.lines().nth(2).unwrap();
    assert_eq!(
        order(&first.replace("policies.deny: ", "")),
        [
            "schema",
            "time",
            "request_id",
            "principal",
            "front",
            "server",
            "method",
            "tool",
            "decision",
            "code",
            "rule",
            "latency_us",
            "bytes_in",
            "bytes_out"
        ]
    );
    // One by one in the order of their names.
    let mut ids: Vec<&str> =
        lines.iter().map(|line| line["request_id"].as_str().unwrap()).collect();
    let in_order = ids.clone();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids, in_order);
}

#[test]
fn a_key_counts_and_goes_no_further() {
    for required in [false, true] {
        let config = format!(
            "auth: {{ mode: api_key, require_on_stdio: {required}, keys: [{{ id: ci, key: {KEY} }}] }}\npolicies: {{ audit_log: DIR/audit.jsonl }}"
        );
        let mut gateway = Setup::default().config(&config).start();
        let ping = |key: &str| json!({ "_meta": { "api_key": key, "other": 1 } });
        let id = gateway.ask("ping", &ping(KEY));
        let answer = gateway.answer(id);
        assert!(answer.get("result").is_some(), "{answer}");
        let record = gateway.record();
        assert_eq!(
            String::from_utf8_lossy(&record[0]),
            format!(
                r#"{{"id":{id},"jsonrpc":"2.0","method":"ping","params":{{"_meta":{{"other":1}}}}}}"#
            )
        );
        let id = gateway.ask("ping", &ping("not-the-key-0123456789"));
        let answer = gateway.answer(id);
        assert_eq!((&answer["error"]["code"], guard(&answer)), (&json!(-32001), "unauthorized"));
        let id = gateway.ask("ping", &json!({}));
        let answer = gateway.answer(id);
        assert_eq!(guard(&answer), if required { "unauthorized" } else { "" }, "{answer}");
        let path = gateway.path("audit.jsonl");
        let record = gateway.record();
        gateway.close();
        assert!(gateway.ended().0.success());
        let said = gateway.said();
        let log = std::fs::read_to_string(path).unwrap();
        assert!(log.lines().next().unwrap().contains(r#""principal":"ci""#), "{log}");
        for text in [log, said, String::from_utf8(record.concat()).unwrap()] {
            assert!(!text.contains(KEY) && !text.contains("not-the-key"), "{text}");
        }
    }
}
