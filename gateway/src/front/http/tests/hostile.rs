use std::time::{Duration, Instant};

use super::world::World;
use super::{call, initialize, start, start_with};

#[tokio::test]
async fn two_lengths() {
    let front = start().await;
    let text = "POST /mcp HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{}x";
    assert_eq!(front.send(text).await.status, 400);
}

#[tokio::test]
async fn chunks_that_are_none() {
    let front = start().await;
    for garbage in
        ["zz\r\n{}\r\n0\r\n\r\n", "-1\r\n{}\r\n", "ffffffffffffffffff\r\n{}\r\n", "2\r\n{}xx"]
    {
        let text = format!(
            "POST /mcp HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n{garbage}"
        );
        assert_eq!(front.send(&text).await.status, 400, "{garbage:?}");
    }
    assert!(front.world.talks.lock().unwrap().is_empty());
}

#[tokio::test]
async fn headers_that_are_none() {
    let front = start().await;
    for line in ["Bad Name: x", "X: a\r\n b", "X\0: a", "X: a\0b", ": x"] {
        let text = format!(
            "GET /health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n{line}\r\n\r\n"
        );
        assert_eq!(front.send(&text).await.status, 400, "{line:?}");
    }
    let large =
        format!("GET /health HTTP/1.1\r\nHost: localhost\r\nX: {}\r\n\r\n", "a".repeat(300_000));
    assert_eq!(front.send(&large).await.status, 431);
}

#[tokio::test]
async fn nothing_of_a_request_gets_into_headers() {
    let front = start().await;
    // A session id, an origin and an event id are all that could.
    let id = front.session("2025-11-25").await;
    let last = ("Last-Event-ID", "a\u{b}b: c");
    let headers = [("Mcp-Session-Id", &*id), last, super::EVENTS];
    assert_eq!(front.ask("GET", "/mcp", &headers, "").await.status, 400);
    let talk = front.world.talk();
    let mut get = front.get_open("/mcp", &[("Mcp-Session-Id", &id)]).await;
    // Line ends in a message stay data.
    let _ = talk.tell(None, "{\"jsonrpc\":\"2.0\",\n\"method\":\r\"x\",\r\n\"params\":{}}");
    get.until("params").await;
    assert!(get.text.contains(
        "data: {\"jsonrpc\":\"2.0\",\ndata: \"method\":\ndata: \"x\",\ndata: \"params\":{}}"
    ));
}

#[tokio::test]
async fn slow_headers_and_silent_connections_end() {
    let front = start_with(World::default(), |options| {
        options.header_timeout = Duration::from_millis(150);
    })
    .await;
    for begun in ["", "GET /health HTTP/1.1\r\nHost: loc"] {
        let began = Instant::now();
        let mut open = front.connect(begun).await;
        open.read_all().await;
        assert!(began.elapsed() < Duration::from_secs(5));
        assert_ne!(open.status(), 200);
    }
}

#[tokio::test]
async fn connections_are_bounded() {
    let front = start_with(World::default(), |options| {
        options.max_connections = 2;
        options.header_timeout = Duration::from_millis(300);
    })
    .await;
    let _one = front.connect("GET /hea").await;
    let _two = front.connect("GET /hea").await;
    // The third waits until the slow ones are thrown out.
    assert_eq!(front.ask("GET", "/health", &[], "").await.status, 200);
}

#[tokio::test]
async fn a_half_open_client_still_gets_its_answer_or_an_end() {
    use tokio::io::AsyncWriteExt as _;
    let front = start().await;
    let id = front.session("2025-11-25").await;
    let mut open = front.post_open("/mcp", &[("Mcp-Session-Id", &id)], &call(1, "hold")).await;
    open.stream.shutdown().await.unwrap();
    open.read_all().await;
    // Whatever became of it, the session lives.
    let reply = front.post("/mcp", &[("Mcp-Session-Id", &id)], &call(2, "echo")).await;
    assert_eq!(reply.status, 200);
}

#[tokio::test]
async fn deep_and_strange_bodies() {
    let front = start().await;
    let deep = format!("{}{}", "[".repeat(30_000), "]".repeat(30_000));
    for body in [&*deep, "null", "5", "\u{feff}{}", "{\"a\":1,\"a\":2}", "\"x\""] {
        let reply = front.post("/mcp", &[], body).await;
        assert_eq!(reply.status, 400, "{:?}", &body[..body.len().min(20)]);
    }
    let twice = initialize("2025-11-25").replacen("\"id\":0", "\"id\":0,\"id\":1", 1);
    assert_eq!(front.post("/mcp", &[], &twice).await.status, 400);
    assert!(front.world.talks.lock().unwrap().is_empty());
}
