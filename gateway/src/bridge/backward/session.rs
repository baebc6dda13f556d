//! One session with the server: opened when the first call comes, and anew after it was lost.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::{Duration, Instant};

use super::answer::Opened;
use super::capability::Declared;
use super::flight::Call;
use super::inner::{Inner, OPENING, State, Work};
use super::pool::Key;
use super::suspend::States;
use super::{Limits, OnOpening};
use crate::message::{Message, Object};
use crate::pipeline::{ANONYMOUS, Pass};
use crate::protocol::{Refusal, Revision, method};
use crate::server::knows_no_sessions;
use crate::service::Connector;
use crate::session::Patience;
use crate::upstream::child::backoff::{self, Life};
use crate::upstream::{Arrival, Link, Mark, Pressure, Receiver, Stream};

/// What a session is made of.
#[derive(Clone)]
pub(super) struct Making {
    pub(super) server: Arc<str>,
    pub(super) connector: Arc<dyn Connector>,
    pub(super) patience: Patience,
    pub(super) limits: Limits,
    pub(super) states: Arc<States>,
    pub(super) on_opening: OnOpening,
}

pub(super) struct Session {
    pub(super) making: Making,
    /// What the client can be asked, as the server was told.
    pub(super) declared: Declared,
    capabilities: Arc<str>,
    pub(super) level: Option<&'static str>,
    /// Whether all calls in it are of somebody who is known, not of whoever shows no credentials.
    pub(super) is_of_one: bool,
    /// JSON of `clientInfo`.
    info: Option<String>,
    inner: Mutex<Inner>,
    /// How many are about to use it.
    users: AtomicUsize,
    pub(super) this: Weak<Session>,
}

impl Session {
    pub(super) fn new(making: Making, key: &Key, info: Option<&str>) -> Arc<Self> {
        Arc::new_cyclic(|this| Self {
            making,
            declared: Object::from_json(&key.capabilities)
                .map_or_else(|_| Declared::default(), |object| Declared::read(&object)),
            capabilities: Arc::clone(&key.capabilities),
            level: key.level,
            is_of_one: *key.principal != *ANONYMOUS,
            info: info.map(str::to_owned),
            inner: Mutex::new(Inner::new()),
            users: AtomicUsize::new(0),
            this: this.clone(),
        })
    }

    /// Keeps the session from being ended as an unused one.
    pub(super) fn lend(self: &Arc<Self>) -> Lent {
        self.users.fetch_add(1, Ordering::Relaxed);
        Lent(Arc::clone(self))
    }

    pub(super) fn inner(&self) -> MutexGuard<'_, Inner> {
        // Each change is whole before the lock is let go.
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn unavailable(&self, why: &str) -> Refusal {
        Refusal::unavailable(&self.making.server, why)
    }

    /// Since when there is nothing in it.
    pub(super) fn unused_since(&self) -> Option<Instant> {
        let inner = self.inner();
        let lent = self.users.load(Ordering::Relaxed) > 0;
        inner.unused_since().filter(|_| !lent)
    }

    /// Whether somebody waits for what comes next in it. A suspended call is waited for by nobody.
    pub(super) fn is_busy(&self) -> bool {
        let inner = self.inner();
        self.users.load(Ordering::Relaxed) > 0
            || !inner.listens.is_empty()
            || inner.calls.values().any(|call| call.client.is_some())
    }

    /// Does something, or lets it wait until the session is open.
    pub(super) fn put(&self, mut inner: MutexGuard<'_, Inner>, work: Work) {
        match &mut inner.state {
            State::Up { .. } => Self::act(inner, work),
            State::Connecting { queue, .. } | State::Opening { queue, .. } => queue.push(work),
            State::Resting { until, why } if !backoff::is_soon(*until) => {
                let why = why.clone();
                self.give_up(inner, &work, &why);
            }
            State::Resting { until, .. } => {
                let until = *until;
                inner.state = State::Connecting { queue: vec![work], since: Instant::now() };
                self.connect(&mut inner, Some(until));
            }
            State::Idle => {
                inner.state = State::Connecting { queue: vec![work], since: Instant::now() };
                self.connect(&mut inner, None);
            }
            State::Closed => self.give_up(inner, &work, "the session was closed"),
        }
    }

    fn act(mut inner: MutexGuard<'_, Inner>, work: Work) {
        match work {
            Work::Send(number, pass) => {
                if inner.calls.contains_key(&number) {
                    inner.send(pass, Stream::Exchange(number));
                }
            }
            Work::Discover(number) => Self::discovered(inner, number),
            Work::Listen(number) => inner.acknowledge(number),
        }
    }

    fn give_up(&self, mut inner: MutexGuard<'_, Inner>, work: &Work, why: &str) {
        match work {
            Work::Send(number, _) | Work::Discover(number) => {
                let call = inner.finish(*number);
                drop(inner);
                if let Some(call) = call {
                    self.refuse(call, why);
                }
            }
            Work::Listen(number) => {
                let listen = inner.listens.remove(number);
                drop(inner);
                if let Some(listen) = listen {
                    listen.refuse(&self.unavailable(why));
                }
            }
        }
    }

    /// Makes a connection, not before then.
    fn connect(&self, inner: &mut Inner, not_before: Option<Instant>) {
        inner.connection += 1;
        let Some(this) = self.this.upgrade() else { return };
        let connection = inner.connection;
        let tap = Arc::new(Tap { session: Weak::clone(&self.this), connection });
        tokio::spawn(async move {
            if let Some(until) = not_before {
                tokio::time::sleep_until(until.into()).await;
                if !this.still_connects(connection) {
                    return;
                }
            }
            match this.making.connector.connect(tap).await {
                Ok(link) => this.connected(connection, &link),
                Err(error) => this.lost(connection, &error.0),
            }
        });
    }

