//! Reads the lines of a stream.

use std::io;

use bytes::{Bytes, BytesMut};
use tokio::io::{AsyncRead, AsyncReadExt};

/// The size of a fresh buffer, in bytes: what a pipe of Linux holds.
const CHUNK: usize = 64 * 1024;
/// A buffer that grew above this many bytes is given back when the line it grew for is gone.
const KEPT: usize = 4 * CHUNK;

/// One line, without its end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Line {
    /// A line that is not empty. It shares the buffer it was read into: who keeps a part of it for
    /// long copies that part.
    Text(Bytes),
    /// A line above the limit, which was read over.
    TooLong {
        /// How long it was.
        bytes: u64,
    },
}

/// The lines of a stream. They end with `\n` or `\r\n`, the last one also with the stream; empty
/// ones are left out.
#[derive(Debug)]
pub struct Lines<R> {
    reader: R,
    /// What was read and not yet handed out.
    buffer: BytesMut,
    /// How much of the buffer is known to hold no end of a line.
    searched: usize,
    /// The size of the buffer's allocation, or a little less.
    grown: usize,
    /// The longest line, in bytes.
    max: usize,
    /// How much of a line that is too long was dropped already.
    dropped: Option<u64>,
    ended: bool,
}

impl<R> Lines<R> {
    /// The lines of `reader`, of at most `max` bytes each.
    pub fn new(reader: R, max: usize) -> Self {
        Self {
            reader,
            buffer: BytesMut::with_capacity(CHUNK),
            searched: 0,
            grown: CHUNK,
            max,
            dropped: None,
            ended: false,
        }
    }

    /// The next line, if all of it was read already: for the rest of a burst, without waiting.
    pub fn buffered(&mut self) -> Option<Line> {
        loop {
            let new = self.buffer.get(self.searched..).unwrap_or_default();
            let Some(offset) = memchr::memchr(b'\n', new) else {
                self.searched = self.buffer.len();
                self.drop_overlong();
                return None;
            };
            let end = self.searched + offset;
            let mut line = self.buffer.split_to(end + 1).freeze();
            line.truncate(end);
            self.searched = 0;
            if let Some(line) = self.judge(line) {
                return Some(line);
            }
        }
    }

    /// Keeps the memory bounded while a line goes on beyond the limit. One byte more is let
    /// through, as it may be the `\r` of the line's end.
    fn drop_overlong(&mut self) {
        if self.dropped.is_some() || self.buffer.len() > self.max.saturating_add(1) {
            *self.dropped.get_or_insert(0) += self.buffer.len() as u64;
            self.buffer.clear();
            self.searched = 0;
        }
    }

    fn judge(&mut self, mut line: Bytes) -> Option<Line> {
        let bytes = line.len() as u64;
        if let Some(dropped) = self.dropped.take() {
            return Some(Line::TooLong { bytes: dropped + bytes });
        }
        if line.last() == Some(&b'\r') {
            line.truncate(line.len() - 1);
        }
        if line.len() > self.max {
            return Some(Line::TooLong { bytes });
        }
        (!line.is_empty()).then_some(Line::Text(line))
    }

    fn make_room(&mut self) {
        if self.grown > KEPT && self.buffer.len() < CHUNK {
            let mut fresh = BytesMut::with_capacity(CHUNK);
            fresh.extend_from_slice(&self.buffer);
            self.buffer = fresh;
            self.grown = CHUNK;
        }
        let unfinished = self.buffer.len();
        if self.buffer.capacity() - unfinished < CHUNK / 4 {
            // Doubling, so that a long line is moved a few times only.
            self.buffer.reserve(unfinished.max(CHUNK / 2));
            self.grown = self.grown.max(self.buffer.capacity());
        }
    }
}

impl<R: AsyncRead + Unpin> Lines<R> {
    /// The next line; `None` at the end of the stream. Nothing is lost when the future is dropped
    /// before it is done.
    ///
    /// # Errors
    ///
    /// What reading gives.
    pub async fn next(&mut self) -> io::Result<Option<Line>> {
        loop {
            if let Some(line) = self.buffered() {
                return Ok(Some(line));
            }
            if self.ended {
                let rest = self.buffer.split().freeze();
                self.searched = 0;
                return Ok(self.judge(rest));
            }
            self.make_room();
            self.ended = self.reader.read_buf(&mut self.buffer).await? == 0;
        }
    }
}

#[cfg(test)]
mod tests;
