use std::time::Duration;

use serde_json::json;

use crate::client::{call, config, request, serve, until};

const PEER: &str = "/mcp/peer";

#[tokio::test]
async fn a_session_lives_from_initialize_to_delete() {
    let served = serve(&config(""));
    let client = served.client();
    let session = client.open(PEER).await;
    let list = session.post(PEER, &request("tools/list", &json!({}))).await;
    assert_eq!(list.header("content-type"), "application/json");
    assert_eq!(list.message()["result"]["tools"][0]["name"], "echo");

    // Progress and answer come on the stream of the call.
    let params = json!({ "name": "progress", "arguments": { "count": 3 }, "_meta": { "progressToken": "t" } });
    let mut events = session.post_open(PEER, &request("tools/call", &params)).await;
    for step in 0..3 {
        let (_, told) = events.next().await.unwrap();
        assert_eq!(told["params"], json!({ "progressToken": "t", "progress": step }));
    }
    assert_eq!(events.next().await.unwrap().1["result"]["structuredContent"]["count"], 3);
    assert!(events.next().await.is_none());

    // The server asks the client in the middle of a call.
    let mut events = session.post_open(PEER, &call("ask", &json!({}))).await;
    let (_, question) = events.next().await.unwrap();
    assert_eq!(question["method"], "elicitation/create");
    let answer = json!({ "jsonrpc": "2.0", "id": question["id"], "result": { "action": "accept", "content": {} } });
    assert_eq!(session.post(PEER, &answer).await.status, 202);
    let (_, result) = events.next().await.unwrap();
    assert_eq!(result["result"]["structuredContent"]["action"], "accept");

    assert_eq!(session.ask("DELETE", PEER).await.status, 200);
    assert_eq!(session.post(PEER, &call("echo", &json!({}))).await.status, 404);
    served.gateway.leaves_nobody();
    served.end();
}

#[tokio::test]
async fn a_broken_stream_is_taken_up_again() {
    let served = serve(&config(""));
    let session = served.client().open(PEER).await;
    let mut events = session.post_open(PEER, &call("ask", &json!({}))).await;
    let (last, question) = events.next().await.unwrap();
    assert!(!last.is_empty(), "the event has an id");
    drop(events);
    let answer =
        json!({ "jsonrpc": "2.0", "id": question["id"], "result": { "action": "decline" } });
    assert_eq!(session.post(PEER, &answer).await.status, 202);
    let mut again = session.with("Last-Event-ID", &last).listen(PEER).await;
    let (_, result) = again.next().await.unwrap();
    assert_eq!(result["result"]["structuredContent"]["action"], "decline");
    served.end();
}

#[tokio::test]
async fn a_client_of_2024_11_05_has_one_stream_for_all() {
    let served = serve(&config(""));
    let client = served.client();
    let reading = client.listen("/sse/peer").await;
    let (place, mut events) = reading.endpoint().await;
    let params = json!({ "protocolVersion": "2024-11-05", "capabilities": {}, "clientInfo": { "name": "t", "version": "1" } });
    let begin = request("initialize", &params);
    assert_eq!(client.post(&place, &begin).await.status, 202);
    let (_, answer) = events.next().await.unwrap();
    assert_eq!(answer["id"], begin["id"]);
    assert_eq!(answer["result"]["protocolVersion"], "2024-11-05");
    let echo = call("echo", &json!({ "a": 1 }));
    assert_eq!(client.post(&place, &echo).await.status, 202);
    assert_eq!(events.next().await.unwrap().1["result"]["structuredContent"]["a"], 1);
    drop(events);
    let gone = || async { client.post(&place, &echo).await.status == 404 };
    until("the session ended with its stream", gone).await;
    served.end();
}

#[tokio::test]
async fn one_slow_tool_blocks_no_other() {
    let served = serve(&config(""));
    let session = served.client().open(PEER).await;
    let slow = tokio::spawn({
        let session = session.clone();
        async move { session.call(PEER, "slow", &json!({ "ms": 1500 })).await }
    });
    tokio::time::sleep(Duration::from_millis(100)).await;
    for n in 0..20 {
        let answer = session.call(PEER, "echo", &json!({ "n": n })).await;
        assert_eq!(answer["result"]["structuredContent"]["n"], n);
    }
    assert!(!slow.is_finished());
    assert_eq!(slow.await.unwrap()["result"]["structuredContent"]["ms"], 1500);
    served.end();
}
