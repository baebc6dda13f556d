//! Servers over HTTP whose era is not known yet, and what they are asked.

mod finding;
mod leaving;

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use tokio::sync::{Semaphore, mpsc};
use tokio::time::Instant;

use super::{Server, Ways};
use crate::config::Bridge;
use crate::message::Message;
use crate::pipeline::{Caller, Front, Gate, Pass, Target};
use crate::protocol::{Era, method};
use crate::service::{Calls, ConnectError, Connector, Conversation, Exchange};
use crate::session::Patience;
use crate::upstream::{Arrival, Link, Pressure, Receiver, Stream, What};

/// What a server says to a message: the rest of an answer and its HTTP status, or a status alone.
type Says = fn(&Message) -> (Option<&'static str>, u16);

/// A server that answers by a rule.
#[derive(Clone)]
struct Peer {
    says: Says,
    /// The methods that it was asked.
    asked: Arc<Mutex<Vec<String>>>,
    /// How many answers it may still give.
    answers: Arc<Semaphore>,
    pipe: bool,
    /// How long it takes to start.
    start: Duration,
    /// How many connections to it there are.
    open: Arc<AtomicUsize>,
}

/// The status of no answer at all.
const SILENT: u16 = 0;
const ANSWERS: usize = 100;

struct Connection(Peer, Arc<dyn Receiver>, Instant);

impl Connector for Peer {
    fn connect(
        &self,
        receiver: Arc<dyn Receiver>,
    ) -> BoxFuture<'_, Result<Arc<dyn Link>, ConnectError>> {
        self.open.fetch_add(1, Ordering::Relaxed);
        let link: Arc<dyn Link> = Arc::new(Connection(self.clone(), receiver, Instant::now()));
        async { Ok(link) }.boxed()
    }

    fn is_pipe(&self) -> bool {
        self.pipe
    }
}

impl Link for Connection {
    fn send(&self, pass: Pass, stream: Stream) -> Pressure {
        let message = pass.into_message();
        let Self(Peer { says, asked, answers, start, .. }, receiver, since) = self;
        asked.lock().unwrap().push(message.method().to_owned());
        let Some(id) = message.id().cloned() else { return Pressure::Free };
        let (rest, status) = says(&message);
        if status == SILENT {
            return Pressure::Free;
        }
        let what = rest.map_or_else(
            || What::Failed(format!("HTTP {status}")),
            |rest| {
                let json = format!(r#"{{"jsonrpc":"2.0","id":{},{rest}}}"#, id.json());
                What::Message(Message::read(json.into()).unwrap())
            },
        );
        let status = (status != 200).then_some(status);
        let stream = (!self.0.pipe).then_some(stream);
        let arrival = Arrival { stream, what, mark: None, status };
        let started = *since + *start;
        let (receiver, answers) = (Arc::clone(receiver), Arc::clone(answers));
        tokio::spawn(async move {
            tokio::time::sleep_until(started).await;
            answers.acquire().await.unwrap().forget();
            receiver.receive(arrival).wait().await;
        });
        Pressure::Free
    }

    fn listen(&self, _stream: Stream, _last_event_id: Option<String>) {}

    fn leave(&self, _stream: &Stream) {}

    fn close(&self) {
        self.0.open.fetch_sub(1, Ordering::Relaxed);
    }
}

struct World {
    server: Arc<Server>,
    gate: Arc<Gate>,
    peer: Arc<Peer>,
}

impl World {
    fn new(says: Says) -> Self {
        Self::with(says, false, Duration::ZERO)
    }

    /// With a server on a pipe that takes so long to start.
    fn piped(says: Says, start: Duration) -> Self {
        Self::with(says, true, start)
    }

