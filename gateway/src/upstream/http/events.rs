//! Reading a response that is an event stream.

use std::time::Duration;

use http::HeaderValue;

use super::client::Response;
use super::connection::Connection;
use super::question::{Manner, Question};
use crate::http::sse::{SseDecoder, SseEvent, SseItem};
use crate::message::{Frame, Message};
use crate::upstream::{Arrival, Mark, Stream, What};

/// How long and how far an answered stream is read to its end, so that its connection can be used again.
const TAIL_TIME: Duration = Duration::from_secs(1);
const TAIL_BYTES: usize = 64 << 10;

/// An id longer than this, in bytes, cannot be sent back.
const LONGEST_ID: usize = 4096;

/// The events of a response.
pub(super) struct Events {
    response: Response,
    decoder: SseDecoder,
}

/// Why there is no next event.
#[derive(Debug)]
pub(super) enum Fault {
    /// The connection broke.
    Broken(String),
    /// The event cannot be taken. Those after it can.
    Unusable(String),
}

impl Events {
    pub(super) fn new(response: Response, limit: usize) -> Self {
        Self { response, decoder: SseDecoder::new(limit) }
    }

    /// The next event; `None` after the last one.
    pub(super) async fn next(&mut self) -> Option<Result<SseEvent, Fault>> {
        loop {
            match self.decoder.next_item() {
                Some(Ok(SseItem::Event(event))) => return Some(Ok(event)),
                Some(Ok(SseItem::KeepAlive)) => {}
                Some(Err(fault)) => return Some(Err(Fault::Unusable(fault.to_string()))),
                None => match self.response.chunk().await {
                    Ok(Some(chunk)) => self.decoder.feed(chunk),
                    Ok(None) => return None,
                    Err(error) => {
                        return Some(Err(Fault::Broken(error.to_string())));
                    }
                },
            }
        }
    }

    /// Reads what little may follow the answer.
    pub(super) async fn drain(mut self) {
        let rest = async {
            let mut bytes = 0;
            while let Ok(Some(chunk)) = self.response.chunk().await {
                bytes += chunk.len();
                if bytes > TAIL_BYTES {
                    break;
                }
            }
        };
        // A server that goes on is cut off.
        let _ = tokio::time::timeout(TAIL_TIME, rest).await;
    }
}

/// What a stream is taken up again with.
#[derive(Clone, Debug, Default)]
pub(super) struct Last {
    pub(super) id: Option<HeaderValue>,
    pub(super) retry: Option<Duration>,
    /// Whether any event came.
    pub(super) any: bool,
}

impl Last {
    fn note(&mut self, event: &SseEvent) {
        self.any = true;
        if let Some(retry) = event.retry {
            self.retry = Some(Duration::from_millis(retry));
        }
        if let Some(id) = &event.id {
            let fits = !id.is_empty() && id.len() <= LONGEST_ID;
            self.id = fits.then(|| HeaderValue::from_bytes(id.as_bytes()).ok()).flatten();
        }
    }
}

/// How the reading of a stream ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Ended {
    /// With the answer.
    Answered,
    /// As the server wanted.
    Clean,
    /// The connection broke.
    Broken(String),
    /// By something that cannot be taken.
    Unusable(String),
}

/// Delivers the events of a stream.
pub(super) struct Reader<'a> {
    pub(super) connection: &'a Connection,
    pub(super) stream: &'a Stream,
    /// Whose stream it is, if it is that of a request.
    pub(super) question: Option<&'a Question>,
    pub(super) last: Last,
}

impl Reader<'_> {
    /// Reads until the answer or the end.
    pub(super) async fn read(&mut self, events: &mut Events) -> Ended {
        loop {
            match events.next().await {
                None => return Ended::Clean,
                Some(Ok(event)) => {
                    if self.take(event).await {
                        return Ended::Answered;
                    }
                }
                Some(Err(Fault::Broken(why))) => return Ended::Broken(why),
                // What is lost may have been the answer.
                Some(Err(Fault::Unusable(why))) if self.question.is_some() => {
                    return Ended::Unusable(why);
                }
                Some(Err(Fault::Unusable(why))) => {
                    tracing::warn!(%why, "an event of the server is passed over");
                }
            }
        }
    }

    async fn take(&mut self, event: SseEvent) -> bool {
        let knew = self.last.id.is_some();
        self.last.note(&event);
        let in_session = self.question.is_some_and(|question| question.manner == Manner::Session);
        if in_session && !knew && self.last.id.is_some() {
            self.connection.requests.mark_resumable(self.stream);
        }
        let mut mark = mark(&event);
        let is_message = event.event.as_deref().is_none_or(|kind| kind == "message");
        let mut messages =
            if is_message && !event.data.is_empty() { messages(event.data) } else { Vec::new() };
        let mut answered = false;
        let last = messages.pop();
        for message in messages {
            answered |= self.pass(message, None).await;
        }
        // What the stream is taken up again with must not come before all of its event.
        match last {
            Some(message) => answered |= self.pass(message, mark.take()).await,
            None if mark.is_some() => {
                let stream = Some(self.stream.clone());
                self.connection
                    .deliver(Arrival { stream, what: What::Nothing, mark, status: None })
                    .await;
            }
            None => {}
        }
        answered
    }

    async fn pass(&self, message: Message, mark: Option<Mark>) -> bool {
        if let Some(question) = self.question {
            return self.connection.deliver_to(question, message, mark, None).await;
        }
        let stream = Some(self.stream.clone());
        let what = What::Message(message);
        self.connection.deliver(Arrival { stream, what, mark, status: None }).await;
        false
    }
}

fn mark(event: &SseEvent) -> Option<Mark> {
    let id = event.id.as_ref().map(ToString::to_string);
    let mark = Mark { id, retry: event.retry, empty_data: event.has_data && event.data.is_empty() };
    (mark.id.is_some() || mark.retry.is_some()).then_some(mark)
}

/// The messages of an event or a body. What is none is passed over.
pub(super) fn messages(data: bytes::Bytes) -> Vec<Message> {
    let items = match Frame::read(data) {
        Ok(Frame::One(message)) => return vec![message],
        Ok(Frame::Batch(items)) => items,
        Err(fault) => vec![Err(fault)],
    };
    let good = |item: Result<Message, _>| match item {
        Ok(message) => Some(message),
        Err(fault) => {
            tracing::warn!(%fault, "the server sent what is no message");
            None
        }
    };
    items.into_iter().filter_map(good).collect()
}
