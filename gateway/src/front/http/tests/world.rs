//! What is behind the front in tests.

use std::collections::HashMap;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use futures_util::future::BoxFuture;
use http::HeaderMap;
use jiff::Timestamp;
use secrecy::SecretString;

use crate::auth::{ApiKeys, Auth, ConfiguredKey};
use crate::front::{Authenticate, Endpoint, Operations, Readiness, Services, Unauthorized};
use crate::http::param::HeaderParams;
use crate::message::{Id, Message};
use crate::pipeline::{
    Caller, Denial, Front, Gate, Pass, Permitted, Refused, Router, Rules, Target, Ticket,
};
use crate::protocol::{Code, Fault, Refusal};
use crate::record::metrics::Metrics;
use crate::record::{DecisionLog, RequestIds};
use crate::service::{Calls, Conversation, Exchange};
use crate::upstream::{Arrival, Mark, Pressure, Receiver, Stream, What};

/// A gateway of which everything is scripted.
pub(super) struct World {
    gate: Arc<Gate>,
    pub(super) talks: Mutex<Vec<Arc<Talk>>>,
    pub(super) turned_away: Mutex<Vec<String>>,
    calls: Arc<Script>,
    required: bool,
    pub(super) ready: AtomicBool,
}

/// A conversation, and what was done with it.
pub(super) struct Talk {
    pub(super) client: Arc<dyn Receiver>,
    pub(super) caller: Arc<Caller>,
    tickets: Mutex<HashMap<Id, Ticket>>,
    pub(super) log: Mutex<Vec<String>>,
    pub(super) outdated: AtomicBool,
}

#[derive(Default)]
struct Script {
    log: Arc<Mutex<Vec<String>>>,
    held: Mutex<Vec<tokio::sync::mpsc::Sender<Arrival>>>,
}

/// Decides as the method says.
struct ByMethod;

impl Default for World {
    fn default() -> Self {
        Self {
            gate: Gate::unguarded(),
            talks: Mutex::default(),
            turned_away: Mutex::default(),
            calls: Arc::default(),
            required: false,
            ready: AtomicBool::new(true),
        }
    }
}

impl World {
    /// One whose pipeline knows `key-of-alice` and `key-of-bob`.
    pub(super) fn keyed() -> Self {
        let keys = ["alice", "bob"].map(|id| ConfiguredKey {
            id: id.to_owned(),
            key: SecretString::from(format!("key-of-{id}")),
        });
        let keys = Box::new(ApiKeys::configured(&keys).unwrap());
        let auth = Arc::new(Auth::ApiKey { keys, require_on_stdio: true });
        let metrics = Metrics::new("test", Timestamp::UNIX_EPOCH);
        let rules = Rules { auth, ..Rules::open(&metrics, []) };
        let (log, ids) = (DecisionLog::none(), RequestIds::new([0; 16]));
        let gate = Gate::new(rules, log, ids, Timestamp::now);
        Self { gate, required: true, ..Self::default() }
    }

    /// One whose decisions are written to this file.
    pub(super) fn recorded(path: &Path) -> Self {
        let metrics = Metrics::new("test", Timestamp::UNIX_EPOCH);
        let log = DecisionLog::open(path).unwrap();
        let ids = RequestIds::new([0; 16]);
        let gate = Gate::new(Rules::open(&metrics, []), log, ids, || Timestamp::UNIX_EPOCH);
        Self { gate, ..Self::default() }
    }

    /// Writes all decisions.
    pub(super) fn close_log(&self) {
        self.gate.log().close(Duration::from_secs(5)).unwrap();
    }

    /// The conversation that was opened last.
    pub(super) fn talk(&self) -> Arc<Talk> {
        Arc::clone(self.talks.lock().unwrap().last().unwrap())
    }

    pub(super) fn calls_log(&self) -> Vec<String> {
        self.calls.log.lock().unwrap().clone()
    }
}

impl Talk {
    fn note(&self, what: String) {
        self.log.lock().unwrap().push(what);
    }

    pub(super) fn has(&self, what: &str) -> bool {
        self.log.lock().unwrap().iter().any(|line| line == what)
    }

    /// The number of a request that is held.
    pub(super) fn held(&self) -> Option<u64> {
        self.tickets.lock().unwrap().keys().next().and_then(Id::as_number)
    }

    /// Loses the tickets of requests that are held.
    pub(super) fn lose(&self) {
        self.tickets.lock().unwrap().clear();
    }

