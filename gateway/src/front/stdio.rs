//! A client that started us and speaks over our standard input and output.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use tokio::io::AsyncRead;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use super::{Endpoint, Services};
use crate::message::{Frame, Id, Kind, Malformed, Message, Object, meta};
use crate::pipeline::Caller;
use crate::protocol::{Era, Fault, Revision, method};
use crate::service::Conversation;
use crate::session::cancelled;
use crate::upstream::child::Filled;
use crate::upstream::{Arrival, Pressure, Receiver, Stream, What};
use crate::wire::{Line, Lines, Outbox};

/// Who is on the other side of the pipe, and what it talks to.
pub struct StdioFront {
    /// The rest of the gateway.
    pub services: Arc<dyn Services>,
    /// What the client talks to.
    pub endpoint: Endpoint,
    /// Who the client is.
    pub caller: Arc<Caller>,
    /// How long answers in flight are waited for when the client has closed our input.
    pub drain: Duration,
}

impl StdioFront {
    /// Serves the client until it closes our input, nobody reads our output, or we are told to stop.
    /// Answers in flight are waited for in the first case.
    ///
    /// # Errors
    /// If the input cannot be read.
    pub async fn serve<R: AsyncRead + Unpin>(
        self,
        mut input: Lines<R>,
        outbox: Outbox,
        stop: CancellationToken,
    ) -> std::io::Result<()> {
        let client = Arc::new(Client::new(outbox, &self.caller));
        let receiver = Arc::clone(&client) as Arc<dyn Receiver>;
        let Some(conversation) = self.services.converse(&self.endpoint, &self.caller, receiver)
        else {
            return Err(std::io::Error::other("there is no such server"));
        };
        let read = loop {
            let line = tokio::select! {
                biased;
                () = stop.cancelled() => break Ok(()),
                () = client.gone.notified() => break Ok(()),
                line = input.next() => line,
            };
            let pressure = match line {
                Ok(Some(Line::Text(line))) => self.line(&client, &*conversation, line),
                Ok(Some(Line::TooLong { bytes })) => {
                    let why = format!("Invalid request: a line of {bytes} bytes is too long");
                    let answer = Fault::new(Fault::INVALID_REQUEST, why).answer(None);
                    client.put(answer.bytes().clone())
                }
                Ok(None) => {
                    client.drained(self.drain, &stop).await;
                    break Ok(());
                }
                Err(error) => break Err(error),
            };
            // A server that reads nothing must not keep us from ending.
            tokio::select! {
                biased;
                () = stop.cancelled() => break Ok(()),
                () = client.gone.notified() => break Ok(()),
                () = pressure.wait() => {}
            }
        };
        conversation.close();
        client.outbox.close();
        read
    }

    fn line(&self, client: &Client, conversation: &dyn Conversation, line: Bytes) -> Pressure {
        match Frame::read(line) {
            Ok(Frame::One(message)) => self.message(client, conversation, message),
            Ok(Frame::Batch(messages)) if client.batches.load(Ordering::Relaxed) => {
                let batch = client.expect(&messages);
                let mut pressure = Pressure::Free;
                for message in messages {
                    let pushed = match message {
                        Ok(message) => self.message(client, conversation, message),
                        Err(fault) => client.gather(&batch, Some(fault.answer())),
                    };
                    if let Pressure::Full(_) = pushed {
                        pressure = pushed;
                    }
                }
                pressure
            }
            Ok(Frame::Batch(_)) => {
                let why = "Invalid request: a batch, which only revision 2025-03-26 has";
                client.put(Fault::new(Fault::INVALID_REQUEST, why).answer(None).bytes().clone())
            }
            Err(fault) => client.put(fault.answer().bytes().clone()),
        }
    }

