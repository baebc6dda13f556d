//! Requests to the servers on behalf of a client's one request.

use std::sync::Arc;

use futures_util::future::BoxFuture;
use tokio::sync::oneshot;

use super::super::gather::Asker;
use super::Session;
use super::lane::Said;
use super::state::Ours;
use crate::message::{Id, Message};
use crate::pipeline::{Permitted, Target};
use crate::protocol::method;
use crate::session::take_back;
use crate::upstream::Stream;

/// Asks servers for what the client asked for on this stream.
pub(super) struct Asking<'a> {
    pub(super) session: &'a Session,
    pub(super) stream: &'a Stream,
    pub(super) principal: &'a Arc<str>,
}

/// A request that is taken back if nobody waits for its answer any more.
struct Waiting<'a> {
    session: &'a Session,
    server: usize,
    id: Id,
    may_be_taken_back: bool,
}

impl Asker for Asking<'_> {
    fn ask(&self, server: usize, message: Message) -> BoxFuture<'_, Result<Message, String>> {
        Box::pin(self.session.ask(server, message, self.stream.clone(), self.principal))
    }
}

impl Session {
    /// Asks a server on behalf of this principal, and waits for its answer.
    pub(super) async fn ask(
        &self,
        server: usize,
        message: Message,
        stream: Stream,
        principal: &Arc<str>,
    ) -> Result<Message, String> {
        let name = self.whole.names.servers().get(server);
        let Some(name) = name else {
            return Err("it is not among the servers".to_owned());
        };
        let (sender, answer) = oneshot::channel();
        let ours = Ours { server, stream, answer: sender };
        let id = self.state().ask(ours).ok_or("too many requests are in flight")?;
        let waiting = Waiting {
            session: self,
            server,
            id: id.clone(),
            may_be_taken_back: message.method() != method::INITIALIZE,
        };
        let target = Target::Server(Arc::clone(name));
        let message = message.with_id(id.clone());
        let principal = Arc::clone(principal);
        let permitted = self.whole.gate.admit_for(principal, &self.caller, &target, message);
        let pressure = match permitted {
            Ok(permitted) => self.put(server, Said::message(permitted, Stream::Request(id))),
            Err(refused) => {
                self.state().ours.remove(&id);
                return refused.answer.ok_or_else(|| "it is refused".to_owned());
            }
        };
        pressure.wait().await;
        let answer = answer.await;
        drop(waiting);
        answer.map_err(|_| "the connection to it was lost".to_owned())
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        let unanswered = self.session.state().ours.remove(&self.id).is_some();
        if !unanswered || !self.may_be_taken_back {
            return;
        }
        if !self.session.cut(self.server, &self.id) {
            let message = Permitted::own(take_back(&self.id));
            let _ = self.session.put(self.server, Said::message(message, Stream::Standalone));
        }
    }
}
