//! What waits for a server that does not read, so that the others go on.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use tokio::sync::Notify;
use tokio::time::Instant;

use super::Session;
use crate::message::{Id, Message};
use crate::pipeline::{Outcome, Pass, Permitted};
use crate::protocol::Refusal;
use crate::service::Conversation;
use crate::upstream::{Arrival, Pressure, Room, Stream};

/// How many messages wait for one server before the client is held up; twice as many are the most.
const WAITING: usize = 64;
/// The same in bytes.
const BYTES: usize = 4 << 20;
/// How long one server may hold up the others, once.
const BEHIND: Duration = Duration::from_secs(1);
/// How long a server may be full before what waits for it is refused.
const LONGEST: Duration = Duration::from_secs(10);
/// Why.
const FULL: &str = "it does not read what it is sent";

/// Something that is said to a server.
pub(super) enum Said {
    Message(Box<Permitted>, Stream),
    Reply(Box<Pass>),
}

impl Said {
    pub(super) fn message(permitted: Permitted, stream: Stream) -> Self {
        Self::Message(Box::new(permitted), stream)
    }

    pub(super) fn reply(pass: Pass) -> Self {
        Self::Reply(Box::new(pass))
    }

    fn to(self, conversation: &dyn Conversation) -> Pressure {
        match self {
            Self::Message(permitted, stream) => conversation.say(*permitted, stream),
            Self::Reply(pass) => conversation.reply(*pass),
        }
    }

    fn of(&self) -> &Message {
        match self {
            Self::Message(permitted, _) => permitted.message(),
            Self::Reply(pass) => pass.message(),
        }
    }

    fn is_request(&self, id: &Id) -> bool {
        matches!(self, Self::Message(permitted, _) if permitted.message().id() == Some(id))
    }
}

/// What is to be said to one server.
#[derive(Default)]
pub(super) struct Lane {
    inner: Mutex<Inner>,
    moved: Arc<Notify>,
}

#[derive(Default)]
struct Inner {
    waiting: VecDeque<Said>,
    bytes: usize,
    /// The server has no room; somebody sees to what waits.
    is_full: bool,
    /// It has had none for too long.
    is_stuck: bool,
}

impl Inner {
    fn exceeds(&self, times: usize) -> bool {
        self.waiting.len() >= times * WAITING || self.bytes >= times * BYTES
    }

    fn take(&mut self) -> VecDeque<Said> {
        self.bytes = 0;
        std::mem::take(&mut self.waiting)
    }
}

/// A lane where too much waits.
#[derive(Debug)]
struct Crowded(Arc<Notify>);

impl Room for Crowded {
    fn wait(&self) -> BoxFuture<'_, ()> {
        async {
            let _ = tokio::time::timeout(BEHIND, self.0.notified()).await;
        }
        .boxed()
    }
}

impl Lane {
    fn inner(&self) -> MutexGuard<'_, Inner> {
        // Each change is whole before the lock is let go.
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Lets something wait if the server is full. It comes back if it can be said, or, as an error, if
    /// it is not to be said at all.
    fn enter(&self, said: Said) -> Result<(Option<Said>, Pressure), Said> {
        let mut inner = self.inner();
        if !inner.is_full {
            return Ok((Some(said), Pressure::Free));
        }
        if inner.is_stuck || inner.exceeds(2) {
            return Err(said);
        }
        inner.bytes += said.of().bytes().len();
        inner.waiting.push_back(said);
        let crowded = inner.exceeds(1);
        let room = || Pressure::Full(Arc::new(Crowded(Arc::clone(&self.moved))));
        Ok((None, if crowded { room() } else { Pressure::Free }))
    }

    /// The server is full from now on; whether it was not.
    fn fill(&self) -> bool {
        !std::mem::replace(&mut self.inner().is_full, true)
    }

    /// What is to be said next, or the server is full no more.
    fn next(&self) -> Option<Said> {
        let mut inner = self.inner();
        let next = inner.waiting.pop_front();
        match &next {
            Some(said) => inner.bytes -= said.of().bytes().len(),
            None => (inner.is_full, inner.is_stuck) = (false, false),
        }
        drop(inner);
        self.moved.notify_waiters();
        next
    }

