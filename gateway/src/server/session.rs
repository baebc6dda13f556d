//! A client's conversation with one server: passed on as it is wherever both speak the same, and
//! bridged where they do not.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use super::leaving::REMOVED;
use super::native::knows_no_sessions;
use super::{Server, Speaks};
use crate::bridge::Forward;
use crate::config::Bridge;
use crate::message::{Message, meta};
use crate::pipeline::{Caller, Pass, Permitted, Ticket};
use crate::protocol::{Refusal, method};
use crate::service::{Calls, Conversation};
use crate::session::{Each, Rejected, Relay};
use crate::upstream::{Arrival, Pressure, Receiver, Stream};

/// Finds out with the first messages how the conversation is held.
pub(super) struct Session {
    server: Arc<Server>,
    caller: Arc<Caller>,
    client: Arc<dyn Receiver>,
    held: Mutex<Held>,
    /// The server does not know `server/discover`: a client that goes on in that era needs a bridge.
    undiscovered: AtomicBool,
    this: Weak<Session>,
}

#[derive(Default)]
struct Held {
    /// How it is held, once anything was said.
    conversation: Option<Arc<dyn Conversation>>,
    /// The client is gone, and nothing is held for it any more.
    closed: bool,
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
            held: Mutex::default(),
            undiscovered: AtomicBool::new(false),
            this: this.clone(),
        })
    }

    fn held(&self) -> MutexGuard<'_, Held> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn now(&self) -> Option<Arc<dyn Conversation>> {
        self.held().conversation.clone()
    }

    /// Holds it in another way from now on; returns what is to be closed for that. If the client has
    /// gone meanwhile, that is the other way.
    fn hold(&self, conversation: Arc<dyn Conversation>) -> Option<Arc<dyn Conversation>> {
        let mut held = self.held();
        if held.closed {
            return Some(conversation);
        }
        held.conversation.replace(conversation)
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

    /// Whether the client is gone.
    pub(super) fn is_closed(&self) -> bool {
        self.held().closed
    }

    /// Ends it, and tells the client why.
    pub(super) fn end(&self, why: &str) {
        self.close();
        self.client.lost(why);
    }

    fn refuse(&self, ticket: Ticket, stream: Stream, why: &str) -> Pressure {
        let is_request = ticket.id().is_some();
        let answer = ticket.refuse(&Refusal::unavailable(&self.server.name, why));
        if is_request { self.client.receive(Arrival::on(stream, answer)) } else { Pressure::Free }
    }

    /// The server answered the opening of the conversation with an error.
    fn rejected(&self, opening: Pass, ticket: Ticket, stream: Stream, error: Message) {
        if opening.message().method() != method::INITIALIZE {
            self.undiscovered.store(true, Ordering::Relaxed);
            let _ = self.client.receive(Arrival::on(stream, ticket.settle(error)));
            return;
        }
        let Some(this) = self.this.upgrade() else { return };
        if knows_no_sessions(&error) {
            // It may have done so before it was another version.
            this.server.native.opens_sessions(false, &this.server.shared);
        }
        tokio::spawn(async move {
            match this.server.speaks().await {
                Ok(Speaks::Stateless(Some(discovered))) if !this.held().closed => {
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
                    if let Some(other) = this.hold(forward) {
                        other.close();
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
        let is_removed = self.server.leaving.is_removed() && permitted.message().id().is_some();
        if held.closed || is_removed {
            let why = if held.closed { "the session is closed" } else { REMOVED };
            drop(held);
            return self.refuse(permitted.split().1, stream, why);
        }
        let conversation = match &held.conversation {
            Some(conversation) if !again => Arc::clone(conversation),
            Some(native) => {
                self.undiscovered.store(false, Ordering::Relaxed);
                native.close();
                let bridged = self.each();
                held.conversation = Some(Arc::clone(&bridged));
                bridged
            }
            None => {
                let begun = self.begin(permitted.message());
                held.conversation = Some(Arc::clone(&begun));
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

    fn is_busy(&self) -> bool {
        self.now().is_some_and(|conversation| conversation.is_busy())
    }

    fn close(&self) {
        let conversation = {
            let mut held = self.held();
            held.closed = true;
            held.conversation.take()
        };
        if let Some(conversation) = conversation {
            conversation.close();
        }
    }
}
