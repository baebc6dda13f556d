//! Many clients on one connection to a server of the stateless era: every request stands by itself.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::{Duration, Instant};

use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use tokio::sync::mpsc;

use super::flight::{AFTER_CANCEL, MOST, Patience};
use super::relay::{cancelled, take_back};
use crate::message::{Id, Kind, Message, Object, meta, place};
use crate::pipeline::{Caller, Outcome, Pass, Permitted, Ticket};
use crate::protocol::{Fault, Refusal, method};
use crate::service::{Calls, Connector, Exchange};
use crate::upstream::child::backoff::{self, Backoff, Life};
use crate::upstream::{Arrival, Link, Pressure, Receiver, Room, Stream, What};

/// How long a client that does not read what comes of its call may hold up the others, once.
const BEHIND: Duration = Duration::from_secs(1);

/// Calls of many clients over one connection. On a pipe identifiers and progress tokens are renamed,
/// so that no two are the same; over HTTP each request has a stream of its own and stays as it is.
pub struct Shared {
    server: Arc<str>,
    connector: Arc<dyn Connector>,
    patience: Patience,
    inner: Mutex<Inner>,
    this: Weak<Shared>,
}

struct Inner {
    calls: HashMap<u64, Call>,
    next: u64,
    state: State,
    connection: u64,
    backoff: Backoff,
    watched: bool,
    /// Until then log messages may still come of a call of this caller, which ended without its answer.
    trailing: Option<(Instant, Option<Arc<str>>)>,
}

impl Inner {
    /// A call ended without its answer, which the server may not know yet. Of one that wanted no log
    /// messages none come.
    fn trail(&mut self, call: &Call) {
        if call.logs {
            let whose = call.ticket.principal().cloned();
            self.trailing = Some((Instant::now() + AFTER_CANCEL, whose));
        }
    }

    /// The only call there is, if what comes cannot be of another caller's that ended.
    fn only(&self) -> Option<u64> {
        let mut calls = self.calls.iter();
        let (Some((number, call)), None) = (calls.next(), calls.next()) else { return None };
        let is_its_own = self.trailing.as_ref().is_none_or(|(end, whose)| {
            *end <= Instant::now() || whose.as_ref() == call.ticket.principal()
        });
        is_its_own.then_some(*number)
    }
}

enum State {
    Idle,
    Connecting(Vec<(u64, Pass)>),
    Up { link: Arc<dyn Link>, since: Instant, answered: bool },
    Resting { until: Instant, why: String },
    Closed,
}

struct Call {
    ticket: Ticket,
    arrivals: mpsc::Sender<Arrival>,
    /// As the client spelled them.
    id: Id,
    token: Option<Id>,
    /// It lasts for as long as the client wants.
    listens: bool,
    /// It wants log messages.
    logs: bool,
    /// Who asks wants to know why no answer comes, and answers the client itself.
    attempted: bool,
    due: Instant,
    last: Instant,
}

/// A client that has not read what came of its call.
#[derive(Debug)]
struct Behind(mpsc::Sender<Arrival>);

impl Room for Behind {
    fn wait(&self) -> BoxFuture<'_, ()> {
        async {
            // Two places: one is the answer's. If there are none in time, the next message tells.
            let _ = tokio::time::timeout(BEHIND, self.0.reserve_many(2)).await;
        }
        .boxed()
    }
}

struct Tap {
    shared: Weak<Shared>,
    connection: u64,
}

impl Shared {
    /// Begins; nothing is connected yet.
    #[must_use]
    pub fn new(server: Arc<str>, connector: Arc<dyn Connector>, patience: Patience) -> Arc<Self> {
        Arc::new_cyclic(|this| Self {
            server,
            connector,
            patience,
            inner: Mutex::new(Inner {
                calls: HashMap::new(),
                next: 0,
                state: State::Idle,
                connection: 0,
                backoff: Backoff::default(),
                watched: false,
                trailing: None,
            }),
            this: this.clone(),
        })
    }

    /// Asks the server something.
    pub(crate) fn ask(&self, pass: Pass, ticket: Ticket) -> Exchange {
        self.begin(pass, ticket, false)
    }

    /// Asks a server that may not understand. Answers come as the server gave them, and where none
    /// comes [`What::Failed`] with the HTTP status, if there is one.
    pub(crate) fn attempt(&self, pass: Pass) -> Exchange {
        self.begin(pass, Ticket::own(), true)
    }