    /// The server has been full for too long; what waits for it.
    fn stick(&self) -> VecDeque<Said> {
        let mut inner = self.inner();
        inner.is_stuck = true;
        let waiting = inner.take();
        drop(inner);
        self.moved.notify_waiters();
        waiting
    }

    /// Says nothing of what waits.
    pub(super) fn clear(&self) {
        let waiting = self.inner().take();
        self.moved.notify_waiters();
        drop(waiting);
    }

    /// Takes out a request that nobody wants an answer to any more; whether it waited.
    pub(super) fn cut(&self, id: &Id) -> bool {
        let mut inner = self.inner();
        let place = inner.waiting.iter().position(|said| said.is_request(id));
        let Some(said) = place.and_then(|place| inner.waiting.remove(place)) else { return false };
        inner.bytes -= said.of().bytes().len();
        drop(inner);
        if let Said::Message(permitted, _) = said {
            permitted.split().1.end(Outcome::Cancelled);
        }
        true
    }
}

impl Session {
    /// Says something to a server, as soon as that has room for it.
    pub(super) fn put(&self, server: usize, said: Said) -> Pressure {
        let (Some(lane), Some(conversation)) = (self.lanes.get(server), self.conversation(server))
        else {
            return Pressure::Free;
        };
        match lane.enter(said) {
            Ok((Some(said), _)) => {
                if let Pressure::Full(room) = said.to(&**conversation)
                    && lane.fill()
                {
                    self.see_to(server, room);
                }
                Pressure::Free
            }
            Ok((None, pressure)) => pressure,
            Err(said) => self.leave_out(server, said),
        }
    }

    /// Says what waits for a server when there is room again.
    fn see_to(&self, server: usize, mut room: Arc<dyn Room>) {
        let (this, stop) = (Weak::clone(&self.this), self.stop.clone());
        tokio::spawn(async move {
            let end = Instant::now() + LONGEST;
            loop {
                let has_room = tokio::select! {
                    () = stop.cancelled() => return,
                    waited = tokio::time::timeout_at(end, room.wait()) => waited.is_ok(),
                };
                if !has_room {
                    let Some(session) = this.upgrade() else { return };
                    session.stick(server);
                    drop(session);
                    tokio::select! {
                        () = stop.cancelled() => return,
                        () = room.wait() => {}
                    }
                }
                let Some(session) = this.upgrade() else { return };
                match session.go_on(server) {
                    Some(next) => room = next,
                    None => return,
                }
            }
        });
    }

    /// Says what waits for a server until that is full again.
    fn go_on(&self, server: usize) -> Option<Arc<dyn Room>> {
        let (lane, conversation) = (self.lanes.get(server)?, self.conversation(server)?);
        loop {
            if let Pressure::Full(room) = lane.next()?.to(&**conversation) {
                return Some(room);
            }
        }
    }

    fn stick(&self, server: usize) {
        let Some(lane) = self.lanes.get(server) else { return };
        let waiting = lane.stick();
        let name = self.whole.names.name(server);
        tracing::warn!(target: "mcp_guard::server", server = name, waiting = waiting.len(), "{FULL}");
        for said in waiting {
            let _ = self.leave_out(server, said);
        }
    }

    /// Refuses what is not to be said.
    fn leave_out(&self, server: usize, said: Said) -> Pressure {
        let Said::Message(permitted, stream) = said else { return Pressure::Free };
        let id = permitted.message().id().cloned();
        let refusal = Refusal::unavailable(self.whole.names.name(server), FULL);
        let answer = permitted.split().1.refuse(&refusal);
        let Some(id) = id else { return Pressure::Free };
        let mut state = self.state();
        let ours = state.ours.remove(&id);
        let waits = state.end(&id).is_some();
        drop(state);
        match ours {
            Some(ours) => {
                let _ = ours.answer.send(answer);
                Pressure::Free
            }
            None if waits => self.client.receive(Arrival::on(stream, answer)),
            // It was answered when the server was lost, or taken back.
            None => Pressure::Free,
        }
    }
}
