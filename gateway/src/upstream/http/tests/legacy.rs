use super::*;

/// A server of 2024-11-05: what is posted is answered on the event stream.
async fn old(endpoint: &'static str) -> Server {
    let (sender, receiver) = mpsc::unbounded_channel::<String>();
    let receiver = Mutex::new(Some(receiver));
    Server::start(move |asked| {
        let stream = (asked.method == "GET").then(|| receiver.lock().unwrap().take());
        let sender = sender.clone();
        async move {
            if let Some(stream) = stream {
                let Some(stream) = stream else { return response(500, "text/plain", "") };
                let first = format!("event: endpoint\ndata: {endpoint}\n\n");
                sender.send(first).unwrap();
                let parts = stream::unfold(stream, |mut stream| async move {
                    let part = stream.recv().await?;
                    let part = (part != "close").then_some(part)?;
                    Some((Ok::<_, std::io::Error>(Bytes::from(part)), stream))
                });
                return events(Body::from_stream(parts));
            }
            if asked.path == "/mcp" {
                return response(405, "text/plain", "Method Not Allowed");
            }
            let message = message(&asked.body);
            if asked.says("refuse") {
                return response(413, "text/plain", "");
            }
            if asked.says("close") {
                sender.send("close".to_owned()).unwrap();
            } else if asked.says("initialize\"") {
                sender.send(format!("data: {INITIALIZE_RESULT}\n\n")).unwrap();
            } else if let Some(id) = message.id() {
                let note = r#"{"jsonrpc":"2.0","method":"n"}"#;
                let answer = format!(r#"{{"jsonrpc":"2.0","id":{},"result":{{}}}}"#, id.json());
                sender.send(format!("event: message\ndata: {note}\n\ndata: {answer}\n\n")).unwrap();
            }
            accepted()
        }
    })
    .await
}

async fn talks(transport: Transport) {
    let server = old("/messages?session=1").await;
    let mut talk = Talk::open(HttpSpec { transport, ..server.spec() }).await.initialized().await;
    talk.send(&call(1));
    assert_eq!(talk.next().await, r#"?: {"jsonrpc":"2.0","method":"n"}"#);
    assert_eq!(talk.next().await, format!("1: {}", result(1)));
    talk.send(r#"{"jsonrpc":"2.0","id":2,"method":"refuse"}"#);
    assert_eq!(talk.next().await, "2: failed: HTTP 413: the message is too large for the server");
    talk.send(r#"{"jsonrpc":"2.0","id":3,"method":"close"}"#);
    assert_eq!(talk.next().await, "lost: the server closed the connection");
    let posts: Vec<_> =
        server.asked().into_iter().filter(|asked| asked.path == "/messages?session=1").collect();
    assert_eq!(posts.len(), 5);
    assert!(posts.iter().all(|post| {
        post.method == "POST"
            && post.header("authorization") == Some("Bearer upstream-secret-token")
    }));
}

#[tokio::test]
async fn messages_are_posted_and_answers_come_on_the_stream() {
    talks(Transport::Sse).await;
}

#[tokio::test]
async fn an_old_server_is_found_out() {
    talks(Transport::Auto).await;
}

#[tokio::test]
async fn an_endpoint_elsewhere_is_not_used() {
    for (endpoint, why) in [
        ("http://elsewhere.example/m", "the server names an endpoint elsewhere"),
        ("//127.0.0.2/m", "the server names an endpoint elsewhere"),
        ("http://[", "the server names an endpoint that is no address"),
    ] {
        let server = old(endpoint).await;
        let spec = HttpSpec { transport: Transport::Sse, ..server.spec() };
        let (sender, _) = mpsc::unbounded_channel();
        let connector = HttpConnector::new(spec).unwrap();
        let refused = connector.connect(Arc::new(Ear(sender, None))).await.err().unwrap();
        assert_eq!(refused.to_string(), why);
    }
}

#[tokio::test]
async fn a_new_server_that_refuses_is_not_taken_for_an_old_one() {
    const REFUSAL: &str = r#"{"jsonrpc":"2.0","id":0,"error":{"code":-32022,"message":"m"}}"#;
    let server = Server::start(|_| async { response(400, "application/json", REFUSAL) }).await;
    let mut talk = Talk::open(HttpSpec { transport: Transport::Auto, ..server.spec() }).await;
    talk.send(INITIALIZE);
    assert_eq!(talk.next().await, format!("0: {REFUSAL} status 400"));
    assert_eq!(server.asked().len(), 1);
}

#[tokio::test]
async fn a_server_of_neither_kind_is_told_as_it_refused() {
    let server = Server::start(|_| async { response(404, "text/plain", "nothing here") }).await;
    let mut talk = Talk::open(HttpSpec { transport: Transport::Auto, ..server.spec() }).await;
    talk.send(INITIALIZE);
    assert_eq!(
        talk.next().await,
        "0: failed: HTTP 404: there is nothing at the server's address (nothing here) status 404"
    );
}
