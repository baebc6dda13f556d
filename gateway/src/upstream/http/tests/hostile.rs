use super::*;

/// What a client hears of a server that says this to every request.
async fn hears(text: impl Into<String>) -> String {
    let text = text.into();
    let server = Server::raw(move |mut connection| {
        let text = text.clone();
        async move {
            let _ = connection.write_all(text.as_bytes()).await;
        }
    })
    .await;
    let mut talk = server.link().await;
    talk.send(&call(1));
    talk.next().await
}

#[track_caller]
fn fails(told: &str) {
    assert!(told.starts_with("1: failed: "), "{told}");
    assert!(told.chars().count() < 300, "{told}");
    assert!(!told.contains("secret"), "{told}");
}

#[tokio::test]
async fn garbage_fails() {
    let many = "x-a: b\r\n".repeat(1000);
    let long = "x".repeat(1 << 20);
    for text in [
        String::new(),
        "SSH-2.0-server\r\n".to_owned(),
        "HTTP/1.1 200 OK\r\ncontent-type: \u{1}\r\n\r\n".to_owned(),
        "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}".to_owned(),
        "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n{}".to_owned(),
        "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 99\r\n\r\n{}".to_owned(),
        "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-encoding: gzip\r\ncontent-length: 2\r\n\r\n\x1f\x7f".to_owned(),
        format!("HTTP/1.1 200 OK\r\n{many}\r\n"),
        format!("HTTP/1.1 200 OK\r\nx-a: {long}"),
        format!("HTTP/1.1 500 {}\r\n\r\n{}", "secret", "upstream-secret-token".repeat(100)),
    ] {
        fails(&hears(text).await);
    }
}

#[tokio::test]
async fn a_redirect_to_another_host_is_not_followed() {
    let other = Server::start(|_| async { json(result(1)) }).await;
    let location = other.url.to_string();
    for status in [301, 302, 303, 307, 308] {
        let location = location.clone();
        let server = Server::start(move |_| {
            let location = location.clone();
            async move {
                let mut response = response(status, "text/plain", "");
                response.headers_mut().insert("location", location.parse().unwrap());
                response
            }
        })
        .await;
        let mut talk = server.link().await;
        talk.send(&call(1));
        let told = talk.next().await;
        let expected = format!(
            "1: failed: HTTP {status}: the server sends elsewhere, and that is not followed status {status}"
        );
        assert_eq!(told, expected);
    }
    assert_eq!(other.asked().len(), 0);
}

#[tokio::test]
async fn a_redirect_within_the_server_is_followed_and_not_for_ever() {
    let server = Server::start(|asked| async move {
        if asked.path == "/mcp/" && !asked.says("\"id\":2,") {
            return json(result(id_of(&asked)));
        }
        let mut response = response(307, "text/plain", "");
        response.headers_mut().insert("location", "/mcp/".parse().unwrap());
        response
    })
    .await;
    let mut talk = server.link().await;
    talk.send(&call(1));
    assert_eq!(talk.next().await, format!("1: {}", result(1)));
    assert_eq!(server.asked()[1].body, call(1));
    talk.send(&call(2));
    assert_eq!(talk.next().await, "2: failed: the server sends from one address to the next");
}

#[tokio::test]
async fn what_is_too_large_fails() {
    let large = format!(r#"{{"jsonrpc":"2.0","id":1,"result":"{}"}}"#, "x".repeat(100_000));
    let server = Server::start(move |asked| {
        let large = large.clone();
        async move {
            match opens(&asked) {
                Some(response) => response,
                None if asked.method == "GET" => held(&format!(
                    "data: {large}\n\ndata: {{\"jsonrpc\":\"2.0\",\"method\":\"n\"}}\n\n"
                )),
                None if id_of(&asked) == 1 => json(large),
                None => held(&format!("data: {large}\n\n")),
            }
        }
    })
    .await;
    let mut talk = server.session().await;
    talk.send(&call(1));
    assert_eq!(talk.next().await, "1: failed: the server's message is longer than 100000 bytes");
    talk.send(&call(2));
    assert_eq!(talk.next().await, "2: failed: a server-sent event is longer than 100000 bytes");
    talk.link.listen(Stream::Standalone, None);
    assert_eq!(talk.next().await, r#"standalone: {"jsonrpc":"2.0","method":"n"}"#);
}

#[tokio::test]
async fn answers_to_others_are_not_delivered() {
    let server = Server::start(|asked| async move {
        match id_of(&asked) {
            1 => events(format!(
                "data: {}\n\nid: 5\ndata: {}\n\ndata: {}\n\n",
                result(2),
                result(3),
                result(1)
            )),
            _ => json(result(1)),
        }
    })
    .await;
    let mut talk = server.link().await;
    talk.exchange(&call(1), 1);
    assert_eq!(talk.next().await, "exchange 1: nothing id 5");
    assert_eq!(talk.next().await, format!("exchange 1: {}", result(1)));
    assert_eq!(talk.next().await, "exchange 1: end");
    talk.exchange(&call(2), 2);
    assert_eq!(
        talk.next().await,
        "exchange 2: failed: HTTP 200: the answer to the request is missing"
    );
}

#[tokio::test]
async fn half_an_event_is_no_event() {
    let head =
        "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n";
    let half = format!("data: {}\n", result(1));
    let told = hears(format!("{head}{:x}\r\n{half}\r\n", half.len())).await;
    fails(&told);
    let whole = format!("data: {{]\n\ndata: {}\n\n", result(1));
    let told = hears(format!("{head}{:x}\r\n{whole}\r\n", whole.len())).await;
    assert_eq!(told, format!("1: {}", result(1)));
}

#[tokio::test]
async fn a_slow_drip_is_put_together_and_can_be_left() {
    let server = Server::raw(|mut connection| async move {
        let head = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\n";
        let text = format!("{head}data: {}\n\ndata: ", result(1));
        for byte in text.as_bytes() {
            if connection.write_all(&[*byte]).await.is_err() || connection.flush().await.is_err() {
                return;
            }
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        // The connection stays open although the request is answered.
        std::future::pending::<()>().await;
    })
    .await;
    let mut talk = server.link().await;
    talk.send(&call(1));
    assert_eq!(talk.next().await, format!("1: {}", result(1)));
    assert_eq!(talk.next().await, "1: end");
    talk.link.close();
    talk.silence().await;
}

#[tokio::test]
async fn a_server_without_an_answer_holds_nothing_up_when_the_link_closes() {
    let server = Server::raw(|connection| async move {
        std::future::pending::<()>().await;
        drop(connection);
    })
    .await;
    let mut talk = server.link().await;
    talk.send(&call(1));
    talk.send(r#"{"jsonrpc":"2.0","method":"notifications/progress"}"#);
    talk.silence().await;
    talk.link.close();
    talk.silence().await;
}

#[test]
fn nothing_secret_shows_in_debug() {
    let spec = HttpSpec {
        url: "https://user:pass-secret@a.example/secret?secret=1".parse().unwrap(),
        headers: vec![(http::header::AUTHORIZATION, SecretString::from("Bearer secret"))],
        transport: Transport::Auto,
        connect_timeout: Duration::from_secs(1),
        resume: false,
        max_message: 1,
    };
    let shown = format!("{:?}", HttpConnector::new(spec).unwrap());
    assert!(shown.contains("https://a.example") && !shown.contains("secret"), "{shown}");
}
