use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use jiff::Timestamp;
use secrecy::SecretString;

use super::{ANONYMOUS, Caller, Front, Gate, Outcome, Permitted, Refused, Rules, Target};
use crate::auth::{ApiKeys, Auth, ConfiguredKey};
use crate::config::Refusals;
use crate::message::Message;
use crate::policy::{Effect, Layers, Subject, ToolPolicy};
use crate::protocol::{Era, Refusal};
use crate::record::metrics::Metrics;
use crate::record::{DecisionLog, RequestIds};

const KEY: &str = "mcpg_0123456789abcdef";

fn message(json: &str) -> Message {
    Message::read(Bytes::copy_from_slice(json.as_bytes())).unwrap()
}

fn rules() -> Rules {
    let metrics = Metrics::new("test", Timestamp::UNIX_EPOCH);
    let mut policy = ToolPolicy::builder();
    policy
        .globs(Effect::Deny, "policies.deny", Subject::Qualified, ["files.delete_*".to_owned()])
        .unwrap();
    Rules {
        tools: Layers::new(vec![policy.build().unwrap()]),
        ..Rules::open(&metrics, [Arc::from("files")])
    }
}

fn gate(rules: Rules, log: DecisionLog) -> Arc<Gate> {
    Gate::new(rules, log, RequestIds::new([7; 16]), || Timestamp::UNIX_EPOCH)
}

fn caller(front: Front, principal: &str, era: Era) -> Arc<Caller> {
    Arc::new(Caller { principal: principal.into(), front, era, session: None })
}

fn admit(gate: &Arc<Gate>, caller: &Arc<Caller>, json: &str) -> Result<Permitted, Box<Refused>> {
    gate.admit(caller, &Target::Server("files".into()), message(json))
}

