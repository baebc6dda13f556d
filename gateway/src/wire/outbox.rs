//! Lines that wait to be written: many producers, one writer, bounded.

use std::io;
use std::mem;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::Waker;

use bytes::Bytes;
use tokio::io::AsyncWrite;
use tokio::sync::Notify;

mod write;

pub use write::OutboxWriter;

/// How much may wait in an outbox, together with what is being written. One line always may, however
/// long it is.
#[derive(Clone, Copy, Debug)]
pub struct OutboxLimits {
    /// The number of lines.
    pub lines: usize,
    /// Their length in bytes.
    pub bytes: usize,
}

/// The outbox takes no more lines.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Closed {
    /// It was closed on our side.
    #[error("the connection was closed")]
    ByUs,
    /// Writing failed.
    #[error("the other side takes no more messages: {0}")]
    Failed(io::ErrorKind),
}

/// Why a line was not taken.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum TryPushError {
    /// There is no room at the moment; the line comes back.
    #[error("too many messages wait to be written")]
    Full(Bytes),
    /// There never will be.
    #[error(transparent)]
    Closed(Closed),
}

/// Takes lines for the writer. Clones feed the same writer; when the last one is dropped, the writer
/// ends as after [`close`](Outbox::close).
#[derive(Clone, Debug)]
pub struct Outbox {
    producers: Arc<Producers>,
}

/// What all clones of an outbox share. Its end closes the outbox.
#[derive(Debug)]
struct Producers(Arc<Shared>);

impl Drop for Producers {
    fn drop(&mut self) {
        self.0.close(Closed::ByUs);
    }
}

#[derive(Debug)]
struct Shared {
    state: Mutex<State>,
    room: Notify,
    limits: OutboxLimits,
}

#[derive(Debug, Default)]
struct State {
    queue: Vec<Bytes>,
    /// How many lines are not yet written.
    lines: usize,
    /// How many bytes these have.
    bytes: usize,
    closed: Option<Closed>,
    /// The writer, when it waits for a line.
    writer: Option<Waker>,
}

impl OutboxLimits {
    fn have_room(&self, state: &State, length: usize) -> bool {
        let bytes = state.bytes.saturating_add(length);
        state.lines == 0 || (state.lines < self.lines && bytes <= self.bytes)
    }
}

/// Queues a line and wakes the writer.
fn add(mut state: MutexGuard<'_, State>, line: Bytes) {
    state.lines += 1;
    state.bytes = state.bytes.saturating_add(line.len());
    state.queue.push(line);
    let writer = state.writer.take();
    drop(state);
    if let Some(writer) = writer {
        writer.wake();
    }
}

impl Outbox {
    /// An outbox and its writer, which somebody must [run](OutboxWriter::run).
    pub fn new<W: AsyncWrite + Unpin>(writer: W, limits: OutboxLimits) -> (Self, OutboxWriter<W>) {
        let shared = Arc::new(Shared { state: Mutex::default(), room: Notify::new(), limits });
        let producers = Arc::new(Producers(Arc::clone(&shared)));
        (Self { producers }, OutboxWriter::new(writer, shared))
    }

    /// Queues a line as soon as there is room for it. Raw line ends in it become spaces, as by
    /// [`single_line`]. Lines of one producer that awaits each push keep their order.
    ///
    /// # Errors
    ///
    /// When the outbox is closed.
    pub async fn push(&self, line: Bytes) -> Result<(), Closed> {
        let mut line = match self.try_push(line) {
            Ok(()) => return Ok(()),
            Err(TryPushError::Closed(closed)) => return Err(closed),
            Err(TryPushError::Full(line)) => line,
        };
        let shared = &self.producers.0;
        loop {
            let mut room = std::pin::pin!(shared.room.notified());
            // From here on no call for room is missed.
            room.as_mut().enable();
            line = match shared.queue(line) {
                Ok(()) => return Ok(()),
                Err(TryPushError::Closed(closed)) => return Err(closed),
                Err(TryPushError::Full(line)) => line,
            };
            room.await;
        }
    }

    /// Queues a line if there is room for it now. Raw line ends in it become spaces, as by
    /// [`single_line`].
    ///
    /// # Errors
    ///
    /// When there is no room, or the outbox is closed.
    pub fn try_push(&self, line: Bytes) -> Result<(), TryPushError> {
        self.producers.0.queue(single_line(line))
    }

    /// Queues a line whether or not there is room; whether there was. Whoever is told that there was
    /// not should [wait](Outbox::room) before the next one. Raw line ends in it become spaces, as by
    /// [`single_line`].
    ///
    /// # Errors
    ///
    /// When the outbox is closed.
    pub fn put(&self, line: Bytes) -> Result<bool, Closed> {
        self.producers.0.take(single_line(line))
    }

    /// Waits until there is room, or the outbox is closed.
    pub async fn room(&self) {
        let shared = &self.producers.0;
        loop {
            let mut room = std::pin::pin!(shared.room.notified());
            // From here on no call for room is missed.
            room.as_mut().enable();
            if shared.has_room() {
                return;
            }
            room.await;
        }
    }

    /// Takes no more lines. Those that are queued are still written, then the writer ends.
    pub fn close(&self) {
        self.producers.0.close(Closed::ByUs);
    }
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn queue(&self, line: Bytes) -> Result<(), TryPushError> {
        let state = self.state();
        if let Some(closed) = state.closed {
            return Err(TryPushError::Closed(closed));
        }
        if !self.limits.have_room(&state, line.len()) {
            return Err(TryPushError::Full(line));
        }
        add(state, line);
        Ok(())
    }

    fn take(&self, line: Bytes) -> Result<bool, Closed> {
        let state = self.state();
        if let Some(closed) = state.closed {
            return Err(closed);
        }
        let room = self.limits.have_room(&state, line.len());
        add(state, line);
        Ok(room)
    }

    fn has_room(&self) -> bool {
        let state = self.state();
        state.closed.is_some() || self.limits.have_room(&state, 0)
    }

    /// The first reason stays.
    fn close(&self, reason: Closed) {
        let mut state = self.state();
        state.closed.get_or_insert(reason);
        let writer = state.writer.take();
        drop(state);
        self.room.notify_waiters();
        if let Some(writer) = writer {
            writer.wake();
        }
    }

    /// The writer is gone: what is queued will never be written.
    fn abandon(&self) {
        self.close(Closed::Failed(io::ErrorKind::BrokenPipe));
        let queue = {
            let mut state = self.state();
            state.lines = 0;
            state.bytes = 0;
            mem::take(&mut state.queue)
        };
        drop(queue);
    }

    fn written(&self, lines: usize, bytes: usize) {
        let mut state = self.state();
        state.lines = state.lines.saturating_sub(lines);
        state.bytes = state.bytes.saturating_sub(bytes);
        drop(state);
        self.room.notify_waiters();
    }
}

/// The text with raw line ends made spaces, for a message that may have come in another framing.
/// That changes no JSON value, as its strings cannot hold raw line ends (RFC 8259, section 7).
#[must_use]
pub fn single_line(text: Bytes) -> Bytes {
    if memchr::memchr2(b'\n', b'\r', &text).is_none() {
        return text;
    }
    let space = |byte: &u8| if matches!(byte, b'\n' | b'\r') { b' ' } else { *byte };
    text.iter().map(space).collect()
}

#[cfg(test)]
mod tests;
