//! A scripted server and client on both sides of the bridge.

mod composed;
mod edits;
mod listening;
mod opening;
mod requests;
mod rounds;

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use tokio::sync::mpsc;

use super::Forward;
use crate::message::Message;
use crate::pipeline::{Caller, Front, Gate, Pass, Permitted, Target};
use crate::protocol::Era;
use crate::service::{Calls, Conversation, Exchange};
use crate::upstream::{Arrival, Pressure, Receiver, Stream, What};

const DISCOVERED: &str = r#"{"jsonrpc":"2.0","id":"d","result":{"resultType":"complete","supportedVersions":["2026-07-28"],"capabilities":{"tools":{"listChanged":true},"resources":{"subscribe":true, "listChanged":false},"logging":{}},"instructions":"Read \u0061ll.","ttlMs":1,"cacheScope":"public","_meta":{"io.modelcontextprotocol/serverInfo":{"name":"f","version":"1.0"}}}}"#;

const INITIALIZE: &str = r#"{"jsonrpc":"2.0","id":0,"method":"initialize","params":{"protocolVersion":"2025-06-18","capabilities":{"elicitation":{ },"roots":{"listChanged":true}},"clientInfo":{"name":"c","version":"1"}}}"#;

/// What a request of [`INITIALIZE`]'s client bears.
const META: &str = r#""io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientCapabilities":{"elicitation":{ },"roots":{"listChanged":true}},"io.modelcontextprotocol/clientInfo":{"name":"c","version":"1"}"#;

fn message(json: &str) -> Message {
    Message::read(Bytes::copy_from_slice(json.as_bytes())).unwrap()
}

/// A call that has come to the server.
struct Taken {
    message: Message,
    arrivals: mpsc::Sender<Arrival>,
}

impl Taken {
    fn json(&self) -> &str {
        self.message.json()
    }

    /// Sends this with the identifier of the call in the place of `ID`.
    fn send(&self, json: &str) {
        let json = json.replace("ID", self.message.id().unwrap().json());
        self.arrivals.try_send(Arrival::of(message(&json))).unwrap();
    }

    fn result(&self, result: &str) {
        self.send(&format!(r#"{{"jsonrpc":"2.0","id":ID,"result":{result}}}"#));
    }

    /// Waits until nobody wants it any more.
    async fn dropped(&self) {
        tokio::time::timeout(Duration::from_secs(1), self.arrivals.closed()).await.unwrap();
    }
}

struct Server(mpsc::UnboundedSender<Taken>);

impl Calls for Server {
    fn call(&self, _caller: &Arc<Caller>, permitted: Permitted) -> Exchange {
        let (exchange, arrivals) = Exchange::pair();
        let message = permitted.message().clone();
        self.0.send(Taken { message, arrivals }).unwrap();
        exchange
    }
}

struct Client(mpsc::UnboundedSender<Arrival>);

impl Receiver for Client {
    fn receive(&self, arrival: Arrival) -> Pressure {
        let _ = self.0.send(arrival);
        Pressure::Free
    }

    fn lost(&self, _why: &str) {}
}

struct Bridge {
    forward: Arc<Forward>,
    gate: Arc<Gate>,
    caller: Arc<Caller>,
    calls: mpsc::UnboundedReceiver<Taken>,
    client: mpsc::UnboundedReceiver<Arrival>,
}

impl Bridge {
    /// A session, and the answer to its opening.
    async fn opened(front: Front, discovered: &str, initialize: &str) -> (Self, String) {
        let (taken, calls) = mpsc::unbounded_channel();
        let (arrivals, client) = mpsc::unbounded_channel();
        let gate = Gate::unguarded();
        let caller =
            Arc::new(Caller { principal: "p".into(), front, era: Era::Session, session: None });
        let initialize = message(initialize);
        let stream = Stream::Request(initialize.id().unwrap().clone());
        let target = Target::Server("files".into());
        let (pass, ticket) = gate.admit(&caller, &target, initialize).unwrap().split();
        let forward = Forward::open(
            Arc::new(Server(taken)),
            Arc::clone(&gate),
            "files".into(),
            Arc::clone(&caller),
            Arc::new(Client(arrivals)),
            &message(discovered),
            (pass, ticket, stream),
        );
        let mut bridge = Self { forward, gate, caller, calls, client };
        let answer = bridge.heard().await;
        (bridge, answer)
    }

    async fn new(front: Front) -> Self {
        Self::opened(front, DISCOVERED, INITIALIZE).await.0
    }

    fn say(&self, json: &str) {
        let target = Target::Server("files".into());
        let permitted = self.gate.admit(&self.caller, &target, message(json)).unwrap();
        self.say_permitted(permitted);
    }

    fn say_permitted(&self, permitted: Permitted) {
        let id = permitted.message().id().cloned();
        let _ = self.forward.say(permitted, id.map_or(Stream::Standalone, Stream::Request));
    }

    fn reply(&self, json: &str) {
        let _ = self.forward.reply(Pass::of_client(message(json)));
    }

    async fn call(&mut self) -> Taken {
        tokio::time::timeout(Duration::from_secs(60), self.calls.recv()).await.unwrap().unwrap()
    }

    async fn arrival(&mut self) -> Arrival {
        tokio::time::timeout(Duration::from_secs(7200), self.client.recv()).await.unwrap().unwrap()
    }

    /// What the client hears next: the stream, and the message.
    async fn heard_on(&mut self) -> (Stream, String) {
        let arrival = self.arrival().await;
        assert!(arrival.mark.is_none() && arrival.status.is_none());
        let What::Message(message) = arrival.what else { panic!("{arrival:?}") };
        (arrival.stream.unwrap(), message.json().to_owned())
    }

    async fn heard(&mut self) -> String {
        self.heard_on().await.1
    }

    /// Nothing comes, to the client or to the server.
    async fn quiet(&mut self) {
        tokio::time::sleep(Duration::from_millis(50)).await;
        assert!(self.client.try_recv().is_err());
        assert!(self.calls.try_recv().is_err());
    }
}

fn request(id: u64) -> Stream {
    Stream::Request(crate::message::Id::number(id))
}
