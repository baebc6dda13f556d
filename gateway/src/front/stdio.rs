//! A client that started us and speaks over our standard input and output.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use tokio::io::AsyncRead;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use super::{Endpoint, Services};
use crate::message::{Frame, Id, Kind, Message, Object};
use crate::pipeline::Caller;
use crate::protocol::{Fault, Revision, method};
use crate::service::Conversation;
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
        let client = Arc::new(Client::new(outbox));
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
            match line {
                Ok(Some(Line::Text(line))) => {
                    self.line(&client, &*conversation, line).wait().await;
                }
                Ok(Some(Line::TooLong { bytes })) => {
                    let why = format!("Invalid request: a line of {bytes} bytes is too long");
                    let answer = Fault::new(Fault::INVALID_REQUEST, why).answer(None);
                    client.put(answer.bytes().clone()).wait().await;
                }
                Ok(None) => {
                    client.drained(self.drain, &stop).await;
                    break Ok(());
                }
                Err(error) => break Err(error),
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
                let ids =
                    messages.iter().flatten().filter(|message| message.kind() == Kind::Request);
                client.expect(ids.filter_map(|message| message.id().cloned()).collect());
                let mut pressure = Pressure::Free;
                for message in messages {
                    let pushed = match message {
                        Ok(message) => self.message(client, conversation, message),
                        Err(fault) => client.put(fault.answer().bytes().clone()),
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
        match self.services.admit(&self.endpoint, &self.caller, message) {
            Ok(permitted) => {
                if matches!(stream, Stream::Request(_)) {
                    client.waiting.fetch_add(1, Ordering::Relaxed);
                }
                if let Some(id) = opens.flatten() {
                    *client.opening() = Some(id);
                }
                conversation.say(permitted, stream)
            }
            Err(refused) => refused.answer.map_or(Pressure::Free, |answer| client.answer(answer)),
        }
    }
}

/// The client's end: what comes for it is written.
struct Client {
    outbox: Outbox,
    /// Requests without an answer.
    waiting: AtomicUsize,
    answered: Notify,
    gone: Notify,
    /// The client's `initialize` in flight.
    opening: Mutex<Option<Id>>,
    /// The session has batches.
    batches: AtomicBool,
    /// Answers that go together, by the identifiers of their requests.
    gathering: Mutex<HashMap<Id, Arc<Mutex<Gathered>>>>,
}

/// The answers to one batch.
struct Gathered {
    missing: usize,
    answers: Vec<Message>,
}

impl Client {
    fn new(outbox: Outbox) -> Self {
        Self {
            outbox,
            waiting: AtomicUsize::new(0),
            answered: Notify::new(),
            gone: Notify::new(),
            opening: Mutex::new(None),
            batches: AtomicBool::new(false),
            gathering: Mutex::new(HashMap::new()),
        }
    }

    fn opening(&self) -> MutexGuard<'_, Option<Id>> {
        self.opening.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn gathering(&self) -> MutexGuard<'_, HashMap<Id, Arc<Mutex<Gathered>>>> {
        self.gathering.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The answers to these requests go together.
    fn expect(&self, ids: Vec<Id>) {
        let gathered = Gathered { missing: ids.len(), answers: Vec::new() };
        let gathered = Arc::new(Mutex::new(gathered));
        let mut gathering = self.gathering();
        for id in ids {
            gathering.insert(id, Arc::clone(&gathered));
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
        if !self.batches.load(Ordering::Relaxed) {
            return self.put(answer.bytes().clone());
        }
        let Some(gathered) = answer.id().and_then(|id| self.gathering().remove(id)) else {
            return self.put(answer.bytes().clone());
        };
        let mut gathered = gathered.lock().unwrap_or_else(PoisonError::into_inner);
        gathered.answers.push(answer);
        gathered.missing = gathered.missing.saturating_sub(1);
        if gathered.missing > 0 {
            return Pressure::Free;
        }
        let answers: Vec<&str> = gathered.answers.iter().map(Message::json).collect();
        self.put(Bytes::from(format!("[{}]", answers.join(","))))
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
    }

    /// Waits until every request is answered.
    async fn drained(&self, longest: Duration, stop: &CancellationToken) {
        let all = async {
            while self.waiting.load(Ordering::Acquire) > 0 {
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
        let pressure = self.answer(message);
        let waiting = |count: usize| Some(count.saturating_sub(1));
        if self.waiting.fetch_update(Ordering::AcqRel, Ordering::Relaxed, waiting) == Ok(1) {
            self.answered.notify_one();
        }
        pressure
    }

    fn lost(&self, why: &str) {
        tracing::debug!("the conversation is over: {why}");
        self.gone.notify_one();
    }
}
