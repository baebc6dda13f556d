use super::world::World;
use super::*;

const ALICE: &str = "key-of-alice";
const BOB: &str = "key-of-bob";
const AS_ALICE: (&str, &str) = ("Authorization", "Bearer alice");
const AS_BOB: (&str, &str) = ("Authorization", "Bearer bob");

/// A message with a key, or without one.
fn with_key(rest: &str, key: Option<&str>) -> String {
    let meta = key.map(|key| format!(r#""_meta":{{"api_key":"{key}"}}"#)).unwrap_or_default();
    format!(r#"{{"jsonrpc":"2.0",{rest},"params":{{{meta}}}}}"#)
}

async fn opened_by(key: &str, front: &Running) -> String {
    let begin = initialize("2025-03-26");
    let begin =
        begin.replace(r#""params":{"#, &format!(r#""params":{{"_meta":{{"api_key":"{key}"}},"#));
    let reply = front.post("/mcp", &[], &begin).await;
    assert_eq!(reply.status, 200, "{reply:?}");
    reply.header("mcp-session-id").unwrap().to_owned()
}

#[tokio::test]
async fn whoever_is_turned_away_leaves_a_trace() {
    let front = keyed().await;
    let wrong = ("Authorization", "Bearer carol");
    let begin = initialize("2025-03-26");
    assert_eq!(front.post("/mcp", &[wrong], &begin).await.status, 401);
    assert_eq!(front.post("/rpc", &[wrong], &begin).await.status, 401);
    assert_eq!(front.ask("GET", "/sse", &[EVENTS], "").await.status, 401);
    assert_eq!(front.ask("GET", "/metrics", &[wrong], "").await.status, 401);
    let traces = ["http unauthorized", "rpc unauthorized", "sse unauthorized", "http unauthorized"];
    assert_eq!(*front.world.turned_away.lock().unwrap(), traces);
}

async fn keyed() -> Running {
    start_with(World::keyed(), |_| {}).await
}

#[tokio::test]
async fn a_session_is_of_whom_its_first_message_proves() {
    let front = keyed().await;
    let id = opened_by(ALICE, &front).await;
    let talk = front.world.talk();
    assert_eq!(&*talk.caller.principal, "alice");
    let session = ("Mcp-Session-Id", &*id);
    let said = || talk.log.lock().unwrap().len();
    let before = said();
    let request = r#""id":1,"method":"echo""#;
    // Those who prove nothing or somebody else.
    for (headers, key, status) in [
        (vec![session], None, 401),
        (vec![session], Some(BOB), 401),
        (vec![session], Some("key-of-nobody"), 401),
        (vec![session, AS_BOB], None, 404),
        (vec![session, AS_BOB], Some(ALICE), 404),
    ] {
        for message in [request, r#""method":"notifications/x""#] {
            let reply = front.post("/mcp", &headers, &with_key(message, key)).await;
            assert_eq!(reply.status, status, "{headers:?} {key:?} {message}");
        }
        let batch = format!("[{}]", with_key(request, key));
        assert_eq!(front.post("/mcp", &headers, &batch).await.status, status, "a batch");
    }
    assert_eq!(said(), before, "nothing of it reached the conversation");
    // Her own, each way.
    for (headers, key) in [
        (vec![session], Some(ALICE)),
        (vec![session, AS_ALICE], None),
        (vec![session, AS_ALICE], Some(ALICE)),
    ] {
        let reply = front.post("/mcp", &headers, &with_key(request, key)).await;
        assert_eq!(reply.status, 200, "{headers:?} {key:?}");
        assert!(!reply.body.contains(ALICE), "credentials go no further");
        let told = with_key(r#""method":"notifications/x""#, key);
        assert_eq!(front.post("/mcp", &headers, &told).await.status, 202);
    }
    assert_eq!(said(), before + 3);
}

#[tokio::test]
async fn what_has_no_place_for_credentials_needs_them_in_the_header() {
    let front = keyed().await;
    let id = opened_by(ALICE, &front).await;
    let session = ("Mcp-Session-Id", &*id);
    let answer = r#"{"jsonrpc":"2.0","id":5,"result":{"_meta":{"api_key":"key-of-alice"}}}"#;
    assert_eq!(front.post("/mcp", &[session], answer).await.status, 401);
    assert_eq!(front.post("/mcp", &[session, AS_BOB], answer).await.status, 404);
    assert_eq!(front.post("/mcp", &[session, AS_ALICE], answer).await.status, 202);
    for method in ["GET", "DELETE"] {
        assert_eq!(front.ask(method, "/mcp", &[session, EVENTS], "").await.status, 401);
        assert_eq!(front.ask(method, "/mcp", &[session, EVENTS, AS_BOB], "").await.status, 404);
    }
    let reply = front.ask("DELETE", "/mcp", &[session, AS_ALICE], "").await;
    assert_eq!(reply.status, 200);
}

#[tokio::test]
async fn no_two_principals_share_the_conversation_behind_rpc() {
    let front = keyed().await;
    for key in [ALICE, BOB, ALICE, BOB] {
        let reply =
            front.post("/rpc", &[], &with_key(r#""id":1,"method":"echo""#, Some(key))).await;
        assert_eq!(reply.status, 200, "{reply:?}");
    }
    let reply = front.post("/rpc", &[AS_BOB], &with_key(r#""id":1,"method":"echo""#, None)).await;
    assert_eq!(reply.status, 200, "{reply:?}");
    let talks = front.world.talks.lock().unwrap().clone();
    let whose: Vec<&str> = talks.iter().map(|talk| &*talk.caller.principal).collect();
    assert_eq!(whose, ["alice", "bob"]);
}
