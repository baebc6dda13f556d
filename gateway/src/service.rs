//! What stands between a front and a server, seen from the front: calls that stand by themselves, or
//! a conversation. A relay, a bridge between the eras, and all servers together look the same.

use std::sync::Arc;

use futures_util::future::BoxFuture;
use tokio::sync::mpsc;

use crate::message::Message;
use crate::pipeline::{Caller, Pass, Permitted, Router};
use crate::upstream::{Arrival, Link, Pressure, Receiver, Stream};

/// Takes requests that stand by themselves (revision 2026-07-28).
pub trait Calls: Send + Sync {
    /// Makes a call. Notifications are taken, and the exchange is then empty.
    fn call(&self, caller: &Arc<Caller>, permitted: Permitted) -> Exchange;
    /// Finds out where calls go, where that is to several servers.
    fn router(&self) -> Option<&dyn Router> {
        None
    }
}

/// What comes of a call: notifications, then the answer, already settled and under the identifier
/// that the client gave. Dropping it before that takes the call back.
#[derive(Debug)]
pub struct Exchange {
    arrivals: mpsc::Receiver<Arrival>,
    _guard: Option<Guard>,
}

/// Does something when it is dropped.
pub struct Guard(Option<Box<dyn FnOnce() + Send>>);

/// How many arrivals of one call wait for a slow client.
pub const BACKLOG: usize = 256;

impl Exchange {
    /// A new one, and where its arrivals go; the one with the answer is the last one. Whoever serves
    /// the call sees by [`mpsc::Sender::closed`] that nobody wants it any more.
    #[must_use]
    pub fn pair() -> (Self, mpsc::Sender<Arrival>) {
        let (sender, arrivals) = mpsc::channel(BACKLOG);
        (Self { arrivals, _guard: None }, sender)
    }

    /// The same, with something to do when the exchange is dropped.
    #[must_use]
    pub fn guarded(on_drop: impl FnOnce() + Send + 'static) -> (Self, mpsc::Sender<Arrival>) {
        let (sender, arrivals) = mpsc::channel(BACKLOG);
        (Self { arrivals, _guard: Some(Guard(Some(Box::new(on_drop)))) }, sender)
    }

    /// One that is answered already.
    #[must_use]
    pub fn answered(answer: Message) -> Self {
        let (exchange, arrivals) = Self::pair();
        // There is room in a channel that nobody has written to.
        let _ = arrivals.try_send(Arrival::of(answer));
        exchange
    }

    /// One that nothing comes of, as for a notification.
    #[must_use]
    pub fn empty() -> Self {
        Self::pair().0
    }

    /// The next arrival; `None` after the last one.
    pub async fn next(&mut self) -> Option<Arrival> {
        self.arrivals.recv().await
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        if let Some(act) = self.0.take() {
            act();
        }
    }
}

impl std::fmt::Debug for Guard {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Guard")
    }
}

/// A session of a revision up to 2025-11-25, or a pipe of any revision: both sides say what they want
/// when they want. What comes from the server goes to the [`Receiver`] that the conversation was
/// opened with, answers settled and under the identifiers that the client gave.
pub trait Conversation: Send + Sync {
    /// Passes on a request or a notification of the client. `stream` is where what belongs to a
    /// request should arrive.
    fn say(&self, permitted: Permitted, stream: Stream) -> Pressure;
    /// Passes on the client's answer to a request of the server. One that answers nothing is dropped.
    fn reply(&self, answer: Pass) -> Pressure;
    /// The client opens the stream of what belongs to no request, or takes one up again.
    fn listen(&self, stream: Stream, last_event_id: Option<String>);
    /// The client reads this stream no more, which is no cancellation.
    fn leave(&self, stream: &Stream);
    /// Finds out where what the client says goes, where that is to several servers. It stays the same
    /// whatever is configured meanwhile.
    fn router(&self) -> Option<&dyn Router> {
        None
    }
    /// Whether one that began now would be held with other servers, or routed otherwise.
    fn is_outdated(&self) -> bool {
        false
    }
    /// Whether a request of the client is being answered, as far as that is known here.
    fn is_busy(&self) -> bool {
        false
    }
    /// The client is gone.
    fn close(&self);
}

/// Makes connections to one server.
pub trait Connector: Send + Sync {
    /// Connects. What comes over the link goes to the receiver.
    fn connect(
        &self,
        receiver: Arc<dyn Receiver>,
    ) -> BoxFuture<'_, Result<Arc<dyn Link>, ConnectError>>;
    /// Whether all that comes over a link comes on one pipe, so that only identifiers tell what
    /// belongs to which request.
    fn is_pipe(&self) -> bool;
}

/// Why there is no connection.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct ConnectError(pub String);