    fn message(
        &self,
        client: &Client,
        conversation: &dyn Conversation,
        message: Message,
    ) -> Pressure {
        if !message.is_versioned() {
            let why = r#"Invalid request: `jsonrpc` is not "2.0""#;
            let answer = Fault::new(Fault::INVALID_REQUEST, why).answer(message.id());
            return match message.kind() {
                Kind::Request => client.answer(answer),
                _ => Pressure::Free,
            };
        }
        if message.is_answer() {
            return conversation.reply(self.services.answer(&self.caller, message));
        }
        let stream = message.id().cloned().map_or(Stream::Standalone, Stream::Request);
        let opens = (message.method() == method::INITIALIZE).then(|| message.id().cloned());
        let takes_back =
            (message.method() == method::CANCELLED).then(|| cancelled(&message)).flatten();
        let caller = client.caller(&self.caller, &message);
        match self.services.admit_in(&self.endpoint, conversation.router(), caller, message) {
            Ok(permitted) => {
                if let Stream::Request(id) = &stream {
                    *client.waiting().entry(id.clone()).or_default() += 1;
                }
                if let Some(id) = opens.flatten() {
                    *client.opening() = Some(id);
                }
                let pressure = conversation.say(permitted, stream);
                if let Some(id) = takes_back {
                    let _ = client.forgo(&id);
                }
                pressure
            }
            Err(refused) => refused.answer.map_or(Pressure::Free, |answer| client.answer(answer)),
        }
    }
}

/// The client's end: what comes for it is written.
struct Client {
    outbox: Outbox,
    /// The client as it calls in the stateless era.
    stateless: Arc<Caller>,
    /// How many answers are missing, by the identifiers of their requests.
    waiting: Mutex<HashMap<Id, usize>>,
    answered: Notify,
    gone: Notify,
    /// The client's `initialize` in flight.
    opening: Mutex<Option<Id>>,
    /// A session is open.
    session: AtomicBool,
    /// The session has batches.
    batches: AtomicBool,
    /// The batches that answers go into, by the identifiers of their requests.
    gathering: Mutex<HashMap<Id, Vec<Batch>>>,
}

type Batch = Arc<Mutex<Gathered>>;

/// The answers to one batch.
struct Gathered {
    missing: usize,
    answers: Vec<Message>,
}

impl Client {
    fn new(outbox: Outbox, caller: &Caller) -> Self {
        Self {
            outbox,
            stateless: Arc::new(Caller { era: Era::Stateless, ..caller.clone() }),
            waiting: Mutex::new(HashMap::new()),
            answered: Notify::new(),
            gone: Notify::new(),
            opening: Mutex::new(None),
            session: AtomicBool::new(false),
            batches: AtomicBool::new(false),
            gathering: Mutex::new(HashMap::new()),
        }
    }

