//! The servers behind the gateway, and what comes from them.

pub mod child;
pub mod http;

use std::sync::Arc;

use crate::message::{Id, Message};
use crate::pipeline::Pass;

/// Which of a client's streams a message belongs to. Over a pipe there is only one, and nobody can
/// tell.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Stream {
    /// That of a request: its answer, and what comes before it.
    Request(Id),
    /// That of what belongs to no request: the `GET` stream of Streamable HTTP.
    Standalone,
    /// That of one request among those of many clients; the number is whoever's who sent it.
    Exchange(u64),
    /// One that the client took up again by `Last-Event-ID`; the number is the front's.
    Resumed(u64),
}

/// Something that comes from a server, or goes to a client.
#[derive(Clone, Debug)]
pub struct Arrival {
    /// The stream that it belongs to, if that is known.
    pub stream: Option<Stream>,
    /// What came.
    pub what: What,
    /// Which event it was.
    pub mark: Option<Mark>,
    /// The HTTP status of an answer, if it was another than 200, or of a refusal without one. Revision
    /// 2026-07-28 gives some errors a status of their own.
    pub status: Option<u16>,
}

/// What came.
#[derive(Clone, Debug)]
pub enum What {
    /// A message.
    Message(Message),
    /// An event without a message, sent for its mark alone.
    Nothing,
    /// The end of the stream, whether or not the answer came. The client may take it up again.
    End,
    /// No answer will come on this stream, because of this (no secrets).
    Failed(String),
}

/// The fields of a server-sent event besides its data (HTML, 9.2.6).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Mark {
    /// What a client takes the stream up again with.
    pub id: Option<String>,
    /// How long a client waits before that, in milliseconds.
    pub retry: Option<u64>,
    /// Whether an event without a message has data all the same, which is empty. Clients do not hear
    /// of the id of an event without data (HTML, 9.2.6).
    pub empty_data: bool,
}

impl Arrival {
    /// A message of unknown stream.
    #[must_use]
    pub const fn of(message: Message) -> Self {
        Self { stream: None, what: What::Message(message), mark: None, status: None }
    }

    /// A message on this stream.
    #[must_use]
    pub const fn on(stream: Stream, message: Message) -> Self {
        Self { stream: Some(stream), what: What::Message(message), mark: None, status: None }
    }

    /// The end of a stream.
    #[must_use]
    pub const fn end(stream: Stream) -> Self {
        Self { stream: Some(stream), what: What::End, mark: None, status: None }
    }
}

/// Whether whoever delivers should go on.
#[derive(Clone, Debug)]
#[must_use]
pub enum Pressure {
    /// There is room.
    Free,
    /// What was delivered is taken, and more should wait until the receiver has room again.
    Full(Arc<dyn Room>),
}

/// Somewhere that can be full.
pub trait Room: std::fmt::Debug + Send + Sync {
    /// Waits until there is room again, or nobody takes anything any more.
    fn wait(&self) -> futures_util::future::BoxFuture<'_, ()>;
}

impl Pressure {
    /// Waits until there is room.
    pub async fn wait(&self) {
        if let Self::Full(room) = self {
            room.wait().await;
        }
    }
}

/// Where arrivals go: the session on top of a link, or the front on top of a session. It takes
/// everything at once and never waits; whoever delivers does.
pub trait Receiver: Send + Sync {
    /// Takes what came.
    fn receive(&self, arrival: Arrival) -> Pressure;
    /// The connection is gone, and with it every answer that has not come. Told once for each
    /// connection.
    fn lost(&self, why: &str);
}

/// A connection to one server: a child process, or an HTTP endpoint with the session on it.
///
/// What comes over it goes to its [`Receiver`]. It answers nothing itself: a request that cannot be
/// sent, or whose answer will not come, is told by [`Receiver::lost`] or by an arrival.
pub trait Link: Send + Sync {
    /// Sends a message. `stream` is where what belongs to a request should arrive; for other messages
    /// it does not matter.
    fn send(&self, pass: Pass, stream: Stream) -> Pressure;
    /// Opens the stream of what belongs to no request, or takes one up again. Nothing happens over a
    /// pipe.
    fn listen(&self, stream: Stream, last_event_id: Option<String>);
    /// Nobody reads this stream any more.
    fn leave(&self, stream: &Stream);
    /// Ends the connection in the way of its transport.
    fn close(&self);
}