    /// Whether this connection is still wanted.
    fn still_connects(&self, connection: u64) -> bool {
        let inner = self.inner();
        inner.connection == connection && matches!(inner.state, State::Connecting { .. })
    }

    fn connected(&self, connection: u64, link: &Arc<dyn Link>) {
        let mut inner = self.inner();
        let current = inner.connection == connection;
        let (queue, since) = match &mut inner.state {
            State::Connecting { queue, since } if current => (std::mem::take(queue), *since),
            _ => {
                drop(inner);
                link.close();
                return;
            }
        };
        inner.state = State::Opening { link: Arc::clone(link), queue, since };
        let _ = link.send(Pass::own(self.initialize()), Stream::Exchange(OPENING));
    }

    fn initialize(&self) -> Message {
        let own = || {
            serde_json::json!({ "name": "mcp-guard", "version": env!("CARGO_PKG_VERSION") })
                .to_string()
        };
        let info = self.info.clone().unwrap_or_else(own);
        Message::made(format!(
            r#"{{"jsonrpc":"2.0","id":{OPENING},"method":"{}","params":{{"protocolVersion":"{}","capabilities":{},"clientInfo":{info}}}}}"#,
            method::INITIALIZE,
            Revision::LAST_WITH_SESSIONS,
            self.capabilities,
        ))
    }

    /// The server has answered `initialize`.
    pub(super) fn opened(&self, mut inner: MutexGuard<'_, Inner>, answer: &Message) {
        let State::Opening { link, queue, .. } = &mut inner.state else { return };
        let (link, queue) = (Arc::clone(link), std::mem::take(queue));
        let opened = match Opened::read(answer) {
            Ok(opened) => Arc::new(opened),
            Err(why) => {
                let connection = inner.connection;
                drop(inner);
                if knows_no_sessions(answer) {
                    (self.making.on_opening)(false);
                }
                self.lost(connection, &why);
                return;
            }
        };
        let logs = opened.can.log;
        inner.state = State::Up { link, opened, since: Instant::now() };
        inner.send(
            Pass::own(Message::made(format!(
                r#"{{"jsonrpc":"2.0","method":"{}"}}"#,
                method::INITIALIZED
            ))),
            Stream::Standalone,
        );
        if let (Some(level), true) = (self.level, logs) {
            inner.own_request(method::SET_LEVEL, "level", level);
        }
        if let State::Up { link, .. } = &inner.state {
            link.listen(Stream::Standalone, None);
        }
        drop(inner);
        (self.making.on_opening)(true);
        for work in queue {
            self.put(self.inner(), work);
        }
    }

    pub(super) fn lost(&self, connection: u64, why: &str) {
        let mut inner = self.inner();
        if inner.connection != connection || matches!(inner.state, State::Closed) {
            return;
        }
        // What comes over this connection later is not heard.
        inner.connection += 1;
        let life = match &inner.state {
            State::Up { since, .. } => Life { lasted: since.elapsed(), answered: true },
            _ => Life { lasted: Duration::ZERO, answered: false },
        };
        let until = Instant::now() + inner.backoff.after(life);
        let state = State::Resting { until, why: why.to_owned() };
        self.end(inner, state, why);
        let server = &*self.making.server;
        tracing::warn!(target: "mcp_guard::server", server, "connection lost: {why}");
    }

    /// Ends the session; calls in flight are refused.
    pub(super) fn close(&self) {
        let mut inner = self.inner();
        inner.connection += 1;
        self.end(inner, State::Closed, "the gateway lets go of the server");
    }

    fn end(&self, mut inner: MutexGuard<'_, Inner>, state: State, why: &str) {
        let before = std::mem::replace(&mut inner.state, state);
        let calls: Vec<Call> = inner.calls.drain().map(|(_, call)| call).collect();
        let listens = std::mem::take(&mut inner.listens);
        inner.subscriptions.clear();
        inner.standalone = Mark::default();
        inner.touch();
        drop(inner);
        for call in calls {
            self.refuse(call, why);
        }
        for listen in listens.into_values() {
            listen.end(&self.unavailable(why));
        }
        if let State::Opening { link, .. } | State::Up { link, .. } = before {
            link.close();
        }
    }

    /// Looks after patience.
    pub(super) fn look_after(&self) {
        let inner = self.inner();
        let patience = self.making.patience.idle;
        if let State::Connecting { since, .. } | State::Opening { since, .. } = &inner.state
            && since.elapsed() >= patience
        {
            let connection = inner.connection;
            drop(inner);
            self.lost(connection, &format!("no session within {patience:?}"));
            return;
        }
        self.look_after_calls(inner);
    }
}

/// A session that somebody is about to use. Only the pool lends one, under the lock under which it
/// ends unused ones.
pub(super) struct Lent(Arc<Session>);

impl std::ops::Deref for Lent {
    type Target = Session;

    fn deref(&self) -> &Session {
        &self.0
    }
}

impl Drop for Lent {
    fn drop(&mut self) {
        self.0.users.fetch_sub(1, Ordering::Relaxed);
    }
}

/// What comes over one connection.
struct Tap {
    session: Weak<Session>,
    connection: u64,
}

impl Receiver for Tap {
    fn receive(&self, arrival: Arrival) -> Pressure {
        if let Some(session) = self.session.upgrade() {
            session.arrived(self.connection, arrival);
        }
        Pressure::Free
    }

    fn lost(&self, why: &str) {
        if let Some(session) = self.session.upgrade() {
            session.lost(self.connection, why);
        }
    }
}
