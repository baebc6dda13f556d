//! One client and one connection to one server that speak the same: messages pass as they are.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::{Duration, Instant};

use super::flight::{Flight, Patience, Waiting};
use super::reopen::Reopen;
use crate::message::{Id, Kind, Message};
use crate::pipeline::{Outcome, Pass, Permitted, Ticket};
use crate::protocol::{Fault, Refusal, method};
use crate::service::{Connector, Conversation};
use crate::upstream::child::backoff::{self, Backoff, Life};
use crate::upstream::{Arrival, Link, Pressure, Receiver, Stream, What};

/// How many messages wait while the connection is being made.
const QUEUE: usize = 1000;
/// How long a server may take to open a session again.
const REOPENING: Duration = Duration::from_secs(60);

/// A conversation that is passed on as it is. It connects when the first message comes, and anew
/// when the connection is lost; a session is then opened again as the client had opened it.
pub struct Relay {
    server: Arc<str>,
    connector: Arc<dyn Connector>,
    client: Arc<dyn Receiver>,
    patience: Patience,
    /// Told when the server answers what the client began with by an error.
    on_rejected: Option<Rejected>,
    inner: Mutex<Inner>,
    this: Weak<Relay>,
}

/// Takes over an `initialize` or `server/discover` that the server did not accept: the request, its
/// ticket, where its answer goes, and the server's error.
pub type Rejected = Box<dyn Fn(Pass, Ticket, Stream, Message) + Send + Sync>;

struct Inner {
    flight: Flight,
    state: State,
    /// Counts connections: what comes over an older one is not heard.
    connection: u64,
    backoff: Backoff,
    reopen: Reopen,
    watched: bool,
}

impl Inner {
    /// Takes a request out of those that wait for a connection: what the client has an answer to, or
    /// wants none to, is not executed after all. Whether it waited.
    fn cut(&mut self, id: &Id) -> bool {
        let State::Connecting(queue) = &mut self.state else { return false };
        let before = queue.len();
        queue.retain(|(pass, _)| {
            pass.message().kind() != Kind::Request || pass.message().id() != Some(id)
        });
        queue.len() < before
    }
}

enum State {
    /// Nothing was said yet, or the server went away and nobody missed it.
    Idle,
    /// Under way; what is said meanwhile waits.
    Connecting(Vec<(Pass, Stream)>),
    /// There is one. `answered` is whether anything came over it.
    Up { link: Arc<dyn Link>, since: Instant, answered: bool },
    /// Not before then.
    Resting { until: Instant, why: String },
    /// The client is gone.
    Closed,
}

/// What comes over one connection.
struct Tap {
    relay: Weak<Relay>,
    connection: u64,
}

