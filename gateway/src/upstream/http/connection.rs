//! What the tasks of one link share: the server, the session, and who hears of what comes.

use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use super::legacy::Legacy;
use super::question::{Bearing, Manner, Question};
use super::requests::Requests;
use super::server::Server;
use super::session::Session;
use crate::http::field::MCP_SESSION_ID;
use crate::http::param::ToolPage;
use crate::message::{Id, Kind, Message};
use crate::protocol::method;
use crate::upstream::{Arrival, Mark, Receiver, Stream, What};

/// How long the server has to take note that a session is over.
const FAREWELL: Duration = Duration::from_secs(2);

/// What the tasks of one link share.
pub(super) struct Connection {
    pub(super) server: Arc<Server>,
    /// Let go of at the end: it holds the link, as a rule.
    receiver: RwLock<Option<Arc<dyn Receiver>>>,
    pub(super) requests: Requests,
    session: RwLock<Session>,
    legacy: RwLock<Option<Arc<Legacy>>>,
    over: CancellationToken,
}

impl Connection {
    pub(super) fn new(server: Arc<Server>, receiver: Arc<dyn Receiver>) -> Arc<Self> {
        Arc::new(Self {
            server,
            receiver: RwLock::new(Some(receiver)),
            requests: Requests::default(),
            session: RwLock::default(),
            legacy: RwLock::default(),
            over: CancellationToken::new(),
        })
    }

    /// Runs a task until it or the link ends.
    pub(super) fn spawn(&self, work: impl Future<Output = ()> + Send + 'static) {
        let over = self.over.clone();
        tokio::spawn(async move {
            over.run_until_cancelled(work).await;
        });
    }

    /// Runs a task that reads a stream, until it ends, the link ends, or the stream is left. `left` says
    /// that the request has gone out.
    pub(super) fn read<F>(
        self: &Arc<Self>,
        stream: Stream,
        id: Option<Id>,
        stands_alone: bool,
        work: impl FnOnce(CancellationToken) -> F,
    ) where
        F: Future<Output = ()> + Send + 'static,
    {
        let stop = self.over.child_token();
        let entered = self.requests.enter(stream.clone(), id, stands_alone, stop.clone());
        // It is passed on often until it runs.
        let work = Box::pin(work(entered.left.clone()));
        let reading = Reading {
            connection: Arc::clone(self),
            stream,
            number: entered.number,
            left: entered.left,
        };
        tokio::spawn(async move {
            let _reading = reading;
            stop.run_until_cancelled(work).await;
        });
    }

    /// Delivers what came, and waits until there is room for more.
    pub(super) async fn deliver(&self, arrival: Arrival) {
        let receiver = self.receiver.read().unwrap_or_else(PoisonError::into_inner).clone();
        if let Some(receiver) = receiver {
            receiver.receive(arrival).wait().await;
        }
    }

    /// Delivers what came in response to a request. Returns whether that was its answer.
    pub(super) async fn deliver_to(
        &self,
        question: &Question,
        message: Message,
        mark: Option<Mark>,
        status: Option<u16>,
    ) -> bool {
        let stream = Some(question.stream.clone());
        let bearing = question.bearing(&message);
        let what = match bearing {
            Bearing::Foreign => {
                tracing::warn!("the server answered another request on the stream of this one");
                if mark.is_none() {
                    return false;
                }
                What::Nothing
            }
            Bearing::Answer | Bearing::Beside => What::Message(message),
        };
        if let (Bearing::Answer, What::Message(answer)) = (bearing, &what) {
            self.learn(question, answer);
        }
        self.deliver(Arrival { stream, what, mark, status }).await;
        bearing == Bearing::Answer
    }

    fn learn(&self, question: &Question, answer: &Message) {
        if answer.kind() != Kind::Result {
            return;
        }
        match question.manner {
            Manner::Opening => self.open(Session::opened(question.session_id.clone(), answer)),
            Manner::Alone if question.message.method() == method::TOOLS_LIST => {
                if let Some(page) = ToolPage::read(answer) {
                    self.server.tools.learn(page);
                }
            }
            Manner::Alone | Manner::Session => {}
        }
    }

    /// The server opened this session.
    pub(super) fn open(&self, session: Session) {
        *self.session.write().unwrap_or_else(PoisonError::into_inner) = session;
    }

    /// The session as it is now.
    pub(super) fn session(&self) -> Session {
        self.session.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The HTTP+SSE connection, if the server speaks that.
    pub(super) fn legacy(&self) -> Option<Arc<Legacy>> {
        self.legacy.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(super) fn set_legacy(&self, legacy: Arc<Legacy>) {
        *self.legacy.write().unwrap_or_else(PoisonError::into_inner) = Some(legacy);
    }

    /// Whether the link was closed or lost.
    pub(super) fn is_over(&self) -> bool {
        self.over.is_cancelled()
    }

    /// Waits until the link was closed or lost.
    pub(super) async fn over(&self) {
        self.over.cancelled().await;
    }

    /// Stops all tasks. Only the first one who ends the link gets the receiver.
    fn end(&self) -> Option<Arc<dyn Receiver>> {
        let receiver = self.receiver.write().unwrap_or_else(PoisonError::into_inner).take();
        self.over.cancel();
        receiver
    }

    /// The session is gone, and all that was under way in it.
    pub(super) fn lose(&self, why: &str) {
        if let Some(receiver) = self.end() {
            receiver.lost(why);
        }
    }

    /// Ends everything; the server is told, if it has a session to end.
    pub(super) fn close(&self) {
        if self.end().is_none() {
            return;
        }
        let fields = self.session().fields();
        if !fields.contains_key(MCP_SESSION_ID) || self.legacy().is_some() {
            return;
        }
        // Outside of a runtime nobody is left to send anything.
        let Ok(runtime) = tokio::runtime::Handle::try_current() else { return };
        let server = Arc::clone(&self.server);
        runtime.spawn(async move {
            match tokio::time::timeout(FAREWELL, server.delete(&fields)).await {
                Ok(Ok(response)) => {
                    tracing::debug!(status = response.status().as_u16(), "session ended");
                }
                Ok(Err(trouble)) => tracing::debug!(%trouble, "session not ended"),
                Err(_) => tracing::debug!("session not ended in time"),
            }
        });
    }
}

/// Takes a stream off the list when its reading ends, in whatever way.
struct Reading {
    connection: Arc<Connection>,
    stream: Stream,
    number: u64,
    left: CancellationToken,
}

impl Drop for Reading {
    fn drop(&mut self) {
        self.left.cancel();
        self.connection.requests.end(&self.stream, self.number);
    }
}
