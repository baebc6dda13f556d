use super::{Reply, Running, eventually, start};

/// Headers, a body, and the code of the error that they get.
type Case<'c> = (&'c [(&'c str, &'c str)], &'c str, i64);

const VERSION: (&str, &str) = ("MCP-Protocol-Version", "2026-07-28");

fn body(id: &str, method: &str, meta: &str) -> String {
    format!(
        r#"{{"jsonrpc":"2.0"{id},"method":"{method}","params":{{"_meta":{{{meta}}},"name":"x"}}}}"#
    )
}

const META: &str = r#""io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientCapabilities":{}"#;

async fn call(front: &Running, method: &str) -> Reply {
    front.post("/mcp", &[VERSION, ("Mcp-Method", method)], &body(r#","id":1"#, method, META)).await
}

#[tokio::test]
async fn an_answer_that_comes_first_is_json() {
    let front = start().await;
    let reply = call(&front, "echo").await;
    assert_eq!(reply.status, 200);
    assert_eq!(reply.header("content-type"), Some("application/json"));
    assert_eq!(reply.header("mcp-session-id"), None);
    assert_eq!(reply.json()["result"]["name"], "x");
}

#[tokio::test]
async fn what_comes_before_makes_it_a_stream() {
    let front = start().await;
    let reply = call(&front, "progress").await;
    assert_eq!(reply.status, 200);
    assert_eq!(reply.header("content-type"), Some("text/event-stream"));
    assert_eq!(reply.header("x-accel-buffering"), Some("no"));
    let told = reply.body.find("notifications/progress").unwrap();
    assert!(told < reply.body.find("\"result\"").unwrap());
    assert!(!reply.body.contains("id: "), "{}", reply.body);
}

#[tokio::test]
async fn statuses_of_the_revision() {
    let front = start().await;
    let reply = call(&front, "unknown").await;
    assert_eq!((reply.status, reply.code()), (404, -32601));
    let reply = call(&front, "marked-status").await;
    assert_eq!((reply.status, reply.code()), (400, -32602));
    let reply = call(&front, "denied").await;
    assert_eq!((reply.status, reply.code()), (200, -31003));
    let reply = call(&front, "vanish").await;
    assert_eq!((reply.status, reply.code()), (200, -31007));
}

#[tokio::test]
async fn headers_and_body_must_agree() {
    let front = start().await;
    let echo = ("Mcp-Method", "echo");
    let good = body(r#","id":1"#, "echo", META);
    let cases: [Case<'_>; 5] = [
        (&[echo], &good, -32020),
        (&[VERSION], &good, -32020),
        (&[VERSION, ("Mcp-Method", "other")], &good, -32020),
        (&[("MCP-Protocol-Version", "2025-11-25"), echo], &good, -32020),
        (&[VERSION, echo], &body(r#","id":1"#, "echo", ""), -32602),
    ];
    for (headers, body, code) in cases {
        let reply = front.post("/mcp", headers, body).await;
        assert_eq!((reply.status, reply.code()), (400, code), "{headers:?} {body}");
        assert_eq!(reply.json()["id"], 1);
    }
    let no_capabilities = META.split(',').next().unwrap();
    let reply =
        front.post("/mcp", &[VERSION, echo], &body(r#","id":1"#, "echo", no_capabilities)).await;
    assert_eq!((reply.status, reply.code()), (400, -32602));
    let reply = front
        .post(
            "/mcp",
            &[("MCP-Protocol-Version", "2099-01-01"), echo],
            &body(r#","id":1"#, "echo", &META.replace("2026-07-28", "2099-01-01")),
        )
        .await;
    assert_eq!((reply.status, reply.code()), (400, -32022));
    let data = &reply.json()["error"]["data"];
    assert_eq!(data["requested"], "2099-01-01");
    assert_eq!(data["supported"], serde_json::json!(["2026-07-28"]));
    assert!(front.world.calls_log().is_empty());
    let tool = ("Mcp-Method", "tools/call");
    let named = body(r#","id":1"#, "tools/call", META);
    let reply = front.post("/mcp", &[VERSION, tool, ("Mcp-Name", "y")], &named).await;
    assert_eq!((reply.status, reply.code()), (400, -32020));
    let reply = front.post("/mcp", &[VERSION, tool, ("Mcp-Name", "x")], &named).await;
    assert_eq!(reply.status, 200);
}

#[tokio::test]
async fn escapes_do_not_hide_the_revision() {
    let front = start().await;
    let meta = META.replace("io.model", "i\\u006f.model");
    let headers = [VERSION, ("Mcp-Method", "echo")];
    let reply = front.post("/mcp", &headers, &body(r#","id":1"#, "echo", &meta)).await;
    assert_eq!(reply.status, 200, "{reply:?}");
    assert_eq!(front.world.calls_log(), ["call echo"]);
}

#[tokio::test]
async fn no_streams_sessions_batches_or_answers() {
    let front = start().await;
    for method in ["GET", "DELETE"] {
        assert_eq!(front.ask(method, "/mcp", &[VERSION, super::EVENTS], "").await.status, 405);
    }
    let batch = format!("[{}]", body(r#","id":1"#, "echo", META));
    assert_eq!(front.post("/mcp", &[VERSION], &batch).await.status, 400);
    let answer = r#"{"jsonrpc":"2.0","id":1,"result":{}}"#;
    assert_eq!(front.post("/mcp", &[VERSION], answer).await.status, 400);
}

#[tokio::test]
async fn a_notification_is_accepted() {
    let front = start().await;
    let reply = front.post("/mcp", &[VERSION], &body("", "notifications/x", META)).await;
    assert_eq!((reply.status, &*reply.body), (202, ""));
    assert_eq!(front.world.calls_log(), ["call notifications/x"]);
    let reply = front.post("/mcp", &[VERSION], &body("", "denied", META)).await;
    assert_eq!((reply.status, &*reply.body), (403, ""));
}

#[tokio::test]
async fn a_client_that_goes_away_takes_the_call_back() {
    let front = start().await;
    let headers = [VERSION, ("Mcp-Method", "hold")];
    let open = front.post_open("/mcp", &headers, &body(r#","id":1"#, "hold", META)).await;
    eventually("the call", || front.world.calls_log() == ["call hold"]).await;
    drop(open);
    eventually("taken back", || front.world.calls_log() == ["call hold", "dropped"]).await;
}

#[tokio::test]
async fn fields_that_mirror_arguments_are_checked() {
    let front = start().await;
    let called = |name: &'static str, method: &'static str| {
        let body = body(r#","id":1"#, method, META)
            .replace(r#""name":"x""#, &format!(r#""name":"{name}""#));
        let headers = [VERSION, ("Mcp-Method", method), ("Mcp-Name", name), ("Mcp-Param-A", "a")];
        let front = &front;
        async move { front.post("/mcp", &headers, &body).await }
    };
    let reply = called("mismatched", "tools/call").await;
    assert_eq!((reply.status, reply.code()), (400, -32020));
    assert_eq!(reply.json()["id"], 1);
    let reply = called("unlisted", "tools/call").await;
    assert_eq!((reply.status, reply.code()), (200, -31007));
    assert!(front.world.calls_log().is_empty());
    assert_eq!(called("x", "tools/call").await.status, 200);
    assert_eq!(called("mismatched", "prompts/get").await.status, 200);
    assert_eq!(
        front.world.calls_log(),
        ["call tools/call", "fields {\"mcp-param-a\": \"a\"}", "call prompts/get"]
    );
}
