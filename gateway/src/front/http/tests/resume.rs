use super::{call, eventually, start};
use crate::message::Id;
use crate::upstream::{Arrival, Mark, Stream, What};

const TOLD: &str = r#"{"jsonrpc":"2.0","method":"notifications/told"}"#;

fn event_id(text: &str) -> String {
    let at = text.rfind("id: guard-").unwrap();
    text[at + 4..].lines().next().unwrap().to_owned()
}

#[tokio::test]
async fn a_broken_stream_is_taken_up_with_our_ids() {
    let front = start().await;
    let id = front.session("2025-11-25").await;
    let session = [("Mcp-Session-Id", &*id)];
    let talk = front.world.talk();
    let mut open = front.post_open("/mcp", &session, &call(1, "hold")).await;
    eventually("held", || talk.has("hold 1")).await;
    let stream = || Some(Stream::Request(Id::number(1)));
    let _ = talk.tell(stream(), TOLD);
    open.until("notifications/told").await;
    let last = event_id(&open.text);
    drop(open);
    let _ = talk.tell(stream(), r#"{"jsonrpc":"2.0","method":"notifications/missed"}"#);
    talk.answer(1, stream(), None);
    let resume = [session[0], ("Last-Event-ID", &*last)];
    for _ in 0..2 {
        let mut again = front.get_open("/mcp", &resume).await;
        again.body_end().await;
        assert!(again.text.contains("notifications/missed"));
        assert!(again.text.contains("\"held\":true"));
        assert!(!again.text.contains("notifications/told"));
    }
    assert!(!talk.has("say notifications/cancelled"));
    assert!(!talk.log.lock().unwrap().iter().any(|line| line.starts_with("leave Request")));
    // It stands beside the stream of what belongs to no request.
    let mut get = front.get_open("/mcp", &session).await;
    get.until("text/event-stream").await;
}

#[tokio::test]
async fn a_standalone_stream_is_taken_up_and_the_old_one_ends() {
    let front = start().await;
    let id = front.session("2025-06-18").await;
    let session = ("Mcp-Session-Id", &*id);
    let talk = front.world.talk();
    let mut get = front.get_open("/mcp", &[session]).await;
    let _ = talk.tell(None, TOLD);
    get.until("notifications/told").await;
    let last = event_id(&get.text);
    let mut again = front.get_open("/mcp", &[session, ("Last-Event-ID", &last)]).await;
    get.body_end().await;
    let _ = talk.tell(None, r#"{"jsonrpc":"2.0","method":"notifications/more"}"#);
    again.until("notifications/more").await;
    assert!(!again.text.contains("notifications/told"));
}

#[tokio::test]
async fn events_that_are_not_there() {
    let front = start().await;
    let id = front.session("2025-11-25").await;
    for last in ["guard-9-1", "guard-0-5"] {
        let headers = [("Mcp-Session-Id", &*id), ("Last-Event-ID", last), super::EVENTS];
        assert_eq!(front.ask("GET", "/mcp", &headers, "").await.status, 400, "{last}");
    }
}

#[tokio::test]
async fn ids_of_the_server_pass_one_to_one() {
    let front = start().await;
    let id = front.session("2025-11-25").await;
    let session = ("Mcp-Session-Id", &*id);
    let talk = front.world.talk();
    let mut open = front.post_open("/mcp", &[session], &call(1, "hold")).await;
    eventually("held", || talk.has("hold 1")).await;
    let stream = Stream::Request(Id::number(1));
    talk.mark(stream.clone(), What::Nothing, "up-1");
    open.until("id: up-1\nretry: 700\ndata: \n\n").await;
    let _ = talk.client.receive(Arrival::end(stream.clone()));
    open.body_end().await;
    drop(open);
    eventually("left", || {
        talk.log.lock().unwrap().iter().any(|line| line.starts_with("leave Request"))
    })
    .await;
    let mut again = front.get_open("/mcp", &[session, ("Last-Event-ID", "up-1")]).await;
    again.until("text/event-stream").await;
    let heard = || {
        let log = talk.log.lock().unwrap();
        let line = log.iter().find(|line| line.starts_with("listen Resumed"))?.clone();
        let (number, last) = line.strip_prefix("listen Resumed(")?.split_once(") ")?;
        Some((number.parse::<u64>().ok()?, last.to_owned()))
    };
    eventually("listened", || heard().is_some()).await;
    let (number, last) = heard().unwrap();
    assert_eq!(last, "up-1");
    let mark = Mark { id: Some("up-2".to_owned()), retry: None, ..Mark::default() };
    talk.answer(1, Some(Stream::Resumed(number)), Some(mark));
    again.until("id: up-2\ndata: ").await;
    let _ = talk.client.receive(Arrival::end(Stream::Resumed(number)));
    again.body_end().await;
    assert!(again.text.contains("\"held\":true") && !again.text.contains("guard-"));
    // The identifier is free again.
    assert_eq!(front.post("/mcp", &[session], &call(1, "echo")).await.status, 200);
}

#[tokio::test]
async fn an_answer_with_an_id_of_the_server_keeps_it() {
    let front = start().await;
    let id = front.session("2025-11-25").await;
    let talk = front.world.talk();
    let mut open = front.post_open("/mcp", &[("Mcp-Session-Id", &id)], &call(1, "hold")).await;
    eventually("held", || talk.has("hold 1")).await;
    let mark = Mark { id: Some("only".to_owned()), retry: None, ..Mark::default() };
    talk.answer(1, Some(Stream::Request(Id::number(1))), Some(mark));
    open.body_end().await;
    assert!(open.text.contains("id: only\ndata: "));
}
