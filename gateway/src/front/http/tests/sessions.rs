use std::time::Duration;

use super::world::World;
use super::{call, eventually, initialize, start, start_with};
use crate::upstream::Stream;

const TOLD: &str = r#"{"jsonrpc":"2.0","method":"notifications/told"}"#;

#[tokio::test]
async fn a_session() {
    let front = start().await;
    let reply = front.post("/mcp", &[], &initialize("2025-11-25")).await;
    assert_eq!(reply.json()["result"]["protocolVersion"], "2025-11-25");
    let id = reply.header("mcp-session-id").unwrap();
    let session = [("Mcp-Session-Id", id), ("MCP-Protocol-Version", "2025-11-25")];
    let told = r#"{"jsonrpc":"2.0","method":"notifications/initialized"}"#;
    let reply = front.post("/mcp", &session, told).await;
    assert_eq!((reply.status, &*reply.body), (202, ""));
    let reply = front.post("/mcp", &session, &call(7, "echo")).await;
    assert_eq!((reply.status, &reply.json()["result"]["n"]), (200, &7.into()));
    assert_eq!(reply.header("content-type"), Some("application/json"));
    assert_eq!(reply.header("mcp-session-id"), None);
    let reply = front.post("/mcp", &session, r#"{"jsonrpc":"2.0","id":"e","result":{}}"#).await;
    assert_eq!(reply.status, 202);
    let talk = front.world.talk();
    assert!(talk.has("say notifications/initialized"));
    assert!(talk.has(r#"reply {"jsonrpc":"2.0","id":"e","result":{}}"#));
    assert!(talk.caller.session.is_some());
    assert_eq!(front.ask("DELETE", "/mcp", &session, "").await.status, 200);
    assert!(talk.has("close"));
    assert_eq!(front.post("/mcp", &session, &call(8, "echo")).await.status, 404);
    assert_eq!(front.ask("DELETE", "/mcp", &session, "").await.status, 404);
}

#[tokio::test]
async fn an_error_opens_no_session() {
    let front = start().await;
    let reply = front.post("/mcp", &[], &initialize("reject")).await;
    assert_eq!((reply.status, reply.code()), (200, -32603));
    assert_eq!(reply.header("mcp-session-id"), None);
    eventually("closed", || front.world.talk().has("close")).await;
}

#[tokio::test]
async fn a_session_must_be_named_and_known() {
    let front = start().await;
    assert_eq!(front.post("/mcp", &[], &call(1, "echo")).await.status, 400);
    let unknown = ("Mcp-Session-Id", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA");
    assert_eq!(front.post("/mcp", &[unknown], &call(1, "echo")).await.status, 404);
    let id = front.session("2025-06-18").await;
    let twice = [("Mcp-Session-Id", &*id), ("Mcp-Session-Id", &*id)];
    assert_eq!(front.post("/mcp", &twice, &call(1, "echo")).await.status, 400);
    let session = ("Mcp-Session-Id", &*id);
    let reply = front.post("/mcp", &[session], &call(1, "echo")).await;
    assert_eq!(reply.status, 200);
    let version = ("MCP-Protocol-Version", "1.0");
    let reply = front.post("/mcp", &[session, version], &call(1, "echo")).await;
    assert_eq!((reply.status, reply.code()), (400, -32022));
    // Elsewhere it is unknown.
    assert_eq!(front.post("/mcp/files", &[session], &call(1, "echo")).await.status, 404);
}

#[tokio::test]
async fn a_session_of_somebody_else_is_unknown() {
    let front = start().await;
    let alice = ("Authorization", "Bearer alice");
    let id = front.session_as("2025-11-25", &[alice]).await;
    let session = ("Mcp-Session-Id", &*id);
    for other in [("Authorization", "Bearer bob"), ("X-Other", "none")] {
        assert_eq!(front.post("/mcp", &[session, other], &call(1, "echo")).await.status, 404);
        let get = front.ask("GET", "/mcp", &[session, other, super::EVENTS], "").await;
        assert_eq!(get.status, 404);
        assert_eq!(front.ask("DELETE", "/mcp", &[session, other], "").await.status, 404);
    }
    assert_eq!(front.post("/mcp", &[session, alice], &call(1, "echo")).await.status, 200);
}

#[tokio::test]
async fn what_comes_before_the_answer_makes_a_stream() {
    let front = start().await;
    let id = front.session("2025-06-18").await;
    let reply = front.post("/mcp", &[("Mcp-Session-Id", &id)], &call(3, "progress")).await;
    assert_eq!(reply.header("content-type"), Some("text/event-stream"));
    let told = reply.body.find("notifications/progress").unwrap();
    assert!(told < reply.body.find("\"result\"").unwrap());
    assert!(reply.body.contains("id: guard-"));
}

#[tokio::test]
async fn requests_of_one_session_are_apart() {
    let front = start().await;
    let id = front.session("2025-11-25").await;
    let session = [("Mcp-Session-Id", &*id)];
    let mut one = front.post_open("/mcp", &session, &call(1, "hold")).await;
    let mut two = front.post_open("/mcp", &session, &call(2, "hold")).await;
    let talk = front.world.talk();
    eventually("both", || talk.has("hold 1") && talk.has("hold 2")).await;
    // The same identifier again.
    let reply = front.post("/mcp", &session, &call(1, "hold")).await;
    assert_eq!((reply.status, reply.code()), (200, -32600));
    talk.answer(2, None, None);
    talk.answer(1, Some(Stream::Request(crate::message::Id::number(1))), None);
    two.until("\"held\":true").await;
    one.until("\"held\":true").await;
    assert!(one.text.contains("\"id\":1,") && two.text.contains("\"id\":2,"));
}

#[tokio::test]
async fn a_request_that_is_taken_back_ends() {
    let front = start().await;
    let id = front.session("2025-11-25").await;
    let session = [("Mcp-Session-Id", &*id)];
    let mut open = front.post_open("/mcp", &session, &call(1, "hold")).await;
    let talk = front.world.talk();
    eventually("held", || talk.has("hold 1")).await;
    let back = r#"{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":1}}"#;
    assert_eq!(front.post("/mcp", &session, back).await.status, 202);
    open.body_end().await;
    assert!(!open.text.contains("data:"));
    assert!(talk.has("say notifications/cancelled"));
    talk.answer(1, None, None);
    // Its late answer is nobody's, and the identifier is free again.
    assert_eq!(front.post("/mcp", &session, &call(1, "echo")).await.json()["result"]["n"], 1);
}

#[tokio::test]
async fn one_standalone_stream() {
    let front = start().await;
    let id = front.session("2025-11-25").await;
    let session = [("Mcp-Session-Id", &*id)];
    let talk = front.world.talk();
    let _ = talk.tell(None, r#"{"jsonrpc":"2.0","method":"notifications/early"}"#);
    let mut get = front.get_open("/mcp", &session).await;
    get.until("notifications/early").await;
    assert!(talk.has("listen Standalone "));
    let twice = front.ask("GET", "/mcp", &[session[0], super::EVENTS], "").await;
    assert_eq!(twice.status, 409);
    let _ = talk.tell(Some(Stream::Standalone), TOLD);
    get.until("notifications/told").await;
    drop(get);
    eventually("left", || talk.has("leave Standalone")).await;
    let mut again = front.get_open("/mcp", &session).await;
    let _ = talk.tell(None, r#"{"jsonrpc":"2.0","method":"notifications/late"}"#);
    again.until("notifications/late").await;
    assert!(!again.text.contains("notifications/told"));
    let html = front.ask("GET", "/mcp", &[session[0], ("Accept", "text/html")], "").await;
    assert_eq!(html.status, 406);
}

#[tokio::test]
async fn what_belongs_to_no_stream_goes_to_the_latest_request() {
    let front = start().await;
    let id = front.session("2025-11-25").await;
    let session = [("Mcp-Session-Id", &*id)];
    let talk = front.world.talk();
    let _one = front.post_open("/mcp", &session, &call(1, "hold")).await;
    eventually("one", || talk.has("hold 1")).await;
    let mut two = front.post_open("/mcp", &session, &call(2, "hold")).await;
    eventually("two", || talk.has("hold 2")).await;
    let _ = talk.tell(None, r#"{"jsonrpc":"2.0","id":"q","method":"elicitation/create"}"#);
    two.until("elicitation/create").await;
    talk.answer(2, None, None);
    two.body_end().await;
    assert!(two.text.contains("\"held\":true"));
}

#[tokio::test]
async fn batches_where_the_revision_has_them() {
    let front = start().await;
    let batch = format!("[{},{TOLD},5,{}]", call(1, "echo"), call(2, "denied"));
    for revision in ["2024-11-05", "2025-06-18", "2025-11-25"] {
        let id = front.session(revision).await;
        let reply = front.post("/mcp", &[("Mcp-Session-Id", &id)], &batch).await;
        assert_eq!((reply.status, reply.code()), (400, -32600), "{revision}");
    }
    let id = front.session("2025-03-26").await;
    let session = [("Mcp-Session-Id", &*id)];
    let reply = front.post("/mcp", &session, &batch).await;
    let answers = reply.json();
    assert_eq!(answers.as_array().unwrap().len(), 3, "{answers}");
    assert_eq!(answers[0]["result"]["n"], 1);
    assert_eq!(answers[1]["error"]["code"], -32600);
    assert_eq!(answers[2]["error"]["code"], -32003);
    assert!(front.world.talk().has("say notifications/told"));

    let reply = front.post("/mcp", &session, &format!("[{TOLD},{TOLD}]")).await;
    assert_eq!((reply.status, &*reply.body), (202, ""));
    let both = format!("[{},{}]", call(1, "progress"), call(1, "echo"));
    let reply = front.post("/mcp", &session, &both).await;
    assert_eq!(reply.header("content-type"), Some("text/event-stream"));
    assert_eq!(reply.body.matches("\"result\"").count(), 2);
    let held = format!("[{},{}]", call(1, "hold"), call(1, "echo"));
    let mut open = front.post_open("/mcp", &session, &held).await;
    eventually("held", || front.world.talk().has("hold 1")).await;
    front.world.talk().answer(1, None, None);
    open.until("]").await;
    assert!(open.text.contains("-32600") && open.text.contains("\"held\":true"));
    let opening = format!("[{}]", initialize("2025-03-26"));
    let reply = front.post("/mcp", &session, &opening).await;
    assert_eq!(reply.json()[0]["error"]["code"], -32600);
    assert_eq!(front.post("/mcp", &[], &opening).await.status, 400);
}

#[tokio::test]
async fn sessions_are_bounded_and_end_when_idle() {
    let front = start_with(World::default(), |options| {
        options.max_sessions = 2;
        options.session_idle = Duration::from_millis(200);
    })
    .await;
    let one = front.session("2025-11-25").await;
    let two = front.session("2025-11-25").await;
    let reply = front.post("/mcp", &[], &initialize("2025-11-25")).await;
    assert_eq!(reply.status, 503);
    assert_eq!(front.ask("GET", "/sse", &[super::EVENTS], "").await.status, 503);
    // One that is read from is not idle.
    let get = front.get_open("/mcp", &[("Mcp-Session-Id", &one)]).await;
    let talks = front.world.talks.lock().unwrap().clone();
    eventually("idle", || talks[1].has("close")).await;
    assert!(!talks[0].has("close"));
    let reply = front.post("/mcp", &[("Mcp-Session-Id", &two)], &call(1, "echo")).await;
    assert_eq!(reply.status, 404);
    drop(get);
    eventually("idle", || talks[0].has("close")).await;
    front.session("2025-11-25").await;
}

#[tokio::test]
async fn ten_thousand_sessions_are_no_more() {
    let table = super::super::Table::new(10_000);
    let slots: Vec<_> = (0..10_000).map(|_| table.reserve().unwrap()).collect();
    assert!(table.reserve().is_none());
    drop(slots);
    assert!(table.reserve().is_some());
}

#[tokio::test]
async fn a_conversation_that_is_lost_ends_the_session() {
    let front = start().await;
    let id = front.session("2025-11-25").await;
    let session = [("Mcp-Session-Id", &*id)];
    let mut open = front.post_open("/mcp", &session, &call(1, "hold")).await;
    let mut get = front.get_open("/mcp", &session).await;
    get.until("text/event-stream").await;
    let talk = front.world.talk();
    eventually("held", || talk.has("hold 1")).await;
    talk.client.lost("gone");
    open.until("upstream_unavailable").await;
    get.body_end().await;
    assert_eq!(front.post("/mcp", &session, &call(2, "echo")).await.status, 404);
}

#[tokio::test]
async fn a_slow_reader_is_waited_for() {
    let front = start().await;
    let id = front.session("2025-11-25").await;
    let mut get = front.get_open("/mcp", &[("Mcp-Session-Id", &id)]).await;
    get.until("text/event-stream").await;
    let talk = front.world.talk();
    let large =
        format!(r#"{{"jsonrpc":"2.0","method":"x","params":{{"t":"{}"}}}}"#, "a".repeat(200_000));
    let mut told = 0;
    // What the connection still takes makes room for a moment.
    let waiting = loop {
        told += 1;
        let pressure = talk.tell(Some(Stream::Standalone), &large);
        if matches!(pressure, crate::upstream::Pressure::Full(_)) {
            let waiting = tokio::spawn(async move { pressure.wait().await });
            tokio::time::sleep(Duration::from_millis(50)).await;
            if !waiting.is_finished() {
                break waiting;
            }
        }
        assert!(told < 1000, "nothing is ever full");
        tokio::task::yield_now().await;
    };
    while get.text.matches("data: ").count() < told {
        get.read().await;
    }
    waiting.await.unwrap();
}
