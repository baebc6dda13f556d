//! What became of a message.

use std::sync::Arc;
use std::time::Instant;

use super::gate::{Caller, Gate, Rules, Target};
use crate::message::{Id, Message};
use crate::protocol::{Code, Era, Fault, Refusal, RequestId};

/// What came of a message that was permitted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Outcome {
    /// A result came back.
    Answered,
    /// An error came back.
    Error,
    /// The client took it back.
    Cancelled,
    /// No answer came in time.
    TimedOut,
    /// The connection to the server or to the client ended first.
    ConnectionLost,
    /// Nothing comes back.
    Notification,
}

/// Held for as long as a message is under way. Its outcome is returned through it, and so recorded;
/// one that is dropped counts as lost.
#[derive(Debug)]
pub struct Ticket(Option<Box<Open>>);

/// What is known about a message under way.
#[derive(Debug)]
pub(super) struct Open {
    pub(super) gate: Arc<Gate>,
    /// Those that it was permitted under; they stay the same while it is under way.
    pub(super) rules: Arc<Rules>,
    pub(super) caller: Arc<Caller>,
    pub(super) request: RequestId,
    pub(super) began: Instant,
    pub(super) time: jiff::Timestamp,
    pub(super) id: Option<Id>,
    pub(super) method: compact_str::CompactString,
    /// The server that it goes to; none if the gateway answers itself.
    pub(super) server: Option<Arc<str>>,
    pub(super) tool: Option<String>,
    pub(super) bytes_in: usize,
}

impl Open {
    pub(super) fn target(&mut self, target: &Target) {
        self.server = match target {
            Target::Server(name) => Some(Arc::clone(name)),
            Target::Gateway => None,
        };
    }
}

impl Ticket {
    pub(super) fn new(open: Open) -> Self {
        Self(Some(Box::new(open)))
    }

    /// For a message of the gateway itself: nothing is recorded.
    #[must_use]
    pub(crate) const fn own() -> Self {
        Self(None)
    }

    /// The identifier that the client gave; none for a notification.
    #[must_use]
    pub fn id(&self) -> Option<&Id> {
        self.0.as_ref().and_then(|open| open.id.as_ref())
    }

    /// How the client's conversation is held.
    #[must_use]
    pub fn era(&self) -> Era {
        self.0.as_ref().map_or(Era::Session, |open| open.caller.era)
    }

    /// Whose message it is.
    #[must_use]
    pub fn caller(&self) -> Option<&Arc<Caller>> {
        self.0.as_ref().map(|open| &open.caller)
    }

    /// The answer as the client may see it: lists without what it may not call. Its identifier is
    /// taken as it is.
    #[must_use]
    pub fn settle(mut self, answer: Message) -> Message {
        let Some(open) = self.0.take() else { return answer };
        let outcome = match answer.kind() {
            crate::message::Kind::Error => Outcome::Error,
            _ => Outcome::Answered,
        };
        let seen = match super::settle::seen(&open, answer) {
            Ok(answer) => answer,
            Err(refusal) => {
                return Self(Some(open)).refuse(&refusal);
            }
        };
        open.gate.record(&open, outcome, None, seen.bytes().len());
        seen
    }

    /// The answer of a refusal after the message was permitted, as when the server is gone. For a
    /// notification, which has no answer, it is not to be sent.
    #[must_use]
    pub fn refuse(mut self, refusal: &Refusal) -> Message {
        let (era, request, id) = match &self.0 {
            Some(open) => (open.caller.era, open.request, open.id.clone()),
            None => (Era::Session, RequestId(0), None),
        };
        let answer = refusal.answer(id.as_ref(), era, request);
        if let Some(open) = self.0.take() {
            let outcome = match refusal.code {
                Code::UpstreamUnavailable => Outcome::ConnectionLost,
                _ => Outcome::Error,
            };
            open.gate.record(&open, outcome, Some(refusal), answer.bytes().len());
        }
        answer
    }

    /// The answer when none came in time.
    #[must_use]
    pub fn time_out(mut self, refusal: &Refusal) -> Message {
        let (era, request) = self
            .0
            .as_ref()
            .map_or((Era::Session, RequestId(0)), |open| (open.caller.era, open.request));
        let answer = refusal.answer(self.id(), era, request);
        if let Some(open) = self.0.take() {
            open.gate.record(&open, Outcome::TimedOut, Some(refusal), answer.bytes().len());
        }
        answer
    }

    /// The answer of a fault that the gateway found after the message was permitted.
    #[must_use]
    pub fn fault(mut self, fault: &Fault) -> Message {
        let answer = fault.answer(self.id());
        if let Some(open) = self.0.take() {
            open.gate.record(&open, Outcome::Error, None, answer.bytes().len());
        }
        answer
    }

    /// Nothing is to come back, because of this.
    pub fn end(mut self, outcome: Outcome) {
        if let Some(open) = self.0.take() {
            open.gate.record(&open, outcome, None, 0);
        }
    }
}

impl Drop for Ticket {
    fn drop(&mut self) {
        if let Some(open) = self.0.take() {
            open.gate.record(&open, Outcome::ConnectionLost, None, 0);
        }
    }
}
