use std::sync::atomic::{AtomicUsize, Ordering};

use super::*;

fn event(id: &str, data: &str) -> String {
    format!("id: {id}\ndata: {data}\n\n")
}

#[tokio::test]
async fn events_keep_their_marks_and_end_after_the_answer() {
    let text = format!(
        ": hello\n\nid: 1\nretry: 50\ndata: \n\nevent: other\ndata: x\n\ndata: {}\n\nid: 2\ndata: {}\n\ndata: {}\n\n",
        r#"{"jsonrpc":"2.0","id":"s","method":"ping"}"#,
        result(1),
        result(1),
    );
    let server = Server::start(move |_| {
        let text = text.clone();
        async move { events(text) }
    })
    .await;
    let mut talk = server.link().await;
    talk.send(&call(1));
    assert_eq!(talk.next().await, "1: nothing id 1 retry 50");
    assert_eq!(talk.next().await, r#"1: {"jsonrpc":"2.0","id":"s","method":"ping"}"#);
    assert_eq!(talk.next().await, format!("1: {} id 2", result(1)));
    assert_eq!(talk.next().await, "1: end");
    talk.silence().await;
}

/// What comes of a stream that ends or breaks without the answer.
async fn ending(resume: bool, breaks: bool, text: &'static str) -> String {
    let server = Server::start(move |asked| async move {
        match opens(&asked) {
            Some(response) => response,
            None if breaks => broken(text),
            None => events(text),
        }
    })
    .await;
    let mut talk = Talk::open(HttpSpec { resume, ..server.spec() }).await.initialized().await;
    talk.send(&call(1));
    let mut told = talk.next().await;
    if told.contains("nothing") {
        told = talk.next().await;
    }
    told
}

#[tokio::test]
async fn a_stream_without_answer_ends_or_fails() {
    assert_eq!(ending(false, false, ":\n\n").await, "1: end");
    assert_eq!(ending(false, false, "id: 1\n\n").await, "1: end");
    assert_eq!(ending(false, true, "id: 1\n\n").await, "1: end");
    let told = ending(false, true, ":\n\n").await;
    assert!(told.starts_with("1: failed: the connection broke"), "{told}");
    assert_eq!(
        ending(true, false, ":\n\n").await,
        "1: failed: the server ended the stream without an answer"
    );
}

#[tokio::test]
async fn a_broken_stream_is_taken_up_again_until_the_answer_comes() {
    let gets = AtomicUsize::new(0);
    let server = Server::start(move |asked| {
        let get = (asked.method == "GET").then(|| gets.fetch_add(1, Ordering::SeqCst));
        async move {
            match (opens(&asked), get) {
                (Some(response), _) => response,
                (None, None) => broken("id: 1\nretry: 100\n\n"),
                (None, Some(0)) => response(503, "text/plain", "later"),
                (None, Some(1)) => events(event("2", r#"{"jsonrpc":"2.0","method":"m"}"#)),
                (None, Some(_)) => events(event("3", &result(1))),
            }
        }
    })
    .await;
    let mut talk = Talk::open(HttpSpec { resume: true, ..server.spec() }).await.initialized().await;
    talk.send(&call(1));
    assert_eq!(talk.next().await, "1: nothing id 1 retry 100");
    assert_eq!(talk.next().await, r#"1: {"jsonrpc":"2.0","method":"m"} id 2"#);
    assert_eq!(talk.next().await, format!("1: {} id 3", result(1)));
    assert_eq!(talk.next().await, "1: end");
    let after: Vec<_> = server
        .asked()
        .iter()
        .filter(|asked| asked.method == "GET")
        .map(|asked| {
            assert_eq!(asked.header("mcp-session-id"), Some("session-1"));
            assert_eq!(asked.header("accept"), Some("text/event-stream"));
            asked.header("last-event-id").unwrap().to_owned()
        })
        .collect();
    assert_eq!(after, ["1", "1", "2"]);
}

#[tokio::test]
async fn a_server_that_does_not_go_on_is_not_asked_for_ever() {
    let server = Server::start(|asked| async move {
        match opens(&asked) {
            Some(response) => response,
            None if asked.method == "GET" => response(405, "text/plain", ""),
            None => events("id: 1\nretry: 0\n\n"),
        }
    })
    .await;
    let mut talk = Talk::open(HttpSpec { resume: true, ..server.spec() }).await.initialized().await;
    talk.send(&call(1));
    assert_eq!(talk.next().await, "1: nothing id 1 retry 0");
    assert!(
        talk.next().await.starts_with("1: failed: the stream broke and does not go on: HTTP 405")
    );
}

#[tokio::test]
async fn a_client_takes_streams_up_again_itself() {
    let server = Server::start(|asked| async move {
        match opens(&asked) {
            Some(response) => response,
            None if asked.header("last-event-id") == Some("7") => events(event("8", &result(1))),
            None => response(400, "text/plain", ""),
        }
    })
    .await;
    let mut talk = server.session().await;
    talk.link.listen(Stream::Resumed(3), Some("7".to_owned()));
    assert_eq!(talk.next().await, format!("resumed 3: {} id 8", result(1)));
    assert_eq!(talk.next().await, "resumed 3: end");
    talk.link.listen(Stream::Resumed(4), Some("x".to_owned()));
    assert_eq!(talk.next().await, "resumed 4: failed: HTTP 400: Bad Request");
    talk.link.listen(Stream::Resumed(5), Some("\n".to_owned()));
    assert!(talk.next().await.starts_with("resumed 5: failed"));
}

#[tokio::test]
async fn what_the_server_says_by_itself_is_heard() {
    let gets = AtomicUsize::new(0);
    let server = Server::start(move |asked| {
        let get = (asked.method == "GET").then(|| gets.fetch_add(1, Ordering::SeqCst));
        async move {
            match (opens(&asked), get) {
                (Some(response), _) => response,
                (None, Some(0)) => events(format!(
                    "retry: 100\n{}",
                    event("1", r#"{"jsonrpc":"2.0","method":"a"}"#)
                )),
                (None, Some(_)) => held(&event("2", r#"{"jsonrpc":"2.0","method":"b"}"#)),
                (None, None) => accepted(),
            }
        }
    })
    .await;
    let mut talk = Talk::open(HttpSpec { resume: true, ..server.spec() }).await.initialized().await;
    talk.link.listen(Stream::Standalone, None);
    assert_eq!(talk.next().await, r#"standalone: {"jsonrpc":"2.0","method":"a"} id 1 retry 100"#);
    assert_eq!(talk.next().await, r#"standalone: {"jsonrpc":"2.0","method":"b"} id 2"#);
    assert_eq!(server.asked().last().unwrap().header("last-event-id"), Some("1"));
    talk.link.leave(&Stream::Standalone);
    talk.silence().await;
}

#[tokio::test]
async fn a_server_without_a_stream_of_its_own_is_left_in_peace() {
    let server = Server::start(|asked| async move {
        opens(&asked).unwrap_or_else(|| response(405, "text/plain", ""))
    })
    .await;
    let mut talk = Talk::open(HttpSpec { resume: true, ..server.spec() }).await.initialized().await;
    talk.link.listen(Stream::Standalone, None);
    talk.silence().await;
    assert_eq!(server.asked().iter().filter(|asked| asked.method == "GET").count(), 1);
}

#[tokio::test]
async fn a_stream_of_its_own_that_ends_is_the_clients_to_take_up() {
    let server =
        Server::start(|asked| async move { opens(&asked).unwrap_or_else(|| events("id: 1\n\n")) })
            .await;
    let mut talk = server.session().await;
    talk.link.listen(Stream::Standalone, None);
    assert_eq!(talk.next().await, "standalone: nothing id 1");
    assert_eq!(talk.next().await, "standalone: end");
}

#[derive(Debug)]
struct Gate(tokio::sync::Semaphore);

impl Room for Gate {
    fn wait(&self) -> BoxFuture<'_, ()> {
        Box::pin(async { self.0.acquire().await.unwrap().forget() })
    }
}

#[tokio::test]
async fn a_full_receiver_is_waited_for() {
    let server = Server::start(|_| async {
        let note = "data: {\"jsonrpc\":\"2.0\",\"method\":\"n\"}\n\n";
        events(format!("{note}{note}{note}data: {}\n\n", result(1)))
    })
    .await;
    let (sender, heard) = mpsc::unbounded_channel();
    let gate = Arc::new(Gate(tokio::sync::Semaphore::new(0)));
    let ear = Ear(sender, Some(Arc::clone(&gate) as Arc<dyn Room>));
    let connector = HttpConnector::new(server.spec()).unwrap();
    let link = connector.connect(Arc::new(ear)).await.unwrap();
    let mut talk = Talk { link, heard };
    talk.send(&call(1));
    for _ in 0..3 {
        assert!(talk.next().await.contains("\"n\""));
        talk.silence().await;
        gate.0.add_permits(1);
    }
    assert_eq!(talk.next().await, format!("1: {}", result(1)));
}
