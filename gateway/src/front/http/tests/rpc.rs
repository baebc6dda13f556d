use std::sync::atomic::Ordering;
use std::time::Duration;

use super::world::World;
use super::{JSON, Reply, Running, call, eventually, initialize, start, start_with};
use crate::message::Id;
use crate::upstream::{Arrival, Stream, What};

async fn rpc(front: &Running, headers: &[(&str, &str)], body: &str) -> Reply {
    front.ask("POST", "/rpc", &[&[JSON], headers].concat(), body).await
}

#[tokio::test]
async fn a_request_and_its_answer() {
    let front = start().await;
    let body = r#"{"jsonrpc":"2.0","id":"mine","method":"echo","params":{"a":1.0}}"#;
    let reply = rpc(&front, &[("X-MCP-Session", "label")], body).await;
    assert_eq!(reply.body, r#"{"jsonrpc":"2.0","id":"mine","result":{"a":1.0}}"#);
    assert_eq!((reply.status, reply.header("mcp-session-id")), (200, None));
    rpc(&front, &[], &call(1, "echo")).await;
    let talks = front.world.talks.lock().unwrap().clone();
    assert_eq!(talks.len(), 1, "one conversation is shared");
    assert!(talks[0].has("say notifications/initialized"));
    let reply = rpc(&front, &[], &initialize("2025-03-26")).await;
    assert_eq!(reply.json()["id"], 0);
    assert_eq!(reply.json()["result"]["protocolVersion"], "2025-11-25");
    assert_eq!(front.ask("GET", "/rpc", &[], "").await.status, 405);
    rpc(&front, &[("Authorization", "Bearer alice")], &call(1, "echo")).await;
    assert_eq!(front.world.talks.lock().unwrap().len(), 2, "each principal has its own");
}

#[tokio::test]
async fn statuses() {
    let front = start_with(World::keyed(), |_| {}).await;
    let alice = ("Authorization", "Bearer alice");
    let reply = rpc(&front, &[], &call(4, "echo")).await;
    assert_eq!((reply.status, reply.code()), (401, -32001));
    assert_eq!(reply.json()["id"], 4);
    assert_eq!(reply.header("www-authenticate"), Some("Bearer realm=\"t\""));
    let keyed =
        r#"{"jsonrpc":"2.0","id":1,"method":"echo","params":{"_meta":{"api_key":"key-of-alice"}}}"#;
    assert_eq!(rpc(&front, &[], keyed).await.status, 200);
    let reply = rpc(&front, &[alice], &call(4, "denied")).await;
    assert_eq!((reply.status, reply.code(), &reply.json()["id"]), (403, -32003, &4.into()));
    // A server may be such a gateway itself.
    let reply = rpc(&front, &[alice], &call(4, "pose")).await;
    assert_eq!((reply.status, reply.code()), (200, -32003));
    assert_eq!(rpc(&front, &[alice], "{").await.code(), -32700);
    assert_eq!(rpc(&front, &[alice], r#"{"jsonrpc":"2.0","id":1,"result":1}"#).await.status, 400);
}

#[tokio::test]
async fn notifications_and_batches() {
    let front = start().await;
    let told = r#"{"jsonrpc":"2.0","method":"notifications/initialized"}"#;
    let reply = rpc(&front, &[], told).await;
    assert_eq!((reply.status, &*reply.body), (202, ""));
    assert!(front.world.talks.lock().unwrap().is_empty());
    let other = r#"{"jsonrpc":"2.0","method":"notifications/x"}"#;
    assert_eq!(rpc(&front, &[], other).await.status, 202);
    assert!(front.world.talk().has("say notifications/x"));
    let batch = format!("[{},{other},7,{}]", call(1, "echo"), call(1, "denied"));
    let reply = rpc(&front, &[], &batch).await;
    let answers = reply.json();
    let codes: Vec<_> =
        answers.as_array().unwrap().iter().map(|a| a["error"]["code"].as_i64()).collect();
    assert_eq!((reply.status, codes), (200, vec![None, Some(-32600), Some(-32003)]));
    assert_eq!(rpc(&front, &[], &format!("[{other}]")).await.status, 202);
    assert_eq!(rpc(&front, &[], &format!("[{}]", vec!["1"; 1001].join(","))).await.status, 400);
}

/// Waits until a request is held and returns the number that it has behind the front.
async fn held(front: &Running) -> u64 {
    eventually("held", || {
        front.world.talks.lock().unwrap().last().is_some_and(|talk| talk.held().is_some())
    })
    .await;
    front.world.talk().held().unwrap()
}

#[tokio::test]
async fn the_same_identifier_of_two_callers() {
    let front = start().await;
    let mut one = front.connect(&super::request("POST", "/rpc", &[JSON], &call(1, "hold"))).await;
    let number = held(&front).await;
    let reply = rpc(&front, &[], &call(1, "echo")).await;
    assert_eq!(reply.json()["id"], 1);
    let talk = front.world.talk();
    // What a server asks meanwhile is declined.
    let _ = talk.tell(None, r#"{"jsonrpc":"2.0","id":"p","method":"ping"}"#);
    let _ = talk.tell(None, r#"{"jsonrpc":"2.0","id":"s","method":"sampling/createMessage"}"#);
    eventually("answered", || {
        let log = talk.log.lock().unwrap();
        let has =
            |text: &str| log.iter().any(|line| line.starts_with("reply ") && line.contains(text));
        has(r#""id":"p","result":{}"#) && has("-32601")
    })
    .await;
    talk.answer(number, None, None);
    one.until(r#""id":1,"result":{"held":true}"#).await;
}

#[tokio::test]
async fn a_caller_that_goes_away_takes_its_request_back() {
    let front = start().await;
    let open = front.connect(&super::request("POST", "/rpc", &[JSON], &call(1, "hold"))).await;
    held(&front).await;
    drop(open);
    let talk = front.world.talk();
    eventually("taken back", || talk.has("say notifications/cancelled")).await;
}

#[tokio::test]
async fn a_closed_stream_is_taken_up_again() {
    let front = start().await;
    let mut open = front.connect(&super::request("POST", "/rpc", &[JSON], &call(1, "hold"))).await;
    let number = held(&front).await;
    let talk = front.world.talk();
    let stream = Stream::Request(Id::number(number));
    talk.mark(stream.clone(), What::Nothing, "up-1");
    let _ = talk.client.receive(Arrival::end(stream));
    eventually("taken up", || talk.has(&format!("listen Resumed({number}) up-1"))).await;
    talk.answer(number, Some(Stream::Resumed(number)), None);
    open.until("\"held\":true").await;
}

#[tokio::test]
async fn an_outdated_conversation_ends_with_what_is_in_flight() {
    let front = start_with(World::default(), |options| {
        options.session_idle = Duration::from_secs(2);
    })
    .await;
    let mut open = front.connect(&super::request("POST", "/rpc", &[JSON], &call(1, "hold"))).await;
    let number = held(&front).await;
    let old = front.world.talk();
    old.outdated.store(true, Ordering::Relaxed);
    rpc(&front, &[], &call(1, "echo")).await;
    rpc(&front, &[], &call(1, "echo")).await;
    assert_eq!(front.world.talks.lock().unwrap().len(), 2);
    assert!(!old.has("close"));
    old.answer(number, None, None);
    open.until(r#""held":true"#).await;
    eventually("closed", || old.has("close")).await;
    assert!(!front.world.talk().has("close"));
}

#[tokio::test]
async fn a_lost_conversation_is_made_anew() {
    let front = start().await;
    let mut open = front.connect(&super::request("POST", "/rpc", &[JSON], &call(1, "hold"))).await;
    held(&front).await;
    front.world.talk().client.lost("gone");
    open.until("upstream_unavailable").await;
    assert_eq!(open.status(), 502);
    assert_eq!(rpc(&front, &[], &call(2, "echo")).await.status, 200);
    assert_eq!(front.world.talks.lock().unwrap().len(), 2);
}

#[tokio::test]
async fn idle_conversations_end() {
    let front = start_with(World::default(), |options| {
        options.session_idle = Duration::from_millis(100);
    })
    .await;
    rpc(&front, &[], &call(2, "echo")).await;
    eventually("ended", || front.world.talk().has("close")).await;
    assert_eq!(rpc(&front, &[], &call(3, "echo")).await.status, 200);
}
