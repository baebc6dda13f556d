//! The scripted server, and what clients do.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use serde_json::Value;
use tokio::sync::mpsc;

use crate::bridge::backward::{Backward, Limits};
use crate::message::Message;
use crate::pipeline::{Caller, Front, Gate, Pass, Target};
use crate::protocol::Era;
use crate::service::{Calls as _, ConnectError, Connector, Exchange};
use crate::session::Patience;
use crate::upstream::{Arrival, Link, Mark, Pressure, Receiver, Stream, What};

pub(super) const PATIENCE: Patience =
    Patience { idle: Duration::from_secs(5), whole: Duration::from_secs(20) };
const SOON: Duration = Duration::from_secs(3);
const FULL: &str = r#"{"tools":{"listChanged":true},"prompts":{},"resources":{"subscribe":true,"listChanged":true},"logging":{},"tasks":{"list":{}}}"#;

type Listens = Arc<Mutex<Vec<(Stream, Option<String>)>>>;

/// Makes connections to a server that the test plays.
pub(super) struct Server {
    peers: mpsc::UnboundedSender<Peer>,
    refuses: AtomicBool,
    pipe: bool,
}

/// One connection, seen from the server.
pub(super) struct Peer {
    receiver: Arc<dyn Receiver>,
    inbox: mpsc::UnboundedReceiver<Message>,
    pub(super) listens: Listens,
    pub(super) left: Arc<Mutex<Vec<Stream>>>,
    pub(super) closed: Arc<AtomicBool>,
}

struct Wire {
    outbox: mpsc::UnboundedSender<Message>,
    listens: Listens,
    left: Arc<Mutex<Vec<Stream>>>,
    closed: Arc<AtomicBool>,
}

impl Connector for Server {
    fn connect(
        &self,
        receiver: Arc<dyn Receiver>,
    ) -> BoxFuture<'_, Result<Arc<dyn Link>, ConnectError>> {
        async move {
            if self.refuses.load(Ordering::Relaxed) {
                return Err(ConnectError("it does not start".to_owned()));
            }
            let (outbox, inbox) = mpsc::unbounded_channel();
            let wire = Wire {
                outbox,
                listens: Arc::default(),
                left: Arc::default(),
                closed: Arc::default(),
            };
            let (listens, left) = (Arc::clone(&wire.listens), Arc::clone(&wire.left));
            let closed = Arc::clone(&wire.closed);
            self.peers.send(Peer { receiver, inbox, listens, left, closed }).unwrap();
            Ok(Arc::new(wire) as Arc<dyn Link>)
        }
        .boxed()
    }

    fn is_pipe(&self) -> bool {
        self.pipe
    }
}

impl Link for Wire {
    fn send(&self, pass: Pass, _stream: Stream) -> Pressure {
        let _ = self.outbox.send(pass.into_message());
        Pressure::Free
    }

    fn listen(&self, stream: Stream, last_event_id: Option<String>) {
        self.listens.lock().unwrap().push((stream, last_event_id));
    }

    fn leave(&self, stream: &Stream) {
        self.left.lock().unwrap().push(stream.clone());
    }

    fn close(&self) {
        self.closed.store(true, Ordering::Relaxed);
    }
}

impl Peer {
    pub(super) async fn next(&mut self) -> Message {
        let message = tokio::time::timeout(SOON, self.inbox.recv()).await;
        message.expect("the bridge says nothing").expect("the bridge hung up")
    }

    /// Nothing more was said.
    pub(super) async fn is_quiet(&mut self) -> bool {
        tokio::time::sleep(Duration::from_millis(60)).await;
        self.inbox.try_recv().is_err()
    }

    pub(super) fn say(&self, json: &str) {
        let message = Message::read(Bytes::copy_from_slice(json.as_bytes())).unwrap();
        let _ = self.receiver.receive(Arrival::of(message));
    }

    pub(super) fn say_on(&self, number: u64, json: &str, event: Option<&str>) {
        let message = Message::read(Bytes::copy_from_slice(json.as_bytes())).unwrap();
        let mut arrival = Arrival::on(Stream::Exchange(number), message);
        arrival.mark =
            event.map(|id| Mark { id: Some(id.to_owned()), retry: Some(50), ..Mark::default() });
        let _ = self.receiver.receive(arrival);
    }

    pub(super) fn end(&self, number: u64) {
        let _ = self.receiver.receive(Arrival::end(Stream::Exchange(number)));
    }

    pub(super) fn fail(&self, number: u64, why: &str) {
        let what = What::Failed(why.to_owned());
        let stream = Some(Stream::Exchange(number));
        let _ = self.receiver.receive(Arrival { stream, what, mark: None, status: None });
    }

    pub(super) fn is_lost(&self, why: &str) {
        self.receiver.lost(why);
    }

