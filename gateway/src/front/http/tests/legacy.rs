use super::{Open, call, eventually, initialize, start};

async fn place(open: &mut Open) -> String {
    let text = open.until("\n\n\r\n").await;
    let at = text.find("event: endpoint\ndata: ").unwrap();
    text[at + 22..].lines().next().unwrap().to_owned()
}

#[tokio::test]
async fn a_session_on_a_stream() {
    let front = start().await;
    let mut sse = front.get_open("/sse/files", &[]).await;
    let place = place(&mut sse).await;
    assert!(place.starts_with("/messages/files?sessionId="));
    let reply = front.post(&place, &[], &initialize("2024-11-05")).await;
    assert_eq!((reply.status, &*reply.body), (202, ""));
    sse.until("\"protocolVersion\":\"2024-11-05\"").await;
    assert!(sse.text.contains("event: message\ndata: "));
    assert_eq!(front.post(&place, &[], &call(5, "progress")).await.status, 202);
    sse.until("\"n\":5").await;
    assert_eq!(front.post(&place, &[], &call(6, "denied")).await.status, 202);
    sse.until("tool_denied").await;
    assert!(!sse.text.contains("\nid: "));
    assert_eq!(front.post(&place, &[], &format!("[{}]", call(7, "echo"))).await.status, 400);
    let talk = front.world.talk();
    drop(sse);
    eventually("closed", || talk.has("close")).await;
    assert_eq!(front.post(&place, &[], &call(8, "echo")).await.status, 404);
}

#[tokio::test]
async fn messages_must_name_the_session_of_their_sender() {
    let front = start().await;
    let alice = ("Authorization", "Bearer alice");
    let mut sse = front.get_open("/sse", &[alice]).await;
    let place = place(&mut sse).await;
    assert!(place.starts_with("/messages?sessionId="));
    assert_eq!(front.post(&place, &[], &call(1, "echo")).await.status, 404);
    assert_eq!(front.post(&place, &[alice], &call(1, "echo")).await.status, 202);
    assert_eq!(front.post("/messages", &[alice], &call(1, "echo")).await.status, 400);
    let elsewhere = place.replace("/messages", "/messages/files");
    assert_eq!(front.post(&elsewhere, &[alice], &call(1, "echo")).await.status, 404);
    assert_eq!(front.ask("POST", "/sse", &[], "").await.status, 405);
    assert_eq!(front.ask("GET", "/messages", &[], "").await.status, 405);
}
