use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Notify;

use super::*;

#[tokio::test]
async fn a_session_is_opened_used_and_ended() {
    let server = Server::start(|asked| async move {
        match opens(&asked) {
            Some(response) => response,
            None if asked.method == "DELETE" => accepted(),
            None => json(result(id_of(&asked))),
        }
    })
    .await;
    let mut talk = server.session().await;
    let odd = r#"{ "jsonrpc":"2.0", "id" :1,"method":"x","params":{"n":1.0,"u":"\u0061"} }"#;
    talk.send(odd);
    assert_eq!(talk.next().await, format!("1: {}", result(1)));
    talk.link.close();
    while server.asked().len() < 4 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let asked = server.asked();
    let told: Vec<_> = asked
        .iter()
        .map(|asked| {
            let session = asked.header("mcp-session-id");
            (asked.method.as_str(), session, asked.header("mcp-protocol-version"))
        })
        .collect();
    let inside = (Some("session-1"), Some("2025-06-18"));
    assert_eq!(
        told,
        [
            ("POST", None, None),
            ("POST", inside.0, inside.1),
            ("POST", inside.0, inside.1),
            ("DELETE", inside.0, inside.1)
        ]
    );
    for asked in &asked {
        assert_eq!(asked.header("authorization"), Some("Bearer upstream-secret-token"));
        assert_eq!(asked.header("accept-encoding"), None);
        assert_eq!(asked.header("mcp-method"), None);
    }
    assert_eq!(asked[2].body, odd);
    assert_eq!(asked[2].header("accept"), Some("application/json, text/event-stream"));
    assert_eq!(asked[2].header("content-type"), Some("application/json"));
    talk.send(&call(9));
    talk.silence().await;
}

#[tokio::test]
async fn a_slow_request_stops_no_other_one() {
    let free = Arc::new(Notify::new());
    let wait = Arc::clone(&free);
    let server = Server::start(move |asked| {
        let wait = Arc::clone(&wait);
        async move {
            if asked.says("\"id\":1,") {
                wait.notified().await;
            }
            json(result(id_of(&asked)))
        }
    })
    .await;
    let mut talk = server.link().await;
    talk.send(&call(1));
    talk.send(&call(2));
    assert_eq!(talk.next().await, format!("2: {}", result(2)));
    free.notify_one();
    assert_eq!(talk.next().await, format!("1: {}", result(1)));
}

