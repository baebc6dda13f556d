//! The order in which messages go out.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures_util::future::BoxFuture;
use tokio::sync::Notify;

use super::connection::Connection;
use super::exchange::{self, SESSION_ENDED, ends_session};
use super::fields;
use super::question::{Manner, Question, taken_back};
use super::trouble::status_words;
use crate::message::{Kind, Message};
use crate::pipeline::Pass;
use crate::upstream::{Arrival, Pressure, Room, Stream, What};

/// How many messages wait before no more should come.
const FULL: usize = 256;

/// How long what follows waits for the server to take a notification or an answer.
const PATIENCE: Duration = Duration::from_secs(5);
/// How long the server has for that at all.
const TAKING: Duration = Duration::from_secs(30);

/// Sends messages in the order they were given: requests side by side, each notification and answer
/// before what follows it.
pub(super) struct Outbox {
    connection: Arc<Connection>,
    queue: Mutex<Queue>,
    moved: Notify,
}

impl std::fmt::Debug for Outbox {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Outbox").field("waiting", &self.lock().waiting.len()).finish()
    }
}

#[derive(Default)]
struct Queue {
    waiting: VecDeque<(Pass, Stream)>,
    /// Whether a task sends what waits.
    moving: bool,
}

impl Outbox {
    pub(super) fn new(connection: Arc<Connection>) -> Arc<Self> {
        Arc::new(Self { connection, queue: Mutex::default(), moved: Notify::new() })
    }

    pub(super) fn send(self: &Arc<Self>, pass: Pass, stream: Stream) -> Pressure {
        if self.connection.is_over() {
            return Pressure::Free;
        }
        let mut queue = self.lock();
        if !queue.moving && pass.message().kind() == Kind::Request {
            drop(queue);
            self.request(pass, stream);
            return Pressure::Free;
        }
        queue.waiting.push_back((pass, stream));
        let full = queue.waiting.len() > FULL;
        let moving = std::mem::replace(&mut queue.moving, true);
        drop(queue);
        if !moving {
            let outbox = Arc::clone(self);
            self.connection.spawn(async move { outbox.drain().await });
        }
        if full { Pressure::Full(Arc::clone(self) as Arc<dyn Room>) } else { Pressure::Free }
    }

    async fn drain(&self) {
        loop {
            let next = {
                let mut queue = self.lock();
                let next = queue.waiting.pop_front();
                queue.moving = next.is_some();
                next
            };
            self.moved.notify_waiters();
            match next {
                None => return,
                Some((pass, stream)) if pass.message().kind() == Kind::Request => {
                    self.request(pass, stream);
                }
                Some((pass, stream)) => self.tell(pass.into_message(), &stream).await,
            }
        }
    }

    fn request(&self, pass: Pass, stream: Stream) {
        let connection = &self.connection;
        let (message, passed_on) = pass.into_parts();
        let manner = match Manner::of(&message, &connection.session()) {
            Ok(manner) => manner,
            Err(why) => {
                let connection = Arc::clone(connection);
                let what = What::Failed(why);
                let arrival = Arrival { stream: Some(stream), what, mark: None, status: None };
                self.connection.spawn(async move { connection.deliver(arrival).await });
                return;
            }
        };
        let id = message.id().cloned();
        let stream_of = stream.clone();
        let question = Question { message, passed_on, stream: stream_of, manner, session_id: None };
        connection.read(stream, id, manner == Manner::Alone, |left| {
            exchange::run(Arc::clone(connection), question, left)
        });
    }

    async fn tell(&self, message: Message, stream: &Stream) {
        let connection = &self.connection;
        if let Some(id) = taken_back(&message) {
            if !connection.session().is_open && connection.legacy().is_none() {
                connection.requests.take_back(&id, stream);
                return;
            }
            if let Some(left) = connection.requests.left(&id, stream) {
                let _ = tokio::time::timeout(PATIENCE, left.cancelled()).await;
            }
        }
        let (taken, waits) = tokio::sync::oneshot::channel();
        let sender = Arc::clone(connection);
        connection.spawn(async move {
            match tokio::time::timeout(TAKING, tell(&sender, &message)).await {
                Ok(Ok(())) => {}
                Ok(Err(why)) => tracing::warn!(%why, "the server did not take a message"),
                Err(_) => tracing::warn!("the server did not take a message in time"),
            }
            // Nobody may be waiting any more.
            let _ = taken.send(());
        });
        let _ = tokio::time::timeout(PATIENCE, waits).await;
    }

    fn lock(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Room for Outbox {
    fn wait(&self) -> BoxFuture<'_, ()> {
        Box::pin(async move {
            loop {
                let moved = self.moved.notified();
                tokio::pin!(moved);
                moved.as_mut().enable();
                if self.lock().waiting.len() <= FULL / 2 {
                    return;
                }
                tokio::select! {
                    () = moved => {}
                    () = self.connection.over() => return,
                }
            }
        })
    }
}

async fn tell(connection: &Connection, message: &Message) -> Result<(), String> {
    if let Some(legacy) = connection.legacy() {
        return legacy.post(connection, message, None).await;
    }
    let session = connection.session();
    let fields = match Manner::of(message, &session)? {
        Manner::Alone => fields::standing_alone(message)?,
        Manner::Opening | Manner::Session => session.fields(),
    };
    let server = &connection.server;
    let posted = server.post(&server.spec.url, &fields, message.bytes(), None).await;
    let response = posted.map_err(|trouble| trouble.to_string())?;
    let status = response.status();
    if ends_session(connection, status) {
        connection.lose(SESSION_ENDED);
        return Ok(());
    }
    if status.is_success() { Ok(()) } else { Err(status_words(status, response.headers())) }
}
