//! Servers that answer by a script, and a client that hears them.

mod places;

use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use secrecy::SecretString;
use tokio::sync::mpsc;

use super::{Aggregate, Member, Route};
use crate::auth::{ApiKeys, Auth, ConfiguredKey};
use crate::message::{Id, Message};
use crate::pipeline::{
    ANONYMOUS, Caller, Front, Gate, Outcome, Pass, Permitted, Rules, Target, Ticket,
};
use crate::protocol::Era;
use crate::record::metrics::Metrics;
use crate::record::{DecisionLog, RequestIds};
use crate::service::{Calls, Conversation, Exchange};
use crate::upstream::{Arrival, Mark, Pressure, Receiver, Stream, What};
use places::Places;

/// What a server does with a request.
pub(super) enum Reply {
    /// Answers by this: `"result":…` or `"error":…`.
    With(String),
    /// The same, later.
    After(Duration, String),
    /// Says these notifications, and no answer until the test gives one.
    Notes(Vec<String>),
    /// Nothing.
    Silent,
}

type Script = dyn Fn(&Message) -> Reply + Send + Sync;

/// A server.
pub(super) struct Scripted {
    name: Arc<str>,
    script: Box<Script>,
    pub(super) heard: Mutex<Vec<(String, Stream)>>,
    pub(super) replies: Mutex<Vec<String>>,
    pub(super) listens: Mutex<Vec<(Stream, Option<String>)>>,
    /// How many messages it reads before it has no more room, if that is bounded.
    pub(super) room: Mutex<Option<Arc<Places>>>,
    client: Mutex<Option<Arc<dyn Receiver>>>,
    /// Tickets of what is not answered, and where the answer would go.
    pub(super) held: Mutex<Vec<(Ticket, Option<mpsc::Sender<Arrival>>)>>,
    /// How many calls were taken back.
    pub(super) dropped: Arc<Mutex<usize>>,
}

