//! What the client is asked on the server's behalf.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::oneshot;

use super::required::InputRequest;
use crate::message::{Id, Message};
use crate::session::MOST;
use crate::upstream::{Arrival, Pressure, Receiver, Stream};

/// Requests to the client that it has not answered.
pub(super) struct Asked {
    client: Arc<dyn Receiver>,
    open: Mutex<Open>,
}

#[derive(Default)]
struct Open {
    waiting: HashMap<Id, oneshot::Sender<Message>>,
    last: u64,
    closed: bool,
}

/// A request to the client. It is taken back when this is dropped before the answer.
pub(super) struct Asking {
    asked: Arc<Asked>,
    id: Id,
    stream: Stream,
    answer: oneshot::Receiver<Message>,
}

impl Asked {
    pub(super) fn new(client: Arc<dyn Receiver>) -> Arc<Self> {
        Arc::new(Self { client, open: Mutex::default() })
    }

    fn open(&self) -> MutexGuard<'_, Open> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Asks the client on this stream.
    pub(super) fn ask(
        self: &Arc<Self>,
        request: &InputRequest,
        stream: &Stream,
    ) -> Result<(Asking, Pressure), String> {
        let (sender, answer) = oneshot::channel();
        let mut open = self.open();
        if open.closed || open.waiting.len() >= MOST {
            return Err("the client is asked too much already".to_owned());
        }
        open.last += 1;
        let id = Id::number(open.last);
        let message = request.message(&id)?;
        open.waiting.insert(id.clone(), sender);
        drop(open);
        let asking = Asking { asked: Arc::clone(self), id, stream: stream.clone(), answer };
        let pressure = self.client.receive(Arrival::on(stream.clone(), message));
        Ok((asking, pressure))
    }

    /// The client answers. Whether that was asked.
    pub(super) fn answered(&self, answer: Message) -> bool {
        let waiting = answer.id().and_then(|id| self.open().waiting.remove(id));
        waiting.is_some_and(|waiting| waiting.send(answer).is_ok())
    }

    /// The client is gone: nothing is asked or taken back any more.
    pub(super) fn close(&self) {
        let mut open = self.open();
        open.closed = true;
        open.waiting.clear();
    }
}

impl Asking {
    /// The client's answer; `None` if it is gone.
    pub(super) async fn answer(mut self) -> Option<Message> {
        (&mut self.answer).await.ok()
    }
}

impl Drop for Asking {
    fn drop(&mut self) {
        if self.asked.open().waiting.remove(&self.id).is_none() {
            return;
        }
        let cancelled = Message::made(format!(
            r#"{{"jsonrpc":"2.0","method":"notifications/cancelled","params":{{"requestId":{}}}}}"#,
            self.id.json()
        ));
        let _ = self.asked.client.receive(Arrival::on(self.stream.clone(), cancelled));
    }
}
