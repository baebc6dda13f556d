//! What goes to the client on one stream.

use std::collections::VecDeque;
use std::task::Waker;
use std::time::Instant;

use bytes::Bytes;

use crate::http::sse::{SseEvent, encode};
use crate::message::Message;
use crate::upstream::Mark;

/// How much of one stream may wait for a slow client, in bytes and in events.
const UNREAD_BYTES: usize = 1 << 20;
const UNREAD_EVENTS: usize = 256;

/// What our own event ids begin with.
const OURS: &str = "guard-";

/// A stream to the client, with what was sent on it kept for a while.
#[derive(Debug)]
pub(super) struct Channel {
    pub(super) events: VecDeque<Event>,
    /// The number of the first of them.
    pub(super) first: u64,
    /// The number of the one that the client reads next.
    pub(super) read: u64,
    unread_bytes: usize,
    /// Which reader it has. A later one takes the place of an earlier one.
    pub(super) reader: Option<u64>,
    pub(super) waker: Option<Waker>,
    /// How many answers are still to come; `None` if the stream is not of requests.
    pub(super) awaited: Option<usize>,
    /// Something else than an answer came.
    pub(super) mixed: bool,
    /// The server gives the events its own ids.
    pub(super) marked: bool,
    /// The server has closed the stream; the client may take it up again.
    pub(super) paused: bool,
    pub(super) touched: Instant,
}

/// One event.
#[derive(Debug)]
pub(super) struct Event {
    pub(super) message: Option<Message>,
    pub(super) mark: Option<Mark>,
    pub(super) at: Instant,
}

/// How events of a session look.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Look {
    /// Events without a message have empty data (2025-11-25), not none.
    pub(super) primes: bool,
    /// HTTP+SSE: no ids.
    pub(super) legacy: bool,
}

impl Event {
    fn size(&self) -> usize {
        // An event costs something even if it says nothing.
        self.message.as_ref().map_or(0, |message| message.bytes().len()) + 64
    }
}

impl Channel {
    pub(super) fn new(awaited: Option<usize>) -> Self {
        Self {
            events: VecDeque::new(),
            first: 0,
            read: 0,
            unread_bytes: 0,
            reader: None,
            waker: None,
            awaited,
            mixed: false,
            marked: false,
            paused: false,
            touched: Instant::now(),
        }
    }

    /// Whether all answers came.
    pub(super) fn is_done(&self) -> bool {
        self.awaited == Some(0)
    }

    /// Whether the client should read before more comes.
    pub(super) fn is_full(&self) -> bool {
        let unread = (self.first + self.events.len() as u64).saturating_sub(self.read);
        self.reader.is_some() && (self.unread_bytes > UNREAD_BYTES || unread > UNREAD_EVENTS as u64)
    }

    /// Adds an event and returns its size.
    pub(super) fn push(&mut self, message: Option<Message>, mark: Option<Mark>) -> usize {
        if !message.as_ref().is_some_and(Message::is_answer) {
            self.mixed = true;
        }
        if mark.as_ref().is_some_and(|mark| mark.id.is_some()) {
            self.marked = true;
            self.mixed = true;
        }
        let event = Event { message, mark, at: Instant::now() };
        let size = event.size();
        self.unread_bytes += size;
        self.touched = event.at;
        self.events.push_back(event);
        size
    }

    /// The next event as it goes on the wire.
    pub(super) fn next(&mut self, number: u64, look: Look) -> Option<Bytes> {
        let read = self.read;
        let event = self.events.get(usize::try_from(read.checked_sub(self.first)?).ok()?)?;
        self.read += 1;
        self.unread_bytes = self.unread_bytes.saturating_sub(event.size());
        let id = match &event.mark {
            Some(mark) if mark.id.is_some() => mark.id.as_deref().map(Into::into),
            _ if self.marked || look.legacy => None,
            _ => Some(compact_str::format_compact!("{OURS}{number}-{read}")),
        };
        let mut whole = SseEvent {
            event: look.legacy.then(|| "message".into()),
            data: event.message.as_ref().map(|message| message.bytes().clone()).unwrap_or_default(),
            id,
            retry: event.mark.as_ref().and_then(|mark| mark.retry),
            has_data: event.message.is_some()
                || look.primes
                || event.mark.as_ref().is_some_and(|mark| mark.empty_data),
        };
        let encoded = encode(&whole).or_else(|_| {
            // An id that no line can hold: better none.
            whole.id = None;
            encode(&whole)
        });
        Some(encoded.unwrap_or_default())
    }

    /// Goes back to the event after this one, as far as it is still there.
    pub(super) fn rewind(&mut self, after: u64) -> bool {
        let end = self.first + self.events.len() as u64;
        if after >= end || self.marked {
            return false;
        }
        self.read = (after + 1).max(self.first);
        let skipped = usize::try_from(self.read - self.first).unwrap_or(usize::MAX);
        self.unread_bytes = self.events.iter().skip(skipped).map(Event::size).sum();
        self.paused = false;
        true
    }

    /// Forgets the oldest event, if the client has read it or `unread` ones may go, too.
    pub(super) fn forget(&mut self, unread: bool) -> Option<usize> {
        let is_read = self.first < self.read;
        if !is_read && !unread {
            return None;
        }
        let event = self.events.pop_front()?;
        self.first += 1;
        if !is_read {
            self.read = self.first;
            self.unread_bytes = self.unread_bytes.saturating_sub(event.size());
        }
        Some(event.size())
    }

    /// The size of all that is kept.
    pub(super) fn size(&self) -> usize {
        self.events.iter().map(Event::size).sum()
    }
}

/// The stream and the event of one of our own event ids.
pub(super) fn ours(id: &str) -> Option<(u64, u64)> {
    let (stream, event) = id.strip_prefix(OURS)?.split_once('-')?;
    Some((stream.parse().ok()?, event.parse().ok()?))
}
