//! The permit to send something to a server.

use std::sync::Arc;

use http::HeaderMap;

use super::caller::Target;
use super::ticket::{Receipt, Ticket};
use crate::message::{Id, Malformed, Message};

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
    /// For a message of the gateway itself, on nobody's behalf: to open a session, to find out what a
    /// server is, to take a request back.
    pub(crate) const fn own(message: Message) -> Self {
        Self { message, fields: None }
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

    /// The same with parts of its text replaced, as a bridge must: method, name and arguments are
    /// what they were.
    ///
    /// # Errors
    /// If the result is no message.
    pub(crate) fn with(&self, edits: &[(std::ops::Range<usize>, &str)]) -> Result<Self, Malformed> {
        let message = self.message.with(edits)?;
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

    /// For a request of the gateway itself, on nobody's behalf.
    pub(crate) fn own(message: Message) -> Self {
        Self { pass: Pass::own(message), target: Target::Gateway, ticket: Ticket::own() }
    }

    /// The same with parts of the message replaced, as a bridge must: method, name and arguments are
    /// what they were.
    ///
    /// # Errors
    /// If the result is no message; the ticket comes back.
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
