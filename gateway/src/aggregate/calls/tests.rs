use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;

use crate::aggregate::Route;
use crate::aggregate::scripted::{
    KEY, Reply, Scripted, Stage, default, error, message, result, text,
};
use crate::message::Message;
use crate::protocol::Era;
use crate::upstream::Arrival;

const LIST: &str =
    r#"{"jsonrpc":"2.0","id":1,"method":"tools/list","params":{"_meta":{"progressToken":1}}}"#;
const DISCOVER: &str = r#"{"jsonrpc":"2.0","id":"d","method":"server/discover","params":{}}"#;

fn stage(members: Vec<Arc<Scripted>>, routes: Vec<Route>) -> Stage {
    Stage::new(Era::Stateless, members, routes)
}

fn server(name: &'static str, time: u32) -> Arc<Scripted> {
    Scripted::new(name, move |message| answered(name, time, message))
}

fn answered(name: &str, time: u32, message: &Message) -> Reply {
    let good = format!(r#""resultType":"complete","ttlMs":{time},"cacheScope":"public""#);
    match message.method() {
        "server/discover" => result(&format!(
            r#"{{{good},"supportedVersions":["2026-07-28","x"],"capabilities":{{"tools":{{}},"{name}":{{}}}},"instructions":"I am {name}."}}"#
        )),
        "tools/list" => result(&format!(r#"{{{good},"tools":[{{"name":"{name}1"}}]}}"#)),
        "tools/call" => result(&format!(r#"{{"resultType":"complete","by":"{name}"}}"#)),
        _ => error(-32601),
    }
}

fn only(answers: &[String]) -> Value {
    assert_eq!(answers.len(), 1, "{answers:?}");
    serde_json::from_str(&answers[0]).unwrap()
}

#[tokio::test(start_paused = true)]
async fn what_all_servers_are() {
    let stage = stage(vec![server("a", 500), server("b", 50)], vec![]);
    let answer = only(&stage.called(DISCOVER).await);
    let result = &answer["result"];
    assert_eq!(answer["id"], "d");
    assert_eq!(result["supportedVersions"], serde_json::json!(["2026-07-28"]));
    assert_eq!(result["capabilities"], serde_json::json!({ "tools": {}, "a": {}, "b": {} }));
    assert_eq!(result["instructions"], "# a\n\nI am a.\n\n# b\n\nI am b.");
    assert_eq!((&result["ttlMs"], &result["cacheScope"]), (&50.into(), &"private".into()));
}

#[tokio::test(start_paused = true)]
async fn who_does_not_answer_is_left_out() {
    let mute = Scripted::new("mute", |_| Reply::Silent);
    let broken = Scripted::new("broken", |_| error(-32603));
    let stage = stage(vec![mute, server("a", 500), broken], vec![]);
    let began = tokio::time::Instant::now();
    let answer = only(&stage.called(DISCOVER).await);
    assert_eq!(began.elapsed(), Duration::from_secs(10));
    assert_eq!(answer["result"]["capabilities"]["a"], serde_json::json!({}));
    assert_eq!(answer["result"]["ttlMs"], 0);
    let list = only(&stage.called(LIST).await);
    assert_eq!(began.elapsed(), Duration::from_secs(40));
    assert_eq!(list["result"]["tools"], serde_json::json!([{ "name": "a__a1" }]));
    assert_eq!(list["result"]["ttlMs"], 0);
    // What nobody waits for any more is taken back.
    assert_eq!(*stage.members[0].dropped.lock().unwrap(), 2);
}

#[tokio::test(start_paused = true)]
async fn nobody_can_be_reached() {
    let broken = |name| Scripted::new(name, |_| error(-32603));
    let stage = stage(vec![broken("a"), broken("b")], vec![]);
    for request in [DISCOVER, LIST] {
        let answer = only(&stage.called(request).await);
        assert_eq!(answer["error"]["code"], -31007);
        assert_eq!(answer["error"]["data"]["guard"]["code"], "upstream_unavailable");
    }
}

#[tokio::test(start_paused = true)]
async fn lists_and_calls() {
    let stage = stage(vec![server("a", 500), server("b", 50)], vec![default("b")]);
    let answers = stage.called(LIST).await;
    assert_eq!(
        answers,
        [
            r#"{"jsonrpc":"2.0","id":1,"result":{"tools":[{"name":"a__a1"},{"name":"b1"}],"resultType":"complete","ttlMs":50,"cacheScope":"private"}}"#
        ]
    );
    assert!(!stage.members[0].heard_of("tools/list")[0].contains("progressToken"));
    for (name, server, own) in [("a__a1", 0, "a1"), ("b1", 1, "b1")] {
        let call = format!(
            r#"{{"jsonrpc":"2.0","id":2,"method":"tools/call","params":{{"name":"{name}","requestState":"s"}}}}"#
        );
        let by = if server == 0 { "a" } else { "b" };
        assert_eq!(only(&stage.called(&call).await)["result"]["by"], by);
        assert_eq!(stage.members[server].heard_of("tools/call"), [call.replace(name, own)]);
    }
}

#[tokio::test(start_paused = true)]
async fn what_a_server_wants_to_know_passes_and_the_retry_finds_it() {
    let body = r#"{"resultType":"input_required","inputRequests":{"k":{"method":"elicitation/create","params":{}}},"requestState":"o/p=="}"#;
    let asks = Scripted::new("b", move |message| {
        if message.json().contains("inputResponses") { result("{}") } else { result(body) }
    });
    let stage = stage(vec![server("a", 0), asks], vec![]);
    let call = r#"{"jsonrpc":"2.0","id":2,"method":"tools/call","params":{"name":"b__x"}}"#;
    assert_eq!(
        stage.called(call).await,
        [format!(r#"{{"jsonrpc":"2.0","id":2,"result":{body}}}"#)]
    );
    let retry = r#"{"jsonrpc":"2.0","id":3,"method":"tools/call","params":{"name":"b__x","inputResponses":{"k":{}},"requestState":"o/p=="}}"#;
    assert_eq!(stage.called(retry).await, [r#"{"jsonrpc":"2.0","id":3,"result":{}}"#]);
    assert_eq!(stage.members[1].heard_of("tools/call")[1], retry.replace("b__x", "x"));
    assert!(stage.members[0].heard.lock().unwrap().is_empty());
}

#[tokio::test(start_paused = true)]
async fn resources_are_looked_for_once() {
    let note = r#"{"jsonrpc":"2.0","method":"notifications/progress","params":{"progressToken":1,"progress":1}}"#;
    let without = Scripted::new("a", |_| error(-32602));
    let has = Scripted::new("b", |_| Reply::Notes(vec![note.to_owned()]));
    let stage = stage(vec![without, has], vec![]);
    let read = r#"{"jsonrpc":"2.0","id":7,"method":"resources/read","params":{"uri":"x:1","_meta":{"progressToken":1}}}"#;
    for _ in 0..2 {
        let mut exchange = stage.call(read);
        assert_eq!(text(&exchange.next().await.unwrap()), note);
        let (ticket, sender) = stage.members[1].held.lock().unwrap().pop().unwrap();
        let answer = message(r#"{"jsonrpc":"2.0","id":7,"result":{"contents":[]}}"#);
        sender.unwrap().send(Arrival::of(ticket.settle(answer))).await.unwrap();
        assert!(text(&exchange.next().await.unwrap()).ends_with(r#""result":{"contents":[]}}"#));
        assert!(exchange.next().await.is_none());
    }
    assert_eq!(stage.members[0].heard_of("resources/read").len(), 1);
    assert_eq!(stage.members[1].heard_of("resources/read"), [read, read]);
    let stage = self::stage(
        vec![Scripted::new("a", |_| error(-32602)), Scripted::new("b", |_| error(-32602))],
        vec![],
    );
    assert_eq!(only(&stage.called(read).await)["error"]["code"], -32602);
}

#[tokio::test(start_paused = true)]
async fn a_call_that_nobody_wants_any_more_is_taken_back_everywhere() {
    let mute = |name| Scripted::new(name, |_| Reply::Silent);
    let stage = stage(vec![mute("a"), mute("b")], vec![]);
    for request in [
        LIST,
        r#"{"jsonrpc":"2.0","id":2,"method":"tools/call","params":{"name":"a__x","_meta":{"io.modelcontextprotocol/clientCapabilities":{"extensions":{"io.modelcontextprotocol/tasks":{}}}}}}"#,
    ] {
        let exchange = stage.call(request);
        tokio::time::sleep(Duration::from_millis(1)).await;
        drop(exchange);
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    assert_eq!(*stage.members[0].dropped.lock().unwrap(), 2);
    assert_eq!(*stage.members[1].dropped.lock().unwrap(), 1);
}

#[tokio::test(start_paused = true)]
async fn tasks_lead_to_who_began_them() {
    let begins = Scripted::new("b", |message| match message.method() {
        "tools/call" => result(r#"{"resultType":"task","taskId":"t"}"#),
        _ => result(r#"{"by":"b"}"#),
    });
    let stage = stage(vec![server("a", 0), begins], vec![]);
    let get = r#"{"jsonrpc":"2.0","id":3,"method":"tasks/get","params":{"taskId":"t"}}"#;
    assert_eq!(only(&stage.called(get).await)["error"]["code"], -31005);
    let call = r#"{"jsonrpc":"2.0","id":2,"method":"tools/call","params":{"name":"b__x","_meta":{"io.modelcontextprotocol/clientCapabilities":{"extensions":{"io.modelcontextprotocol/tasks":{}}}}}}"#;
    assert_eq!(only(&stage.called(call).await)["result"]["taskId"], "t");
    assert_eq!(only(&stage.called(get).await)["result"]["by"], "b");
}

#[tokio::test(start_paused = true)]
async fn what_this_era_has_not() {
    let stage = stage(vec![server("a", 0), server("b", 0)], vec![]);
    for method in ["initialize", "ping", "logging/setLevel", "resources/subscribe", "tasks/list"] {
        let request = format!(r#"{{"jsonrpc":"2.0","id":2,"method":"{method}"}}"#);
        let arrival = stage.call(&request).next().await.unwrap();
        assert_eq!(arrival.status, Some(404), "{method}");
        assert!(text(&arrival).contains("-32601"));
    }
    let notification = r#"{"jsonrpc":"2.0","method":"notifications/cancelled"}"#;
    assert!(stage.call(notification).next().await.is_none());
    let call = r#"{"jsonrpc":"2.0","id":2,"method":"tools/call","params":{"name":"x"}}"#;
    assert_eq!(only(&stage.called(call).await)["error"]["code"], -31005);
}

#[tokio::test(start_paused = true)]
async fn who_shows_a_key_in_the_message_alone_is_who_asks_the_servers() {
    let stage = Stage::keyed(Era::Stateless, vec![server("a", 1), server("b", 1)]);
    let list = |meta: &str| {
        format!(
            r#"{{"jsonrpc":"2.0","id":1,"method":"tools/list","params":{{"_meta":{{{meta}}}}}}}"#
        )
    };
    let answer = only(&stage.called(&list("")).await);
    assert_eq!(answer["error"]["data"]["guard"]["code"], "unauthorized");
    let answer = only(&stage.called(&list(&format!(r#""api_key":"{KEY}""#))).await);
    assert_eq!(answer["result"]["tools"].as_array().map(Vec::len), Some(2), "{answer}");
    let heard = stage.members[1].heard_of("tools/list");
    assert!(heard.len() == 1 && !heard[0].contains(KEY), "{heard:?}");
}
