//! One server of the configuration, as clients of either era see it.

mod attempt;
mod leaving;
mod native;
mod session;
#[cfg(test)]
mod tests;
mod tools;

use std::sync::{Arc, Weak};

use http::HeaderMap;
use tokio::sync::mpsc;

use crate::bridge::Backward;
use crate::config::Bridge;
use crate::message::Message;
use crate::pipeline::{Caller, Denial, Front, Gate, Permitted};
use crate::protocol::Refusal;
use crate::service::{Calls, Connector, Conversation, Exchange};
use crate::session::{Patience, Shared};
use crate::upstream::{Arrival, Receiver};

use leaving::Leaving;
use native::Native;
pub use native::Speaks;
pub(crate) use native::knows_no_sessions;
use session::Session;
use tools::Tools;

/// How to connect to a server.
#[derive(Clone)]
pub struct Ways {
    /// For clients that take up a broken stream themselves.
    pub passing: Arc<dyn Connector>,
    /// For all others: the link does it.
    pub resuming: Arc<dyn Connector>,
}

/// A server: how to connect to it, what it speaks, and the connections that clients share.
pub struct Server {
    name: Arc<str>,
    gate: Arc<Gate>,
    ways: Ways,
    patience: Patience,
    bridge: Bridge,
    native: Arc<Native>,
    shared: Arc<Shared>,
    backward: Arc<Backward>,
    tools: Tools,
    leaving: Leaving,
    this: Weak<Server>,
}

impl Server {
    /// Begins; nothing is connected yet.
    #[must_use]
    pub fn new(
        name: &Arc<str>,
        gate: Arc<Gate>,
        ways: Ways,
        patience: Patience,
        bridge: Bridge,
    ) -> Arc<Self> {
        let shared = Shared::new(Arc::clone(name), Arc::clone(&ways.resuming), patience);
        let native = Arc::new(Native::default());
        let backward = {
            let (native, shared) = (Arc::clone(&native), Arc::clone(&shared));
            let on_opening = Arc::new(move |opens| native.opens_sessions(opens, &shared));
            Backward::new(Arc::clone(name), Arc::clone(&ways.resuming), patience, on_opening)
        };
        Arc::new_cyclic(|this| Self {
            name: Arc::clone(name),
            gate,
            ways,
            patience,
            bridge,
            native,
            shared,
            backward,
            tools: Tools::default(),
            leaving: Leaving::default(),
            this: this.clone(),
        })
    }

    /// Its name.
    #[must_use]
    pub const fn name(&self) -> &Arc<str> {
        &self.name
    }

    /// A client's conversation with it. What comes from it goes to the receiver.
    #[must_use]
    pub fn converse(
        self: &Arc<Self>,
        caller: &Arc<Caller>,
        client: Arc<dyn Receiver>,
    ) -> Arc<dyn Conversation> {
        let session = Session::new(Arc::clone(self), Arc::clone(caller), client);
        self.leaving.note(&session);
        session
    }

    /// Checks the header fields that mirror arguments of a tool (2026-07-28) against the call that came
    /// with them. Returns those that belong to no argument, which are to be passed on.
    ///
    /// # Errors
    /// If they do not go with the call, or that cannot be told.
    pub(crate) async fn check_params(
        &self,
        caller: &Arc<Caller>,
        call: &Message,
        headers: &HeaderMap,
    ) -> Result<HeaderMap, Denial> {
        let ask = |request| tools::answer(self.call(caller, Permitted::own(request)));
        self.tools.check(&self.name, call, headers, ask).await
    }

    fn connector(&self, front: Front) -> Arc<dyn Connector> {
        Arc::clone(if front == Front::Http { &self.ways.passing } else { &self.ways.resuming })
    }

    /// Ends the connections that clients share. Conversations go on until they are closed.
    pub fn close(&self) {
        self.shared.close();
        self.backward.close();
    }

    /// What it speaks, found out if it is not known yet.
    async fn speaks(&self) -> Result<Speaks, String> {
        self.native.find(&self.shared, self.ways.resuming.is_pipe(), self.patience.idle).await
    }

    /// Makes the call once it is known how.
    fn call_when_known(&self, caller: &Arc<Caller>, permitted: Permitted) -> Exchange {
        let (exchange, arrivals) = Exchange::pair();
        let Some(this) = self.this.upgrade() else { return Exchange::empty() };
        let caller = Arc::clone(caller);
        let held = self.leaving.hold();
        tokio::spawn(async move {
            let _held = held;
            let is_request = permitted.message().id().is_some();
            if is_request && !this.ways.resuming.is_pipe() && this.native.may_attempt() {
                this.attempt(&caller, permitted, &arrivals).await;
                return;
            }
            let speaks = tokio::select! {
                speaks = this.speaks() => speaks,
                () = arrivals.closed() => return,
            };
            let inner = match speaks {
                Ok(Speaks::Stateless(_)) => this.shared.call(&caller, permitted),
                Ok(Speaks::Sessions) => this.backward.call(&caller, permitted),
                Err(why) => {
                    let refusal = Refusal::unavailable(&this.name, why);
                    Exchange::answered(permitted.split().1.refuse(&refusal))
                }
            };
            pass_on(inner, &arrivals).await;
        });
        exchange
    }
}

/// Passes on all that comes of a call, until nobody wants it.
async fn pass_on(mut inner: Exchange, arrivals: &mpsc::Sender<Arrival>) {
    loop {
        let arrival = tokio::select! {
            arrival = inner.next() => arrival,
            () = arrivals.closed() => return,
        };
        let Some(arrival) = arrival else { return };
        if arrivals.send(arrival).await.is_err() {
            return;
        }
    }
}

impl Calls for Server {
    fn call(&self, caller: &Arc<Caller>, permitted: Permitted) -> Exchange {
        match (self.bridge, self.native.known()) {
            (Bridge::Never, _) | (_, Some(Speaks::Stateless(_))) => {
                self.shared.call(caller, permitted)
            }
            (_, Some(Speaks::Sessions)) => self.backward.call(caller, permitted),
            (_, None) => self.call_when_known(caller, permitted),
        }
    }
}

impl std::fmt::Debug for Server {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Server({})", self.name)
    }
}
