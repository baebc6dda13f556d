//! A client of the session era in front of a server of the stateless era.

mod asked;
mod call;
mod listen;
mod opening;
mod required;
mod translate;

#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use serde_json::json;
use tokio_util::sync::CancellationToken;

use self::asked::Asked;
use self::call::Call;
use self::listen::Listen;
use self::opening::{Session, Unopened};
use crate::message::{Id, Message};
use crate::pipeline::{Caller, Front, Gate, Outcome, Pass, Permitted, Ticket};
use crate::protocol::{Fault, Refusal, answer, method};
use crate::service::{Calls, Conversation};
use crate::session::{MOST, cancelled};
use crate::upstream::{Arrival, Pressure, Receiver, Stream};

/// The extension that tasks are from revision 2026-07-28 on.
const TASKS: &str = "io.modelcontextprotocol/tasks";

/// The levels of log messages (RFC 5424, section 6.2.1).
const LEVELS: [&str; 8] =
    ["debug", "info", "notice", "warning", "error", "critical", "alert", "emergency"];

/// The session of one client, kept here, whose requests are calls that stand by themselves.
pub struct Forward {
    calls: Arc<dyn Calls>,
    gate: Arc<Gate>,
    server: Arc<str>,
    caller: Arc<Caller>,
    client: Arc<dyn Receiver>,
    session: Arc<Session>,
    asked: Arc<Asked>,
    listen: Arc<Listen>,
    inner: Mutex<Inner>,
    this: Weak<Forward>,
}

struct Inner {
    running: HashMap<Id, Running>,
    /// The last number of our own.
    last: u64,
    /// Which log messages the client wants, as JSON.
    level: Option<String>,
    closed: bool,
}

/// A request under way. An identifier can be used anew, a number not.
struct Running {
    number: u64,
    stop: CancellationToken,
}