    fn with(says: Says, pipe: bool, start: Duration) -> Self {
        let answers = Arc::new(Semaphore::new(ANSWERS));
        let (asked, open) = (Arc::default(), Arc::default());
        let peer = Arc::new(Peer { says, asked, answers, pipe, start, open });
        let ways = Ways { passing: Arc::clone(&peer) as _, resuming: Arc::clone(&peer) as _ };
        let patience = Patience { idle: Duration::from_secs(60), whole: Duration::from_secs(600) };
        let gate = Gate::unguarded();
        let name = "files".into();
        let server = Server::new(&name, Arc::clone(&gate), ways, patience, Bridge::Auto);
        Self { server, gate, peer }
    }

    /// Makes a call.
    fn begin(&self, method: &str) -> Exchange {
        self.begin_as("p", method)
    }

    fn begin_as(&self, principal: &str, method: &str) -> Exchange {
        let json = format!(
            r#"{{"jsonrpc":"2.0","id":"c","method":"{method}","params":{{"name":"t","_meta":{{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientCapabilities":{{}}}}}}}}"#
        );
        let caller = Arc::new(Caller {
            principal: principal.into(),
            front: Front::Http,
            era: Era::Stateless,
            session: None,
        });
        let message = Message::read(json.into()).unwrap();
        let permitted = self.gate.admit(&caller, &Target::Server("files".into()), message).unwrap();
        self.server.call(&caller, permitted)
    }

    /// Makes a call; the answer without what is the same in all.
    async fn call(&self, method: &str) -> (String, Option<u16>) {
        answer(&mut self.begin(method)).await
    }

    /// Waits until the server was asked this so often.
    async fn is_asked(&self, method: &str, times: usize) {
        let asked = || {
            let asked = self.peer.asked.lock().unwrap();
            asked.iter().filter(|one| *one == method).count()
        };
        while asked() < times {
            tokio::task::yield_now().await;
        }
    }

    fn open(&self) -> usize {
        self.peer.open.load(Ordering::Relaxed)
    }

    /// A client's conversation, and what it reads.
    fn converse(&self) -> (Talk, mpsc::UnboundedReceiver<String>) {
        let caller = Arc::new(Caller {
            principal: "p".into(),
            front: Front::Stdio,
            era: Era::Session,
            session: None,
        });
        let (read, reads) = mpsc::unbounded_channel();
        let conversation = self.server.converse(&caller, Arc::new(Client(read)));
        (Talk { conversation, caller, gate: Arc::clone(&self.gate) }, reads)
    }

