//! A client of the stateless era on a pipe, where the server behind takes calls.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use tokio::task::AbortHandle;

use super::flight::MOST;
use super::relay::cancelled;
use crate::message::Id;
use crate::pipeline::{Caller, Outcome, Pass, Permitted};
use crate::protocol::{Fault, method};
use crate::service::{Calls, Conversation, Exchange};
use crate::upstream::{Arrival, Pressure, Receiver, Stream, What};

/// Makes a call of each request, and takes it back when the client does.
pub struct Each {
    calls: Arc<dyn Calls>,
    caller: Arc<Caller>,
    client: Arc<dyn Receiver>,
    running: Mutex<HashMap<Id, AbortHandle>>,
    this: Weak<Each>,
}

impl Each {
    /// Begins.
    #[must_use]
    pub fn new(calls: Arc<dyn Calls>, caller: Arc<Caller>, client: Arc<dyn Receiver>) -> Arc<Self> {
        Arc::new_cyclic(|this| Self {
            calls,
            caller,
            client,
            running: Mutex::new(HashMap::new()),
            this: this.clone(),
        })
    }

    fn running(&self) -> MutexGuard<'_, HashMap<Id, AbortHandle>> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Passes on what comes of a call.
async fn deliver(client: Arc<dyn Receiver>, mut exchange: Exchange, stream: Stream) {
    while let Some(mut arrival) = exchange.next().await {
        let last = matches!(&arrival.what, What::Message(message) if message.is_answer());
        arrival.stream = Some(stream.clone());
        client.receive(arrival).wait().await;
        if last {
            return;
        }
    }
}

impl Conversation for Each {
    fn say(&self, permitted: Permitted, stream: Stream) -> Pressure {
        let message = permitted.message();
        let Some(id) = message.id().cloned() else {
            if message.method() == method::CANCELLED
                && let Some(id) = cancelled(message)
                && let Some(task) = self.running().remove(&id)
            {
                task.abort();
                permitted.split().1.end(Outcome::Notification);
                return Pressure::Free;
            }
            drop(self.calls.call(&self.caller, permitted));
            return Pressure::Free;
        };
        let mut running = self.running();
        if running.contains_key(&id) || running.len() >= MOST {
            drop(running);
            let fault = Fault::new(
                Fault::INVALID_REQUEST,
                "Invalid request: a request with this identifier, or too many, are in flight",
            );
            let answer = permitted.split().1.fault(&fault);
            return self.client.receive(Arrival::on(stream, answer));
        }
        let exchange = self.calls.call(&self.caller, permitted);
        let (client, this, ended) = (Arc::clone(&self.client), Weak::clone(&self.this), id.clone());
        let task = tokio::spawn(async move {
            deliver(client, exchange, stream).await;
            if let Some(this) = this.upgrade() {
                this.running().remove(&ended);
            }
        });
        running.insert(id, task.abort_handle());
        Pressure::Free
    }

    fn reply(&self, _answer: Pass) -> Pressure {
        // Nobody asks a client of this era anything.
        Pressure::Free
    }

    fn listen(&self, _stream: Stream, _last_event_id: Option<String>) {}

    fn leave(&self, _stream: &Stream) {}

    fn is_busy(&self) -> bool {
        !self.running().is_empty()
    }

    fn close(&self) {
        for (_, task) in self.running().drain() {
            task.abort();
        }
    }
}

impl std::fmt::Debug for Each {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Each")
    }
}
