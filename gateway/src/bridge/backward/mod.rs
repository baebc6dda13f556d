//! Clients of the stateless era (2026-07-28) in front of a server of the session era (up to
//! 2025-11-25).
//!
//! The server sees a client of its own era, one for each principal and what that can do. What the
//! server asks during a call suspends the call, and the client's retry goes on with it. Tasks are not
//! bridged: those of 2025-11-25 and the extension of 2026-07-28 work otherwise, so neither side is
//! told that the other has them.

mod answer;
mod capability;
mod flight;
mod inner;
mod listen;
mod pool;
mod request;
mod round;
mod session;
mod suspend;

pub(crate) use answer::complete;

use std::sync::Arc;
use std::time::Duration;

use pool::{Key, Pool};
use request::Asked;
use suspend::{Origin, States};

use crate::message::Message;
use crate::pipeline::{Caller, Outcome, Pass, Permitted, Ticket};
use crate::protocol::{Fault, Refusal, method};
use crate::service::{Calls, Connector, Exchange};
use crate::session::Patience;
use crate::upstream::{Arrival, What};

/// How much is kept, and for how long.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    /// The most sessions with the server.
    pub(crate) sessions: usize,
    /// How long a session is kept that nobody uses.
    pub(crate) idle: Duration,
    /// How long a suspended call waits for the client.
    pub(crate) suspended: Duration,
    /// The most suspended calls of one principal.
    pub(crate) suspensions: usize,
    /// How long further requests of the server are gathered after the first one.
    pub(crate) gather: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            sessions: 64,
            idle: Duration::from_secs(300),
            suspended: Duration::from_secs(600),
            suspensions: 100,
            gather: Duration::from_millis(20),
        }
    }
}

/// Told when the server has answered `initialize`: whether it opens sessions at all.
pub(crate) type OnOpening = Arc<dyn Fn(bool) + Send + Sync>;

/// Takes calls of the stateless era and makes them in sessions.
pub struct Backward {
    server: Arc<str>,
    pool: Arc<Pool>,
    states: Arc<States>,
}

impl Backward {
    /// Begins; nothing is connected yet.
    #[must_use]
    pub(crate) fn new(
        server: Arc<str>,
        connector: Arc<dyn Connector>,
        patience: Patience,
        on_opening: OnOpening,
    ) -> Arc<Self> {
        Self::with_limits(server, connector, patience, Limits::default(), on_opening)
    }

    /// The same with other limits.
    pub(crate) fn with_limits(
        server: Arc<str>,
        connector: Arc<dyn Connector>,
        patience: Patience,
        limits: Limits,
        on_opening: OnOpening,
    ) -> Arc<Self> {
        let states = Arc::new(States::new(limits));
        let making = session::Making {
            server: Arc::clone(&server),
            connector,
            patience,
            limits,
            states: Arc::clone(&states),
            on_opening,
        };
        Arc::new(Self { server, pool: Pool::new(making), states })
    }

    /// Whether nothing is in flight but calls that wait for their client.
    pub(crate) fn is_idle(&self) -> bool {
        self.pool.is_idle()
    }

    /// Ends all sessions; calls in flight are refused.
    pub fn close(&self) {
        self.pool.close();
    }

    fn ask(&self, principal: &Arc<str>, pass: &Pass, ticket: Ticket) -> Exchange {
        let message = pass.message();
        if is_gone(message.method()) {
            let fault = Fault::new(Fault::METHOD_NOT_FOUND, "Method not found");
            return answered(ticket.fault(&fault), 404);
        }
        let asked = match Asked::read(message) {
            Ok(asked) => asked,
            Err(fault) => return answered(ticket.fault(&fault), 400),
        };
        let Ok(digest) = request::digest(message) else {
            let fault = Fault::new(Fault::INVALID_PARAMS, "Invalid params");
            return answered(ticket.fault(&fault), 400);
        };
        let origin =
            Origin { principal: Arc::clone(principal), method: message.method().into(), digest };
        if let Some(state) = &asked.state {
            return match self.states.take(state, &origin) {
                Ok((session, number)) => match session.upgrade() {
                    Some(session) => session.resume(number, message, ticket, &asked),
                    None => Exchange::answered(
                        ticket.refuse(&Refusal::unavailable(&self.server, "its session is over")),
                    ),
                },
                Err(why) => {
                    let why = format!("Invalid params: {why}");
                    Exchange::answered(ticket.fault(&Fault::new(Fault::INVALID_PARAMS, why)))
                }
            };
        }
        let key = Key {
            principal: Arc::clone(principal),
            capabilities: asked.capabilities.as_str().into(),
            level: asked.level,
        };
        let session = match self.pool.session(key, asked.info.as_deref()) {
            Ok(session) => session,
            Err(why) => {
                let refusal = Refusal::unavailable(&self.server, why);
                return Exchange::answered(ticket.refuse(&refusal));
            }
        };
        match message.method() {
            method::DISCOVER => session.discover(message, ticket, &asked, origin),
            method::LISTEN => session.open_listen(message, ticket),
            _ => session.ask(pass, ticket, &asked, origin),
        }
    }
}

/// Methods that 2026-07-28 removed, and those of tasks.
fn is_gone(method: &str) -> bool {
    matches!(
        method,
        method::INITIALIZE
            | method::PING
            | method::SET_LEVEL
            | method::RESOURCES_SUBSCRIBE
            | method::RESOURCES_UNSUBSCRIBE
    ) || method.starts_with("tasks/")
}

/// An exchange that is answered already, with this status over HTTP.
fn answered(answer: Message, status: u16) -> Exchange {
    let (exchange, arrivals) = Exchange::pair();
    let what = What::Message(answer);
    let _ = arrivals.try_send(Arrival { stream: None, what, mark: None, status: Some(status) });
    exchange
}

impl Backward {
    /// Makes a call that was permitted before.
    pub(crate) fn make(&self, caller: &Arc<Caller>, pass: &Pass, ticket: Ticket) -> Exchange {
        if pass.message().id().is_none() {
            // Clients of this era tell nothing but that they take a request back, and whoever holds
            // its exchange drops that.
            ticket.end(Outcome::Notification);
            return Exchange::empty();
        }
        let principal = Arc::clone(ticket.principal().unwrap_or(&caller.principal));
        self.ask(&principal, pass, ticket)
    }
}

impl Calls for Backward {
    fn call(&self, caller: &Arc<Caller>, permitted: Permitted) -> Exchange {
        let (pass, ticket) = permitted.split();
        self.make(caller, &pass, ticket)
    }
}

impl std::fmt::Debug for Backward {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Backward({})", self.server)
    }
}

#[cfg(test)]
mod tests;