    fn asked(&self) -> Vec<String> {
        std::mem::take(&mut *self.peer.asked.lock().unwrap())
    }
}

async fn answer(exchange: &mut Exchange) -> (String, Option<u16>) {
    let next = tokio::time::timeout(Duration::from_secs(100), exchange.next());
    let arrival = next.await.unwrap().unwrap();
    let What::Message(answer) = arrival.what else { panic!("no answer") };
    let json = answer.json().replacen(r#"{"jsonrpc":"2.0","id":"c","#, "", 1);
    (json, arrival.status)
}

struct Client(mpsc::UnboundedSender<String>);

impl Receiver for Client {
    fn receive(&self, arrival: Arrival) -> Pressure {
        if let What::Message(message) = arrival.what {
            let _ = self.0.send(message.json().to_owned());
        }
        Pressure::Free
    }

    fn lost(&self, why: &str) {
        let _ = self.0.send(why.to_owned());
    }
}

struct Talk {
    conversation: Arc<dyn Conversation>,
    caller: Arc<Caller>,
    gate: Arc<Gate>,
}

impl Talk {
    fn say(&self, json: &str) {
        let message = Message::read(json.to_owned().into()).unwrap();
        let stream = message.id().cloned().map_or(Stream::Standalone, Stream::Request);
        let target = Target::Server("files".into());
        let permitted = self.gate.admit(&self.caller, &target, message).unwrap();
        let _ = self.conversation.say(permitted, stream);
    }
}

const INITIALIZE: &str = r#"{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":{},"clientInfo":{"name":"c","version":"1"}}}"#;
const CALL: &str = r#"{"jsonrpc":"2.0","id":2,"method":"tools/call","params":{"name":"t"}}"#;
const INITIALIZED: &str = r#"{"jsonrpc":"2.0","method":"notifications/initialized"}"#;
const DISCOVERED: &str = r#""result":{"resultType":"complete","supportedVersions":["2026-07-28"],"capabilities":{},"ttlMs":0,"cacheScope":"private"}"#;
const TELLS: &str = r#""result":{"resultType":"complete","supportedVersions":["2026-07-28"],"capabilities":{"tools":{"listChanged":true}},"ttlMs":0,"cacheScope":"private"}"#;
const CALLED: &str = r#""result":{"resultType":"complete","content":[]}"#;
const OLD_RESULT: &str = r#""result":{"content":[]}"#;
const UNKNOWN: &str = r#""error":{"code":-32601,"message":"Method not found"}"#;
const NO_SESSION: &str = r#""error":{"code":-32000,"message":"No session"}"#;
const OPENED: &str = r#""result":{"protocolVersion":"2025-11-25","capabilities":{},"serverInfo":{"name":"s","version":"1"}}"#;

/// Whether a request is of the stateless era.
fn stands_alone(message: &Message) -> bool {
    message.json().contains("io.modelcontextprotocol/protocolVersion")
}

fn session_server(message: &Message) -> (Option<&'static str>, u16) {
    match message.method() {
        method::INITIALIZE => (Some(OPENED), 200),
        _ if stands_alone(message) => (Some(NO_SESSION), 400),
        _ => (Some(OLD_RESULT), 200),
    }
}

#[tokio::test]
async fn a_discover_of_the_client_is_the_question() {
    let world = World::new(|_| (Some(DISCOVERED), 200));
    let (answer, _) = world.call(method::DISCOVER).await;
    assert_eq!(answer, format!("{DISCOVERED}}}"));
    assert_eq!(world.asked(), ["server/discover"]);
    world.call(method::TOOLS_CALL).await;
    assert_eq!(world.asked(), ["tools/call"]);
}

#[tokio::test]
async fn errors_of_the_revision_are_of_servers_that_speak_it() {
    for error in [
        r#""error":{"code":-32020,"message":"m"}"#,
        r#""error":{"code":-32021,"message":"m"}"#,
        r#""error":{"code":-32022,"message":"m","data":{"supported":["2026-07-28"],"requested":"x"}}"#,
    ] {
        static ERROR: Mutex<&str> = Mutex::new("");
        *ERROR.lock().unwrap() = error;
        let world = World::new(|_| (Some(*ERROR.lock().unwrap()), 400));
        let (answer, status) = world.call(method::DISCOVER).await;
        assert_eq!((answer, status), (format!("{error}}}"), Some(400)));
        world.call(method::DISCOVER).await;
        assert_eq!(world.asked(), ["server/discover", "server/discover"], "{error}");
    }
}

#[tokio::test]
async fn a_discover_that_the_server_does_not_know_is_bridged() {
    for says in [
        (|message| match message.method() {
            method::DISCOVER => (Some(UNKNOWN), 200),
            _ => session_server(message),
        }) as Says,
        |message| match message.method() {
            method::DISCOVER => (None, 404),
            _ => session_server(message),
        },
        session_server,
    ] {
        let world = World::new(says);
        let (answer, _) = world.call(method::DISCOVER).await;
        assert!(answer.contains(r#""supportedVersions":["2026-07-28"]"#), "{answer}");
        assert_eq!(world.asked()[..2], ["server/discover", "initialize"]);
    }
}

#[tokio::test]
async fn a_call_is_made_once_by_a_stateless_server() {
    let world = World::new(|_| (Some(CALLED), 200));
    assert_eq!(world.call(method::TOOLS_CALL).await.0, format!("{CALLED}}}"));
    world.call(method::TOOLS_CALL).await;
    assert_eq!(world.asked(), ["tools/call", "tools/call"]);
}

#[tokio::test]
async fn a_call_that_wants_a_session_is_made_in_one() {
    let world = World::new(session_server);
    let (answer, _) = world.call(method::TOOLS_CALL).await;
    assert_eq!(answer, format!("{CALLED}}}"));
    let asked = world.asked();
    let calls = asked.iter().filter(|method| *method == method::TOOLS_CALL).count();
    assert_eq!((calls, asked[0].as_str(), asked[1].as_str()), (2, "tools/call", "server/discover"));
    world.call(method::TOOLS_CALL).await;
    assert_eq!(world.asked(), ["tools/call"]);
}

#[tokio::test]
async fn a_call_that_a_server_without_sessions_made_is_not_made_again() {
    let world = World::new(|message| match message.method() {
        method::INITIALIZE => (Some(OPENED), 200),
        method::DISCOVER => (Some(UNKNOWN), 200),
        _ => (Some(OLD_RESULT), 200),
    });
    assert_eq!(world.call(method::TOOLS_CALL).await.0, format!("{CALLED}}}"));
    assert_eq!(world.asked(), ["tools/call"]);
    // From the next call on the server is asked first.
    assert_eq!(world.call(method::TOOLS_CALL).await.0, format!("{CALLED}}}"));
    let asked = world.asked();
    assert_eq!(asked[..2], ["server/discover", "initialize"]);
    assert_eq!(asked.iter().filter(|method| *method == method::TOOLS_CALL).count(), 1);
}

#[tokio::test]
async fn an_error_may_be_of_a_call_that_was_made() {
    const BROKEN: &str = r#""error":{"code":-32603,"message":"broken"}"#;
    let world = World::new(|_| (Some(BROKEN), 200));
    assert_eq!(world.call(method::TOOLS_CALL).await.0, format!("{BROKEN}}}"));
    assert_eq!(world.asked(), ["tools/call"]);
}

#[tokio::test]
async fn a_stateless_server_may_refuse_a_single_call() {
    const INVALID: &str = r#""error":{"code":-32602,"message":"no"}"#;
    let world = World::new(|message| match message.method() {
        method::DISCOVER => (Some(DISCOVERED), 200),
        _ => (Some(INVALID), 400),
    });
    assert_eq!(world.call(method::TOOLS_CALL).await, (format!("{INVALID}}}"), Some(400)));
    assert_eq!(world.asked(), ["tools/call", "server/discover"]);
}

#[tokio::test]
async fn nothing_is_learned_of_a_server_that_is_away() {
    let world = World::new(|_| (None, 503));
    for _ in 0..2 {
        let (answer, status) = world.call(method::TOOLS_CALL).await;
        assert!(answer.contains("HTTP 503") && status.is_none(), "{answer}");
        assert_eq!(world.asked(), ["tools/call"]);
    }
}

#[tokio::test]
async fn nothing_is_held_for_a_client_that_has_gone() {
    let stateless: Says = |message| match message.method() {
        method::DISCOVER => (Some(TELLS), 200),
        method::INITIALIZE => (Some(UNKNOWN), 200),
        _ => (Some(CALLED), 200),
    };
    for leaves in [false, true] {
        let world = World::new(stateless);
        let (client, mut reads) = world.converse();
        world.peer.answers.forget_permits(ANSWERS);
        client.say(INITIALIZE);
        world.peer.answers.add_permits(1);
        world.is_asked(method::DISCOVER, 1).await;
        if leaves {
            client.conversation.close();
        }
        world.peer.answers.add_permits(ANSWERS);
        let answer = tokio::time::timeout(Duration::from_secs(10), reads.recv()).await;
        let opened = answer.unwrap().unwrap().contains("protocolVersion");
        assert_eq!(opened, !leaves);
        client.say(INITIALIZED);
        tokio::time::sleep(Duration::from_millis(20)).await;
        let listens = world.asked().contains(&method::LISTEN.to_owned());
        assert_eq!(listens, !leaves);
    }
}