fn call(tool: &str) -> String {
    format!(r#"{{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{{"name":"{tool}"}}}}"#)
}

fn code(refused: &Refused) -> String {
    let answer = refused.answer.as_ref().unwrap();
    let value: serde_json::Value = serde_json::from_str(answer.json()).unwrap();
    let at = |pointer: &str| value.pointer(pointer).map(ToString::to_string).unwrap_or_default();
    format!("{} {} {}", at("/error/code"), at("/error/data/guard/code"), at("/error/data/rule"))
}

#[test]
fn a_denied_tool_is_refused_in_the_numbers_of_the_era() {
    let gate = gate(rules(), DecisionLog::none());
    for (era, told) in [
        (Era::Session, r#"-32003 "tool_denied" "policies.deny: files.delete_*""#),
        (Era::Stateless, r#"-31003 "tool_denied" "policies.deny: files.delete_*""#),
    ] {
        let caller = caller(Front::Http, ANONYMOUS, era);
        assert!(admit(&gate, &caller, &call("read")).is_ok());
        let refused = admit(&gate, &caller, &call("delete_\\u0066ile")).unwrap_err();
        assert_eq!(code(&refused), told);
        assert_eq!(refused.status, 403);
    }
}

#[test]
fn a_call_that_cannot_be_judged_is_refused() {
    let gate = gate(rules(), DecisionLog::none());
    let caller = caller(Front::Stdio, "local:ann", Era::Session);
    for params in [
        "{}",
        "[]",
        "null",
        r#"{"name":5}"#,
        r#"{"name":"read","name":"delete_file"}"#,
        r#"{"name":"read","Name":"delete_file"}"#,
        r#"{"Name":"delete_file"}"#,
    ] {
        let json = format!(r#"{{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{params}}}"#);
        let refused = admit(&gate, &caller, &json).unwrap_err();
        assert!(code(&refused).starts_with("-32602"), "{params}");
    }
    assert!(admit(&gate, &caller, r#"{"jsonrpc":"2.0","id":1,"method":"tools/call"}"#).is_err());
    // A notification gets no answer.
    let json = r#"{"jsonrpc":"2.0","method":"tools/call","params":{"name":"delete_file"}}"#;
    assert!(admit(&gate, &caller, json).unwrap_err().answer.is_none());
}

#[test]
fn a_judged_method_in_disguise_is_unknown() {
    let gate = gate(rules(), DecisionLog::none());
    let caller = caller(Front::Stdio, "local:ann", Era::Session);
    let tried = |method: &str| {
        let params = r#"{"name":"delete_file"}"#;
        let json = format!(r#"{{"jsonrpc":"2.0","id":1,"method":"{method}","params":{params}}}"#);
        admit(&gate, &caller, &json).map_err(|refused| code(&refused))
    };
    for method in ["Tools/Call", "TOOLS/LIST", " tools/call", "tools/call\\u0000", "/tools/call/"] {
        assert!(tried(method).unwrap_err().starts_with("-32601"), "{method}");
    }
    for method in ["tools/called", "x/tools/call", "Ping", "prompts/Get"] {
        assert!(tried(method).is_ok(), "{method}");
    }
}

#[test]
fn a_refusal_can_be_a_result() {
    let gate = gate(Rules { refusals: Refusals::Result, ..rules() }, DecisionLog::none());
    let caller = caller(Front::Stdio, "local:ann", Era::Session);
    let refused = admit(&gate, &caller, &call("delete_file")).unwrap_err();
    assert!(refused.answer.unwrap().json().contains(r#""isError":true"#));
}

#[test]
fn lists_hold_what_may_be_called_and_keep_their_bytes() {
    let gate = gate(rules(), DecisionLog::none());
    let caller = caller(Front::Stdio, "local:ann", Era::Session);
    let list = r#"{"jsonrpc":"2.0","id":1,"method":"tools/list"}"#;
    let settle = |answer: &str| {
        let (_, ticket) = admit(&gate, &caller, list).unwrap().split();
        ticket.settle(message(answer)).json().to_owned()
    };
    let all = r#"{"jsonrpc":"2.0","id":1, "result":{"tools":[ {"name" : "read","x":1e400} ], "nextCursor":"a"}}"#;
    assert_eq!(settle(all), all);
    assert_eq!(
        settle(
            r#"{"jsonrpc":"2.0","id":1,"result":{"tools":[{"name":"read","x":1e400}, {"name":"Delete_file"} ,{"name":"b"}],"y":0}}"#
        ),
        r#"{"jsonrpc":"2.0","id":1,"result":{"tools":[{"name":"read","x":1e400},{"name":"b"}],"y":0}}"#
    );
    let error = r#"{"jsonrpc":"2.0","id":1,"error":{"code":1,"message":"no"}}"#;
    assert_eq!(settle(error), error);
    // What cannot be filtered is not shown.
    for odd in [r#""all""#, r#"[{"name":1}]"#, r#"[5]"#, r#"[{"name":"a","name":"delete_file"}]"#] {
        let answer = format!(r#"{{"jsonrpc":"2.0","id":1,"result":{{"tools":{odd}}}}}"#);
        assert!(settle(&answer).contains("upstream_unavailable"), "{odd}");
    }
}

fn keyed(require_on_stdio: bool) -> Rules {
    let key = ConfiguredKey { id: "ci".to_owned(), key: SecretString::from(KEY) };
    let keys = Box::new(ApiKeys::configured(&[key]).unwrap());
    Rules { auth: Arc::new(Auth::ApiKey { keys, require_on_stdio }), ..rules() }
}

#[test]
fn credentials_go_no_further_where_nobody_asks_for_them() {
    let gate = gate(rules(), DecisionLog::none());
    let caller = caller(Front::Http, ANONYMOUS, Era::Session);
    let passed = |params: &str| {
        let json = format!(r#"{{"jsonrpc":"2.0","id":1,"method":"ping","params":{params}}}"#);
        let permitted = admit(&gate, &caller, &json).unwrap();
        permitted.message().body().unwrap().to_owned()
    };
    for given in [r#"{"api_key":"k","a":1}"#, r#"{"a":1,"tok\u0065n":"k"}"#] {
        assert_eq!(passed(&format!(r#"{{"_meta":{given},"b":2}}"#)), r#"{"_meta":{"a":1},"b":2}"#);
    }
    // All else is the server's: also of this name, elsewhere.
    for params in [r#"{"token" : "t","_meta":{"progressToken":1}}"#, r#"["_meta","api_key\\"]"#] {
        assert_eq!(passed(params), params);
    }
}

#[test]
fn credentials_in_meta_count_and_go_no_further() {
    let gate = gate(keyed(false), DecisionLog::none());
    let anonymous = caller(Front::Http, ANONYMOUS, Era::Session);
    let ping = |meta: &str| {
        format!(r#"{{"jsonrpc":"2.0","id":1,"method":"ping","params":{{"_meta":{meta},"a":1}}}}"#)
    };
    for name in ["api_key", "token", "api_k\\u0065y"] {
        let json = ping(&format!(r#"{{"{name}":"{KEY}","b":2}}"#));
        let permitted = admit(&gate, &anonymous, &json).unwrap();
        assert_eq!(permitted.message().json(), ping(r#"{"b":2}"#));
        assert_eq!(permitted.split().1.principal().map(|id| &**id), Some("ci"));
    }
    for meta in [r#"{}"#, r#"{"api_key":"wrong"}"#, r#"{"token":""}"#] {
        let refused = admit(&gate, &anonymous, &ping(meta)).unwrap_err();
        assert!(code(&refused).contains("unauthorized"), "{meta}");
        assert_eq!(refused.status, 401);
        assert!(refused.challenge.unwrap().starts_with("Bearer"));
        assert!(!refused.answer.unwrap().json().contains("wrong"));
    }
    assert!(admit(&gate, &anonymous, &ping(r#"{"api_key":5}"#)).is_err());
    // Two callers at once are none.
    let other = caller(Front::Http, "other", Era::Session);
    let json = ping(&format!(r#"{{"api_key":"{KEY}"}}"#));
    assert!(admit(&gate, &other, &json).is_err());
    assert!(admit(&gate, &other, &ping("{}")).is_ok());
}

#[test]
fn over_standard_input_a_key_is_needed_where_that_is_configured() {
    let local = caller(Front::Stdio, "local:ann", Era::Session);
    let ping = r#"{"jsonrpc":"2.0","id":1,"method":"ping"}"#;
    assert!(admit(&gate(keyed(false), DecisionLog::none()), &local, ping).is_ok());
    let strict = gate(keyed(true), DecisionLog::none());
    assert!(admit(&strict, &local, ping).is_err());
    let json = format!(
        r#"{{"jsonrpc":"2.0","id":1,"method":"ping","params":{{"_meta":{{"api_key":"{KEY}"}}}}}}"#
    );
    assert!(admit(&strict, &local, &json).is_ok());
}

#[test]
fn what_is_made_of_a_message_is_judged_for_its_sender() {
    let strict = gate(keyed(true), DecisionLog::none());
    let local = caller(Front::Stdio, "local:ann", Era::Session);
    let target = Target::Server("files".into());
    let again = |tool: &str| strict.admit_for("ci".into(), &local, &target, message(&call(tool)));
    let permitted = again("read").unwrap();
    assert_eq!(permitted.principal().map(|id| &**id), Some("ci"));
    assert!(code(&again("delete_file").unwrap_err()).contains("tool_denied"));
}

#[test]
fn no_edit_makes_something_else_of_what_was_permitted() {
    let gate = gate(rules(), DecisionLog::none());
    let caller = caller(Front::Stdio, "local:ann", Era::Session);
    let json = r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"_meta":{"a":1},"name":"read","arguments":{"n":1}}}"#;
    let (pass, _ticket) = admit(&gate, &caller, json).unwrap().split();
    let edited = |from: &str, to: &str| {
        let start = json.find(from).unwrap();
        pass.with(&[(start..start + from.len(), to)])
    };
    for (from, to) in [
        (r#""read""#, r#""delete_file""#),
        (r#""name":"read""#, r#""title":"read""#),
        (r#""_meta":{"a":1}"#, r#""name":"delete_file""#),
        (r#"{"n":1}"#, r#"{"n":2}"#),
        (r#","arguments":{"n":1}"#, ""),
        ("tools/call", "tools/list"),
        (r#""id":1,"#, ""),
    ] {
        assert!(edited(from, to).is_err(), "{from} {to}");
    }
    let same = edited(r#"{"a":1}"#, r#"{"b":2}"#).unwrap();
    assert!(same.message().json().contains(r#""_meta":{"b":2},"name":"read""#));
}

#[test]
fn every_outcome_is_in_the_log() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("audit.jsonl");
    let gate = gate(rules(), DecisionLog::open(&path).unwrap());
    let caller = caller(Front::Stdio, "local:ann", Era::Session);
    let ticket = |json: &str| admit(&gate, &caller, json).unwrap().split().1;
    let read = call("read");
    let _ = ticket(&read).settle(message(r#"{"id":1,"result":{}}"#));
    let _ = ticket(&read).settle(message(r#"{"id":1,"error":{}}"#));
    drop(ticket(&read));
    ticket(&read).end(Outcome::Cancelled);
    let gone = Refusal::unavailable("files", "its process exited with code 1");
    let _ = ticket(&read).time_out(&gone);
    let _ = ticket(&read).refuse(&gone);
    ticket(r#"{"jsonrpc":"2.0","method":"notifications/x"}"#).end(Outcome::Notification);
    let _ = admit(&gate, &caller, &call("delete_file"));
    let _ = admit(&gate, &caller, &call("read\u{202e}"));
    gate.log().close(Duration::from_secs(5)).unwrap();
    let lines = std::fs::read_to_string(&path).unwrap();
    let shown: Vec<String> = lines
        .lines()
        .map(|line| {
            let value: serde_json::Value = serde_json::from_str(line).unwrap();
            let of = |name: &str| value.get(name).map(ToString::to_string).unwrap_or_default();
            ["decision", "outcome", "code", "rule", "method", "tool"].map(of).join(" ")
        })
        .collect();
    insta::assert_snapshot!(shown.join("\n"));
    // What cannot be recorded does not pass.
    let refused = admit(&gate, &caller, &read).unwrap_err();
    assert!(code(&refused).starts_with("-32603"));
    assert_eq!(refused.status, 503);
}