    /// Answers a request that is held.
    pub(super) fn answer(&self, id: u64, stream: Option<Stream>, mark: Option<Mark>) {
        let id = Id::number(id);
        let ticket = self.tickets.lock().unwrap().remove(&id).expect("a request that is held");
        let json = format!(r#"{{"jsonrpc":"2.0","id":{},"result":{{"held":true}}}}"#, id.json());
        let answer = ticket.settle(message(&json));
        let what = What::Message(answer);
        let _ = self.client.receive(Arrival { stream, what, mark, status: None });
    }

    pub(super) fn tell(&self, stream: Option<Stream>, json: &str) -> Pressure {
        let what = What::Message(message(json));
        self.client.receive(Arrival { stream, what, mark: None, status: None })
    }

    pub(super) fn mark(&self, stream: Stream, what: What, id: &str) {
        let mark = Some(Mark { id: Some(id.to_owned()), retry: Some(700), ..Mark::default() });
        let _ = self.client.receive(Arrival { stream: Some(stream), what, mark, status: None });
    }
}

pub(super) fn message(json: &str) -> Message {
    Message::read(Bytes::copy_from_slice(json.as_bytes())).unwrap()
}

fn result(id: &Id, result: &str) -> Message {
    message(&format!(r#"{{"jsonrpc":"2.0","id":{},"result":{result}}}"#, id.json()))
}

const TOLD: &str = r#"{"jsonrpc":"2.0","method":"notifications/progress","params":{"progress":1}}"#;

impl Conversation for Talk {
    fn say(&self, permitted: Permitted, stream: Stream) -> Pressure {
        let (pass, ticket) = permitted.split();
        let asked = pass.into_message();
        let Some(id) = asked.id().cloned() else {
            self.note(format!("say {}", asked.method()));
            return Pressure::Free;
        };
        let body = asked.body().unwrap_or("{}").to_owned();
        let answer = match asked.method() {
            "initialize" if body.contains("reject") => {
                ticket.fault(&Fault::new(-32603, "not today"))
            }
            "initialize" => {
                let members = asked.members().unwrap();
                let version = members.get("protocolVersion").unwrap();
                let json = format!(
                    r#"{{"protocolVersion":{version},"capabilities":{{}},"serverInfo":{{"name":"s","version":"1"}}}}"#
                );
                ticket.settle(result(&id, &json))
            }
            "pose" => ticket.settle(message(&format!(
                r#"{{"jsonrpc":"2.0","id":{},"error":{{"code":-32003,"message":"Tool denied","data":{{"guard":{{"code":"tool_denied"}}}}}}}}"#,
                id.json()
            ))),
            "hold" => {
                self.note(format!("hold {}", id.json()));
                self.tickets.lock().unwrap().insert(id, ticket);
                return Pressure::Free;
            }
            "progress" => {
                let _ = self.tell(Some(stream.clone()), TOLD);
                ticket.settle(result(&id, &body))
            }
            _ => ticket.settle(result(&id, &body)),
        };
        self.client.receive(Arrival::on(stream, answer))
    }

    fn reply(&self, answer: Pass) -> Pressure {
        self.note(format!("reply {}", answer.message().json()));
        Pressure::Free
    }

    fn listen(&self, stream: Stream, last_event_id: Option<String>) {
        self.note(format!("listen {stream:?} {}", last_event_id.unwrap_or_default()));
    }

    fn leave(&self, stream: &Stream) {
        self.note(format!("leave {stream:?}"));
    }

    fn is_outdated(&self) -> bool {
        self.outdated.load(Ordering::Relaxed)
    }

    fn close(&self) {
        self.note("close".to_owned());
    }
}

impl Calls for Script {
    fn call(&self, _caller: &Arc<Caller>, permitted: Permitted) -> Exchange {
        let (pass, ticket) = permitted.split();
        let (message, fields) = pass.into_parts();
        self.log.lock().unwrap().push(format!("call {}", message.method()));
        if let Some(fields) = fields {
            self.log.lock().unwrap().push(format!("fields {fields:?}"));
        }
        let Some(id) = message.id().cloned() else { return Exchange::empty() };
        match message.method() {
            "hold" => {
                let log = Arc::clone(&self.log);
                let (exchange, sender) =
                    Exchange::guarded(move || log.lock().unwrap().push("dropped".to_owned()));
                self.held.lock().unwrap().push(sender);
                exchange
            }
            "vanish" => Exchange::empty(),
            "progress" => {
                let (exchange, sender) = Exchange::pair();
                sender.try_send(Arrival::of(self::message(TOLD))).unwrap();
                let answer = ticket.settle(result(&id, "{}"));
                sender.try_send(Arrival::of(answer)).unwrap();
                exchange
            }
            "unknown" => Exchange::answered(
                ticket.fault(&Fault::new(Fault::METHOD_NOT_FOUND, "Method not found")),
            ),
            "marked-status" => {
                let (exchange, sender) = Exchange::pair();
                let answer = ticket.fault(&Fault::new(-32602, "Invalid params"));
                let arrival = Arrival { status: Some(400), ..Arrival::of(answer) };
                sender.try_send(arrival).unwrap();
                exchange
            }
            _ => Exchange::answered(ticket.settle(result(&id, message.body().unwrap_or("{}")))),
        }
    }
}

impl Router for ByMethod {
    fn route(&self, message: Message) -> Result<(Target, Message), Denial> {
        let refusal = |code| Denial::Refusal(Refusal::new(code, "because"));
        if message.method() == "denied" {
            return Err(refusal(Code::ToolDenied));
        }
        Ok((Target::Gateway, message))
    }
}

impl Services for World {
    fn has(&self, endpoint: &Endpoint) -> bool {
        *endpoint == Endpoint::All || *endpoint == Endpoint::Server("files".into())
    }

    fn admit(
        &self,
        _endpoint: &Endpoint,
        caller: &Arc<Caller>,
        message: Message,
    ) -> Result<Permitted, Box<Refused>> {
        self.gate.admit(caller, &ByMethod, message)
    }

    fn admit_by(
        &self,
        router: &dyn Router,
        caller: &Arc<Caller>,
        message: Message,
    ) -> Result<Permitted, Box<Refused>> {
        self.gate.admit(caller, router, message)
    }

    fn check_params<'s>(
        &'s self,
        _caller: &'s Arc<Caller>,
        permitted: &'s Permitted,
        headers: &'s HeaderMap,
    ) -> BoxFuture<'s, Result<HeaderMap, Denial>> {
        let name = permitted.message().members().unwrap().text("name").unwrap_or_default();
        let result = match &*name {
            "mismatched" => Err(Denial::Fault(Fault::new(Fault::HEADER_MISMATCH, "no match"))),
            "unlisted" => Err(Denial::Refusal(Refusal::unavailable("files", "no list"))),
            _ => Ok(HeaderParams::default().unrecognized(headers)),
        };
        Box::pin(std::future::ready(result))
    }

    fn answer(&self, caller: &Arc<Caller>, answer: Message) -> Pass {
        self.gate.answer(caller, answer)
    }

    fn calls(&self, _endpoint: &Endpoint) -> Option<Arc<dyn Calls>> {
        Some(Arc::clone(&self.calls) as _)
    }

    fn converse(
        &self,
        _endpoint: &Endpoint,
        caller: &Arc<Caller>,
        client: Arc<dyn Receiver>,
    ) -> Option<Arc<dyn Conversation>> {
        let talk = Arc::new(Talk {
            client,
            caller: Arc::clone(caller),
            tickets: Mutex::default(),
            log: Mutex::default(),
            outdated: AtomicBool::new(false),
        });
        self.talks.lock().unwrap().push(Arc::clone(&talk));
        Some(talk)
    }
}

impl Authenticate for World {
    fn by_headers(&self, headers: &HeaderMap) -> Result<Option<Arc<str>>, Unauthorized> {
        let Some(value) = headers.get("authorization") else { return Ok(None) };
        match value.to_str().ok().and_then(|value| value.strip_prefix("Bearer ")) {
            Some(name @ ("alice" | "bob")) => Ok(Some(name.into())),
            _ => {
                Err(Unauthorized { www_authenticate: "Bearer error=\"invalid_token\"".to_owned() })
            }
        }
    }

    fn required(&self) -> Option<Unauthorized> {
        self.required.then(|| Unauthorized { www_authenticate: "Bearer realm=\"t\"".to_owned() })
    }
}

impl Operations for World {
    fn ready(&self, server: Option<&str>) -> Option<Readiness> {
        let ready = self.ready.load(Ordering::Acquire);
        let body = format!(r#"{{"ready":{ready}}}"#);
        server.is_none_or(|name| name == "files").then_some(Readiness { ready, body })
    }

    fn turned_away(&self, front: Front, code: &'static str) {
        self.turned_away.lock().unwrap().push(format!("{} {code}", front.name()));
    }

    fn metrics(&self, sessions: usize) -> String {
        format!("sessions {sessions}\n# EOF\n")
    }
}
