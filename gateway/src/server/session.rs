//! A client's conversation with one server: passed on as it is wherever both speak the same, and
//! bridged where they do not.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use super::{Server, Speaks};
use crate::bridge::Forward;
use crate::config::Bridge;
use crate::message::{Message, meta};
use crate::pipeline::{Caller, Pass, Permitted, Ticket};
use crate::protocol::method;
use crate::service::{Calls, Conversation};
use crate::session::{Each, Rejected, Relay};
use crate::upstream::{Arrival, Pressure, Receiver, Stream};

/// Finds out with the first messages how the conversation is held.
pub(super) struct Session {
    server: Arc<Server>,
    caller: Arc<Caller>,
    client: Arc<dyn Receiver>,
    /// How it is held, once anything was said.
    held: Mutex<Option<Arc<dyn Conversation>>>,
    /// The server does not know `server/discover`: a client that goes on in that era needs a bridge.
    undiscovered: AtomicBool,
    this: Weak<Session>,
}

impl Session {
    pub(super) fn new(
        server: Arc<Server>,
        caller: Arc<Caller>,
        client: Arc<dyn Receiver>,
    ) -> Arc<Self> {
        Arc::new_cyclic(|this| Self {
            server,
            caller,
            client,
            held: Mutex::new(None),
            undiscovered: AtomicBool::new(false),
            this: this.clone(),
        })
    }

    fn held(&self) -> MutexGuard<'_, Option<Arc<dyn Conversation>>> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn now(&self) -> Option<Arc<dyn Conversation>> {
        self.held().clone()
    }

    /// How a conversation that begins with this message is held.
    fn begin(&self, message: &Message) -> Arc<dyn Conversation> {
        let bridges = self.server.bridge != Bridge::Never;
        let native = !is_stateless(message)
            || !bridges
            || (self.server.bridge == Bridge::Auto && message.method() == method::DISCOVER);
        if native { self.relay(bridges) } else { self.each() }
    }

    fn relay(&self, bridges: bool) -> Arc<dyn Conversation> {
        let this = Weak::clone(&self.this);
        let rejected: Rejected = Box::new(move |pass, ticket, stream, error| {
            if let Some(this) = this.upgrade() {
                this.rejected(pass, ticket, stream, error);
            }
        });
        let server = &self.server;
        Relay::new(
            Arc::clone(&server.name),
            server.connector(self.caller.front),
            Arc::clone(&self.client),
            server.patience,
            bridges.then_some(rejected),
        )
    }

    fn each(&self) -> Arc<dyn Conversation> {
        let calls = Arc::clone(&self.server) as Arc<dyn Calls>;
        Each::new(calls, Arc::clone(&self.caller), Arc::clone(&self.client))
    }

    /// The server answered the opening of the conversation with an error.
    fn rejected(&self, opening: Pass, ticket: Ticket, stream: Stream, error: Message) {
        if opening.message().method() != method::INITIALIZE {
            self.undiscovered.store(true, Ordering::Relaxed);
            let _ = self.client.receive(Arrival::on(stream, ticket.settle(error)));
            return;
        }
        let Some(this) = self.this.upgrade() else { return };
        tokio::spawn(async move {
            match this.server.speaks().await {
                Ok(Speaks::Stateless(Some(discovered))) => {
                    let calls = Arc::clone(&this.server) as Arc<dyn Calls>;
                    let forward = Forward::open(
                        calls,
                        Arc::clone(&this.server.gate),
                        Arc::clone(&this.server.name),
                        Arc::clone(&this.caller),
                        Arc::clone(&this.client),
                        &discovered,
                        (opening, ticket, stream),
                    );
                    let native = this.held().replace(forward);
                    if let Some(native) = native {
                        native.close();
                    }
                }
                _ => this.client.receive(Arrival::on(stream, ticket.settle(error))).wait().await,
            }
        });
    }
}

/// Whether a request is of the stateless era.
fn is_stateless(message: &Message) -> bool {
    message.method() == method::DISCOVER
        || message.meta().is_ok_and(|meta| meta.get(meta::PROTOCOL_VERSION).is_some())
}

impl Conversation for Session {
    fn say(&self, permitted: Permitted, stream: Stream) -> Pressure {
        let again = self.undiscovered.load(Ordering::Relaxed)
            && is_stateless(permitted.message())
            && permitted.message().method() != method::DISCOVER;
        let mut held = self.held();
        let conversation = match &*held {
            Some(conversation) if !again => Arc::clone(conversation),
            Some(native) => {
                self.undiscovered.store(false, Ordering::Relaxed);
                native.close();
                let bridged = self.each();
                *held = Some(Arc::clone(&bridged));
                bridged
            }
            None => {
                let begun = self.begin(permitted.message());
                *held = Some(Arc::clone(&begun));
                begun
            }
        };
        drop(held);
        conversation.say(permitted, stream)
    }

    fn reply(&self, answer: Pass) -> Pressure {
        self.now().map_or(Pressure::Free, |conversation| conversation.reply(answer))
    }

    fn listen(&self, stream: Stream, last_event_id: Option<String>) {
        if let Some(conversation) = self.now() {
            conversation.listen(stream, last_event_id);
        }
    }

    fn leave(&self, stream: &Stream) {
        if let Some(conversation) = self.now() {
            conversation.leave(stream);
        }
    }

    fn close(&self) {
        if let Some(conversation) = self.now() {
            conversation.close();
        }
    }
}
