//! A client of the gateway's own: it holds a conversation for callers who have none.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, Weak};
use std::time::{Duration, Instant};

use tokio::sync::{OnceCell, oneshot};

use super::{Endpoint, Services};
use crate::message::{Id, Kind, Message};
use crate::pipeline::{Caller, Permitted, Router};
use crate::protocol::{Fault, Revision, answer, method};
use crate::service::Conversation;
use crate::upstream::{Arrival, Mark, Pressure, Receiver, Stream, What};

/// How long to wait before a stream that the server closed is taken up again, if it does not say.
const RETRY: Duration = Duration::from_secs(1);

/// A conversation that many requests share, whoever made them. Their identifiers are numbers that
/// never repeat.
pub(crate) struct Internal {
    services: Arc<dyn Services>,
    caller: Arc<Caller>,
    conversation: OnceLock<Arc<dyn Conversation>>,
    initialized: OnceCell<Message>,
    waiting: Mutex<HashMap<u64, Waiting>>,
    touched: Mutex<Instant>,
    lost: AtomicBool,
    this: Weak<Internal>,
}

struct Waiting {
    answer: oneshot::Sender<Message>,
    mark: Mark,
}

/// What comes of the conversation.
struct Tap(Weak<Internal>);

/// The conversation gives no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no answer came")]
pub(crate) struct Gone;

/// A request in flight. Dropping it takes the request back.
struct Pending<'i> {
    internal: &'i Internal,
    number: u64,
}

impl Internal {
    /// Begins a conversation; `None` if there is no such endpoint. It is opened when it is needed.
    pub(crate) fn new(
        services: Arc<dyn Services>,
        endpoint: &Endpoint,
        caller: Arc<Caller>,
    ) -> Option<Arc<Self>> {
        let internal = Arc::new_cyclic(|this| Self {
            services,
            caller,
            conversation: OnceLock::new(),
            initialized: OnceCell::new(),
            waiting: Mutex::default(),
            touched: Mutex::new(Instant::now()),
            lost: AtomicBool::new(false),
            this: Weak::clone(this),
        });
        let tap = Arc::new(Tap(Arc::downgrade(&internal)));
        let conversation = internal.services.converse(endpoint, &internal.caller, tap)?;
        let _ = internal.conversation.set(conversation);
        Some(internal)
    }

    fn waiting(&self) -> MutexGuard<'_, HashMap<u64, Waiting>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The answer to `initialize`, which is sent under this number if it was not yet.
    pub(crate) async fn initialized(&self, number: u64) -> Result<&Message, Gone> {
        self.initialized.get_or_try_init(|| self.initialize(number)).await
    }