#[tokio::test]
async fn notifications_keep_their_place() {
    let server = Server::start(|asked| async move {
        match opens(&asked) {
            Some(response) => {
                if asked.says("initialized") {
                    tokio::time::sleep(Duration::from_millis(100)).await;
                }
                response
            }
            None if asked.says("notifications/") => {
                tokio::time::sleep(Duration::from_millis(50)).await;
                accepted()
            }
            None => {
                tokio::time::sleep(Duration::from_millis(300)).await;
                json(result(id_of(&asked)))
            }
        }
    })
    .await;
    let mut talk = server.session().await;
    let began = tokio::time::Instant::now();
    talk.send(&call(1));
    talk.send(r#"{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":1}}"#);
    talk.send(r#"{"jsonrpc":"2.0","id":"s","result":{}}"#);
    talk.send(r#"{"jsonrpc":"2.0","method":"notifications/progress"}"#);
    talk.send(&call(2));
    assert_eq!(talk.next().await, format!("1: {}", result(1)));
    assert!(began.elapsed() < Duration::from_secs(2));
    assert_eq!(talk.next().await, format!("2: {}", result(2)));
    let order: Vec<String> = server
        .asked()
        .iter()
        .map(|asked| asked.body.clone())
        .filter(|body| !body.contains("initialize"))
        .collect();
    assert_eq!(order.len(), 5, "{order:?}");
    for (body, part) in
        order.iter().zip(["\"id\":1,", "cancelled", "\"s\"", "progress", "\"id\":2,"])
    {
        assert!(body.contains(part), "{order:?}");
    }
}

#[tokio::test]
async fn a_client_that_says_too_much_waits() {
    let server = Server::start(|asked| async move {
        if asked.says("first") {
            tokio::time::sleep(Duration::from_millis(300)).await;
        }
        accepted()
    })
    .await;
    let talk = server.link().await;
    talk.send(r#"{"jsonrpc":"2.0","method":"first"}"#);
    let mut pressure = Pressure::Free;
    for number in 0..300 {
        let note = format!(r#"{{"jsonrpc":"2.0","method":"n{number}"}}"#);
        pressure = talk.link.send(Pass::of_client(message(&note)), Stream::Standalone);
    }
    assert!(matches!(pressure, Pressure::Full(_)), "{pressure:?}");
    tokio::time::timeout(Duration::from_secs(10), pressure.wait()).await.unwrap();
    while server.asked().len() < 301 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    for (number, asked) in server.asked()[1..].iter().enumerate() {
        assert!(asked.says(&format!("\"n{number}\"")));
    }
}

#[tokio::test]
async fn leaving_is_no_cancellation_in_a_session() {
    let free = Arc::new(Notify::new());
    let wait = Arc::clone(&free);
    let server = Server::start(move |asked| {
        let wait = Arc::clone(&wait);
        async move {
            if let Some(response) = opens(&asked) {
                return response;
            }
            wait.notified().await;
            json(result(id_of(&asked)))
        }
    })
    .await;
    let mut talk = server.session().await;
    talk.send(&call(1));
    talk.silence().await;
    talk.link.leave(&Stream::Request(Id::number(1)));
    free.notify_one();
    assert_eq!(talk.next().await, format!("1: {}", result(1)));
}

#[tokio::test]
async fn what_the_client_may_take_up_again_is_left_to_the_server() {
    let (sender, mut gone) = mpsc::unbounded_channel();
    let server = Server::raw(move |mut connection| {
        let sender = sender.clone();
        async move {
            let head = format!(
                "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n",
                INITIALIZE_RESULT.len()
            );
            connection.write_all(format!("{head}{INITIALIZE_RESULT}").as_bytes()).await.unwrap();
            let mut buffer = [0; 4096];
            while !String::from_utf8_lossy(&buffer).contains("tools/call") {
                if connection.read(&mut buffer).await.unwrap_or(0) == 0 {
                    return;
                }
            }
            let head = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\nid: 1\n\n";
            connection.write_all(head.as_bytes()).await.unwrap();
            sender.send(connection.read(&mut buffer).await.unwrap_or(0)).unwrap();
        }
    })
    .await;
    let mut talk = server.link().await;
    talk.send(INITIALIZE);
    assert_eq!(talk.next().await, format!("0: {INITIALIZE_RESULT}"));
    talk.send(&call(1));
    assert_eq!(talk.next().await, "1: nothing id 1");
    assert!(gone.try_recv().is_err());
    talk.link.leave(&Stream::Request(Id::number(1)));
    assert_eq!(tokio::time::timeout(Duration::from_secs(5), gone.recv()).await.unwrap(), Some(0));
}

#[tokio::test]
async fn a_link_lets_go_of_its_receiver() {
    let server = Server::start(|_| async { held(":\n\n") }).await;
    let mut talk = server.link().await;
    talk.send(&call(1));
    talk.silence().await;
    talk.link.close();
    let rest = tokio::time::timeout(Duration::from_secs(5), talk.heard.recv()).await;
    assert_eq!(rest.unwrap(), None, "nobody can tell anything any more");
}

#[tokio::test]
async fn a_session_that_the_server_ended_is_lost_once() {
    let server = Server::start(|asked| async move {
        opens(&asked).unwrap_or_else(|| response(404, "application/json", "{}"))
    })
    .await;
    let mut talk = server.session().await;
    talk.send(&call(1));
    talk.send(&call(2));
    assert_eq!(talk.next().await, "lost: the server ended the session");
    talk.send(&call(3));
    talk.silence().await;
}

#[tokio::test]
async fn a_batch_comes_message_by_message() {
    let batch = format!(
        r#"[{{"jsonrpc":"2.0","method":"notifications/message"}},5,{},{}]"#,
        result(1),
        result(1)
    );
    let server = Server::start(move |_| {
        let batch = batch.clone();
        async move { json(batch) }
    })
    .await;
    let mut talk = server.link().await;
    talk.send(&call(1));
    assert_eq!(talk.next().await, r#"1: {"jsonrpc":"2.0","method":"notifications/message"}"#);
    assert_eq!(talk.next().await, format!("1: {}", result(1)));
    talk.silence().await;
}

#[tokio::test]
async fn a_refusal_is_told_in_words_or_as_the_server_says() {
    let server = Server::start(|asked| async move {
        match id_of(&asked) {
            1 => response(401, "text/plain", "Bearer upstream-secret-token is\n\x1b[31m old"),
            2 => response(502, "text/html", "<html>"),
            3 => response(500, "text/plain", "x".repeat(1000)),
            4 => response(
                400,
                "application/json",
                r#"{"jsonrpc":"2.0","id":null,"error":{"code":-1}}"#,
            ),
            5 => response(200, "text/html", "<html>"),
            6 => response(200, "application/json", ""),
            7 => accepted(),
            _ => {
                response(403, "application/json", r#"{"jsonrpc":"2.0","id":8,"error":{"code":-2}}"#)
            }
        }
    })
    .await;
    let mut talk = server.link().await;
    let mut told = Vec::new();
    for id in 1..=8 {
        talk.send(&call(id));
        told.push(talk.next().await.replace(&"x".repeat(200), "x*200"));
    }
    insta::assert_snapshot!(told.join("\n"));
}

#[tokio::test]
async fn whoever_opens_a_conversation_waits_a_little_for_the_server() {
    let place = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = place.local_addr().unwrap();
    drop(place);
    let spec = HttpSpec {
        url: format!("http://{address}/mcp?key=query-secret").parse().unwrap(),
        ..Server { url: "http://localhost/".parse().unwrap(), asked: Arc::default() }.spec()
    };
    let mut talk = Talk::open(spec).await;
    let began = tokio::time::Instant::now();
    talk.send(&call(1));
    let told = talk.next().await;
    assert!(told.starts_with("1: failed: no connection (Connection refused"), "{told}");
    assert!(began.elapsed() < Duration::from_millis(500));
    talk.send(INITIALIZE);
    tokio::time::sleep(Duration::from_millis(50)).await;
    let listener = TcpListener::bind(address).await.unwrap();
    let app = axum::Router::new().fallback(|| async { json(INITIALIZE_RESULT) });
    tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
    assert_eq!(talk.next().await, format!("0: {INITIALIZE_RESULT}"));
}
