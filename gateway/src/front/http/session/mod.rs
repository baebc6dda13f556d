//! Sessions of revisions up to 2025-11-25.

mod channel;
mod outlet;
mod reader;
mod room;
mod streams;
mod table;
#[cfg(test)]
mod tests;

use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use crate::front::Endpoint;
use crate::http::session_id::SessionId;
use crate::message::{Id, Message};
use crate::pipeline::{Caller, Receipt};
use crate::protocol::Revision;
use crate::service::Conversation;
use crate::upstream::Stream;

pub(super) use outlet::{Decision, Outlet};
pub(super) use reader::{QUIET, Reader};
pub(super) use table::{Slot, Table};

/// A session, which belongs to one principal at one endpoint.
pub(super) struct Session {
    pub(super) id: SessionId,
    pub(super) endpoint: Endpoint,
    pub(super) caller: Arc<Caller>,
    pub(super) conversation: Arc<dyn Conversation>,
    outlet: Arc<Outlet>,
    revision: OnceLock<Revision>,
    legacy: bool,
    began: Instant,
    /// When it was last used, in milliseconds after it began.
    touched: AtomicU64,
    readers: AtomicUsize,
    closed: AtomicBool,
    _slot: Slot,
}

/// What a client names the event by that it has read last.
pub(super) enum Resume {
    /// One of ours, and its stream is there.
    Ours(Reader),
    /// One of ours that is forgotten.
    Forgotten,
    /// One of the server.
    Theirs(Reader),
}

impl Session {
    /// A new one; `legacy` is that of HTTP+SSE.
    pub(super) fn new(
        (id, slot): (SessionId, Slot),
        endpoint: Endpoint,
        caller: Arc<Caller>,
        (outlet, conversation): (Arc<Outlet>, Arc<dyn Conversation>),
        legacy: bool,
    ) -> Arc<Self> {
        Arc::new(Self {
            id,
            endpoint,
            caller,
            conversation,
            outlet,
            revision: OnceLock::new(),
            legacy,
            began: Instant::now(),
            touched: AtomicU64::new(0),
            readers: AtomicUsize::new(0),
            closed: AtomicBool::new(false),
            _slot: slot,
        })
    }

    /// Notes what the server has chosen.
    pub(super) fn negotiated(&self, initialized: &Message) {
        let revision = initialized
            .members()
            .ok()
            .and_then(|members| members.text("protocolVersion"))
            .and_then(|name| Revision::named(&name));
        if let Some(revision) = revision {
            if revision >= Revision::V2025_11_25 {
                self.outlet.primes();
            }
            let _ = self.revision.set(revision);
        }
    }

    /// Whether messages may come in batches.
    pub(super) fn has_batches(&self) -> bool {
        self.revision.get().is_some_and(|revision| revision.has_batches())
    }

    /// Opens the stream of a request; `None` if one of this identifier is open.
    pub(super) fn begin(self: &Arc<Self>, id: &Id, receipt: Receipt) -> Option<Reader> {
        let (number, reader) = self.outlet.begin(id, receipt)?;
        Some(Reader::new(self, number, reader))
    }

    /// Opens the stream of a batch.
    pub(super) fn begin_batch(self: &Arc<Self>) -> Reader {
        let (number, reader) = self.outlet.begin_batch();
        Reader::new(self, number, reader)
    }

    /// Names a request of a batch; false if one of this identifier is open.
    pub(super) fn expect(&self, batch: &Reader, id: &Id, receipt: Receipt) -> bool {
        self.outlet.expect(batch.number, id, receipt)
    }

    /// Answers an element of a batch from here.
    pub(super) fn answer(&self, batch: &Reader, id: Option<&Id>, answer: Message) {
        self.outlet.answer(batch.number, id, answer);
    }

    /// Puts a message onto the only stream of HTTP+SSE.
    pub(super) fn tell(&self, message: Message) {
        self.outlet.answer(streams::STANDALONE, None, message);
    }

    /// The batch is complete. Returns whether there is anything to answer.
    pub(super) fn seal(&self, batch: &Reader) -> bool {
        self.outlet.seal(batch.number)
    }

    /// The client took a request back.
    pub(super) fn take_back(&self, id: &Id) {
        self.outlet.take_back(id);
    }

    /// Opens the stream of what belongs to no request; `None` if it is open.
    pub(super) fn standalone(self: &Arc<Self>) -> Option<Reader> {
        let reader = self.outlet.standalone()?;
        Some(Reader::new(self, streams::STANDALONE, reader))
    }

    /// Takes up the stream of this event again.
    pub(super) fn resume(self: &Arc<Self>, event: &str) -> Resume {
        let Some((number, after)) = channel::ours(event) else {
            let (number, reader) = self.outlet.resumed();
            let reader = Reader::new(self, number, reader);
            self.conversation.listen(Stream::Resumed(number), Some(event.to_owned()));
            return Resume::Theirs(reader);
        };
        match self.outlet.resume(number, after) {
            Some(reader) => {
                if number == streams::STANDALONE {
                    self.conversation.listen(Stream::Standalone, None);
                }
                Resume::Ours(Reader::new(self, number, reader))
            }
            None => Resume::Forgotten,
        }
    }

    /// It was used just now.
    pub(super) fn touch(&self) {
        let now = u64::try_from(self.began.elapsed().as_millis()).unwrap_or(u64::MAX);
        self.touched.store(now, Ordering::Relaxed);
    }

    fn is_idle(&self, now: Instant, idle: Duration) -> bool {
        let touched = self.began + Duration::from_millis(self.touched.load(Ordering::Relaxed));
        self.readers.load(Ordering::Acquire) == 0 && now.saturating_duration_since(touched) >= idle
    }

    fn is_over(&self) -> bool {
        self.closed.load(Ordering::Acquire) || self.outlet.is_ended()
    }

    /// Ends it.
    pub(super) fn end(&self) {
        if !self.closed.swap(true, Ordering::AcqRel) {
            self.outlet.end();
            self.conversation.close();
        }
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        self.end();
    }
}
