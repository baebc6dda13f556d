//! The one `subscriptions/listen` of a session: for what a session hears on its own stream.

mod subscriptions;

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use serde_json::{Map, Value, json};
use tokio::sync::watch;
use tokio::task::AbortHandle;

use self::subscriptions::Waiting;
use super::opening::{Offered, Session};
use super::translate::untied;
use crate::message::{Kind, Message};
use crate::pipeline::{Caller, Outcome, Permitted};
use crate::protocol::{Fault, method};
use crate::service::{Calls, Exchange};
use crate::upstream::child::backoff::{Backoff, Life};
use crate::upstream::{Arrival, Receiver, Stream, What};

/// How long a server may take to say what it grants.
const ACKNOWLEDGED_WITHIN: Duration = Duration::from_secs(10);

/// Listens for a session, for as long as the client does.
pub(super) struct Listen {
    calls: Arc<dyn Calls>,
    caller: Arc<Caller>,
    client: Arc<dyn Receiver>,
    server: Arc<str>,
    session: Arc<Session>,
    state: Mutex<State>,
    /// Told when something else is to be listened for.
    changed: watch::Sender<()>,
}

#[derive(Default)]
struct State {
    /// Where the client listens.
    stream: Option<Stream>,
    resources: BTreeSet<String>,
    /// Subscriptions that the server has not granted yet.
    waiting: Vec<Waiting>,
    calls: u64,
    task: Option<AbortHandle>,
    closed: bool,
}

/// Why a call is listened to no more.
enum Ended {
    /// Something else is to be listened for. What was granted goes on until that is.
    Changed(Option<Exchange>),
    /// The server ended it, because of this.
    Over(String),
    /// The server does not know how to.
    Unsupported,
}

