use std::sync::atomic::{AtomicUsize, Ordering};

use super::*;

const META: &str = r#""_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientCapabilities":{}}"#;

fn ask(id: u64, method: &str, params: &str) -> String {
    format!(r#"{{"jsonrpc":"2.0","id":{id},"method":"{method}","params":{{{params}{META}}}}}"#)
}

fn tools(header: &str, id: &str) -> String {
    format!(
        r#"{{"jsonrpc":"2.0","id":{id},"result":{{"tools":[
            {{"name":"deploy","inputSchema":{{"type":"object","properties":{{"region":{{"type":"string","x-mcp-header":"{header}"}}}}}}}},
            {{"name":"bad","inputSchema":{{"type":"object","properties":{{"a":{{"type":"object","x-mcp-header":"A"}}}}}}}}
        ]}}}}"#
    )
}

fn json_id(asked: &Asked) -> String {
    message(&asked.body).id().unwrap().json().to_owned()
}

#[tokio::test]
async fn header_fields_mirror_the_message() {
    let server = Server::start(|asked| async move { json(result(id_of(&asked))) }).await;
    let mut talk = server.link().await;
    talk.send(&ask(1, "resources/read", r#""uri":"file:///\u00e9","#));
    assert_eq!(talk.next().await, format!("1: {}", result(1)));
    talk.send(&ask(2, "tools/list", ""));
    assert_eq!(talk.next().await, format!("2: {}", result(2)));
    let asked = server.asked();
    assert_eq!(asked[0].header("mcp-protocol-version"), Some("2026-07-28"));
    assert_eq!(asked[0].header("mcp-method"), Some("resources/read"));
    assert_eq!(asked[0].header("mcp-name"), Some("=?base64?ZmlsZTovLy/DqQ==?="));
    assert_eq!(asked[1].header("mcp-name"), None);
    assert!(asked.iter().all(|asked| asked.header("mcp-session-id").is_none()));
}

#[tokio::test]
async fn arguments_are_mirrored_after_the_tools_were_listed_once() {
    let server = Server::start(|asked| async move {
        if asked.says("tools/list") {
            json(tools("Region", &json_id(&asked)))
        } else {
            json(result(id_of(&asked)))
        }
    })
    .await;
    let mut talk = server.link().await;
    for id in 1..=3 {
        talk.send(&ask(id, "tools/call", r#""name":"deploy","arguments":{"region":"eu"},"#));
    }
    for _ in 1..=3 {
        assert!(talk.next().await.contains("result"));
    }
    talk.send(&ask(4, "tools/call", r#""name":"unknown","#));
    assert_eq!(talk.next().await, format!("4: {}", result(4)));
    talk.send(&ask(5, "tools/call", r#""name":"bad","#));
    assert_eq!(talk.next().await, "5: failed: the server's annotations of this tool are invalid");
    let asked = server.asked();
    let lists: Vec<_> = asked.iter().filter(|asked| asked.says("tools/list")).collect();
    assert_eq!(lists.len(), 1);
    assert_eq!(lists[0].header("mcp-protocol-version"), Some("2026-07-28"));
    let calls: Vec<_> = asked.iter().filter(|asked| asked.says("deploy")).collect();
    assert_eq!(calls.len(), 3);
    for call in calls {
        assert_eq!(call.header("mcp-param-region"), Some("eu"));
        assert_eq!(call.header("mcp-name"), Some("deploy"));
    }
}

#[tokio::test]
async fn fields_of_the_client_go_on_where_the_message_says_nothing_else() {
    let server = Server::start(|asked| async move {
        if asked.says("tools/list") {
            json(tools("Region", &json_id(&asked)))
        } else {
            json(result(id_of(&asked)))
        }
    })
    .await;
    let mut talk = server.link().await;
    let fields = [("mcp-param-region", "us"), ("mcp-param-other", "o"), ("mcp-param-other", "p")];
    let call = ask(1, "tools/call", r#""name":"deploy","arguments":{"region":"eu"},"#);
    talk.send_with(&call, &fields);
    assert_eq!(talk.next().await, format!("1: {}", result(1)));
    let asked = server.asked();
    assert_eq!(asked[0].header("mcp-param-other"), None, "a request of the gateway itself");
    let of_call = |name: &str| {
        asked[1]
            .headers
            .get_all(name)
            .iter()
            .map(|value| value.to_str().unwrap())
            .collect::<Vec<_>>()
    };
    assert_eq!(of_call("mcp-param-region"), ["eu"]);
    assert_eq!(of_call("mcp-param-other"), ["o", "p"]);
}

#[tokio::test]
async fn what_a_list_says_in_passing_is_learnt() {
    let server = Server::start(|asked| async move {
        if asked.says("tools/list") {
            json(tools("Zone", &json_id(&asked)))
        } else {
            json(result(id_of(&asked)))
        }
    })
    .await;
    let mut talk = server.link().await;
    talk.send(&ask(1, "tools/list", ""));
    assert!(talk.next().await.contains("deploy"));
    talk.send(&ask(2, "tools/call", r#""name":"deploy","arguments":{"region":"eu"},"#));
    assert_eq!(talk.next().await, format!("2: {}", result(2)));
    let asked = server.asked();
    assert_eq!(asked.len(), 2);
    assert_eq!(asked[1].header("mcp-param-zone"), Some("eu"));
}

#[tokio::test]
async fn a_mismatch_is_mended_once() {
    const MISMATCH: &str = r#"{"jsonrpc":"2.0","id":1,"error":{"code":-32020,"message":"m"}}"#;
    let lists = AtomicUsize::new(0);
    let server = Server::start(move |asked| {
        let list = asked.says("tools/list").then(|| lists.fetch_add(1, Ordering::SeqCst));
        async move {
            match list {
                Some(0) => json(tools("Old", &json_id(&asked))),
                Some(_) => json(tools("New", &json_id(&asked))),
                None if asked.header("mcp-param-new").is_some() && !asked.says("never") => {
                    json(result(id_of(&asked)))
                }
                None => response(400, "application/json", MISMATCH),
            }
        }
    })
    .await;
    let mut talk = server.link().await;
    talk.send(&ask(1, "tools/call", r#""name":"deploy","arguments":{"region":"eu"},"#));
    assert_eq!(talk.next().await, format!("1: {}", result(1)));
    let count = |asked: &[Asked]| asked.iter().filter(|asked| asked.says("tools/call")).count();
    assert_eq!(count(&server.asked()), 2);
    talk.send(&ask(1, "tools/call", r#""name":"deploy","arguments":{"region":"never"},"#));
    assert_eq!(talk.next().await, format!("1: {MISMATCH} status 400"));
    assert_eq!(count(&server.asked()), 3, "the same fields again would be refused again");
}

#[tokio::test]
async fn taking_back_closes_the_response_and_sends_nothing() {
    let server =
        Server::start(|_| async { held("data: {\"jsonrpc\":\"2.0\",\"method\":\"n\"}\n\n") }).await;
    let mut talk = server.link().await;
    talk.send(&ask(1, "subscriptions/listen", ""));
    talk.exchange(&ask(1, "subscriptions/listen", ""), 5);
    for _ in 0..2 {
        assert!(talk.next().await.contains("\"n\""));
    }
    talk.send(r#"{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":1}}"#);
    talk.link.leave(&Stream::Exchange(5));
    talk.silence().await;
    assert_eq!(server.asked().len(), 2);
}

#[tokio::test]
async fn the_server_sees_a_request_taken_back() {
    let (sender, mut gone) = mpsc::unbounded_channel();
    let server = Server::raw(move |mut connection| {
        let sender = sender.clone();
        async move {
            let head = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\nid: 1\n\n";
            connection.write_all(head.as_bytes()).await.unwrap();
            let mut rest = [0; 16];
            sender.send(connection.read(&mut rest).await.unwrap_or(0)).unwrap();
        }
    })
    .await;
    let mut talk = server.link().await;
    talk.exchange(&ask(1, "x", ""), 1);
    assert_eq!(talk.next().await, "exchange 1: nothing id 1");
    assert!(gone.try_recv().is_err());
    talk.link.leave(&Stream::Exchange(1));
    assert_eq!(tokio::time::timeout(Duration::from_secs(5), gone.recv()).await.unwrap(), Some(0));
    talk.silence().await;
}

#[tokio::test]
async fn a_broken_stream_is_a_lost_request() {
    let server = Server::start(|asked| async move {
        if asked.says("\"id\":1,") { events("id: 1\n\n") } else { broken("id: 1\n\n") }
    })
    .await;
    let mut talk = Talk::open(HttpSpec { resume: true, ..server.spec() }).await;
    talk.send(&ask(1, "x", ""));
    assert_eq!(talk.next().await, "1: nothing id 1");
    assert_eq!(talk.next().await, "1: failed: the server ended the stream without an answer");
    talk.send(&ask(2, "x", ""));
    assert_eq!(talk.next().await, "2: nothing id 1");
    assert!(talk.next().await.starts_with("2: failed: the connection broke"));
    assert!(server.asked().iter().all(|asked| asked.method == "POST"));
}

#[tokio::test]
async fn errors_keep_their_status() {
    let server = Server::start(|asked| async move {
        let body = format!(
            r#"{{"jsonrpc":"2.0","id":{},"error":{{"code":-32601,"message":"m"}}}}"#,
            json_id(&asked)
        );
        response(404, "application/json", body)
    })
    .await;
    let mut talk = server.link().await;
    talk.send(&ask(1, "x", ""));
    assert_eq!(
        talk.next().await,
        r#"1: {"jsonrpc":"2.0","id":1,"error":{"code":-32601,"message":"m"}} status 404"#
    );
}
