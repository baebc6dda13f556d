//! Clients and servers of revision 2026-07-28, in which every request stands by itself.

use serde_json::{Value, json};

use crate::gateway::{Gateway, Setup, guard};

fn modern(config: &str) -> Gateway {
    Setup::default().config(config).peer(&["--era", "modern"]).start()
}

fn params(members: &Value) -> Value {
    let mut params = members.clone();
    params["_meta"] = json!({
        "io.modelcontextprotocol/protocolVersion": "2026-07-28",
        "io.modelcontextprotocol/clientCapabilities": {},
        "io.modelcontextprotocol/clientInfo": { "name": "test", "version": "1" },
    });
    params
}

/// Begins with `server/discover`, or right away.
fn begin(config: &str, discovers: bool) -> Gateway {
    let mut gateway = modern(config);
    if discovers {
        let id = gateway.ask("server/discover", &params(&json!({})));
        assert_eq!(gateway.answer(id)["result"]["supportedVersions"], json!(["2026-07-28"]));
    }
    gateway
}

fn called(gateway: &mut Gateway, tool: &str, arguments: &Value) -> Value {
    let id = gateway.ask("tools/call", &params(&json!({ "name": tool, "arguments": arguments })));
    gateway.answer(id)
}

#[test]
fn calls_of_the_stateless_era() {
    for discovers in [true, false] {
        let mut gateway = begin("{}", discovers);
        for n in 0..3 {
            let answer = called(&mut gateway, "echo", &json!({ "n": n }));
            assert_eq!(answer["result"]["structuredContent"]["n"], n, "{answer}");
        }
        assert_eq!(guard(&called(&mut gateway, "die", &json!({}))), "upstream_unavailable");
        gateway.comes_true("it is started again", || {
            std::thread::sleep(std::time::Duration::from_millis(300));
            true
        });
        let answer = called(&mut gateway, "echo", &json!({}));
        assert!(answer.get("result").is_some(), "{discovers} {answer}");
        for tool in ["twice", "foreign", "garbage"] {
            let answer = called(&mut gateway, tool, &json!({}));
            assert!(answer.get("result").is_some(), "{discovers} {tool} {answer}");
        }
        gateway.was_told_nothing_else();
        gateway.finish();
    }
}

#[test]
fn refusals_are_numbered_as_that_revision_wants() {
    for discovers in [true, false] {
        let mut gateway = begin("policies: { deny: [peer.delete_all] }", discovers);
        let answer = called(&mut gateway, "delete_all", &json!({}));
        assert_eq!(answer["error"]["code"], -31003, "{answer}");
        assert_eq!(guard(&answer), "tool_denied");
        let answer = called(&mut gateway, "die", &json!({}));
        assert_eq!(answer["error"]["code"], -31007, "{answer}");
        gateway.finish();
    }
}

#[test]
fn a_call_with_more_notifications_than_wait_for_a_client_is_still_answered() {
    for discovers in [true, false] {
        let mut gateway = begin("{}", discovers);
        let mut call = params(&json!({ "name": "progress", "arguments": { "count": 5000 } }));
        call["_meta"]["progressToken"] = json!("p");
        let id = gateway.ask("tools/call", &call);
        let answer = gateway.answer(id);
        assert!(answer.get("result").is_some(), "{discovers} {answer}");
        gateway.finish();
    }
}