/// A result.
pub(super) fn result(json: &str) -> Reply {
    Reply::With(format!(r#""result":{json}"#))
}

/// An error.
pub(super) fn error(code: i32) -> Reply {
    Reply::With(format!(r#""error":{{"code":{code},"message":"no"}}"#))
}

pub(super) fn message(json: &str) -> Message {
    Message::read(Bytes::copy_from_slice(json.as_bytes())).unwrap()
}

impl Scripted {
    pub(super) fn new(
        name: &str,
        script: impl Fn(&Message) -> Reply + Send + Sync + 'static,
    ) -> Arc<Self> {
        Arc::new(Self {
            name: Arc::from(name),
            script: Box::new(script),
            heard: Mutex::default(),
            replies: Mutex::default(),
            listens: Mutex::default(),
            room: Mutex::default(),
            client: Mutex::default(),
            held: Mutex::default(),
            dropped: Arc::default(),
        })
    }

    /// One that opens its session with these capabilities, and does the rest by the script.
    pub(super) fn able(
        name: &str,
        capabilities: &str,
        script: impl Fn(&Message) -> Reply + Send + Sync + 'static,
    ) -> Arc<Self> {
        let opening = format!(
            r#"{{"protocolVersion":"2025-11-25","capabilities":{capabilities},"serverInfo":{{"name":"s","version":"1"}}}}"#
        );
        Self::new(name, move |message| match message.method() {
            "initialize" => result(&opening),
            _ => script(message),
        })
    }

    /// The messages that it heard, of this method.
    pub(super) fn heard_of(&self, method: &str) -> Vec<String> {
        let heard = self.heard.lock().unwrap();
        let of = heard.iter().filter(|(json, _)| message(json).method() == method);
        of.map(|(json, _)| json.clone()).collect()
    }

    /// Lets something arrive at its client.
    pub(super) fn arrive(&self, arrival: Arrival) {
        let client = self.client.lock().unwrap().clone().unwrap();
        let _ = client.receive(arrival);
    }

    pub(super) fn push(&self, stream: Option<Stream>, json: &str, mark: Option<&str>) {
        let mark = mark.map(|id| Mark { id: Some(id.to_owned()), retry: None, ..Mark::default() });
        let what = What::Message(message(json));
        self.arrive(Arrival { stream, what, mark, status: None });
    }

    pub(super) fn lose(&self, why: &str) {
        let client = self.client.lock().unwrap().clone().unwrap();
        self.held.lock().unwrap().clear();
        client.lost(why);
    }

    fn hear(&self, message: &Message, stream: Stream) {
        self.heard.lock().unwrap().push((message.json().to_owned(), stream));
    }
}

fn answer(id: &Id, body: &str) -> Message {
    message(&format!(r#"{{"jsonrpc":"2.0","id":{},{body}}}"#, id.json()))
}

impl Member for Arc<Scripted> {
    fn name(&self) -> &Arc<str> {
        &self.name
    }

    fn converse(&self, _caller: &Arc<Caller>, client: Arc<dyn Receiver>) -> Arc<dyn Conversation> {
        *self.client.lock().unwrap() = Some(client);
        Arc::clone(self) as Arc<dyn Conversation>
    }

    fn calls(&self) -> Arc<dyn Calls> {
        Arc::clone(self) as Arc<dyn Calls>
    }
}

impl Scripted {
    /// Has room for so many messages from now on.
    pub(super) fn bound(&self, room: usize) -> Arc<Places> {
        let room = Places::new(room);
        *self.room.lock().unwrap() = Some(Arc::clone(&room));
        room
    }

    fn pressure(&self) -> Pressure {
        let room = self.room.lock().unwrap().clone();
        room.map_or(Pressure::Free, Places::take)
    }
}

impl Conversation for Scripted {
    fn say(&self, permitted: Permitted, stream: Stream) -> Pressure {
        let pressure = self.pressure();
        self.hear(permitted.message(), stream.clone());
        // What the gateway says in its own name has no server.
        if permitted.message().method() != "notifications/cancelled" {
            assert!(matches!(permitted.target(), Target::Server(name) if *name == self.name));
        }
        let (pass, ticket) = permitted.split();
        let Some(id) = pass.message().id().cloned() else {
            ticket.end(Outcome::Notification);
            return pressure;
        };
        let (delay, body) = match (self.script)(pass.message()) {
            Reply::With(body) => (Duration::ZERO, body),
            Reply::After(delay, body) => (delay, body),
            Reply::Notes(_) | Reply::Silent => {
                self.held.lock().unwrap().push((ticket, None));
                return pressure;
            }
        };
        let client = self.client.lock().unwrap().clone().unwrap();
        tokio::spawn(async move {
            tokio::time::sleep(delay).await;
            let answer = ticket.settle(answer(&id, &body));
            let _ = client.receive(Arrival::on(stream, answer));
        });
        pressure
    }

    fn reply(&self, answer: Pass) -> Pressure {
        self.replies.lock().unwrap().push(answer.message().json().to_owned());
        self.pressure()
    }

    fn listen(&self, stream: Stream, last_event_id: Option<String>) {
        self.listens.lock().unwrap().push((stream, last_event_id));
    }

    fn leave(&self, _stream: &Stream) {}

    fn close(&self) {
        self.replies.lock().unwrap().push("closed".to_owned());
    }
}

impl Calls for Scripted {
    fn call(&self, _caller: &Arc<Caller>, permitted: Permitted) -> Exchange {
        assert!(matches!(permitted.target(), Target::Server(name) if *name == self.name));
        self.hear(permitted.message(), Stream::Standalone);
        let (pass, ticket) = permitted.split();
        let Some(id) = pass.message().id().cloned() else {
            ticket.end(Outcome::Notification);
            return Exchange::empty();
        };
        let dropped = Arc::clone(&self.dropped);
        let (exchange, sender) = Exchange::guarded(move || *dropped.lock().unwrap() += 1);
        let (delay, body) = match (self.script)(pass.message()) {
            Reply::With(body) => (Duration::ZERO, body),
            Reply::After(delay, body) => (delay, body),
            Reply::Notes(notes) => {
                for note in notes {
                    sender.try_send(Arrival::of(message(&note))).unwrap();
                }
                self.held.lock().unwrap().push((ticket, Some(sender)));
                return exchange;
            }
            Reply::Silent => {
                self.held.lock().unwrap().push((ticket, Some(sender)));
                return exchange;
            }
        };
        tokio::spawn(async move {
            tokio::time::sleep(delay).await;
            let _ = sender.send(Arrival::of(ticket.settle(answer(&id, &body)))).await;
        });
        exchange
    }
}

/// A client.
struct Heard(mpsc::UnboundedSender<Arrival>);

impl Receiver for Heard {
    fn receive(&self, arrival: Arrival) -> Pressure {
        let _ = self.0.send(arrival);
        Pressure::Free
    }

    fn lost(&self, _why: &str) {}
}

/// The key of a stage that wants one.
pub(super) const KEY: &str = "mcpg_0123456789abcdef";

/// Some servers behind one aggregate, and a client.
pub(super) struct Stage {
    pub(super) aggregate: Aggregate,
    pub(super) members: Vec<Arc<Scripted>>,
    pub(super) conversation: Arc<dyn Conversation>,
    caller: Arc<Caller>,
    gate: Arc<Gate>,
    client: Arc<Heard>,
    heard: mpsc::UnboundedReceiver<Arrival>,
}

impl Stage {
    pub(super) fn new(era: Era, members: Vec<Arc<Scripted>>, routes: Vec<Route>) -> Self {
        Self::behind(Gate::unguarded(), "someone", era, members, routes)
    }

    /// One that wants [`KEY`], which nothing but `_meta` shows.
    pub(super) fn keyed(era: Era, members: Vec<Arc<Scripted>>) -> Self {
        let metrics = Metrics::new("test", jiff::Timestamp::UNIX_EPOCH);
        let key = ConfiguredKey { id: "alice".to_owned(), key: SecretString::from(KEY) };
        let keys = Box::new(ApiKeys::configured(&[key]).unwrap());
        let auth = Arc::new(Auth::ApiKey { keys, require_on_stdio: true });
        let rules = Rules { auth, ..Rules::open(&metrics, []) };
        let ids = RequestIds::new([0; 16]);
        let gate = Gate::new(rules, DecisionLog::none(), ids, || jiff::Timestamp::UNIX_EPOCH);
        Self::behind(gate, ANONYMOUS, era, members, Vec::new())
    }

    /// One whose decisions are written to this file. Nothing is said in its session yet.
    pub(super) fn recorded(path: &Path, members: Vec<Arc<Scripted>>) -> Self {
        let metrics = Metrics::new("test", jiff::Timestamp::UNIX_EPOCH);
        let log = DecisionLog::open(path).unwrap();
        let rules = Rules::open(&metrics, []);
        let gate = Gate::new(rules, log, RequestIds::new([0; 16]), || jiff::Timestamp::UNIX_EPOCH);
        Self::behind(gate, "someone", Era::Session, members, Vec::new())
    }

    /// Writes all decisions.
    pub(super) fn close_log(&self) {
        self.gate.log().close(Duration::from_secs(5)).unwrap();
    }

    fn behind(
        gate: Arc<Gate>,
        principal: &str,
        era: Era,
        members: Vec<Arc<Scripted>>,
        routes: Vec<Route>,
    ) -> Self {
        let all = members.iter().map(|one| Arc::new(Arc::clone(one)) as Arc<dyn Member>).collect();
        let aggregate = Aggregate::new(all, routes.into(), Arc::clone(&gate));
        let principal = Arc::from(principal);
        let caller = Arc::new(Caller { principal, front: Front::Http, era, session: None });
        let (sender, heard) = mpsc::unbounded_channel();
        let client = Arc::new(Heard(sender));
        let conversation = aggregate.converse(&caller, Arc::clone(&client) as Arc<dyn Receiver>);
        Self { aggregate, members, conversation, caller, gate, client, heard }
    }

    /// One whose session is open.
    pub(super) async fn open(members: Vec<Arc<Scripted>>, routes: Vec<Route>) -> Self {
        let mut stage = Self::new(Era::Session, members, routes);
        stage.say(INITIALIZE);
        stage.next().await;
        stage.say(r#"{"jsonrpc":"2.0","method":"notifications/initialized"}"#);
        stage
    }

    /// The client says something in its session.
    pub(super) fn say(&self, json: &str) {
        let _ = self.push(json);
    }

    /// The same; whether the client is held up.
    pub(super) fn push(&self, json: &str) -> Pressure {
        match self.gate.admit(&self.caller, &self.aggregate, message(json)) {
            Ok(permitted) => {
                let id = permitted.message().id().cloned();
                self.conversation.say(permitted, id.map_or(Stream::Standalone, Stream::Request))
            }
            Err(refused) => refused
                .answer
                .map_or(Pressure::Free, |answer| self.client.receive(Arrival::of(answer))),
        }
    }

    pub(super) fn reply(&self, json: &str) {
        let _ = self.conversation.reply(self.gate.answer(&self.caller, message(json)));
    }

    /// The client makes a call.
    pub(super) fn call(&self, json: &str) -> Exchange {
        match self.gate.admit(&self.caller, &self.aggregate, message(json)) {
            Ok(permitted) => self.aggregate.calls().call(&self.caller, permitted),
            Err(refused) => Exchange::answered(refused.answer.unwrap()),
        }
    }

    /// All that comes of a call.
    pub(super) async fn called(&self, json: &str) -> Vec<String> {
        let mut exchange = self.call(json);
        let mut all = Vec::new();
        while let Some(arrival) = exchange.next().await {
            all.push(text(&arrival));
        }
        all
    }

    pub(super) async fn arrival(&mut self) -> Arrival {
        let next = tokio::time::timeout(Duration::from_secs(300), self.heard.recv());
        next.await.expect("something arrives").unwrap()
    }

    /// The next message that the client hears.
    pub(super) async fn next(&mut self) -> String {
        text(&self.arrival().await)
    }

    /// What the client hears in answer to this.
    pub(super) async fn ask(&mut self, json: &str) -> String {
        self.say(json);
        self.next().await
    }

    /// Whether the client hears nothing, for a while.
    pub(super) async fn is_quiet(&mut self) -> bool {
        tokio::time::timeout(Duration::from_millis(50), self.heard.recv()).await.is_err()
    }
}

pub(super) const INITIALIZE: &str = r#"{"jsonrpc":"2.0","id":"i","method":"initialize","params":{"protocolVersion":"2025-06-18","capabilities":{"sampling":{}},"clientInfo":{"name":"c","version":"1"},"_meta":{"progressToken":5}}}"#;

pub(super) fn text(arrival: &Arrival) -> String {
    match &arrival.what {
        What::Message(message) => message.json().to_owned(),
        other => format!("{other:?}"),
    }
}

pub(super) fn tool(name: &str, target: &str) -> Route {
    Route::Tool { name: Arc::from(name), target: Arc::from(target) }
}

pub(super) fn by_method(prefix: &str, target: &str) -> Route {
    Route::Method { prefix: Arc::from(prefix), target: Arc::from(target) }
}

pub(super) fn default(target: &str) -> Route {
    Route::Default { target: Arc::from(target) }
}
