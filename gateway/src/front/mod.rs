//! Where clients come in.

pub mod http;
mod internal;
pub mod stdio;

use std::sync::Arc;

use ::http::HeaderMap;
use futures_util::future::BoxFuture;

use crate::message::Message;
use crate::pipeline::{Caller, Denial, Front, Pass, Permitted, Refused, Router};
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

    /// The same for a message that goes where this says.
    ///
    /// # Errors
    /// If it is refused.
    fn admit_by(
        &self,
        router: &dyn Router,
        caller: &Arc<Caller>,
        message: Message,
    ) -> Result<Permitted, Box<Refused>>;

    /// The same for what is said in a conversation, or is a call, that may have a router of its own.
    ///
    /// # Errors
    /// If it is refused.
    fn admit_in(
        &self,
        endpoint: &Endpoint,
        router: Option<&dyn Router>,
        caller: &Arc<Caller>,
        message: Message,
    ) -> Result<Permitted, Box<Refused>> {
        match router {
            Some(router) => self.admit_by(router, caller, message),
            None => self.admit(endpoint, caller, message),
        }
    }

    /// Checks the header fields that mirror arguments of a tool (2026-07-28) against a permitted call
    /// that came with them. Returns those that belong to no argument, which are to be passed on.
    ///
    /// # Errors
    /// If they do not go with the call, or that cannot be told.
    fn check_params<'s>(
        &'s self,
        caller: &'s Arc<Caller>,
        permitted: &'s Permitted,
        headers: &'s HeaderMap,
    ) -> BoxFuture<'s, Result<HeaderMap, Denial>>;

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

/// Finds out who calls over HTTP.
pub trait Authenticate: Send + Sync {
    /// The principal that the credentials in the header prove; `None` if there are none.
    ///
    /// # Errors
    /// If there are some and they prove nobody, whatever may be done without.
    fn by_headers(&self, headers: &HeaderMap) -> Result<Option<Arc<str>>, Unauthorized>;

    /// What to tell whoever has no credentials; `None` if none are needed.
    fn required(&self) -> Option<Unauthorized>;
}

/// Nobody known is calling.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("credentials are missing or wrong")]
pub struct Unauthorized {
    /// The value of `WWW-Authenticate` (RFC 9110, section 11.6.1).
    pub www_authenticate: String,
}

/// What is asked about the gateway itself.
pub trait Operations: Send + Sync {
    /// Whether the gateway, or this server, can take calls; `None` if there is no such server.
    fn ready(&self, server: Option<&str>) -> Option<Readiness>;

    /// A request was turned away before any message of it was read, because of this code of a refusal
    /// or name of a fault.
    fn turned_away(&self, front: Front, code: &'static str);

    /// All measurements, in the text format of `OpenMetrics` 1.0, while so many sessions are open.
    fn metrics(&self, sessions: usize) -> String;
}

/// Whether something can take calls.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Readiness {
    /// It can.
    pub ready: bool,
    /// More about it, as JSON.
    pub body: String,
}