impl Forward {
    /// Opens the session that `opening` asks for: the client's `initialize`, its ticket, and where
    /// its answer goes. It is answered from what the server said of itself in `discovered`, its
    /// answer to `server/discover`. If that cannot be, the client is told, and so is it for
    /// everything that it asks afterwards.
    pub fn open(
        calls: Arc<dyn Calls>,
        gate: Arc<Gate>,
        server: Arc<str>,
        caller: Arc<Caller>,
        client: Arc<dyn Receiver>,
        discovered: &Message,
        opening: (Pass, Ticket, Stream),
    ) -> Arc<Self> {
        let (pass, ticket, stream) = opening;
        let (session, first) = match opening::open(&server, discovered, pass.message()) {
            Ok((session, result)) => {
                let id = pass.message().id().map_or("null", Id::json);
                let json = format!(r#"{{"jsonrpc":"2.0","id":{id},"result":{result}}}"#);
                (Some(session), ticket.settle(Message::made(json)))
            }
            Err(Unopened::Fault(fault)) => (None, ticket.fault(&fault)),
            Err(Unopened::Refusal(refusal)) => (None, ticket.refuse(&refusal)),
        };
        let closed = session.is_none();
        let session = Arc::new(session.unwrap_or_default());
        let listen = Listen::new(
            Arc::clone(&calls),
            Arc::clone(&caller),
            Arc::clone(&client),
            Arc::clone(&server),
            Arc::clone(&session),
        );
        let inner = Inner { running: HashMap::new(), last: 0, level: None, closed };
        let _ = client.receive(Arrival::on(stream, first));
        Arc::new_cyclic(|this| Self {
            asked: Asked::new(Arc::clone(&client)),
            calls,
            gate,
            server,
            caller,
            client,
            session,
            listen,
            inner: Mutex::new(inner),
            this: this.clone(),
        })
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        // Each change is whole before the lock is let go.
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// An identifier of our own towards the server.
    fn own_id(&self, of: &str) -> Id {
        let mut inner = self.inner();
        inner.last += 1;
        Id::text(&format!("{of}-{}", inner.last))
    }

    fn request(&self, permitted: Permitted, id: Id, stream: Stream) -> Pressure {
        let message = permitted.message();
        if self.inner().closed {
            let refusal = Refusal::unavailable(&self.server, "the session is not open");
            let answer = permitted.split().1.refuse(&refusal);
            return self.client.receive(Arrival::on(stream, answer));
        }
        if self.inner().running.contains_key(&id) || self.listen.waits_for(&id) {
            let why = "Invalid request: a request with this identifier is in flight";
            return self.fault(permitted, stream, Fault::INVALID_REQUEST, why);
        }
        match message.method() {
            method::PING => self.done(permitted, &id, stream),
            method::INITIALIZE => {
                let why = "Invalid request: the session is open already";
                self.fault(permitted, stream, Fault::INVALID_REQUEST, why)
            }
            method::SET_LEVEL => self.set_level(permitted, &id, stream),
            method::RESOURCES_SUBSCRIBE | method::RESOURCES_UNSUBSCRIBE => {
                self.listen.subscribe(permitted, id, stream)
            }
            name if self.lacks(name) => {
                self.fault(permitted, stream, Fault::METHOD_NOT_FOUND, "Method not found")
            }
            _ => self.ask(permitted, id, stream),
        }
    }

    /// Whether a method of sessions is none of the stateless era. Tasks have changed so much that
    /// only a client which knows the extension can ask for them.
    fn lacks(&self, name: &str) -> bool {
        match name.strip_prefix("tasks/") {
            Some("list" | "result") => true,
            Some("get" | "update" | "cancel") => !self.session.extends(TASKS),
            _ => false,
        }
    }

    fn set_level(&self, permitted: Permitted, id: &Id, stream: Stream) -> Pressure {
        let params = permitted.message().members().ok();
        let level = params.and_then(|params| params.text("level"));
        match level.filter(|level| LEVELS.contains(&&**level)) {
            Some(level) => {
                self.inner().level = Some(format!("\"{level}\""));
                self.done(permitted, id, stream)
            }
            None => {
                let why = "Invalid params: `level` is none of the levels of log messages";
                self.fault(permitted, stream, Fault::INVALID_PARAMS, why)
            }
        }
    }

    fn ask(&self, permitted: Permitted, id: Id, stream: Stream) -> Pressure {
        let Some(this) = self.this.upgrade() else { return Pressure::Free };
        let level = self.inner().level.clone();
        let meta = self.session.meta(level.as_deref());
        let permitted = match translate::in_meta(permitted.message(), &meta) {
            Ok(edits) => permitted.with(&translate::borrowed(&edits)),
            Err(fault) => {
                let why = format!("Invalid params: {fault}");
                return self.fault(permitted, stream, Fault::INVALID_PARAMS, why);
            }
        };
        let permitted = match permitted {
            // What stands there twice in the eyes of some reader is not passed on.
            Ok(permitted) => match permitted.message().meta() {
                Ok(_) => permitted,
                Err(fault) => {
                    let why = format!("Invalid params: {fault}");
                    return self.fault(permitted, stream, Fault::INVALID_PARAMS, why);
                }
            },
            Err((malformed, ticket)) => {
                let why = format!("Invalid params: {malformed}");
                let answer = ticket.fault(&Fault::new(Fault::INVALID_PARAMS, why));
                return self.client.receive(Arrival::on(stream, answer));
            }
        };
        let mut inner = self.inner();
        let crowded = inner.running.len() >= MOST;
        let number = inner.last + 1;
        let stop = CancellationToken::new();
        match inner.running.entry(id.clone()) {
            Entry::Vacant(place) if !crowded => {
                place.insert(Running { number, stop: stop.clone() });
            }
            _ => {
                drop(inner);
                let why = "Invalid request: too many requests are in flight";
                return self.fault(permitted, stream, Fault::INVALID_REQUEST, why);
            }
        }
        inner.last = number;
        drop(inner);
        let request = permitted.message().clone();
        let principal = permitted.principal().unwrap_or(&self.caller.principal);
        let principal = Arc::clone(principal);
        let exchange = self.calls.call(&self.caller, permitted);
        tokio::spawn(async move {
            let call = Call { forward: this, request, id, principal, stream };
            let answer = tokio::select! {
                biased;
                () = stop.cancelled() => None,
                answer = call.answer(exchange) => Some(answer),
            };
            call.end(number, answer).await;
        });
        Pressure::Free
    }

    /// Forgets a request. Whether it was in flight.
    fn ended(&self, id: &Id, number: u64) -> bool {
        let mut inner = self.inner();
        let is_it = inner.running.get(id).is_some_and(|running| running.number == number);
        is_it && inner.running.remove(id).is_some()
    }

    fn notification(&self, permitted: Permitted) -> Pressure {
        let message = permitted.message();
        match message.method() {
            method::CANCELLED => {
                if let Some(id) = cancelled(message) {
                    self.take_back(&id);
                }
            }
            // Over a pipe everybody listens.
            method::INITIALIZED if self.caller.front == Front::Stdio => {
                if !self.inner().closed {
                    self.listen.begin(Stream::Standalone);
                }
            }
            // What a server of the stateless era has no use for, or could take for another's.
            method::INITIALIZED | method::ROOTS_CHANGED | method::PROGRESS => {}
            _ => {
                if !self.inner().closed {
                    drop(self.calls.call(&self.caller, permitted));
                    return Pressure::Free;
                }
            }
        }
        permitted.split().1.end(Outcome::Notification);
        Pressure::Free
    }

    fn take_back(&self, id: &Id) {
        if self.listen.take_back(id) {
            return;
        }
        if let Some(running) = self.inner().running.remove(id) {
            running.stop.cancel();
        }
    }

    /// Answers by nothing but that it is done.
    fn done(&self, permitted: Permitted, id: &Id, stream: Stream) -> Pressure {
        let answer = permitted.split().1.settle(answer(id, &json!({})));
        self.client.receive(Arrival::on(stream, answer))
    }

    fn fault(
        &self,
        permitted: Permitted,
        stream: Stream,
        code: i32,
        why: impl Into<std::borrow::Cow<'static, str>>,
    ) -> Pressure {
        let answer = permitted.split().1.fault(&Fault::new(code, why));
        self.client.receive(Arrival::on(stream, answer))
    }
}

impl Conversation for Forward {
    fn say(&self, permitted: Permitted, stream: Stream) -> Pressure {
        match permitted.message().id().cloned() {
            Some(id) => self.request(permitted, id, stream),
            None => self.notification(permitted),
        }
    }

    fn reply(&self, answer: Pass) -> Pressure {
        if !self.asked.answered(answer.into_message()) {
            tracing::debug!(server = &*self.server, "the client answers what nobody asked");
        }
        Pressure::Free
    }

    fn listen(&self, stream: Stream, _last_event_id: Option<String>) {
        // Nothing can be taken up again: the stateless era has no marks.
        if !self.inner().closed {
            self.listen.begin(stream);
        }
    }

    fn leave(&self, stream: &Stream) {
        self.listen.leave(stream);
    }

    fn is_busy(&self) -> bool {
        !self.inner().running.is_empty()
    }

    fn close(&self) {
        let mut inner = self.inner();
        inner.closed = true;
        let running = std::mem::take(&mut inner.running);
        drop(inner);
        self.asked.close();
        self.listen.close();
        for running in running.into_values() {
            running.stop.cancel();
        }
    }
}

impl Drop for Forward {
    fn drop(&mut self) {
        self.listen.close();
    }
}

impl std::fmt::Debug for Forward {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Forward({})", self.server)
    }
}