    fn begin(&self, pass: Pass, ticket: Ticket, attempted: bool) -> Exchange {
        let message = pass.message();
        let Some(id) = message.id().cloned() else {
            return self.tell(pass, ticket);
        };
        if message.method() == method::INITIALIZE && !attempted {
            // This era has no such method, and a server of both would open a session for all.
            return Exchange::answered(
                ticket.fault(&Fault::new(Fault::METHOD_NOT_FOUND, "Method not found")),
            );
        }
        let (token, logs) = match message.meta() {
            Ok(meta) => (
                meta.get(meta::PROGRESS_TOKEN).and_then(Id::from_json),
                meta.get(meta::LOG_LEVEL).is_some(),
            ),
            Err(fault) => {
                let fault = Fault::new(Fault::INVALID_PARAMS, format!("Invalid params: {fault}"));
                return Exchange::answered(ticket.fault(&fault));
            }
        };
        let mut inner = self.inner();
        if inner.calls.len() >= MOST {
            drop(inner);
            return Exchange::answered(ticket.refuse(&self.unavailable("too many calls at once")));
        }
        let number = inner.next;
        inner.next += 1;
        let pass = if self.connector.is_pipe() { renamed(&pass, number) } else { pass };
        let (exchange, arrivals) = self.exchange(number);
        let now = Instant::now();
        inner.calls.insert(
            number,
            Call {
                listens: pass.message().method() == method::LISTEN,
                logs,
                attempted,
                ticket,
                arrivals,
                id,
                token,
                due: now + self.patience.idle,
                last: now + self.patience.whole,
            },
        );
        if !std::mem::replace(&mut inner.watched, true) {
            self.watch();
        }
        self.send(inner, number, pass);
        exchange
    }

    fn exchange(&self, number: u64) -> (Exchange, mpsc::Sender<Arrival>) {
        let this = Weak::clone(&self.this);
        Exchange::guarded(move || {
            if let Some(this) = this.upgrade() {
                this.take_back(number);
            }
        })
    }