    fn opening(&self) -> MutexGuard<'_, Option<Id>> {
        self.opening.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn waiting(&self) -> MutexGuard<'_, HashMap<Id, usize>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn gathering(&self) -> MutexGuard<'_, HashMap<Id, Vec<Batch>>> {
        self.gathering.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The client in the era that a message is of: each message of the stateless one says so.
    fn caller<'a>(&'a self, session: &'a Arc<Caller>, message: &Message) -> &'a Arc<Caller> {
        let is_stateless = !self.session.load(Ordering::Relaxed)
            && (message.method() == method::DISCOVER
                || message.meta().is_ok_and(|meta| meta.get(meta::PROTOCOL_VERSION).is_some()));
        if is_stateless { &self.stateless } else { session }
    }

    /// The answers to these messages go together.
    fn expect(&self, messages: &[Result<Message, Malformed>]) -> Batch {
        let batch = Arc::new(Mutex::new(Gathered { missing: 0, answers: Vec::new() }));
        let mut gathered = batch.lock().unwrap_or_else(PoisonError::into_inner);
        let mut gathering = self.gathering();
        for message in messages {
            match message {
                Ok(message) if message.kind() == Kind::Request => {
                    if let Some(id) = message.id() {
                        gathering.entry(id.clone()).or_default().push(Arc::clone(&batch));
                        gathered.missing += 1;
                    }
                }
                Ok(_) => {}
                Err(_) => gathered.missing += 1,
            }
        }
        drop(gathering);
        drop(gathered);
        batch
    }

    /// The batch that the answer to a request goes into. Of several with the same identifier the last
    /// one is meant: it is refused at once.
    fn batch_of(&self, id: &Id) -> Option<Batch> {
        let mut gathering = self.gathering();
        let batches = gathering.get_mut(id)?;
        let batch = batches.pop();
        if batches.is_empty() {
            gathering.remove(id);
        }
        batch
    }

    /// Adds an answer to its batch, or notes that none will come. A batch that is whole is written.
    fn gather(&self, batch: &Batch, answer: Option<Message>) -> Pressure {
        let mut gathered = batch.lock().unwrap_or_else(PoisonError::into_inner);
        gathered.answers.extend(answer);
        gathered.missing = gathered.missing.saturating_sub(1);
        if gathered.missing > 0 || gathered.answers.is_empty() {
            return Pressure::Free;
        }
        let answers: Vec<&str> = gathered.answers.iter().map(Message::json).collect();
        self.put(Bytes::from(format!("[{}]", answers.join(","))))
    }

    /// The client took a request back: its answer may never come, and nothing waits for it.
    fn forgo(&self, id: &Id) -> Pressure {
        self.has_answer(id);
        match self.batch_of(id) {
            Some(batch) => self.gather(&batch, None),
            None => Pressure::Free,
        }
    }

    fn has_answer(&self, id: &Id) {
        let mut waiting = self.waiting();
        if let Some(count) = waiting.get_mut(id) {
            *count -= 1;
            if *count == 0 {
                waiting.remove(id);
            }
        }
        if waiting.is_empty() {
            self.answered.notify_one();
        }
    }

    fn put(&self, line: Bytes) -> Pressure {
        match self.outbox.put(line) {
            Ok(true) => Pressure::Free,
            Ok(false) => Pressure::Full(Arc::new(Filled(self.outbox.clone()))),
            Err(_) => {
                self.gone.notify_one();
                Pressure::Free
            }
        }
    }

    /// Writes an answer, by itself or when its batch is whole.
    fn answer(&self, answer: Message) -> Pressure {
        let batches = self.batches.load(Ordering::Relaxed);
        match answer.id().filter(|_| batches).and_then(|id| self.batch_of(id)) {
            Some(batch) => self.gather(&batch, Some(answer)),
            None => self.put(answer.bytes().clone()),
        }
    }

    /// Notes which revision an answer to `initialize` settles on.
    fn opened(&self, answer: &Message) {
        let mut opening = self.opening();
        if opening.is_none() || opening.as_ref() != answer.id() {
            return;
        }
        *opening = None;
        let revision = answer.members().ok().and_then(|result: Object<'_>| {
            result.text("protocolVersion").and_then(|name| Revision::named(&name))
        });
        let batches = revision.is_some_and(Revision::has_batches);
        self.batches.store(batches, Ordering::Relaxed);
        self.session.store(answer.kind() == Kind::Result, Ordering::Relaxed);
    }

    /// Waits until every request is answered.
    async fn drained(&self, longest: Duration, stop: &CancellationToken) {
        let all = async {
            while !self.waiting().is_empty() {
                self.answered.notified().await;
            }
        };
        tokio::select! {
            () = all => {}
            () = stop.cancelled() => {}
            () = self.gone.notified() => {}
            () = tokio::time::sleep(longest) => {}
        }
    }
}

impl Receiver for Client {
    fn receive(&self, arrival: Arrival) -> Pressure {
        // The other things are about streams, of which a pipe has one.
        let What::Message(message) = arrival.what else { return Pressure::Free };
        if !message.is_answer() {
            return self.put(message.bytes().clone());
        }
        self.opened(&message);
        let id = message.id().cloned();
        let pressure = self.answer(message);
        if let Some(id) = id {
            self.has_answer(&id);
        }
        pressure
    }

    fn lost(&self, why: &str) {
        tracing::debug!("the conversation is over: {why}");
        self.gone.notify_one();
    }
}