    async fn initialize(&self, number: u64) -> Result<Message, Gone> {
        let request = Message::made(format!(
            r#"{{"jsonrpc":"2.0","id":{number},"method":"{}","params":{{"protocolVersion":"{}","capabilities":{{}},"clientInfo":{{"name":"mcp-guard","version":"{}"}}}}}}"#,
            method::INITIALIZE,
            Revision::LAST_WITH_SESSIONS,
            env!("CARGO_PKG_VERSION"),
        ));
        let answer = self.ask(number, Permitted::own(request)).await?;
        if answer.kind() != Kind::Result {
            return Err(Gone);
        }
        let told = format!(r#"{{"jsonrpc":"2.0","method":"{}"}}"#, method::INITIALIZED);
        self.tell(Permitted::own(Message::made(told))).wait().await;
        Ok(answer)
    }

    /// Asks, and waits for the answer. The request must bear this number.
    pub(crate) async fn ask(&self, number: u64, permitted: Permitted) -> Result<Message, Gone> {
        self.touch();
        let Some(conversation) = self.conversation.get() else { return Err(Gone) };
        let (sender, answer) = oneshot::channel();
        self.waiting().insert(number, Waiting { answer: sender, mark: Mark::default() });
        if self.is_lost() {
            self.waiting().remove(&number);
            return Err(Gone);
        }
        let pending = Pending { internal: self, number };
        let _ = conversation.say(permitted, Stream::Request(Id::number(number)));
        let answer = answer.await;
        drop(pending);
        self.touch();
        answer.map_err(|_| Gone)
    }

    /// Passes on a notification.
    pub(crate) fn tell(&self, permitted: Permitted) -> Pressure {
        self.touch();
        let conversation = self.conversation.get();
        conversation
            .map_or(Pressure::Free, |conversation| conversation.say(permitted, Stream::Standalone))
    }

    /// Whether it is of no more use.
    pub(crate) fn is_lost(&self) -> bool {
        self.lost.load(Ordering::Acquire)
    }

    /// Whether a new one would be held with other servers, or routed otherwise.
    pub(crate) fn is_outdated(&self) -> bool {
        self.conversation.get().is_some_and(|conversation| conversation.is_outdated())
    }

    /// Finds out where what is said in it goes.
    pub(crate) fn router(&self) -> Option<&dyn Router> {
        self.conversation.get().and_then(|conversation| conversation.router())
    }

    /// Whether nobody has used it for so long.
    pub(crate) fn is_idle(&self, idle: Duration) -> bool {
        let touched = *self.touched.lock().unwrap_or_else(PoisonError::into_inner);
        self.waiting().is_empty() && touched.elapsed() >= idle
    }

    /// Ends it.
    pub(crate) fn close(&self) {
        self.lose();
        if let Some(conversation) = self.conversation.get() {
            conversation.close();
        }
    }

    fn touch(&self) {
        *self.touched.lock().unwrap_or_else(PoisonError::into_inner) = Instant::now();
    }

    fn lose(&self) {
        self.lost.store(true, Ordering::Release);
        // Who waits sees that nothing comes.
        self.waiting().clear();
    }

    fn arrived(&self, arrival: Arrival) {
        let of_stream = match &arrival.stream {
            Some(Stream::Request(id)) => id.as_number(),
            Some(Stream::Resumed(number)) => Some(*number),
            _ => None,
        };
        if let (Some(number), Some(mark)) = (of_stream, &arrival.mark)
            && let Some(waiting) = self.waiting().get_mut(&number)
        {
            waiting.mark.id = mark.id.clone().or_else(|| waiting.mark.id.take());
            waiting.mark.retry = mark.retry.or(waiting.mark.retry);
        }
        match arrival.what {
            What::Message(message) => match message.kind() {
                // An answer from here may bear no identifier; then the stream tells.
                Kind::Result | Kind::Error => {
                    let number = message.id().map_or(of_stream, Id::as_number);
                    let waiting = number.and_then(|number| self.waiting().remove(&number));
                    if let Some(waiting) = waiting {
                        let _ = waiting.answer.send(message);
                    }
                }
                Kind::Request => self.decline(&message),
                Kind::Notification => {}
            },
            What::Nothing => {}
            What::End => {
                if let Some(number) = of_stream {
                    self.resume(number);
                }
            }
            What::Failed(_) => {
                if let Some(number) = of_stream {
                    self.waiting().remove(&number);
                }
            }
        }
    }

    /// Answers a request of a server. Whoever calls here could not.
    fn decline(&self, message: &Message) {
        let Some(id) = message.id() else { return };
        let reply = if message.method() == method::PING {
            answer(id, &serde_json::json!({}))
        } else {
            Fault::new(Fault::METHOD_NOT_FOUND, "Method not found").answer(Some(id))
        };
        let pass = self.services.answer(&self.caller, reply);
        let Some(this) = self.this.upgrade() else { return };
        // Not from within the delivery.
        tokio::spawn(async move {
            if let Some(conversation) = this.conversation.get() {
                conversation.reply(pass).wait().await;
            }
        });
    }

    /// Takes up a stream again that the server closed before it answered.
    fn resume(&self, number: u64) {
        let Some(Mark { id: Some(id), retry, .. }) =
            self.waiting().get(&number).map(|waiting| waiting.mark.clone())
        else {
            return;
        };
        let this = Weak::clone(&self.this);
        tokio::spawn(async move {
            tokio::time::sleep(retry.map_or(RETRY, Duration::from_millis)).await;
            let Some(this) = this.upgrade() else { return };
            let waits = this.waiting().contains_key(&number);
            if let Some(conversation) = this.conversation.get().filter(|_| waits) {
                conversation.listen(Stream::Resumed(number), Some(id));
            }
        });
    }
}

impl Drop for Pending<'_> {
    fn drop(&mut self) {
        if self.internal.waiting().remove(&self.number).is_none() {
            return;
        }
        let number = self.number;
        let cancelled = Message::made(format!(
            r#"{{"jsonrpc":"2.0","method":"{}","params":{{"requestId":{number}}}}}"#,
            method::CANCELLED,
        ));
        let _ = self.internal.tell(Permitted::own(cancelled));
    }
}

impl Receiver for Tap {
    fn receive(&self, arrival: Arrival) -> Pressure {
        if let Some(internal) = self.0.upgrade() {
            internal.arrived(arrival);
        }
        Pressure::Free
    }

    fn lost(&self, _why: &str) {
        if let Some(internal) = self.0.upgrade() {
            internal.lose();
        }
    }
}
