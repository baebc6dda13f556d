//! Lines that no client should send. Each request gets one answer, nothing that cannot be judged
//! reaches the server, and the gateway goes on.

use std::collections::HashMap;
use std::fmt::Write as _;

use serde_json::value::RawValue;
use serde_json::{Value, json};

use crate::gateway::{Gateway, Setup};

/// A line that is sent, and how many answers it deserves.
struct Case {
    name: &'static str,
    line: Vec<u8>,
    answers: usize,
}

fn case(name: &'static str, line: impl Into<Vec<u8>>, answers: usize) -> Case {
    Case { name, line: line.into(), answers }
}

/// A line that is its own name.
fn shown(line: &'static str, answers: usize) -> Case {
    case(line, line, answers)
}

/// What is known of a case: what the client read, and what the server did.
fn outcome(gateway: &mut Gateway, case: &Case) -> String {
    let before = gateway.record().len();
    gateway.aside.clear();
    gateway.send(&case.line);
    gateway.echoes();
    let read: Vec<String> = gateway.aside.drain(..).map(|line| told(&line)).collect();
    assert_eq!(read.len(), case.answers, "{}: {read:?}", case.name);
    let record = gateway.record();
    // The last line is the echo.
    let reached = &record[before..record.len() - 1];
    let sent = case.line.strip_suffix(b"\r").unwrap_or(&case.line);
    let server = match reached {
        [] => "nothing",
        [line] if line == sent => "the line",
        [_] => "another line",
        _ => "the messages one by one",
    };
    let client = if read.is_empty() { "nothing".to_owned() } else { read.join("; ") };
    let name = case.name.replace('|', "\\|");
    let name = if case.line == case.name.as_bytes() { format!("`{name}`") } else { name };
    format!("| {name} | {client} | {server} |")
}