    fn tell(&self, pass: Pass, ticket: Ticket) -> Exchange {
        ticket.end(Outcome::Notification);
        // It names a request as the client does, and here that is somebody else's. Who drops an
        // exchange takes its request back.
        if names_request(pass.message()) {
            return Exchange::empty();
        }
        let link = match &self.inner().state {
            State::Up { link, .. } => Some(Arc::clone(link)),
            _ => None,
        };
        if let Some(link) = link {
            let _ = link.send(pass, Stream::Standalone);
        }
        Exchange::empty()
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        // Each change is whole before the lock is let go.
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn unavailable(&self, why: &str) -> Refusal {
        Refusal::unavailable(&self.server, why)
    }

    fn send(&self, mut inner: MutexGuard<'_, Inner>, number: u64, pass: Pass) {
        match &mut inner.state {
            State::Up { link, .. } => {
                let link = Arc::clone(link);
                drop(inner);
                // A call waits for its answer, and there are not more than MOST: that is the bound.
                let _ = link.send(pass, Stream::Exchange(number));
            }
            State::Connecting(queue) => queue.push((number, pass)),
            State::Resting { until, why } if !backoff::is_soon(*until) => {
                let why = why.clone();
                let call = inner.calls.remove(&number);
                drop(inner);
                if let Some(call) = call {
                    self.refuse(call, &why);
                }
            }
            State::Resting { until, .. } => {
                let until = *until;
                inner.state = State::Connecting(vec![(number, pass)]);
                self.connect(&mut inner, Some(until));
            }
            State::Idle => {
                inner.state = State::Connecting(vec![(number, pass)]);
                self.connect(&mut inner, None);
            }
            State::Closed => {
                let call = inner.calls.remove(&number);
                drop(inner);
                if let Some(call) = call {
                    self.refuse(call, "the server is no longer configured");
                }
            }
        }
    }

    fn refuse(&self, call: Call, why: &str) {
        self.refuse_with(call, why, None);
    }

    fn refuse_with(&self, call: Call, why: &str, status: Option<u16>) {
        if call.attempted {
            let what = What::Failed(why.to_owned());
            let _ = call.arrivals.try_send(Arrival { stream: None, what, mark: None, status });
            return;
        }
        let answer = call.ticket.refuse(&self.unavailable(why));
        let _ = call.arrivals.try_send(Arrival::of(answer));
    }

    /// Makes a connection, not before then.
    fn connect(&self, inner: &mut Inner, not_before: Option<Instant>) {
        inner.connection += 1;
        let Some(this) = self.this.upgrade() else { return };
        let connection = inner.connection;
        let tap = Arc::new(Tap { shared: Weak::clone(&self.this), connection });
        tokio::spawn(async move {
            if let Some(until) = not_before {
                tokio::time::sleep_until(until.into()).await;
                if !this.still_connects(connection) {
                    return;
                }
            }
            match this.connector.connect(tap).await {
                Ok(link) => this.connected(connection, &link),
                Err(error) => this.lost(connection, &error.0),
            }
        });
    }

    /// Whether this connection is still wanted.
    fn still_connects(&self, connection: u64) -> bool {
        let inner = self.inner();
        inner.connection == connection && matches!(inner.state, State::Connecting(_))
    }

    fn connected(&self, connection: u64, link: &Arc<dyn Link>) {
        let mut inner = self.inner();
        if inner.connection != connection || !matches!(inner.state, State::Connecting(_)) {
            drop(inner);
            link.close();
            return;
        }
        let up = State::Up { link: Arc::clone(link), since: Instant::now(), answered: false };
        if let State::Connecting(queue) = std::mem::replace(&mut inner.state, up) {
            for (number, pass) in queue {
                if inner.calls.contains_key(&number) {
                    let _ = link.send(pass, Stream::Exchange(number));
                }
            }
        }
    }

    fn lost(&self, connection: u64, why: &str) {
        let mut inner = self.inner();
        if inner.connection != connection || matches!(inner.state, State::Closed) {
            return;
        }
        let life = match &inner.state {
            State::Up { since, answered, .. } => {
                Life { lasted: since.elapsed(), answered: *answered }
            }
            _ => Life { lasted: Duration::ZERO, answered: false },
        };
        let until = Instant::now() + inner.backoff.after(life);
        inner.state = State::Resting { until, why: why.to_owned() };
        let calls: Vec<Call> = inner.calls.drain().map(|(_, call)| call).collect();
        drop(inner);
        tracing::warn!(target: "mcp_guard::server", server = &*self.server, "connection lost: {why}");
        for call in calls {
            self.refuse(call, why);
        }
    }

    /// Nobody wants the answer any more.
    fn take_back(&self, number: u64) {
        let mut inner = self.inner();
        let Some(call) = inner.calls.remove(&number) else { return };
        inner.trail(&call);
        let link = match &inner.state {
            State::Up { link, .. } => Some(Arc::clone(link)),
            _ => None,
        };
        drop(inner);
        call.ticket.end(Outcome::Cancelled);
        if let Some(link) = link {
            self.stop(&*link, number);
        }
    }

    /// Tells the server that nobody wants the answer.
    fn stop(&self, link: &dyn Link, number: u64) {
        if self.connector.is_pipe() {
            let message = take_back(&Id::number(number));
            let _ = link.send(Pass::own(message), Stream::Exchange(number));
        } else {
            link.leave(&Stream::Exchange(number));
        }
    }

    fn arrived(&self, connection: u64, arrival: Arrival) -> Pressure {
        let mut inner = self.inner();
        if inner.connection != connection {
            return Pressure::Free;
        }
        if let State::Up { answered, .. } = &mut inner.state {
            *answered = true;
        }
        let of_stream = match arrival.stream {
            Some(Stream::Exchange(number)) => Some(number),
            _ => None,
        };
        match arrival.what {
            What::Message(message) => {
                let number = of_stream.or_else(|| number_of(&message, &inner));
                return self.heard(inner, number, &message, arrival.status);
            }
            What::Nothing => {}
            What::End => {
                let why = "the server ended the stream without an answer";
                self.ended(inner, of_stream, why, None);
            }
            What::Failed(why) => self.ended(inner, of_stream, &why, arrival.status),
        }
        Pressure::Free
    }

    fn ended(
        &self,
        mut inner: MutexGuard<'_, Inner>,
        number: Option<u64>,
        why: &str,
        status: Option<u16>,
    ) {
        let call = number.and_then(|number| inner.calls.remove(&number));
        drop(inner);
        if let Some(call) = call {
            self.refuse_with(call, why, status);
        }
    }

    fn heard(
        &self,
        mut inner: MutexGuard<'_, Inner>,
        number: Option<u64>,
        message: &Message,
        status: Option<u16>,
    ) -> Pressure {
        let Some(number) = number else {
            let asks = (message.kind() == Kind::Request).then(|| message.id().cloned()).flatten();
            let link = match &inner.state {
                State::Up { link, .. } => Some(Arc::clone(link)),
                _ => None,
            };
            drop(inner);
            tracing::debug!(server = &*self.server, "{message:?} belongs to no call");
            // Servers of this era do not ask; one that does is not left waiting.
            if let (Some(id), Some(link)) = (asks, link) {
                let fault = Fault::new(Fault::METHOD_NOT_FOUND, "Method not found");
                let _ = link.send(Pass::own(fault.answer(Some(&id))), Stream::Standalone);
            }
            return Pressure::Free;
        };
        if message.is_answer() {
            let Some(call) = inner.calls.remove(&number) else { return Pressure::Free };
            drop(inner);
            let answer = restored(&message.answering(&call.id), &call);
            let answer = call.ticket.settle(answer);
            let arrival = Arrival { stream: None, what: What::Message(answer), mark: None, status };
            let _ = call.arrivals.try_send(arrival);
            return Pressure::Free;
        }
        let Some(call) = inner.calls.get_mut(&number) else { return Pressure::Free };
        if message.method() == method::PROGRESS {
            call.due = Instant::now() + self.patience.idle;
        }
        // The last place is kept for the answer.
        let told = call.arrivals.capacity() > 1
            && call.arrivals.try_send(Arrival::of(restored(message, call))).is_ok();
        // A listen that the server tears down ends with its cancellation.
        let over = message.method() == method::CANCELLED;
        if told && !over {
            let is_behind = call.arrivals.capacity() <= 1;
            let arrivals = is_behind.then(|| call.arrivals.clone());
            return arrivals
                .map_or(Pressure::Free, |arrivals| Pressure::Full(Arc::new(Behind(arrivals))));
        }
        let call = inner.calls.remove(&number);
        if let Some(call) = call.as_ref().filter(|_| !over) {
            inner.trail(call);
        }
        let link = match &inner.state {
            State::Up { link, .. } => Some(Arc::clone(link)),
            _ => None,
        };
        drop(inner);
        match (call, link) {
            (Some(call), _) if over => call.ticket.end(Outcome::Cancelled),
            (Some(call), link) => {
                self.refuse(call, "the client does not read what comes of its call");
                if let Some(link) = link {
                    self.stop(&*link, number);
                }
            }
            (None, _) => {}
        }
        Pressure::Free
    }

    fn watch(&self) {
        let this = Weak::clone(&self.this);
        let every =
            (self.patience.idle / 4).clamp(Duration::from_millis(10), Duration::from_secs(1));
        tokio::spawn(async move {
            loop {
                tokio::time::sleep(every).await;
                let Some(this) = this.upgrade() else { return };
                if !this.look_after() {
                    return;
                }
            }
        });
    }

    fn look_after(&self) -> bool {
        let mut inner = self.inner();
        let now = Instant::now();
        let over = |call: &Call| !call.listens && (call.due <= now || call.last <= now);
        let overdue: Vec<(u64, Call)> = inner.calls.extract_if(|_, call| over(call)).collect();
        overdue.iter().for_each(|(_, call)| inner.trail(call));
        if inner.calls.is_empty() {
            inner.watched = false;
        }
        let goes_on = inner.watched;
        let link = match &inner.state {
            State::Up { link, .. } => Some(Arc::clone(link)),
            _ => None,
        };
        drop(inner);
        for (number, call) in overdue {
            if let Some(link) = &link {
                self.stop(&**link, number);
            }
            let why = format!("no answer within {:?}", self.patience.idle);
            if call.attempted {
                self.refuse(call, &why);
                continue;
            }
            let answer = call.ticket.time_out(&self.unavailable(&why));
            let _ = call.arrivals.try_send(Arrival::of(answer));
        }
        goes_on
    }

    /// Ends the connection until the next call.
    pub(crate) fn rest(&self) {
        let mut inner = self.inner();
        if !inner.calls.is_empty() || !matches!(inner.state, State::Up { .. }) {
            return;
        }
        inner.connection += 1;
        let state = std::mem::replace(&mut inner.state, State::Idle);
        drop(inner);
        if let State::Up { link, .. } = state {
            link.close();
        }
    }

    /// Ends the connection until the next call, which gets another one; calls in flight are refused.
    pub(crate) fn renew(&self) {
        let mut inner = self.inner();
        if matches!(inner.state, State::Closed) {
            return;
        }
        inner.connection += 1;
        let state = std::mem::replace(&mut inner.state, State::Idle);
        let calls: Vec<Call> = inner.calls.drain().map(|(_, call)| call).collect();
        drop(inner);
        for call in calls {
            self.refuse(call, "the connection to it is made anew");
        }
        if let State::Up { link, .. } = state {
            link.close();
        }
    }

    /// Which connection there is, of all that were made.
    pub(crate) fn connection(&self) -> Option<u64> {
        let inner = self.inner();
        matches!(inner.state, State::Up { .. }).then_some(inner.connection)
    }

    /// Whether no call is in flight.
    pub(crate) fn is_idle(&self) -> bool {
        self.inner().calls.is_empty()
    }

    /// Ends the connection; calls in flight are refused.
    pub fn close(&self) {
        let mut inner = self.inner();
        let state = std::mem::replace(&mut inner.state, State::Closed);
        let calls: Vec<Call> = inner.calls.drain().map(|(_, call)| call).collect();
        drop(inner);
        for call in calls {
            self.refuse(call, "the gateway lets go of the server");
        }
        if let State::Up { link, .. } = state {
            link.close();
        }
    }

    /// Whether there is a connection now.
    #[must_use]
    pub fn is_up(&self) -> bool {
        matches!(self.inner().state, State::Up { .. })
    }
}

impl Calls for Shared {
    fn call(&self, _caller: &Arc<Caller>, permitted: Permitted) -> Exchange {
        let (pass, ticket) = permitted.split();
        self.ask(pass, ticket)
    }
}

impl Receiver for Tap {
    fn receive(&self, arrival: Arrival) -> Pressure {
        self.shared
            .upgrade()
            .map_or(Pressure::Free, |shared| shared.arrived(self.connection, arrival))
    }