impl Listen {
    pub(super) fn new(
        calls: Arc<dyn Calls>,
        caller: Arc<Caller>,
        client: Arc<dyn Receiver>,
        server: Arc<str>,
        session: Arc<Session>,
    ) -> Arc<Self> {
        let (state, changed) = (Mutex::default(), watch::Sender::new(()));
        Arc::new(Self { calls, caller, client, server, session, state, changed })
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // Each change is whole before the lock is let go.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The client listens on this stream.
    pub(super) fn begin(self: &Arc<Self>, stream: Stream) {
        let mut state = self.state();
        if state.closed || !self.session.offered.any() {
            return;
        }
        let listened = state.stream.replace(stream).is_some();
        if state.task.is_none() {
            let changed = self.changed.subscribe();
            state.task = Some(tokio::spawn(Arc::clone(self).run(changed)).abort_handle());
        }
        drop(state);
        if !listened {
            self.changed.send_replace(());
        }
    }

    /// The client listens on this stream no more.
    pub(super) fn leave(&self, stream: &Stream) {
        let mut state = self.state();
        if state.stream.as_ref() == Some(stream) {
            state.stream = None;
            drop(state);
            self.changed.send_replace(());
        }
    }

    /// The client is gone.
    pub(super) fn close(&self) {
        let mut state = self.state();
        state.closed = true;
        state.stream = None;
        let task = state.task.take();
        let waiting = std::mem::take(&mut state.waiting);
        drop(state);
        for waiting in waiting {
            waiting.ticket.end(Outcome::ConnectionLost);
        }
        if let Some(task) = task {
            task.abort();
        }
    }

    async fn run(self: Arc<Self>, mut changed: watch::Receiver<()>) {
        let mut backoff = Backoff::default();
        let mut granted = None;
        loop {
            changed.borrow_and_update();
            let Some((number, message)) = self.message() else {
                granted = None;
                self.acknowledged(u64::MAX, None);
                if changed.changed().await.is_err() {
                    return;
                }
                continue;
            };
            let began = Instant::now();
            let exchange = self.calls.call(&self.caller, Permitted::own(message));
            let over = match self.hear(number, exchange, granted.take(), &mut changed).await {
                Ended::Changed(exchange) => {
                    granted = exchange;
                    continue;
                }
                Ended::Over(why) => Some(why),
                Ended::Unsupported => None,
            };
            let why = over.as_deref().unwrap_or("it does not know subscriptions/listen");
            tracing::debug!(server = &*self.server, "listened to no more: {why}");
            self.refused(number, why);
            // A server that ends each call at once is asked ever more seldom, even if it grants it.
            let life = Life { lasted: began.elapsed(), answered: false };
            let wait = over.map(|_| backoff.after(life));
            tokio::select! {
                () = rest(wait) => {}
                _ = changed.changed() => {}
            }
        }
    }

    /// Passes on what comes of a call, and of the one before it until this one is granted.
    async fn hear(
        &self,
        number: u64,
        mut exchange: Exchange,
        mut before: Option<Exchange>,
        changed: &mut watch::Receiver<()>,
    ) -> Ended {
        let mut granted = false;
        let deadline = tokio::time::sleep(ACKNOWLEDGED_WITHIN);
        tokio::pin!(deadline);
        loop {
            tokio::select! {
                biased;
                _ = changed.changed() => {
                    return Ended::Changed(if granted { Some(exchange) } else { before });
                }
                arrival = next(&mut before) => match arrival.map(|arrival| arrival.what) {
                    Some(What::Message(message)) if message.kind() == Kind::Notification => {
                        self.tell(&message).await;
                    }
                    _ => before = None,
                },
                arrival = exchange.next() => {
                    let message = match arrival.map(|arrival| arrival.what) {
                        Some(What::Message(message)) => message,
                        Some(What::Nothing) => continue,
                        Some(What::Failed(why)) => return Ended::Over(why),
                        Some(What::End) | None => return Ended::Over("it ended".to_owned()),
                    };
                    match message.kind() {
                        Kind::Error if is_unknown_method(&message) => return Ended::Unsupported,
                        Kind::Error => return Ended::Over("it answered by an error".to_owned()),
                        Kind::Result => return Ended::Over("it ended".to_owned()),
                        Kind::Request => continue,
                        Kind::Notification => {}
                    }
                    if message.method() == method::CANCELLED {
                        return Ended::Over("it took it back".to_owned());
                    }
                    if !std::mem::replace(&mut granted, true) {
                        before = None;
                        let of = Some(&message).filter(|it| it.method() == method::ACKNOWLEDGED);
                        self.acknowledged(number, of);
                    }
                    self.tell(&message).await;
                }
                () = &mut deadline, if !granted => {
                    return Ended::Over(format!("no grant within {ACKNOWLEDGED_WITHIN:?}"));
                }
            }
        }
    }

    async fn tell(&self, message: &Message) {
        // The first is the bridge's, and the others belong to requests.
        if matches!(
            message.method(),
            method::ACKNOWLEDGED | method::CANCELLED | method::PROGRESS | method::LOG_MESSAGE
        ) {
            return;
        }
        let Some(stream) = self.state().stream.clone() else { return };
        match untied(message) {
            Ok(message) => self.client.receive(Arrival::on(stream, message)).wait().await,
            Err(why) => tracing::debug!(server = &*self.server, "{message:?} is dropped: {why}"),
        }
    }

    /// The request for what is to be listened for; `None` if that is nothing. The
    /// number tells it from others.
    fn message(&self) -> Option<(u64, Message)> {
        let mut state = self.state();
        state.stream.as_ref()?;
        let filter = filter(self.session.offered, &state.resources)?;
        state.calls += 1;
        let number = state.calls;
        drop(state);
        let meta = self.session.meta(None);
        let meta: Vec<String> =
            meta.iter().map(|(name, value)| format!("\"{name}\":{value}")).collect();
        let message = Message::made(format!(
            r#"{{"jsonrpc":"2.0","id":"listen-{number}","method":"{}","params":{{"_meta":{{{}}},"notifications":{filter}}}}}"#,
            method::LISTEN,
            meta.join(",")
        ));
        Some((number, message))
    }
}

/// What a session hears about.
fn filter(offered: Offered, resources: &BTreeSet<String>) -> Option<Value> {
    let mut filter = Map::new();
    for (name, offers) in [
        ("toolsListChanged", offered.tools),
        ("promptsListChanged", offered.prompts),
        ("resourcesListChanged", offered.resources),
    ] {
        if offers {
            filter.insert(name.to_owned(), Value::from(true));
        }
    }
    if !resources.is_empty() {
        filter.insert("resourceSubscriptions".to_owned(), json!(resources));
    }
    (!filter.is_empty()).then_some(Value::Object(filter))
}

fn is_unknown_method(error: &Message) -> bool {
    let code = error.members().ok().and_then(|error| error.get("code")?.parse().ok());
    code == Some(Fault::METHOD_NOT_FOUND)
}

/// Waits so long, or for ever.
async fn rest(wait: Option<Duration>) {
    match wait {
        Some(wait) => tokio::time::sleep(wait).await,
        None => std::future::pending().await,
    }
}

/// What comes of a call next; nothing ever if there is none.
async fn next(exchange: &mut Option<Exchange>) -> Option<Arrival> {
    match exchange {
        Some(exchange) => exchange.next().await,
        None => std::future::pending().await,
    }
}