/// A line that the client read, in short.
fn told(line: &[u8]) -> String {
    if line.starts_with(b"[") {
        let batch: Vec<&RawValue> = serde_json::from_slice(line).expect("a batch");
        let all: Vec<String> = batch.iter().map(|one| told(one.get().as_bytes())).collect();
        return format!("[{}]", all.join("; "));
    }
    let message: HashMap<String, &RawValue> = serde_json::from_slice(line).expect("a message");
    assert_eq!(message["jsonrpc"].get(), r#""2.0""#);
    let id = message["id"].get();
    let id = if id.len() > 40 { format!("of {} bytes", id.len()) } else { format!("`{id}`") };
    match (message.get("result"), message.get("error")) {
        (Some(_), None) => format!("result, id {id}"),
        (None, Some(error)) => {
            let error: Value = serde_json::from_str(error.get()).unwrap();
            let words = error["message"].as_str().unwrap().replace('|', "\\|");
            assert!(words.len() < 200, "{words}");
            format!("{} {words}, id {id}", error["code"])
        }
        _ => panic!("no answer: {message:?}"),
    }
}

fn table(gateway: &mut Gateway, cases: &[Case]) -> String {
    let mut table = String::from("| sent | the client reads | the server reads |\n|---|---|---|\n");
    for case in cases {
        writeln!(table, "{}", outcome(gateway, case)).unwrap();
    }
    table
}

fn call(id: &str, name: &str) -> Vec<u8> {
    format!(r#"{{"jsonrpc":"2.0","id":{id},"method":"tools/call","params":{{"name":{name}}}}}"#)
        .into_bytes()
}

fn with_id(id: &str) -> Vec<u8> {
    format!(r#"{{"jsonrpc":"2.0","id":{id},"method":"ping"}}"#).into_bytes()
}

fn cases() -> Vec<Case> {
    let deep = |open: &str, close: &str| {
        let (open, close) = (open.repeat(100_000), close.repeat(100_000));
        format!(r#"{{"jsonrpc":"2.0","id":1,"method":"ping","params":{{"a":{open}0{close}}}}}"#)
    };
    let mut cases = vec![
        shown("null", 1),
        shown("[]", 1),
        shown("5", 1),
        shown(r#""x""#, 1),
        shown("{}", 1),
        shown(r#"{"jsonrpc":"2.0","id":1,"method":"ping""#, 1),
        shown("{} {}", 1),
        shown("NaN", 1),
        case("the bytes ff fe fd", *b"\xff\xfe\xfd", 1),
        case(
            "invalid UTF-8 in a string",
            *b"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"ping\",\"params\":{\"a\":\"\xc3\x28\"}}",
            1,
        ),
        case("three NUL bytes", *b"\0\0\0", 1),
        case("NUL before a request", *b"\0{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"ping\"}", 1),
        case("an empty line", *b"", 0),
        case("a line of spaces", *b"   ", 1),
        case("a request with the line end CR LF", [with_id("1"), b"\r".to_vec()].concat(), 1),
        case("CR alone between two requests", [with_id("1"), with_id("2")].join(&b'\r'), 1),
        case("a request after a byte order mark", [b"\xef\xbb\xbf".to_vec(), with_id("1")].concat(), 1),
        case("two requests in a batch", [&b"["[..], &with_id("1"), b",", &with_id("2"), b"]"].concat(), 1),
        case("an array that does not end", *b"[{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"ping\"}", 1),
        case("id `null`", with_id("null"), 1),
        case("id `true`", with_id("true"), 1),
        case("id `{}`", with_id("{}"), 1),
        case("id `[1]`", with_id("[1]"), 1),
        case("id `1.5`", with_id("1.5"), 1),
        case("id `1e400`", with_id("1e400"), 1),
        case("id `-0`", with_id("-0"), 1),
        case("id `01`", with_id("01"), 1),
        case("id `9007199254740993`", with_id("9007199254740993"), 1),
        case("id 10^30 in digits", with_id(&format!("1{}", "0".repeat(30))), 1),
        case("id `\"\"`", with_id(r#""""#), 1),
        case("id `\"\\u0061\"`", with_id(r#""\u0061""#), 1),
        case("an id with a lone surrogate", with_id(r#""\ud800""#), 1),
        case("an id of 4,000 bytes", with_id(&format!("\"{}\"", "i".repeat(3998))), 1),
        case("an id of 5,000 bytes", with_id(&format!("\"{}\"", "i".repeat(4998))), 1),
        case("`method` twice", *br#"{"jsonrpc":"2.0","id":1,"method":"ping","method":"tools/call"}"#, 1),
        case(
            "`method` twice, once escaped",
            *br#"{"jsonrpc":"2.0","id":1,"method":"ping","m\u0065thod":"tools/call"}"#,
            1,
        ),
        case("`method` and `Method`", *br#"{"jsonrpc":"2.0","id":1,"method":"ping","Method":"x"}"#, 1),
        case(
            "`params` and `param\\u017f` (long s)",
            *br#"{"jsonrpc":"2.0","id":1,"method":"ping","params":{},"param\u017f":{}}"#,
            1,
        ),
        case("`id` twice", *br#"{"jsonrpc":"2.0","id":1,"id":2,"method":"ping"}"#, 1),
        case(
            "the tool's `name` twice",
            *br#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"echo","name":"die"}}"#,
            1,
        ),
        case(
            "the tool's `name` twice, once escaped",
            *br#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"echo","n\u0061me":"die"}}"#,
            1,
        ),
        case(
            "the tool's `name` and `NAME`",
            *br#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"echo","NAME":"die"}}"#,
            1,
        ),
        case("a tool's name with a lone surrogate", call("1", r#""\ud800""#), 1),
        case("a tool's name of 100,000 bytes", call("1", &format!("\"{}\"", "t".repeat(100_000))), 1),
        case("a tool without `name`", *br#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{}}"#, 1),
        case("100,000 arrays within each other", deep("[", "]"), 1),
        case("100,000 objects within each other", deep("{\"a\":", "}"), 1),
        case("100,000 open brackets", "[".repeat(100_000), 1),
        case("100,000 open braces", "{\"a\":".repeat(100_000), 1),
        shown(r#"{"id":1,"method":"ping"}"#, 1),
        shown(r#"{"jsonrpc":"1.0","id":1,"method":"ping"}"#, 1),
        shown(r#"{"jsonrpc":2.0,"id":1,"method":"ping"}"#, 1),
        shown(r#"{"jsonrpc":"1.0","method":"notifications/initialized"}"#, 0),
        shown(r#"{"jsonrpc":"2.0","id":1,"method":5}"#, 1),
        shown(r#"{"jsonrpc":"2.0","id":1,"method":null}"#, 1),
        shown(r#"{"jsonrpc":"2.0","id":1}"#, 1),
        shown(r#"{"jsonrpc":"2.0","id":1,"method":"ping","result":{}}"#, 1),
        shown(r#"{"jsonrpc":"2.0","id":1,"result":{},"error":{}}"#, 1),
        shown(r#"{"jsonrpc":"2.0","result":{}}"#, 1),
    ];
    for params in ["null", "5", r#""x""#, "[1]"] {
        cases.push(case(
            match params {
                "null" => "`tools/call` with params `null`",
                "5" => "`tools/call` with params `5`",
                "[1]" => "`tools/call` with params `[1]`",
                _ => "`tools/call` with params `\"x\"`",
            },
            format!(r#"{{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{params}}}"#),
            1,
        ));
    }
    cases.extend([
        shown(r#"{"jsonrpc":"2.0","id":7,"result":{}}"#, 0),
        shown(r#"{"jsonrpc":"2.0","id":"x","error":{"code":1,"message":"no"}}"#, 0),
        shown(r#"{"jsonrpc":"2.0","id":null,"error":{"code":1,"message":"no"}}"#, 0),
        shown(r#"{"jsonrpc":"2.0","method":"notifications/nobody/knows"}"#, 0),
        shown(r#"{"jsonrpc":"2.0","method":""}"#, 0),
        shown(r#"{"jsonrpc":"2.0","id":1,"method":"nobody/knows","params":[1]}"#, 1),
        shown(r#"{"jsonrpc":"2.0","id":1,"method":""}"#, 1),
        shown(r#"{"jsonrpc":"2.0","method":"notifications/cancelled"}"#, 0),
        shown(
            r#"{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":404}}"#,
            0,
        ),
        shown(r#"{"jsonrpc":"2.0","method":"tools/call","params":{"name":"echo"}}"#, 0),
    ]);
    cases
}

#[test]
fn hostile_lines() {
    let mut gateway = Setup::default().start();
    gateway.open("2025-06-18");
    gateway.echoes();
    insta::assert_snapshot!(table(&mut gateway, &cases()));
    gateway.finish();
}

#[test]
fn batches_where_the_revision_has_them() {
    let mut gateway = Setup::default().start();
    gateway.open("2025-03-26");
    gateway.echoes();
    let (one, two) = (
        r#"{"jsonrpc":"2.0","id":1,"method":"ping"}"#,
        r#"{"jsonrpc":"2.0","id":"b","method":"nobody/knows"}"#,
    );
    let heard = r#"{"jsonrpc":"2.0","method":"notifications/nobody/knows"}"#;
    let cases = [
        case("two requests", format!("[{one},{two}]"), 1),
        case("a request and a notification", format!("[{one},{heard}]"), 1),
        case("notifications only", format!("[{heard},{heard}]"), 0),
        case("a request, `5` and `{}`", format!("[{one},5,{{}}]"), 1),
        case("`5` alone", "[5]", 1),
        case("two requests with the same id", format!("[{one},{one}]"), 1),
        case("the same id as `1` and `1.0`", format!("[{one},{}]", one.replace(":1,", ":1.0,")), 1),
        case(
            "a request that says \"1.0\"",
            format!("[{},{two}]", one.replacen("2.0", "1.0", 1)),
            1,
        ),
        case(
            "a request without its tool",
            format!(r#"[{{"jsonrpc":"2.0","id":5,"method":"tools/call"}},{one}]"#),
            1,
        ),
        shown("[]", 1),
        shown("[[]]", 1),
        case("1,001 messages", format!("[{}]", vec![heard; 1001].join(",")), 1),
        case("a request by itself", one, 1),
    ];
    insta::assert_snapshot!(table(&mut gateway, &cases));
    gateway.finish();
}

#[test]
fn a_batch_is_answered_without_what_was_taken_back() {
    let mut gateway = Setup::default().start();
    gateway.open("2025-03-26");
    gateway.send(br#"[{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"never"}},{"jsonrpc":"2.0","id":2,"method":"ping"}]"#);
    gateway.echoes();
    gateway.was_told_nothing_else();
    gateway.say(&json!({ "jsonrpc": "2.0", "method": "notifications/cancelled", "params": { "requestId": 1 } }));
    let batch = gateway.until(Value::is_array);
    assert_eq!(batch.as_array().unwrap().len(), 1);
    assert_eq!(batch[0]["id"], 2);
    gateway.finish();
}

#[test]
fn an_identifier_in_flight_is_not_taken_again() {
    let mut gateway = Setup::default().start();
    gateway.open("2025-06-18");
    let slow = |id: &str| {
        format!(
            r#"{{"jsonrpc":"2.0","id":{id},"method":"tools/call","params":{{"name":"slow","arguments":{{"ms":500}}}}}}"#
        )
    };
    gateway.send(slow("7").as_bytes());
    for again in ["7", "7.0", "70e-1"] {
        gateway.send(slow(again).as_bytes());
        let refused = String::from_utf8(gateway.line().unwrap()).unwrap();
        assert!(
            refused.contains("-32600") && refused.contains(&format!("\"id\":{again},")),
            "{refused}"
        );
    }
    // Another type is another identifier.
    gateway.send(slow(r#""7""#).as_bytes());
    let mut ids = [gateway.line().unwrap(), gateway.line().unwrap()]
        .map(|line| serde_json::from_slice::<Value>(&line).unwrap())
        .map(|answer| {
            assert!(answer.get("result").is_some(), "{answer}");
            answer["id"].to_string()
        });
    ids.sort();
    assert_eq!(ids, [r#""7""#, "7"]);
    // It is free again.
    gateway.send(slow("7").as_bytes());
    assert!(gateway.answer(7).get("result").is_some());
    gateway.finish();
}

#[test]
fn long_lines() {
    const MIB: usize = 1 << 20;
    let mut gateway = Setup::default().start();
    gateway.open("2025-06-18");
    gateway.echoes();
    let request = |length: usize| {
        let (head, tail) = (r#"{"jsonrpc":"2.0","id":1,"method":"ping","params":{"a":""#, r#""}}"#);
        format!("{head}{}{tail}", "x".repeat(length - head.len() - tail.len())).into_bytes()
    };
    for (length, passes) in [(20 * MIB, true), (64 * MIB, true), (64 * MIB + 1, false)] {
        let before = gateway.record().len();
        gateway.send(&request(length));
        let answer: Value = serde_json::from_slice(&gateway.line().unwrap()).unwrap();
        let record = gateway.record();
        if passes {
            assert!(answer.get("result").is_some(), "{length}: {answer}");
            assert_eq!(record[before].len(), length);
        } else {
            assert_eq!(answer["error"]["code"], -32600, "{answer}");
            assert_eq!(answer["id"], Value::Null);
            assert_eq!(record.len(), before);
        }
        gateway.echoes();
    }
    gateway.was_told_nothing_else();
    gateway.finish();
}

#[test]
fn a_thousand_requests_at_once() {
    let mut gateway = Setup::default().start();
    gateway.open("2025-06-18");
    let calls: Vec<String> = (0..1000)
        .map(|id| format!(r#"{{"jsonrpc":"2.0","id":{id},"method":"tools/call","params":{{"name":"slow","arguments":{{"ms":{},"n":{id}}}}}}}"#, id % 97))
        .collect();
    gateway.send(calls.join("\n").as_bytes());
    let mut answered = vec![0; 1000];
    for _ in 0..1000 {
        let answer: Value = serde_json::from_slice(&gateway.line().unwrap()).unwrap();
        let id = answer["id"].as_u64().unwrap();
        assert_eq!(answer["result"]["structuredContent"]["n"], id, "{answer}");
        answered[usize::try_from(id).unwrap()] += 1;
    }
    assert!(answered.iter().all(|count| *count == 1));
    gateway.echoes();
    gateway.was_told_nothing_else();
    gateway.finish();
}

#[test]
fn the_first_line_may_be_hostile_too() {
    for line in [
        "null",
        "[",
        r#"{"jsonrpc":"2.0","id":1,"result":{}}"#,
        r#"{"jsonrpc":"2.0","id":1,"method":"initialize","params":5}"#,
    ] {
        let mut gateway = Setup::default().start();
        gateway.send(line.as_bytes());
        gateway.open("2025-06-18");
        gateway.echoes();
        gateway.finish();
    }
}
