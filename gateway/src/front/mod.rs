//! Where clients come in.

pub mod stdio;

use std::sync::Arc;

use crate::message::Message;
use crate::pipeline::{Caller, Pass, Permitted, Refused};
use crate::service::{Calls, Conversation};
use crate::upstream::Receiver;

/// What a client talks to.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Endpoint {
    /// One server.
    Server(Arc<str>),
    /// All of them as one.
    All,
}

/// What fronts need of the rest of the gateway.
pub trait Services: Send + Sync {
    /// Whether there is such an endpoint.
    fn has(&self, endpoint: &Endpoint) -> bool;

    /// Puts a request or a notification through the pipeline.
    ///
    /// # Errors
    /// If it is refused.
    fn admit(
        &self,
        endpoint: &Endpoint,
        caller: &Arc<Caller>,
        message: Message,
    ) -> Result<Permitted, Box<Refused>>;

    /// Puts the client's answer to a request of a server through the pipeline.
    fn answer(&self, caller: &Arc<Caller>, answer: Message) -> Pass;

    /// For requests that stand by themselves; `None` if there is no such endpoint any more.
    fn calls(&self, endpoint: &Endpoint) -> Option<Arc<dyn Calls>>;

    /// Opens a session. What comes from the servers goes to the receiver.
    fn converse(
        &self,
        endpoint: &Endpoint,
        caller: &Arc<Caller>,
        client: Arc<dyn Receiver>,
    ) -> Option<Arc<dyn Conversation>>;
}
