//! The permit to send something to a server.

use std::sync::Arc;

use http::HeaderMap;

use super::caller::Target;
use super::ticket::{Receipt, Ticket};
use crate::message::{Id, Malformed, Message};
use crate::protocol::method;

/// A message that may go to a server. Only the pipeline makes one of a client's message.
#[derive(Clone, Debug)]
pub struct Pass {
    message: Message,
    /// Header fields of the client that go on to the server, where the message goes over HTTP and
    /// stands by itself.
    fields: Option<Box<HeaderMap>>,
}

/// What the pipeline permitted: the message, and the ticket that its outcome is returned by.
#[derive(Debug)]
pub struct Permitted {
    pass: Pass,
    target: Target,
    ticket: Ticket,
}

impl Pass {
    /// For a message of the gateway itself, on nobody's behalf. Only what holds connections may use it
    /// (`session`, `bridge`, `server`, `aggregate`): to open a session, to find out what a server is, to
    /// take a request back, to answer for a client that was not asked. No policy is about any of these,
    /// and their text is the gateway's. What a client wants done comes by the [`Gate`](super::Gate), and
    /// a call of a tool is never the gateway's own.
    pub(crate) fn own(message: Message) -> Self {
        debug_assert_ne!(message.method(), method::TOOLS_CALL, "the gateway calls no tools");
        Self { message, fields: None }
    }

    /// For a message that a test says a client has sent.
    #[cfg(test)]
    pub(crate) const fn of_client(message: Message) -> Self {
        Self::permitted(message)
    }

    pub(super) const fn permitted(message: Message) -> Self {
        Self { message, fields: None }
    }

    /// The message.
    #[must_use]
    pub const fn message(&self) -> &Message {
        &self.message
    }

    /// The same under another identifier.
    #[must_use]
    pub fn with_id(&self, id: Id) -> Self {
        Self { message: self.message.with_id(id), fields: self.fields.clone() }
    }

    /// The same with parts of its text replaced, as a bridge must, and a pipe that calls share. What
    /// was permitted stays what it is: another method, or another tool or other arguments in a call,
    /// is an error, so it does not matter who edits.
    ///
    /// # Errors
    /// If the result is no message, or asks for something else.
    pub(crate) fn with(&self, edits: &[(std::ops::Range<usize>, &str)]) -> Result<Self, Malformed> {
        let message = self.message.with(edits)?;
        if !is_same(&self.message, &message) {
            let reason = "an edit would ask for something else".to_owned();
            return Err(Malformed::Shape { reason, id: self.message.id().cloned() });
        }
        Ok(Self { message, fields: self.fields.clone() })
    }

    /// The message.
    #[must_use]
    pub fn into_message(self) -> Message {
        self.message
    }

    /// The message, and the header fields that go on with it.
    pub(crate) fn into_parts(self) -> (Message, Option<Box<HeaderMap>>) {
        (self.message, self.fields)
    }
}

impl Permitted {
    pub(super) const fn new(message: Message, target: Target, ticket: Ticket) -> Self {
        Self { pass: Pass::permitted(message), target, ticket }
    }

    /// For a message of the gateway itself, on nobody's behalf, that goes where those of clients go: as
    /// with [`Pass::own`], nothing that a client wants done.
    pub(crate) fn own(message: Message) -> Self {
        Self { pass: Pass::own(message), target: Target::Gateway, ticket: Ticket::own() }
    }

    /// For a message that a test says a client has sent, of which nothing is recorded.
    #[cfg(test)]
    pub(crate) fn of_client(message: Message) -> Self {
        Self::new(message, Target::Gateway, Ticket::own())
    }

    /// The same with parts of the message replaced, as with [`Pass::with`].
    ///
    /// # Errors
    /// If the result is no message, or asks for something else; the ticket comes back.
    pub(crate) fn with(
        self,
        edits: &[(std::ops::Range<usize>, &str)],
    ) -> Result<Self, (Malformed, Ticket)> {
        match self.pass.with(edits) {
            Ok(pass) => Ok(Self { pass, ..self }),
            Err(fault) => Err((fault, self.ticket)),
        }
    }

    /// The same under another identifier towards the server. The ticket keeps that of the client.
    #[must_use]
    pub(crate) fn with_id(self, id: Id) -> Self {
        Self { pass: self.pass.with_id(id), ..self }
    }

    /// The same with header fields of the client that go on to the server.
    #[must_use]
    pub(crate) fn with_fields(mut self, fields: HeaderMap) -> Self {
        self.pass.fields = (!fields.is_empty()).then(|| Box::new(fields));
        self
    }

    /// The message.
    #[must_use]
    pub const fn message(&self) -> &Message {
        self.pass.message()
    }

    /// Who sent it, as authentication found; none for one of the gateway itself.
    pub(crate) fn principal(&self) -> Option<&Arc<str>> {
        self.ticket.principal()
    }

    /// What to keep of the ticket.
    pub(crate) fn receipt(&self) -> Receipt {
        self.ticket.receipt()
    }

    /// Where it goes.
    #[must_use]
    pub const fn target(&self) -> &Target {
        &self.target
    }

    /// The permit and the ticket.
    #[must_use]
    pub fn split(self) -> (Pass, Ticket) {
        (self.pass, self.ticket)
    }
}

/// Whether two messages ask for the same, as far as a policy may be about it.
fn is_same(before: &Message, after: &Message) -> bool {
    if before.method() != after.method() || before.kind() != after.kind() {
        return false;
    }
    if before.method() != method::TOOLS_CALL {
        return true;
    }
    let (Ok(before), Ok(after)) = (before.members(), after.members()) else { return false };
    ["name", "arguments"].iter().all(|name| before.get(name) == after.get(name))
}