    pub(super) fn answer(&self, request: &Message, result: &str) {
        let id = request.id().unwrap().json();
        self.say(&format!(r#"{{"jsonrpc":"2.0","id":{id},"result":{result}}}"#));
    }

    pub(super) fn error(&self, request: &Message, error: &str) {
        let id = request.id().unwrap().json();
        self.say(&format!(r#"{{"jsonrpc":"2.0","id":{id},"error":{error}}}"#));
    }

    /// Opens the session; gives what the bridge said about the client.
    pub(super) async fn open_with(&mut self, capabilities: &str) -> Value {
        let initialize = self.next().await;
        assert_eq!(initialize.method(), "initialize");
        self.answer(
            &initialize,
            &format!(
                r#"{{"protocolVersion":"2025-06-18","capabilities":{capabilities},"serverInfo":{{"name":"s","version":"1"}},"instructions":"be \u0061ware"}}"#
            ),
        );
        assert_eq!(
            self.next().await.json(),
            r#"{"jsonrpc":"2.0","method":"notifications/initialized"}"#
        );
        serde_json::from_str(initialize.body().unwrap()).unwrap()
    }

    pub(super) async fn open(&mut self) -> Value {
        self.open_with(FULL).await
    }
}

/// What a test plays with.
pub(super) struct Stage {
    pub(super) bridge: Arc<Backward>,
    pub(super) server: Arc<Server>,
    peers: mpsc::UnboundedReceiver<Peer>,
    gate: Arc<Gate>,
}

impl Stage {
    pub(super) fn new() -> Self {
        Self::with(Limits::default(), PATIENCE, true)
    }

    pub(super) fn with(limits: Limits, patience: Patience, pipe: bool) -> Self {
        let (sender, peers) = mpsc::unbounded_channel();
        let server = Arc::new(Server { peers: sender, refuses: AtomicBool::new(false), pipe });
        let connector = Arc::clone(&server) as Arc<dyn Connector>;
        let bridge =
            Backward::with_limits("files".into(), connector, patience, limits, Arc::new(|_| {}));
        Self { bridge, server, peers, gate: Gate::unguarded() }
    }

    pub(super) fn refuse(&self, refuses: bool) {
        self.server.refuses.store(refuses, Ordering::Relaxed);
    }

    pub(super) async fn peer(&mut self) -> Peer {
        let peer = tokio::time::timeout(SOON, self.peers.recv()).await;
        peer.expect("nobody connects").unwrap()
    }

    /// One that is open.
    pub(super) async fn opened(&mut self) -> Peer {
        let mut peer = self.peer().await;
        peer.open().await;
        peer
    }

    pub(super) fn has_no_peer(&mut self) -> bool {
        self.peers.try_recv().is_err()
    }

    pub(super) fn call_as(&self, principal: &str, json: &str) -> Exchange {
        let caller = Arc::new(Caller {
            principal: principal.into(),
            front: Front::Http,
            era: Era::Stateless,
            session: None,
        });
        let message = Message::read(Bytes::copy_from_slice(json.as_bytes())).unwrap();
        let target = Target::Server("files".into());
        let permitted = self.gate.admit(&caller, &target, message).unwrap();
        self.bridge.call(&caller, permitted)
    }

    pub(super) fn call(&self, json: &str) -> Exchange {
        self.call_as("alice", json)
    }
}

/// A request. `params` are further members of its parameters, `meta` of its `_meta`.
pub(super) fn request(
    id: &str,
    method: &str,
    capabilities: &str,
    params: &str,
    meta: &str,
) -> String {
    let comma = |text: &str| if text.is_empty() { String::new() } else { format!(",{text}") };
    format!(
        r#"{{"jsonrpc":"2.0","id":{id},"method":"{method}","params":{{"_meta":{{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientCapabilities":{capabilities}{}}}{}}}}}"#,
        comma(meta),
        comma(params)
    )
}

/// A call of a tool by a client that can be asked everything.
pub(super) fn tool(id: &str, params: &str) -> String {
    let capabilities = r#"{"elicitation":{"form":{},"url":{}},"sampling":{},"roots":{}}"#;
    let params = if params.is_empty() {
        r#""name":"t","arguments":{"a":1.0}"#.to_owned()
    } else {
        format!(r#""name":"t","arguments":{{"a":1.0}},{params}"#)
    };
    request(id, "tools/call", capabilities, &params, "")
}

pub(super) async fn arrival(exchange: &mut Exchange) -> Option<Arrival> {
    tokio::time::timeout(SOON, exchange.next()).await.expect("nothing comes of the call")
}

/// The next message of an exchange.
pub(super) async fn next(exchange: &mut Exchange) -> String {
    match arrival(exchange).await.expect("the exchange is over").what {
        What::Message(message) => message.json().to_owned(),
        other => panic!("{other:?}"),
    }
}

pub(super) async fn value(exchange: &mut Exchange) -> Value {
    serde_json::from_str(&next(exchange).await).unwrap()
}

/// The answer that wants input: its state.
pub(super) async fn state(exchange: &mut Exchange) -> (Value, String) {
    let mut answer = value(exchange).await;
    assert_eq!(answer["result"]["resultType"], "input_required", "{answer}");
    let state = answer["result"]["requestState"].as_str().unwrap().to_owned();
    (answer["result"]["inputRequests"].take(), state)
}

pub(super) async fn is_quiet(exchange: &mut Exchange) -> bool {
    tokio::time::timeout(Duration::from_millis(60), exchange.next()).await.is_err()
}
