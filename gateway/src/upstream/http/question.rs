//! A request under way, and how it is asked.

use http::HeaderMap;

use crate::http::session_id::SessionId;
use crate::message::{Id, Kind, Message, meta};
use crate::protocol::method;
use crate::upstream::Stream;

use super::session::Session;

/// A request under way.
#[derive(Clone, Debug)]
pub(super) struct Question {
    pub(super) message: Message,
    /// Header fields of the client that go on with a message that stands alone.
    pub(super) passed_on: Option<Box<HeaderMap>>,
    pub(super) stream: Stream,
    pub(super) manner: Manner,
    /// The id that came with the response, if it opens a session.
    pub(super) session_id: Option<SessionId>,
}

/// How a message stands to the session on the link.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Manner {
    /// It opens it.
    Opening,
    /// It is part of it.
    Session,
    /// It stands alone (2026-07-28).
    Alone,
}

impl Manner {
    /// How this message stands to the session.
    ///
    /// # Errors
    /// If that cannot be told.
    pub(super) fn of(message: &Message, session: &Session) -> Result<Self, String> {
        if message.kind() == Kind::Request && message.method() == method::INITIALIZE {
            return Ok(Self::Opening);
        }
        if session.is_open || message.is_answer() {
            return Ok(Self::Session);
        }
        let meta =
            message.meta().map_err(|fault| format!("its parameters are unclear: {fault}"))?;
        Ok(if meta.get(meta::PROTOCOL_VERSION).is_some() { Self::Alone } else { Self::Session })
    }
}

/// What a message is to a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Bearing {
    /// Its answer.
    Answer,
    /// The answer to another one.
    Foreign,
    /// No answer.
    Beside,
}

impl Question {
    /// What the message is to this request.
    pub(super) fn bearing(&self, message: &Message) -> Bearing {
        if !message.is_answer() {
            return Bearing::Beside;
        }
        match message.id() {
            Some(id) if Some(id) != self.message.id() => Bearing::Foreign,
            // A server that could not read a request answers without an identifier.
            _ => Bearing::Answer,
        }
    }

    /// Whether nothing is lost when it is sent anew after no connection came about: whoever opens a
    /// conversation often comes before the server is up.
    pub(super) fn may_wait_for_server(&self) -> bool {
        self.manner == Manner::Opening || self.message.method() == method::DISCOVER
    }
}

/// The request that a `notifications/cancelled` takes back.
pub(super) fn taken_back(message: &Message) -> Option<Id> {
    if message.kind() != Kind::Notification || message.method() != method::CANCELLED {
        return None;
    }
    message.members().ok()?.get("requestId").and_then(Id::from_json)
}
