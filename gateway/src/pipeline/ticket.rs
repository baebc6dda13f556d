//! What became of a message.

use std::sync::Arc;
use std::time::Instant;

use super::caller::Caller;
use super::rules::Rules;
use crate::config::Refusals;
use crate::message::{Id, Kind, Message};
use crate::protocol::{Code, Era, Fault, Refusal, method};
use crate::record::metrics::{InFlight, ServerMetrics};
use crate::record::{Decision, Outcome, Place, RequestId, Text, Verdict};

/// Held for as long as a message is under way. Its outcome is returned through it, and so recorded;
/// one that is dropped counts as lost.
#[derive(Debug)]
pub struct Ticket(Option<Box<Open>>);

/// What whoever gave a ticket away keeps of it. An answer that comes of no ticket any more, because
/// that was lost, so bears the identifier that the loss was recorded under.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Receipt(Option<Known>);

/// How a message is refused.
#[derive(Clone, Copy, Debug)]
pub(super) struct Known {
    request: RequestId,
    era: Era,
    /// Calls of tools may be refused in the form of a result.
    as_result: bool,
}

/// What is known about a message under way.
#[derive(Debug)]
pub(super) struct Open {
    /// Those that it was permitted under; they stay the same while it is under way.
    pub(super) rules: Arc<Rules>,
    pub(super) caller: Arc<Caller>,
    /// Whose message it is: that of the caller, unless the message itself says more.
    pub(super) principal: Arc<str>,
    pub(super) request: RequestId,
    pub(super) began: Instant,
    pub(super) time: jiff::Timestamp,
    pub(super) id: Option<Id>,
    pub(super) method: compact_str::CompactString,
    /// The server that it goes to; none if the gateway answers itself.
    pub(super) server: Option<Arc<str>>,
    pub(super) tool: Option<String>,
    pub(super) bytes_in: usize,
    pub(super) place: Option<Place>,
    pub(super) in_flight: Option<InFlight>,
}

impl Open {
    pub(super) fn counter(&self) -> &Arc<ServerMetrics> {
        self.rules.counters.of(self.server.as_deref())
    }

    pub(super) fn known(&self) -> Known {
        let as_result =
            self.rules.refusals == Refusals::Result && self.method == method::TOOLS_CALL;
        Known { request: self.request, era: self.caller.era, as_result }
    }

    /// Records that it was refused.
    pub(super) fn refused(self, code: &'static str, rule: Option<&str>, bytes_out: usize) {
        self.record(Verdict::Refused { code, rule: rule.map(Text::new) }, bytes_out);
    }

    fn passed(self, outcome: Outcome, bytes_out: usize) {
        self.record(Verdict::Allowed { rule: None, outcome }, bytes_out);
    }

    fn record(mut self, verdict: Verdict, bytes_out: usize) {
        let bytes = |count: usize| u64::try_from(count).unwrap_or(u64::MAX);
        let decision = Decision {
            time: self.time,
            request_id: self.request,
            principal: Text::new(&self.principal),
            front: self.caller.front,
            session: self.caller.session,
            server: self.server.as_deref().map(Text::new),
            method: Text::new(&self.method),
            tool: self.tool.as_deref().map(Text::new),
            verdict,
            latency: self.began.elapsed(),
            bytes_in: bytes(self.bytes_in),
            bytes_out: bytes(bytes_out),
        };
        self.counter().count(&decision);
        if let Some(place) = self.place.take() {
            place.record(decision);
        }
    }
}

impl Known {
    /// The answer of a refusal, in the form that is configured for calls of tools.
    pub(super) fn refuse(self, id: Option<&Id>, refusal: &Refusal) -> Message {
        match id {
            Some(id) if self.as_result && refusal.code != Code::Unauthorized => {
                refusal.result(id, self.era, self.request)
            }
            id => refusal.answer(id, self.era, self.request),
        }
    }
}

impl Receipt {
    /// Of a message that has no record.
    #[cfg(test)]
    pub(crate) const fn own() -> Self {
        Self(None)
    }

    /// The answer to the message, which had this identifier.
    pub(crate) fn refuse(self, id: &Id, refusal: &Refusal) -> Message {
        match self.0 {
            Some(known) => known.refuse(Some(id), refusal),
            None => own_answer(Some(id), refusal),
        }
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

    /// Who sent it, as authentication found.
    #[must_use]
    pub fn principal(&self) -> Option<&Arc<str>> {
        self.0.as_ref().map(|open| &open.principal)
    }

    /// What to keep of it.
    pub(crate) fn receipt(&self) -> Receipt {
        Receipt(self.0.as_ref().map(|open| open.known()))
    }

    /// The answer as the client may see it: lists without what it may not call. Its identifier is
    /// taken as it is.
    #[must_use]
    pub fn settle(mut self, answer: Message) -> Message {
        let Some(open) = self.0.take() else { return answer };
        match super::settle::seen(&open, answer) {
            Ok(seen) => {
                let is_error = seen.kind() == Kind::Error;
                let outcome = if is_error { Outcome::Error } else { Outcome::Answered };
                open.passed(outcome, seen.bytes().len());
                seen
            }
            Err(refusal) => Self(Some(open)).refuse(&refusal),
        }
    }

    /// The answer of a refusal after the message was permitted, as when the server is gone. For a
    /// notification, which has no answer, it is not to be sent.
    #[must_use]
    pub fn refuse(mut self, refusal: &Refusal) -> Message {
        let Some(open) = self.0.take() else {
            return own_answer(None, refusal);
        };
        let answer = open.known().refuse(open.id.as_ref(), refusal);
        match refusal.code {
            Code::UpstreamUnavailable => open.passed(Outcome::ConnectionLost, answer.bytes().len()),
            code => open.refused(code.name(), refusal.rule.as_deref(), answer.bytes().len()),
        }
        answer
    }

    /// The answer when none came in time.
    #[must_use]
    pub fn time_out(mut self, refusal: &Refusal) -> Message {
        let Some(open) = self.0.take() else {
            return own_answer(None, refusal);
        };
        let answer = open.known().refuse(open.id.as_ref(), refusal);
        open.passed(Outcome::TimedOut, answer.bytes().len());
        answer
    }

    /// The answer of a fault that the gateway found after the message was permitted.
    #[must_use]
    pub fn fault(mut self, fault: &Fault) -> Message {
        let answer = fault.answer(self.id());
        if let Some(open) = self.0.take() {
            open.refused(fault.name(), None, answer.bytes().len());
        }
        answer
    }

    /// Nothing is to come back, because of this.
    pub fn end(mut self, outcome: Outcome) {
        if let Some(open) = self.0.take() {
            open.passed(outcome, 0);
        }
    }
}

/// The answer to a request of the gateway itself.
fn own_answer(id: Option<&Id>, refusal: &Refusal) -> Message {
    let fault = Fault::new(Fault::INTERNAL_ERROR, refusal.reason.clone());
    fault.answer(id).refusing(refusal.code)
}

impl Drop for Ticket {
    fn drop(&mut self) {
        if let Some(open) = self.0.take() {
            open.passed(Outcome::ConnectionLost, 0);
        }
    }
}
