use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;

use super::Shared;
use crate::message::Message;
use crate::pipeline::{Caller, Front, Gate, Pass, Target, Ticket};
use crate::protocol::Era;
use crate::service::{ConnectError, Connector, Exchange};
use crate::session::Patience;
use crate::upstream::{Arrival, Link, Pressure, Receiver, Stream, What};

/// A pipe that keeps what goes over it.
#[derive(Default)]
struct Pipe {
    sent: Arc<Mutex<Vec<String>>>,
    receiver: Mutex<Option<Arc<dyn Receiver>>>,
}

struct End(Arc<Mutex<Vec<String>>>);

impl Connector for Pipe {
    fn connect(
        &self,
        receiver: Arc<dyn Receiver>,
    ) -> BoxFuture<'_, Result<Arc<dyn Link>, ConnectError>> {
        *self.receiver.lock().unwrap() = Some(receiver);
        let end: Arc<dyn Link> = Arc::new(End(Arc::clone(&self.sent)));
        async move { Ok(end) }.boxed()
    }

    fn is_pipe(&self) -> bool {
        true
    }
}

impl Link for End {
    fn send(&self, pass: Pass, _stream: Stream) -> Pressure {
        self.0.lock().unwrap().push(pass.message().json().to_owned());
        Pressure::Free
    }

    fn listen(&self, _stream: Stream, _last_event_id: Option<String>) {}
    fn leave(&self, _stream: &Stream) {}
    fn close(&self) {}
}

impl Pipe {
    fn say(&self, json: &str) {
        let receiver = self.receiver.lock().unwrap().clone().unwrap();
        let _ = receiver.receive(Arrival::of(message(json)));
    }

    async fn has(&self, count: usize) -> Vec<String> {
        loop {
            let sent = self.sent.lock().unwrap().clone();
            if sent.len() >= count {
                return sent;
            }
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    }
}

fn message(json: &str) -> Message {
    Message::read(Bytes::copy_from_slice(json.as_bytes())).unwrap()
}

fn stage() -> (Arc<Pipe>, Arc<Shared>) {
    let pipe = Arc::new(Pipe::default());
    let patience = Patience { idle: Duration::from_secs(5), whole: Duration::from_secs(5) };
    let shared = Shared::new("files".into(), Arc::clone(&pipe) as Arc<dyn Connector>, patience);
    (pipe, shared)
}

fn ask(shared: &Shared, id: &str) -> Exchange {
    let json = format!(r#"{{"jsonrpc":"2.0","id":{id},"method":"tools/call"}}"#);
    shared.ask(Pass::of_client(message(&json)), Ticket::own())
}

fn ask_as(shared: &Shared, id: &str, principal: &str) -> Exchange {
    let caller = Arc::new(Caller {
        principal: principal.into(),
        front: Front::Http,
        era: Era::Stateless,
        session: None,
    });
    let json = format!(
        r#"{{"jsonrpc":"2.0","id":{id},"method":"prompts/get","params":{{"_meta":{{"io.modelcontextprotocol/logLevel":"info"}}}}}}"#
    );
    let target = Target::Server("files".into());
    let permitted = Gate::unguarded().admit(&caller, &target, message(&json)).unwrap();
    let (pass, ticket) = permitted.split();
    shared.ask(pass, ticket)
}

const LOG: &str = r#"{"jsonrpc":"2.0","method":"notifications/message","params":{"data":"s"}}"#;

async fn next(exchange: &mut Exchange) -> Option<String> {
    let wait = Duration::from_millis(200);
    match tokio::time::timeout(wait, exchange.next()).await {
        Ok(Some(Arrival { what: What::Message(message), .. })) => Some(message.json().to_owned()),
        _ => None,
    }
}

#[tokio::test]
async fn clients_with_the_same_identifier_get_their_own_answers() {
    let (pipe, shared) = stage();
    let (mut one, mut two) = (ask(&shared, "7"), ask(&shared, "7.0"));
    pipe.has(2).await;
    pipe.say(r#"{"jsonrpc":"2.0","id":1,"result":{"of":"two"}}"#);
    pipe.say(r#"{"jsonrpc":"2.0","id":0,"result":{"of":"one"}}"#);
    let expected = r#"{"jsonrpc":"2.0","id":7,"result":{"of":"one"}}"#;
    assert_eq!(next(&mut one).await.as_deref(), Some(expected));
    let expected = r#"{"jsonrpc":"2.0","id":7.0,"result":{"of":"two"}}"#;
    assert_eq!(next(&mut two).await.as_deref(), Some(expected));
}

#[tokio::test]
async fn nobody_takes_back_the_call_of_another() {
    let (pipe, shared) = stage();
    let _victim = ask(&shared, "1");
    pipe.has(1).await;
    for (method, params) in [
        ("notifications/cancelled", r#"{"requestId":0}"#),
        ("notifications/progress", r#"{"progressToken":0}"#),
        ("notifications/x", r#"{"request\u0049d":0}"#),
        ("notifications/x", r#"{"_meta":{"progressToken":0}}"#),
        ("notifications/x", r#"{"_meta":{"io.modelcontextprotocol/subscriptionId":0}}"#),
        ("notifications/x", r#"{"a":1,"a":2}"#),
    ] {
        let json = format!(r#"{{"jsonrpc":"2.0","method":"{method}","params":{params}}}"#);
        drop(shared.ask(Pass::of_client(message(&json)), Ticket::own()));
    }
    let other = r#"{"jsonrpc":"2.0","method":"notifications/x"}"#;
    drop(shared.ask(Pass::of_client(message(other)), Ticket::own()));
    assert_eq!(pipe.has(2).await.last().map(String::as_str), Some(other));
}

#[tokio::test]
async fn what_may_be_of_a_call_that_was_taken_back_is_no_other_callers() {
    let (pipe, shared) = stage();
    let mut one = ask_as(&shared, "1", "ann");
    pipe.has(1).await;
    pipe.say(LOG);
    assert_eq!(next(&mut one).await.as_deref(), Some(LOG));
    drop(ask_as(&shared, "2", "ann"));
    pipe.say(LOG);
    assert_eq!(next(&mut one).await.as_deref(), Some(LOG));
    drop(ask_as(&shared, "3", "bob"));
    pipe.say(LOG);
    assert_eq!(next(&mut one).await, None);
}

#[tokio::test]
async fn nobody_opens_a_session_on_what_all_share() {
    let (pipe, shared) = stage();
    let initialize = r#"{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28"}}}"#;
    let mut exchange = shared.ask(Pass::of_client(message(initialize)), Ticket::own());
    let answer = next(&mut exchange).await.unwrap();
    assert!(answer.contains("-32601"), "{answer}");
    assert!(pipe.sent.lock().unwrap().is_empty());
}
