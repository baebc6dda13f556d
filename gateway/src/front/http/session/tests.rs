use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use bytes::Bytes;
use http_body_util::BodyExt as _;

use super::channel::ours;
use super::{Decision, Outlet, Reader, Resume, Session, Table};
use crate::front::Endpoint;
use crate::http::session_id::SessionId;
use crate::message::{Id, Message};
use crate::pipeline::{Caller, Front, Pass, Permitted, Receipt};
use crate::protocol::Era;
use crate::service::Conversation;
use crate::upstream::{Arrival, Pressure, Receiver as _, Stream};

/// A server that says nothing by itself.
#[derive(Default)]
struct Silent(Mutex<Vec<Stream>>);

impl Conversation for Silent {
    fn say(&self, _permitted: Permitted, _stream: Stream) -> Pressure {
        Pressure::Free
    }
    fn reply(&self, _answer: Pass) -> Pressure {
        Pressure::Free
    }
    fn listen(&self, _stream: Stream, _last_event_id: Option<String>) {}
    fn leave(&self, stream: &Stream) {
        self.0.lock().unwrap().push(stream.clone());
    }
    fn close(&self) {}
}

fn session(revision: &str) -> (Arc<Session>, Arc<Outlet>) {
    let outlet = Outlet::new(false);
    let caller =
        Caller { principal: "a".into(), front: Front::Http, era: Era::Session, session: None };
    let slot = Table::new(1).reserve().unwrap();
    let session = Session::new(
        (SessionId::random().unwrap(), slot),
        Endpoint::All,
        Arc::new(caller),
        (Arc::clone(&outlet), Arc::new(Silent::default())),
        false,
    );
    let json = format!(r#"{{"id":0,"result":{{"protocolVersion":"{revision}"}}}}"#);
    session.negotiated(&message(&json));
    (session, outlet)
}

fn message(json: &str) -> Message {
    Message::read(Bytes::copy_from_slice(json.as_bytes())).unwrap()
}

fn begin(session: &Arc<Session>, id: u64) -> Reader {
    session.begin(&Id::number(id), Receipt::own()).unwrap()
}

fn tell(outlet: &Outlet, id: u64, size: usize) -> Pressure {
    let json = format!(r#"{{"method":"x","params":{{"t":"{}"}}}}"#, "a".repeat(size));
    outlet.receive(Arrival::on(Stream::Request(Id::number(id)), message(&json)))
}

fn answer(outlet: &Outlet, id: u64) {
    let _ = outlet.receive(Arrival::of(message(&format!(r#"{{"id":{id},"result":{{}}}}"#))));
}

async fn events(reader: Reader, most: usize) -> Vec<String> {
    let mut body = reader.into_events(None).into_body();
    let mut all = Vec::new();
    while all.len() < most
        && let Some(frame) = body.frame().await
    {
        let bytes = frame.unwrap().into_data().unwrap();
        all.push(String::from_utf8(bytes.to_vec()).unwrap());
    }
    all
}

#[tokio::test(start_paused = true)]
async fn a_quiet_request_becomes_a_stream_that_can_be_taken_up() {
    for (revision, first) in [("2025-11-25", "id: guard-1-0\ndata: \n\n"), ("2025-06-18", ":\n\n")]
    {
        let (session, outlet) = session(revision);
        let reader = begin(&session, 7);
        assert!(matches!(reader.decide().await, Decision::Events));
        assert_eq!(events(reader, 1).await, [first]);
        answer(&outlet, 7);
        if revision != "2025-11-25" {
            continue;
        }
        let Resume::Ours(reader) = session.resume("guard-1-0") else { panic!("forgotten") };
        let rest = events(reader, 9).await;
        assert_eq!(rest, ["id: guard-1-1\ndata: {\"id\":7,\"result\":{}}\n\n"]);
    }
}

#[tokio::test(start_paused = true)]
async fn a_quiet_stream_is_kept_alive() {
    let (session, _outlet) = session("2025-11-25");
    let began = tokio::time::Instant::now();
    let reader = session.standalone().unwrap();
    assert_eq!(events(reader, 3).await, [":\n\n", ":\n\n", ":\n\n"]);
    assert_eq!(began.elapsed().as_secs(), 45);
}

#[tokio::test]
async fn what_is_kept_is_bounded() {
    let (session, outlet) = session("2025-11-25");
    let reader = begin(&session, 1);
    drop(reader);
    for _ in 0..100 {
        // Nobody reads, so nobody is to wait.
        assert!(matches!(tell(&outlet, 1, 100_000), Pressure::Free));
    }
    answer(&outlet, 1);
    let Resume::Ours(reader) = session.resume("guard-1-0") else { panic!("forgotten") };
    let rest = events(reader, 1000).await;
    assert!((30..=42).contains(&rest.len()), "{}", rest.len());
    assert!(rest.last().unwrap().contains("\"result\""));
}

#[tokio::test]
async fn what_is_old_is_forgotten() {
    let (session, outlet) = session("2025-11-25");
    let reader = begin(&session, 1);
    let _ = tell(&outlet, 1, 1);
    answer(&outlet, 1);
    assert_eq!(events(reader, 9).await.len(), 2);
    outlet.prune(Instant::now() + Duration::from_secs(200));
    assert!(matches!(session.resume("guard-1-0"), Resume::Ours(_)));
    outlet.prune(Instant::now() + Duration::from_secs(400));
    assert!(matches!(session.resume("guard-1-0"), Resume::Forgotten));
}

#[tokio::test]
async fn nobody_waits_for_a_reader_that_is_gone() {
    let (session, outlet) = session("2025-11-25");
    let reader = begin(&session, 1);
    let full = loop {
        if let full @ Pressure::Full(_) = tell(&outlet, 1, 100_000) {
            break full;
        }
    };
    let waiting = tokio::spawn(async move { full.wait().await });
    tokio::task::yield_now().await;
    assert!(!waiting.is_finished());
    drop(reader);
    waiting.await.unwrap();
}

#[tokio::test]
async fn nobody_waits_for_an_answer_that_was_read_whole() {
    let (session, outlet) = session("2025-11-25");
    let reader = begin(&session, 1);
    let large = format!(r#"{{"jsonrpc":"2.0","id":1,"result":"{}"}}"#, "x".repeat(2 << 20));
    let message = Message::read(Bytes::from(large)).unwrap();
    let full = outlet.receive(Arrival::on(Stream::Request(Id::number(1)), message));
    assert!(matches!(full, Pressure::Full(_)));
    let waiting = tokio::spawn(async move { full.wait().await });
    tokio::task::yield_now().await;
    assert!(matches!(reader.answers().await, Decision::Answers(_)));
    waiting.await.unwrap();
}

#[test]
fn ids_of_ours() {
    assert_eq!(ours("guard-3-14"), Some((3, 14)));
    for id in [
        "3-14",
        "guard-3",
        "guard--3-1",
        "guard-a-b",
        "guard-3-14-1",
        "guard-99999999999999999999-1",
        "",
    ] {
        assert_eq!(ours(id), None, "{id}");
    }
}
