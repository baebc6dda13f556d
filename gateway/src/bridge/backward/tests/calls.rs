use std::time::Duration;

use super::peer::{PATIENCE, Stage, arrival, is_quiet, next, request, tool, value};
use crate::bridge::backward::Limits;
use crate::session::Patience;
use crate::upstream::Stream;

#[tokio::test]
async fn a_call_and_its_answer() {
    let mut stage = Stage::new();
    let mut exchange = stage.call(&request(
        "\"\\u0061\"",
        "tools/call",
        r#"{"roots":{},"extensions":{"io.modelcontextprotocol/tasks":{},"x/y":{}}}"#,
        r#""name":"t","arguments":{"x": 1.50,"inputResponses":1},"task":{"ttl":1},"more":[ ]"#,
        r#""progressToken":"p\u0061","traceparent":"00-1","io.modelcontextprotocol/clientInfo":{"name":"c","version":"2"}"#,
    ));
    let mut peer = stage.peer().await;
    let params = peer.open().await;
    assert_eq!(params["protocolVersion"], "2025-11-25");
    assert_eq!(params["clientInfo"]["name"], "c");
    assert_eq!(params["capabilities"], serde_json::json!({"roots":{},"extensions":{"x/y":{}}}));
    let call = peer.next().await;
    assert_eq!(
        call.json(),
        r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"_meta":{"progressToken":1,"traceparent":"00-1"},"name":"t","arguments":{"x": 1.50,"inputResponses":1},"more":[ ]}}"#
    );
    peer.say(r#"{"jsonrpc":"2.0","method":"notifications/progress","params":{"progressToken":1,"progress":5e-1}}"#);
    assert_eq!(
        next(&mut exchange).await,
        r#"{"jsonrpc":"2.0","method":"notifications/progress","params":{"progressToken":"p\u0061","progress":5e-1}}"#
    );
    peer.answer(&call, r#"{ "content":[] , "structuredContent":{"n":1.0} }"#);
    assert_eq!(
        next(&mut exchange).await,
        r#"{"jsonrpc":"2.0","id":"\u0061","result":{"resultType":"complete", "content":[] , "structuredContent":{"n":1.0} }}"#
    );
    assert!(arrival(&mut exchange).await.is_none());
    assert!(peer.is_quiet().await);
}

#[tokio::test]
async fn nothing_is_left_of_an_empty_meta() {
    let mut stage = Stage::new();
    let _exchange = stage.call(&request("7", "prompts/list", "{}", r#""cursor":"c""#, ""));
    let mut peer = stage.opened().await;
    assert_eq!(
        peer.next().await.json(),
        r#"{"jsonrpc":"2.0","id":1,"method":"prompts/list","params":{"cursor":"c"}}"#
    );
}

#[tokio::test]
async fn what_can_be_cached_says_how_long() {
    let mut stage = Stage::new();
    let mut answers = String::new();
    let mut peer = None;
    for (method, result) in [
        ("tools/list", r#"{"tools":[{"name":"t","execution":{"taskSupport":"required"}}]}"#),
        ("prompts/list", r#"{"resultType":"input_required","prompts":[],"ttlMs":9}"#),
        ("resources/list", "{}"),
        ("resources/templates/list", r#"{"resourceTemplates":[],"cacheScope":"public"}"#),
        ("resources/read", r#"{"contents":[]}"#),
        ("completion/complete", r#"{"completion":{"values":[]}}"#),
    ] {
        let mut exchange = stage.call(&request("1", method, "{}", "", ""));
        if peer.is_none() {
            peer = Some(stage.opened().await);
        }
        let peer = peer.as_mut().unwrap();
        let call = peer.next().await;
        peer.answer(&call, result);
        answers.push_str(&next(&mut exchange).await);
        answers.push('\n');
    }
    insta::assert_snapshot!(answers);
}

#[tokio::test]
async fn errors_in_the_words_of_this_era() {
    let mut stage = Stage::new();
    let mut answers = String::new();
    let mut peer = None;
    let wanted = r#"{"code":-32042,"message":"visit","data":{"elicitations":[{"mode":"url","elicitationId":"e","url":"https://a.example","message":"m"}]}}"#;
    let url = r#"{"elicitation":{"url":{}}}"#;
    for (method, error) in [
        ("resources/read", r#"{"code": -32002 ,"message":"no","data":{"uri":"a:b"}}"#),
        ("tools/call", r#"{"code":-32601,"message":"no"}"#),
        ("tools/call", r#"{"code":-32021,"message":"ours","data":1.0}"#),
        ("tools/call", r#"{"code":-32000,"message":"own"}"#),
        ("tools/call", r#"{"code":"x","message":"odd"}"#),
        ("tools/call", wanted),
        ("tools/list", wanted),
        ("tools/call", r#"{"code":-32042,"message":"visit"}"#),
        (
            "tools/call",
            r#"{"code":-32042,"message":"m","data":{"elicitations":[{"mode":"form"}]}}"#,
        ),
    ] {
        let mut exchange = stage.call(&request("1", method, url, r#""name":"t""#, ""));
        if peer.is_none() {
            peer = Some(stage.opened().await);
        }
        let peer = peer.as_mut().unwrap();
        let call = peer.next().await;
        peer.error(&call, error);
        let arrival = arrival(&mut exchange).await.unwrap();
        let crate::upstream::What::Message(message) = arrival.what else { panic!() };
        answers.push_str(&format!("{:?} {}\n", arrival.status, message.json()));
    }
    // Who cannot be sent to a URL is told what is missing.
    let mut exchange = stage.call(&request("1", "tools/call", "{}", r#""name":"t""#, ""));
    let mut peer = stage.opened().await;
    let call = peer.next().await;
    peer.error(&call, wanted);
    let arrival = arrival(&mut exchange).await.unwrap();
    let crate::upstream::What::Message(message) = arrival.what else { panic!() };
    answers.push_str(&format!("{:?} {}", arrival.status, message.json()));
    insta::assert_snapshot!(answers);
}

#[tokio::test]
async fn after_a_visit_the_call_is_made_anew() {
    let mut stage = Stage::new();
    let _exchange = stage.call(&tool("2", r#""inputResponses":{"1":{"action":"accept"}}"#));
    let mut peer = stage.opened().await;
    assert_eq!(
        peer.next().await.json(),
        r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"t","arguments":{"a":1.0}}}"#
    );
}

#[tokio::test]
async fn what_the_revision_removed_is_unknown() {
    let mut stage = Stage::new();
    for method in [
        "initialize",
        "ping",
        "logging/setLevel",
        "resources/subscribe",
        "resources/unsubscribe",
        "tasks/get",
        "tasks/list",
    ] {
        let mut exchange = stage.call(&request("1", method, "{}", "", ""));
        let arrival = arrival(&mut exchange).await.unwrap();
        assert_eq!(arrival.status, Some(404), "{method}");
    }
    let mut exchange = stage.call(r#"{"jsonrpc":"2.0","method":"notifications/cancelled"}"#);
    assert!(arrival(&mut exchange).await.is_none());
    assert!(stage.has_no_peer());
}

#[tokio::test]
async fn each_request_must_say_what_it_is() {
    let stage = Stage::new();
    let meta = |version: &str, more: &str| {
        format!(
            r#"{{"id":1,"method":"tools/list","params":{{"_meta":{{"io.modelcontextprotocol/protocolVersion":"{version}"{more}}}}}}}"#
        )
    };
    let capabilities = r#","io.modelcontextprotocol/clientCapabilities":"#;
    for (json, code) in [
        (r#"{"id":1,"method":"tools/list"}"#.to_owned(), -32602),
        (r#"{"id":1,"method":"tools/list","params":[]}"#.to_owned(), -32602),
        (meta("2026-07-28", ""), -32602),
        (meta("2025-11-25", &format!("{capabilities}{{}}")), -32022),
        (meta("2026-07-28", &format!("{capabilities}[]")), -32602),
        (meta("2026-07-28", &format!(r#"{capabilities}{{"extensions":1}}"#)), -32602),
        (
            request("1", "tools/list", "{}", "", r#""io.modelcontextprotocol/logLevel":"loud""#),
            -32602,
        ),
        (tool("1", r#""requestState":1"#), -32602),
        (tool("1", r#""inputResponses":{"1":2}"#), -32602),
    ] {
        let mut exchange = stage.call(&json);
        let arrival = arrival(&mut exchange).await.unwrap();
        assert_eq!(arrival.status, Some(400), "{json}");
        let crate::upstream::What::Message(message) = arrival.what else { panic!() };
        assert!(message.json().contains(&format!(r#""code":{code}"#)), "{}", message.json());
    }
}

#[tokio::test]
async fn a_server_is_discovered_by_its_session() {
    let mut stage = Stage::new();
    let mut first = stage.call(&request("1", "server/discover", "{}", "", ""));
    let mut peer = stage.opened().await;
    let mut second = stage.call(&request("\"b\"", "server/discover", "{}", "", ""));
    insta::assert_snapshot!([next(&mut first).await, next(&mut second).await].join("\n"));
    assert!(peer.is_quiet().await);
}

#[tokio::test]
async fn log_messages_go_to_the_one_call_that_wants_them() {
    let mut stage = Stage::new();
    let level = r#""io.modelcontextprotocol/logLevel":"info""#;
    let log = r#"{"jsonrpc":"2.0","method":"notifications/message","params":{"level":"info","data":"d"}}"#;
    let mut exchange = stage.call(&request("1", "tools/list", "{}", "", level));
    let mut peer = stage.opened().await;
    let set = peer.next().await;
    assert_eq!((set.method(), set.body()), ("logging/setLevel", Some(r#"{"level":"info"}"#)));
    peer.answer(&set, "{}");
    peer.next().await;
    peer.say(log);
    assert_eq!(next(&mut exchange).await, log);
    // With two calls nobody can tell, except by the stream.
    let mut other = stage.call(&request("2", "tools/list", "{}", "", level));
    let call = peer.next().await;
    peer.say(log);
    peer.say_on(call.id().unwrap().as_number().unwrap(), log, None);
    assert_eq!(next(&mut other).await, log);
    assert!(is_quiet(&mut exchange).await);
    assert!(is_quiet(&mut other).await);
    // Who did not ask for logs gets none, in a session of its own.
    let mut silent = stage.call(&request("3", "tools/list", "{}", "", ""));
    let mut peer = stage.opened().await;
    assert_eq!(peer.next().await.method(), "tools/list");
    peer.say(log);
    assert!(is_quiet(&mut silent).await);
}

#[tokio::test]
async fn a_dropped_exchange_is_a_cancellation() {
    let mut stage = Stage::new();
    let exchange = stage.call(&tool("1", ""));
    let mut peer = stage.opened().await;
    let call = peer.next().await;
    drop(exchange);
    let cancelled = peer.next().await;
    assert_eq!(cancelled.method(), "notifications/cancelled");
    assert!(cancelled.body().unwrap().contains(r#""requestId":1"#));
    assert_eq!(*peer.left.lock().unwrap(), [Stream::Exchange(1)]);
    peer.answer(&call, "{}");
    assert!(peer.is_quiet().await);
}

#[tokio::test]
async fn what_is_dropped_before_the_session_is_open_is_never_sent() {
    let mut stage = Stage::new();
    let dropped = stage.call(&tool("1", ""));
    let _kept = stage.call(&tool("2", ""));
    drop(dropped);
    let mut peer = stage.opened().await;
    assert_eq!(peer.next().await.id().unwrap().json(), "2");
    assert!(peer.is_quiet().await);
}

#[tokio::test]
async fn patience_ends() {
    let patience = Patience { idle: Duration::from_millis(300), whole: Duration::from_millis(800) };
    let mut stage = Stage::with(Limits::default(), patience, true);
    let mut exchange = stage.call(&request("1", "tools/list", "{}", "", r#""progressToken":1"#));
    let mut peer = stage.opened().await;
    peer.next().await;
    let began = std::time::Instant::now();
    let answer = loop {
        let answer = tokio::time::timeout(Duration::from_millis(50), exchange.next()).await;
        match answer.map(|arrival| arrival.unwrap().what) {
            Ok(crate::upstream::What::Message(message)) if message.is_answer() => break message,
            _ => peer.say(
                r#"{"method":"notifications/progress","params":{"progressToken":1,"progress":1}}"#,
            ),
        }
    };
    assert!(began.elapsed() >= Duration::from_millis(600), "{:?}", began.elapsed());
    assert!(answer.json().contains(r#""code":"upstream_unavailable""#), "{}", answer.json());
    assert_eq!(peer.next().await.method(), "notifications/cancelled");
}

#[tokio::test]
async fn a_stream_that_is_polled_is_taken_up_again() {
    let mut stage = Stage::with(Limits::default(), PATIENCE, false);
    let mut exchange = stage.call(&request("1", "tools/list", "{}", "", r#""progressToken":"t""#));
    let mut peer = stage.opened().await;
    let call = peer.next().await;
    let progress =
        r#"{"method":"notifications/progress","params":{"progressToken":1,"progress":1}}"#;
    peer.say_on(1, progress, Some("e7"));
    next(&mut exchange).await;
    peer.end(1);
    tokio::time::sleep(Duration::from_millis(200)).await;
    let listens = peer.listens.lock().unwrap().clone();
    assert_eq!(listens, [(Stream::Standalone, None), (Stream::Exchange(1), Some("e7".to_owned()))]);
    peer.answer(&call, "{}");
    assert_eq!(value(&mut exchange).await["result"]["resultType"], "complete");
    // Without an event there is nothing to take up.
    let mut exchange = stage.call(&request("2", "tools/list", "{}", "", ""));
    peer.next().await;
    peer.end(2);
    assert_eq!(
        value(&mut exchange).await["error"]["data"]["guard"]["code"],
        "upstream_unavailable"
    );
    let mut exchange = stage.call(&request("3", "tools/list", "{}", "", ""));
    peer.next().await;
    peer.fail(3, "HTTP 500");
    assert!(next(&mut exchange).await.contains("HTTP 500"));
    let mut exchange = stage.call(&request("4", "tools/list", "{}", "", ""));
    peer.next().await;
    peer.say_on(4, r#"{"jsonrpc":"2.0","id":null,"error":{"code":-32600,"message":"m"}}"#, None);
    assert_eq!(
        next(&mut exchange).await,
        r#"{"jsonrpc":"2.0","id":4,"error":{"code":-32600,"message":"m"}}"#
    );
}

#[tokio::test]
async fn each_of_many_gets_its_own_answer() {
    let mut stage = Stage::new();
    let mut exchanges = Vec::new();
    for caller in 0..64 {
        let principal = format!("p{}", caller % 4);
        let arguments = format!(r#""name":"t","arguments":{{"who":{caller}}}"#);
        let call = request("1", "tools/call", "{}", &arguments, r#""progressToken":1"#);
        exchanges.push((caller, stage.call_as(&principal, &call)));
    }
    let mut servers = Vec::new();
    for _ in 0..4 {
        let mut peer = stage.peer().await;
        servers.push(tokio::spawn(async move {
            peer.open().await;
            let mut calls = Vec::new();
            for _ in 0..16 {
                calls.push(peer.next().await);
            }
            let whose = |call: &crate::message::Message| {
                let params: serde_json::Value = serde_json::from_str(call.body().unwrap()).unwrap();
                params["arguments"]["who"].as_u64().unwrap()
            };
            // All of one session are of one principal, whose four are told apart by the rest.
            let principals: std::collections::HashSet<u64> =
                calls.iter().map(|call| whose(call) % 4).collect();
            assert_eq!(principals.len(), 1);
            for call in calls.iter().rev() {
                let id = call.id().unwrap().json();
                peer.say(&format!(r#"{{"method":"notifications/progress","params":{{"progressToken":{id},"progress":{}}}}}"#, whose(call)));
            }
            for call in calls.iter().step_by(3).chain(calls.iter().skip(1).step_by(3)).chain(calls.iter().skip(2).step_by(3)) {
                peer.answer(call, &format!(r#"{{"who":{}}}"#, whose(call)));
                tokio::task::yield_now().await;
            }
        }));
    }
    for (caller, exchange) in &mut exchanges {
        let progress = value(exchange).await;
        assert_eq!(progress["params"], serde_json::json!({"progressToken":1,"progress":caller}));
        let answer = value(exchange).await;
        assert_eq!((&answer["id"], &answer["result"]["who"]), (&1.into(), &(*caller).into()));
    }
    for server in servers {
        server.await.unwrap();
    }
}
