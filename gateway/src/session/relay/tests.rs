use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use tokio::sync::{Semaphore, mpsc};

use super::Relay;
use crate::message::Message;
use crate::pipeline::{ANONYMOUS, Caller, Front, Gate, Pass, Target};
use crate::protocol::Era;
use crate::service::{ConnectError, Connector, Conversation};
use crate::session::Patience;
use crate::upstream::{Arrival, Link, Pressure, Receiver, Stream, What};

/// A server that is reached as often as there are permits.
struct Peer {
    doors: Semaphore,
    sent: mpsc::UnboundedSender<String>,
    receivers: Mutex<Vec<Arc<dyn Receiver>>>,
}

struct End(mpsc::UnboundedSender<String>);

impl Connector for Peer {
    fn connect(
        &self,
        receiver: Arc<dyn Receiver>,
    ) -> BoxFuture<'_, Result<Arc<dyn Link>, ConnectError>> {
        async move {
            self.doors.acquire().await.unwrap().forget();
            self.receivers.lock().unwrap().push(receiver);
            Ok(Arc::new(End(self.sent.clone())) as Arc<dyn Link>)
        }
        .boxed()
    }

    fn is_pipe(&self) -> bool {
        true
    }
}

impl Link for End {
    fn send(&self, pass: Pass, _stream: Stream) -> Pressure {
        self.0.send(pass.message().json().to_owned()).unwrap();
        Pressure::Free
    }

    fn listen(&self, _stream: Stream, _last_event_id: Option<String>) {}
    fn leave(&self, _stream: &Stream) {}
    fn close(&self) {
        self.0.send("closed".to_owned()).unwrap();
    }
}

/// What the client reads.
struct Client(mpsc::UnboundedSender<String>);

impl Receiver for Client {
    fn receive(&self, arrival: Arrival) -> Pressure {
        if let What::Message(message) = arrival.what {
            self.0.send(message.json().to_owned()).unwrap();
        }
        Pressure::Free
    }

    fn lost(&self, _why: &str) {}
}

struct Stage {
    peer: Arc<Peer>,
    relay: Arc<Relay>,
    gate: Arc<Gate>,
    sent: mpsc::UnboundedReceiver<String>,
    read: mpsc::UnboundedReceiver<String>,
}

fn stage(doors: usize) -> Stage {
    let (to_server, sent) = mpsc::unbounded_channel();
    let (to_client, read) = mpsc::unbounded_channel();
    let doors = Semaphore::new(doors);
    let peer = Arc::new(Peer { doors, sent: to_server, receivers: Mutex::default() });
    let patience = Patience { idle: Duration::from_millis(200), whole: Duration::from_secs(2) };
    let connector = Arc::clone(&peer) as Arc<dyn Connector>;
    let client = Arc::new(Client(to_client));
    let relay = Relay::new("files".into(), connector, client, patience, None);
    Stage { peer, relay, gate: Gate::unguarded(), sent, read }
}

fn message(json: &str) -> Message {
    Message::read(Bytes::copy_from_slice(json.as_bytes())).unwrap()
}

impl Stage {
    fn say(&self, json: &str) {
        let caller = Arc::new(Caller {
            principal: ANONYMOUS.into(),
            front: Front::Stdio,
            era: Era::Session,
            session: None,
        });
        let message = message(json);
        let stream = message.id().cloned().map_or(Stream::Standalone, Stream::Request);
        let target = Target::Server("files".into());
        let permitted = self.gate.admit(&caller, &target, message).unwrap();
        let _ = self.relay.say(permitted, stream);
    }

    fn answer(&self, json: &str) {
        let receiver = self.peer.receivers.lock().unwrap().last().cloned().unwrap();
        let _ = receiver.receive(Arrival::of(message(json)));
    }
}

async fn next(from: &mut mpsc::UnboundedReceiver<String>) -> String {
    tokio::time::timeout(Duration::from_secs(5), from.recv()).await.unwrap().unwrap()
}

const PAY: &str = r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"pay"}}"#;
const PING: &str = r#"{"jsonrpc":"2.0","id":2,"method":"ping"}"#;

#[tokio::test]
async fn what_the_client_was_told_has_failed_is_not_executed_later() {
    let mut stage = stage(0);
    stage.say(PAY);
    assert!(next(&mut stage.read).await.contains("no answer within"));
    stage.peer.doors.add_permits(1);
    stage.say(PING);
    assert_eq!(next(&mut stage.sent).await, PING);
}

#[tokio::test]
async fn what_the_client_took_back_before_is_not_executed_either() {
    let mut stage = stage(0);
    stage.say(PAY);
    let cancelled =
        r#"{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":1.0}}"#;
    stage.say(cancelled);
    stage.peer.doors.add_permits(1);
    stage.say(PING);
    assert_eq!(next(&mut stage.sent).await, PING);
}

#[tokio::test]
async fn a_server_that_does_not_open_the_session_again_is_let_go_of() {
    let mut stage = stage(2);
    let initialize = r#"{"jsonrpc":"2.0","id":0,"method":"initialize","params":{}}"#;
    stage.say(initialize);
    assert_eq!(next(&mut stage.sent).await, initialize);
    stage.answer(r#"{"jsonrpc":"2.0","id":0,"result":{}}"#);
    next(&mut stage.read).await;
    let receiver = stage.peer.receivers.lock().unwrap().last().cloned().unwrap();
    receiver.lost("its process exited with code 1");
    assert!(next(&mut stage.sent).await.contains("mcp-guard/initialize/2"));
    assert_eq!(next(&mut stage.sent).await, "closed");
}
