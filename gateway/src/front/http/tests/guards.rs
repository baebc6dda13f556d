use std::sync::atomic::Ordering;
use std::time::Duration;

use super::world::World;
use super::{ACCEPT, JSON, initialize, start, start_with};

#[tokio::test]
async fn operations() {
    let front = start().await;
    let health = front.ask("GET", "/health", &[], "").await;
    assert_eq!((health.status, &*health.body), (200, r#"{"status":"ok"}"#));
    assert_eq!(front.ask("GET", "/ready", &[], "").await.status, 200);
    assert_eq!(front.ask("GET", "/ready/files", &[], "").await.status, 200);
    assert_eq!(front.ask("GET", "/ready/other", &[], "").await.status, 404);
    front.world.ready.store(false, Ordering::Release);
    assert_eq!(front.ask("GET", "/ready", &[], "").await.status, 503);
    let metrics = front.ask("GET", "/metrics", &[], "").await;
    assert_eq!((metrics.status, &*metrics.body), (200, "sessions 0\n# EOF\n"));
    assert_eq!(front.ask("POST", "/health", &[], "").await.status, 405);
    assert_eq!(front.ask("GET", "/nowhere", &[], "").await.status, 404);
    assert_eq!(front.ask("PUT", "/mcp", &[], "").await.status, 405);
}

#[tokio::test]
async fn hosts_and_origins() {
    let front = start().await;
    let other = "GET /health HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n";
    assert_eq!(front.send(other).await.status, 403);
    let none = "GET /health HTTP/1.1\r\nConnection: close\r\n\r\n";
    assert_eq!(front.send(none).await.status, 400);
    let origin = ("Origin", "https://evil.example");
    assert_eq!(front.post("/mcp", &[origin], &initialize("2025-11-25")).await.status, 403);
    assert!(front.world.talks.lock().unwrap().is_empty());
    assert_eq!(*front.world.turned_away.lock().unwrap(), ["http invalid_request"; 3]);

    let origin = ("Origin", "http://localhost:5173");
    let reply = front.post("/mcp", &[origin], &initialize("2025-11-25")).await;
    assert_eq!(reply.header("access-control-allow-origin"), Some("http://localhost:5173"));
    let preflight = [origin, ("Access-Control-Request-Method", "POST")];
    let reply = front.ask("OPTIONS", "/mcp", &preflight, "").await;
    assert_eq!(reply.status, 204);
    assert_eq!(reply.header("access-control-allow-methods"), Some("GET, POST, DELETE"));
}

#[tokio::test]
async fn types_and_sizes() {
    let front = start().await;
    let body = initialize("2025-11-25");
    let text = [("Content-Type", "text/plain"), ACCEPT];
    assert_eq!(front.ask("POST", "/mcp", &text, &body).await.status, 415);
    assert_eq!(front.ask("POST", "/mcp", &[ACCEPT], &body).await.status, 415);
    for (accept, status) in [
        ("application/json", 406),
        ("text/event-stream", 406),
        ("text/html", 406),
        ("*/*", 200),
        ("application/json, text/*", 200),
    ] {
        let reply = front.ask("POST", "/mcp", &[JSON, ("Accept", accept)], &body).await;
        assert_eq!(reply.status, status, "{accept}");
    }
    assert_eq!(front.ask("POST", "/mcp", &[JSON], &body).await.status, 200);
    let large = format!("{{\"x\":\"{}\"}}", "a".repeat(1 << 16));
    let reply = front.post("/mcp", &[], &large).await;
    assert_eq!(reply.status, 413, "{reply:?}");
    // The length is not told beforehand.
    let chunk = "a".repeat(1 << 15);
    let chunked = format!(
        "POST /mcp HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n8000\r\n{chunk}\r\n8000\r\n{chunk}\r\n8000\r\n{chunk}\r\n0\r\n\r\n"
    );
    let mut open = front.connect(&chunked).await;
    open.until("HTTP/1.1 413").await;
    assert_eq!(front.post("/mcp", &[], "{").await.code(), -32700);
    assert_eq!(front.post("/mcp", &[], "[]").await.code(), -32600);
    assert_eq!(front.post("/mcp", &[], r#"{"id":1,"method":"echo"}"#).await.code(), -32600);
}

#[tokio::test]
async fn a_body_of_several_chunks_is_one() {
    let front = start().await;
    let body = initialize("2025-11-25");
    let (one, two) = body.split_at(40);
    let chunked = format!(
        "POST /mcp HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n{:x}\r\n{one}\r\n{:x}\r\n{two}\r\n0\r\n\r\n",
        one.len(),
        two.len(),
    );
    let reply = front.send(&chunked).await;
    assert_eq!(reply.status, 200, "{reply:?}");
}

#[tokio::test]
async fn wrong_credentials() {
    let front = start().await;
    let wrong = ("Authorization", "Bearer mallory");
    let reply = front.post("/mcp", &[wrong], &initialize("2025-11-25")).await;
    assert_eq!(reply.status, 401);
    assert_eq!(reply.header("www-authenticate"), Some("Bearer error=\"invalid_token\""));
    assert_eq!(reply.json()["error"]["data"]["guard"]["code"], "unauthorized");
    assert!(!reply.body.contains("mallory"));
    assert_eq!(front.ask("GET", "/mcp", &[wrong], "").await.status, 401);
    assert_eq!(front.ask("GET", "/metrics", &[wrong], "").await.status, 401);
}

#[tokio::test]
async fn credentials_that_are_required() {
    let front = start_with(World::keyed(), |_| {}).await;
    let reply = front.post("/mcp", &[], &initialize("2025-11-25")).await;
    assert_eq!(reply.status, 401);
    assert_eq!(reply.header("www-authenticate"), Some("Bearer realm=\"t\""));
    assert_eq!(reply.code(), -32001);
    let keyed = initialize("2025-11-25").replacen(
        "{\"protocol",
        "{\"_meta\":{\"api_key\":\"key-of-alice\"},\"protocol",
        1,
    );
    assert_eq!(front.post("/mcp", &[], &keyed).await.status, 200);
    let alice = ("Authorization", "Bearer alice");
    assert_eq!(front.post("/mcp", &[alice], &initialize("2025-11-25")).await.status, 200);
    for (method, path) in
        [("GET", "/mcp"), ("DELETE", "/mcp"), ("GET", "/metrics"), ("GET", "/sse")]
    {
        assert_eq!(
            front.ask(method, path, &[super::EVENTS], "").await.status,
            401,
            "{method} {path}"
        );
    }
    assert_eq!(front.ask("GET", "/health", &[], "").await.status, 200);
    let unknown = front.post("/mcp/other", &[], &initialize("2025-11-25")).await;
    assert_eq!(unknown.status, 401);
    let unknown = front.post("/mcp/other", &[alice], &initialize("2025-11-25")).await;
    assert_eq!(unknown.status, 404);
}

#[tokio::test]
async fn a_slow_body_ends() {
    let front = start_with(World::default(), |options| {
        options.body_timeout = Duration::from_millis(100);
    })
    .await;
    let head = "POST /mcp HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{";
    let mut open = front.connect(head).await;
    open.read_all().await;
    assert_eq!(open.status(), 408);
}