    fn lost(&self, why: &str) {
        if let Some(shared) = self.shared.upgrade() {
            shared.lost(self.connection, why);
        }
    }
}

impl std::fmt::Debug for Shared {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Shared({})", self.server)
    }
}

/// Whether a notification of the client is about a request, or cannot be read so far.
fn names_request(message: &Message) -> bool {
    let names = ["requestId", meta::PROGRESS_TOKEN];
    let (Ok(params), Ok(meta)) = (message.members(), message.meta()) else { return true };
    matches!(message.method(), method::CANCELLED | method::PROGRESS)
        || names.iter().any(|name| params.get(name).is_some() || meta.get(name).is_some())
        || meta.get(meta::SUBSCRIPTION_ID).is_some()
}

/// A request as it goes over a shared pipe.
fn renamed(pass: &Pass, number: u64) -> Pass {
    let pass = pass.with_id(Id::number(number));
    let own = number.to_string();
    let message = pass.message();
    let place = message
        .meta()
        .ok()
        .and_then(|meta| meta.get(meta::PROGRESS_TOKEN).map(|token| place(message.json(), token)));
    match place {
        Some(place) => pass.with(&[(place, &own)]).unwrap_or(pass),
        None => pass,
    }
}

/// Which call a message on a pipe belongs to.
fn number_of(message: &Message, inner: &Inner) -> Option<u64> {
    let known = |json: &str| Id::from_json(json)?.as_number();
    match message.kind() {
        Kind::Result | Kind::Error => message.id()?.as_number(),
        Kind::Request => None,
        Kind::Notification => match message.method() {
            method::PROGRESS => known(message.members().ok()?.get(meta::PROGRESS_TOKEN)?),
            method::CANCELLED => cancelled(message)?.as_number(),
            _ => match message.meta().ok()?.get(meta::SUBSCRIPTION_ID) {
                Some(json) => known(json),
                // Nothing tells whose it is, and it is nobody else's to see.
                None => inner.only(),
            },
        },
    }
}

/// A message with identifier and tokens as the client spelled them.
fn restored(message: &Message, call: &Call) -> Message {
    let mut edits = Vec::new();
    let whole = message.json();
    let params = message.members().ok();
    let find = |object: Option<&Object<'_>>, name: &str| {
        object.and_then(|object| object.get(name)).map(|json| place(whole, json))
    };
    if message.method() == method::PROGRESS
        && let (Some(place), Some(token)) =
            (find(params.as_ref(), meta::PROGRESS_TOKEN), &call.token)
    {
        edits.push((place, token.json()));
    }
    if message.method() == method::CANCELLED
        && let Some(place) = find(params.as_ref(), "requestId")
    {
        edits.push((place, call.id.json()));
    }
    if call.listens {
        let meta = message.meta().ok();
        if let Some(place) = find(meta.as_ref(), meta::SUBSCRIPTION_ID) {
            edits.push((place, call.id.json()));
        }
    }
    edits.sort_by_key(|(place, _)| place.start);
    message.with(&edits).unwrap_or_else(|_| message.clone())
}

#[cfg(test)]
mod tests;