impl Relay {
    /// Begins; nothing is connected yet.
    #[must_use]
    pub fn new(
        server: Arc<str>,
        connector: Arc<dyn Connector>,
        client: Arc<dyn Receiver>,
        patience: Patience,
        on_rejected: Option<Rejected>,
    ) -> Arc<Self> {
        Arc::new_cyclic(|this| Self {
            server,
            connector,
            client,
            patience,
            on_rejected,
            inner: Mutex::new(Inner {
                flight: Flight::default(),
                state: State::Idle,
                connection: 0,
                backoff: Backoff::default(),
                reopen: Reopen::default(),
                watched: false,
            }),
            this: this.clone(),
        })
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        // No panic leaves it half changed: each change is whole before the lock is let go.
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn unavailable(&self, why: &str) -> Refusal {
        Refusal::unavailable(&self.server, why)
    }

    /// Sends, or lets it wait until there is a connection.
    fn send(&self, pass: Pass, stream: Stream) -> Pressure {
        let mut inner = self.inner();
        match &mut inner.state {
            State::Up { link, .. } => {
                let link = Arc::clone(link);
                drop(inner);
                link.send(pass, stream)
            }
            State::Connecting(queue) if queue.len() < QUEUE => {
                queue.push((pass, stream));
                Pressure::Free
            }
            State::Connecting(_) => self.give_up(inner, &pass, "too many messages wait for it"),
            State::Resting { until, why } if !backoff::is_soon(*until) => {
                let why = why.clone();
                self.give_up(inner, &pass, &why)
            }
            State::Resting { until, .. } => {
                let until = *until;
                inner.state = State::Connecting(vec![(pass, stream)]);
                self.connect(&mut inner, Some(until));
                Pressure::Free
            }
            State::Idle => {
                inner.state = State::Connecting(vec![(pass, stream)]);
                self.connect(&mut inner, None);
                Pressure::Free
            }
            State::Closed => self.give_up(inner, &pass, "the session is closed"),
        }
    }

    /// Answers a request that cannot be sent.
    fn give_up(&self, mut inner: MutexGuard<'_, Inner>, pass: &Pass, why: &str) -> Pressure {
        let waiting = pass.message().id().and_then(|id| inner.flight.end(id));
        drop(inner);
        match waiting {
            Some(waiting) => self.refuse(waiting, why),
            None => Pressure::Free,
        }
    }

    fn refuse(&self, waiting: Waiting, why: &str) -> Pressure {
        let answer = waiting.ticket.refuse(&self.unavailable(why));
        self.client.receive(Arrival::on(waiting.stream, answer))
    }

    /// Makes a connection, not before then; the state is `Connecting` already.
    fn connect(&self, inner: &mut Inner, not_before: Option<Instant>) {
        inner.connection += 1;
        let Some(this) = self.this.upgrade() else { return };
        let connection = inner.connection;
        let tap = Arc::new(Tap { relay: Weak::clone(&self.this), connection });
        tokio::spawn(async move {
            if let Some(until) = not_before {
                tokio::time::sleep_until(until.into()).await;
                if !this.still_connects(connection) {
                    return;
                }
            }
            match this.connector.connect(tap).await {
                Ok(link) => this.connected(connection, &link),
                Err(error) => this.failed(connection, &error.0),
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
        if let Some(opening) = inner.reopen.begin(connection) {
            // What waits goes on when the session is open again.
            inner.reopen.over(Arc::clone(link));
            drop(inner);
            let stream =
                opening.message().id().cloned().map_or(Stream::Standalone, Stream::Request);
            let _ = link.send(opening, stream);
            self.expect_reopening(connection);
            return;
        }
        Self::up(inner, link);
    }

    /// A server that says nothing to `initialize` is let go of.
    fn expect_reopening(&self, connection: u64) {
        let this = Weak::clone(&self.this);
        let longest = self.patience.idle.min(REOPENING);
        tokio::spawn(async move {
            tokio::time::sleep(longest).await;
            let Some(this) = this.upgrade() else { return };
            if this.inner().reopen.is_under_way(connection) {
                this.failed(connection, "it did not open the session again");
            }
        });
    }

    fn up(mut inner: MutexGuard<'_, Inner>, link: &Arc<dyn Link>) {
        let state = State::Up { link: Arc::clone(link), since: Instant::now(), answered: false };
        if let State::Connecting(queue) = std::mem::replace(&mut inner.state, state) {
            // Under the lock, so that nothing overtakes what waited.
            for (pass, stream) in queue {
                let _ = link.send(pass, stream);
            }
        }
    }

    fn failed(&self, connection: u64, why: &str) {
        tracing::warn!(target: "mcp_guard::server", server = &*self.server, "no connection: {why}");
        let mut inner = self.inner();
        if inner.connection != connection || matches!(inner.state, State::Closed) {
            return;
        }
        let life = Life { lasted: Duration::ZERO, answered: false };
        let until = Instant::now() + inner.backoff.after(life);
        inner.state = State::Resting { until, why: why.to_owned() };
        inner.reopen.abort();
        let waiting = inner.flight.clear();
        drop(inner);
        for waiting in waiting {
            let _ = self.refuse(waiting, why);
        }
    }

    fn arrived(&self, connection: u64, arrival: Arrival) -> Pressure {
        match arrival.what {
            What::Message(_) => self.heard(connection, arrival),
            What::Nothing | What::End => self.client.receive(arrival),
            What::Failed(ref why) => {
                let waiting = match &arrival.stream {
                    Some(Stream::Request(id)) => {
                        if self.inner().reopen.is(id) {
                            self.lost(connection, why);
                            return Pressure::Free;
                        }
                        self.inner().flight.end(id)
                    }
                    _ => None,
                };
                match (waiting, arrival.stream) {
                    (Some(waiting), _) => self.refuse(waiting, why),
                    (None, Some(stream)) => self.client.receive(Arrival::end(stream)),
                    (None, None) => Pressure::Free,
                }
            }
        }
    }

    fn heard(&self, connection: u64, mut arrival: Arrival) -> Pressure {
        let What::Message(message) = &arrival.what else { return Pressure::Free };
        let mut inner = self.inner();
        if inner.connection != connection {
            return Pressure::Free;
        }
        if let State::Up { answered, .. } = &mut inner.state {
            *answered = true;
        }
        match message.kind() {
            Kind::Result | Kind::Error => {
                // An error without an identifier is of the request whose stream it comes on.
                let of_stream = match &arrival.stream {
                    Some(Stream::Request(id)) => Some(id),
                    _ => None,
                };
                let Some(id) = message.id().or(of_stream) else {
                    drop(inner);
                    tracing::debug!(server = &*self.server, "an error without an identifier");
                    return Pressure::Free;
                };
                if inner.reopen.is(id) {
                    return self.reopened(inner, message);
                }
                let Some(waiting) = inner.flight.end(id) else {
                    drop(inner);
                    tracing::debug!(server = &*self.server, "an answer that nobody waits for");
                    return Pressure::Free;
                };
                let rejected = inner.reopen.opened(id, message);
                drop(inner);
                self.answer(waiting, arrival, rejected)
            }
            Kind::Request => {
                let stream = arrival.stream.or_else(|| inner.flight.only());
                if let Some(id) = message.id() {
                    inner.flight.ask(id.clone(), stream.clone());
                }
                drop(inner);
                arrival.stream = stream;
                self.client.receive(arrival)
            }
            Kind::Notification => {
                let stream = match message.method() {
                    method::PROGRESS => {
                        inner.flight.progress(message, self.patience, Instant::now())
                    }
                    method::CANCELLED => {
                        cancelled(message).and_then(|id| inner.flight.answered(&id)).flatten()
                    }
                    method::LOG_MESSAGE => inner.flight.only(),
                    _ => None,
                };
                drop(inner);
                arrival.stream = arrival.stream.or(stream);
                self.client.receive(arrival)
            }
        }
    }

    fn answer(&self, waiting: Waiting, arrival: Arrival, rejected: Option<Pass>) -> Pressure {
        let What::Message(message) = arrival.what else { return Pressure::Free };
        if let (Some(pass), Some(take)) = (rejected, &self.on_rejected) {
            take(pass, waiting.ticket, waiting.stream, message);
            return Pressure::Free;
        }
        let message = match (message.id(), waiting.ticket.id()) {
            (None, Some(id)) => message.answering(id),
            _ => message,
        };
        let answer = waiting.ticket.settle(message);
        let stream = match arrival.stream {
            // The client took up the stream again and waits there.
            Some(Stream::Resumed(number)) => Stream::Resumed(number),
            _ => waiting.stream,
        };
        self.client.receive(Arrival {
            stream: Some(stream),
            what: What::Message(answer),
            mark: arrival.mark,
            status: arrival.status,
        })
    }

    /// The answer to our own `initialize` after a reconnection.
    fn reopened(&self, mut inner: MutexGuard<'_, Inner>, message: &Message) -> Pressure {
        match inner.reopen.done(message) {
            Ok((link, after)) => {
                for pass in after {
                    let _ = link.send(pass, Stream::Standalone);
                }
                Self::up(inner, &link);
                tracing::info!(target: "mcp_guard::server", server = &*self.server, "session opened again");
            }
            Err(why) => {
                let connection = inner.connection;
                drop(inner);
                self.failed(connection, &why);
            }
        }
        Pressure::Free
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
        let queue = match std::mem::replace(&mut inner.state, State::Idle) {
            State::Connecting(queue) => queue,
            _ => Vec::new(),
        };
        drop(queue);
        inner.state = State::Resting { until, why: why.to_owned() };
        inner.reopen.abort();
        let waiting = inner.flight.clear();
        let again = inner.reopen.is_open();
        drop(inner);
        tracing::warn!(target: "mcp_guard::server", server = &*self.server, "connection lost: {why}");
        for waiting in waiting {
            let _ = self.refuse(waiting, why);
        }
        if again {
            self.reconnect_at(connection, until);
        }
    }

    /// A session lives on: its server may have something to say before the client asks again.
    fn reconnect_at(&self, connection: u64, until: Instant) {
        let this = Weak::clone(&self.this);
        tokio::spawn(async move {
            tokio::time::sleep_until(until.into()).await;
            let Some(this) = this.upgrade() else { return };
            let mut inner = this.inner();
            if inner.connection == connection && matches!(inner.state, State::Resting { .. }) {
                inner.state = State::Connecting(Vec::new());
                this.connect(&mut inner, None);
            }
        });
    }

    /// Looks after patience, for as long as something is in flight.
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
        let overdue = inner.flight.overdue(Instant::now());
        for (id, ..) in &overdue {
            inner.cut(id);
        }
        if inner.flight.is_empty() {
            inner.watched = false;
        }
        let goes_on = inner.watched;
        let link = match &inner.state {
            State::Up { link, .. } => Some(Arc::clone(link)),
            _ => None,
        };
        drop(inner);
        for (id, waiting, taken_back) in overdue {
            if taken_back {
                waiting.ticket.end(Outcome::Cancelled);
                continue;
            }
            if let Some(link) = &link {
                let _ = link.send(Pass::own(take_back(&id)), waiting.stream.clone());
            }
            let why = format!("no answer within {:?}", self.patience.idle);
            let answer = waiting.ticket.time_out(&self.unavailable(&why));
            let _ = self.client.receive(Arrival::on(waiting.stream, answer));
        }
        goes_on
    }
}

/// Which request a cancellation is of.
pub(crate) fn cancelled(message: &Message) -> Option<Id> {
    message.members().ok()?.get("requestId").and_then(Id::from_json)
}

/// Takes a request back, in the gateway's name.
pub(crate) fn take_back(id: &Id) -> Message {
    Message::made(format!(
        r#"{{"jsonrpc":"2.0","method":"notifications/cancelled","params":{{"requestId":{},"reason":"timed out"}}}}"#,
        id.json()
    ))
}

impl Conversation for Relay {
    fn say(&self, permitted: Permitted, stream: Stream) -> Pressure {
        let (pass, ticket) = permitted.split();
        let now = Instant::now();
        let message = pass.message();
        let mut inner = self.inner();
        match message.id() {
            Some(id) => {
                if inner.reopen.is(id) {
                    drop(inner);
                    return self.fault(ticket, stream, "this identifier is the gateway's own");
                }
                let begun = (self.patience, now);
                let began = inner.flight.begin(id, message, ticket, stream.clone(), begun);
                if let Err((ticket, crowded)) = began {
                    drop(inner);
                    return self.fault(ticket, stream, &crowded.to_string());
                }
                if !std::mem::replace(&mut inner.watched, true) {
                    self.watch();
                }
            }
            None => {
                if message.method() == method::CANCELLED
                    && let Some(id) = cancelled(message)
                {
                    if inner.cut(&id) {
                        let waiting = inner.flight.end(&id);
                        drop(inner);
                        ticket.end(Outcome::Notification);
                        if let Some(waiting) = waiting {
                            waiting.ticket.end(Outcome::Cancelled);
                        }
                        return Pressure::Free;
                    }
                    inner.flight.take_back(&id, now);
                }
                ticket.end(Outcome::Notification);
            }
        }
        inner.reopen.note(&pass);
        drop(inner);
        self.send(pass, stream)
    }

    fn reply(&self, answer: Pass) -> Pressure {
        let asked = answer.message().id().and_then(|id| self.inner().flight.answered(id));
        match asked {
            Some(stream) => self.send(answer, stream.unwrap_or(Stream::Standalone)),
            None => {
                tracing::debug!(server = &*self.server, "the client answers what nobody asked");
                Pressure::Free
            }
        }
    }

    fn listen(&self, stream: Stream, last_event_id: Option<String>) {
        if let State::Up { link, .. } = &self.inner().state {
            link.listen(stream, last_event_id);
        }
    }

    fn leave(&self, stream: &Stream) {
        if let State::Up { link, .. } = &self.inner().state {
            link.leave(stream);
        }
    }

    fn is_busy(&self) -> bool {
        !self.inner().flight.is_empty()
    }

    fn close(&self) {
        let mut inner = self.inner();
        let state = std::mem::replace(&mut inner.state, State::Closed);
        let waiting = inner.flight.clear();
        inner.reopen.abort();
        drop(inner);
        for waiting in waiting {
            waiting.ticket.end(Outcome::ConnectionLost);
        }
        if let State::Up { link, .. } = state {
            link.close();
        }
    }
}

impl Relay {
    fn fault(&self, ticket: Ticket, stream: Stream, why: &str) -> Pressure {
        let message = format!("Invalid request: {why}");
        let answer = ticket.fault(&Fault::new(Fault::INVALID_REQUEST, message));
        self.client.receive(Arrival::on(stream, answer))
    }
}

impl Receiver for Tap {
    fn receive(&self, arrival: Arrival) -> Pressure {
        self.relay.upgrade().map_or(Pressure::Free, |relay| relay.arrived(self.connection, arrival))
    }

    fn lost(&self, why: &str) {
        if let Some(relay) = self.relay.upgrade() {
            relay.lost(self.connection, why);
        }
    }
}

impl std::fmt::Debug for Relay {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Relay({})", self.server)
    }
}

#[cfg(test)]
mod tests;
