//! The side of an outbox that writes.

use std::future::poll_fn;
use std::io;
use std::mem;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use tokio::io::{AsyncWrite, AsyncWriteExt};

use super::{Closed, Shared};

/// What is gathered for one write, in bytes: what a pipe of Linux holds.
const CHUNK: usize = 64 * 1024;
/// Lines up to this many bytes are copied together, longer ones written from where they are.
const COPIED: usize = 16 * 1024;

/// Writes the lines of an outbox, as many at once as wait.
#[derive(Debug)]
pub struct OutboxWriter<W> {
    writer: W,
    shared: Arc<Shared>,
    gathered: Gathered,
}

/// Lines that go out with one write.
#[derive(Debug, Default)]
struct Gathered {
    text: Vec<u8>,
    lines: usize,
    bytes: usize,
}

impl<W> OutboxWriter<W> {
    pub(super) fn new(writer: W, shared: Arc<Shared>) -> Self {
        Self { writer, shared, gathered: Gathered::default() }
    }

    /// Swaps the queued lines in; false when there will be none any more.
    fn poll_queued(&self, context: &Context<'_>, batch: &mut Vec<Bytes>) -> Poll<bool> {
        let mut state = self.shared.state();
        if !state.queue.is_empty() {
            mem::swap(&mut state.queue, batch);
            return Poll::Ready(true);
        }
        if state.closed.is_some() {
            return Poll::Ready(false);
        }
        match &mut state.writer {
            Some(writer) => writer.clone_from(context.waker()),
            none => *none = Some(context.waker().clone()),
        }
        Poll::Pending
    }
}

impl<W: AsyncWrite + Unpin> OutboxWriter<W> {
    /// Writes until the outbox is closed and empty, then drops the writer, which closes a pipe.
    ///
    /// # Errors
    ///
    /// What writing gives. Producers are told its kind in [`Closed`].
    pub async fn run(mut self) -> io::Result<()> {
        let mut batch = Vec::new();
        while poll_fn(|context| self.poll_queued(context, &mut batch)).await {
            if let Err(error) = self.write(&mut batch).await {
                self.shared.close(Closed::Failed(error.kind()));
                return Err(error);
            }
        }
        Ok(())
    }

    async fn write(&mut self, batch: &mut Vec<Bytes>) -> io::Result<()> {
        for line in batch.drain(..) {
            if line.len() > COPIED {
                self.write_gathered().await?;
                self.writer.write_all(&line).await?;
            } else {
                self.gathered.text.extend_from_slice(&line);
            }
            self.gathered.text.push(b'\n');
            self.gathered.lines += 1;
            self.gathered.bytes += line.len();
            if self.gathered.text.len() >= CHUNK {
                self.write_gathered().await?;
            }
        }
        self.write_gathered().await?;
        self.writer.flush().await
    }

    async fn write_gathered(&mut self) -> io::Result<()> {
        let Gathered { text, lines, bytes } = &mut self.gathered;
        self.writer.write_all(text).await?;
        text.clear();
        self.shared.written(mem::take(lines), mem::take(bytes));
        Ok(())
    }
}

impl<W> Drop for OutboxWriter<W> {
    fn drop(&mut self) {
        self.shared.abandon();
    }
}
