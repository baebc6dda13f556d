//! Reading and writing what cannot be awaited, with a thread for each.

use std::io::{self, ErrorKind, Read, Write};
use std::task::{Context, Poll, ready};
use std::thread;

use bytes::{Buf, Bytes};
use tokio::io::ReadBuf;
use tokio::sync::mpsc;

/// The most that is read or written at once, in bytes.
const CHUNK: usize = 64 * 1024;

/// Reads ahead by two pieces at most. The thread ends with its source, or with the process.
#[derive(Debug)]
pub(super) struct ReadingThread {
    pieces: mpsc::Receiver<io::Result<Bytes>>,
    piece: Bytes,
}

impl ReadingThread {
    pub(super) fn start(mut source: impl Read + Send + 'static) -> io::Result<Self> {
        let (sender, pieces) = mpsc::channel(1);
        let read = move || {
            let mut buffer = vec![0; CHUNK];
            loop {
                let piece = match source.read(&mut buffer) {
                    Ok(0) => return,
                    Ok(length) => {
                        Ok(Bytes::copy_from_slice(buffer.get(..length).unwrap_or_default()))
                    }
                    Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                    Err(error) => Err(error),
                };
                let failed = piece.is_err();
                if sender.blocking_send(piece).is_err() || failed {
                    return;
                }
            }
        };
        thread::Builder::new().name("standard input".to_owned()).spawn(read)?;
        Ok(Self { pieces, piece: Bytes::new() })
    }

    pub(super) fn poll_read(
        &mut self,
        context: &mut Context<'_>,
        into: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if self.piece.is_empty() {
            match ready!(self.pieces.poll_recv(context)) {
                Some(piece) => self.piece = piece?,
                None => return Poll::Ready(Ok(())),
            }
        }
        let length = self.piece.len().min(into.remaining());
        into.put_slice(self.piece.get(..length).unwrap_or_default());
        self.piece.advance(length);
        Poll::Ready(Ok(()))
    }
}

/// Has one piece written at a time.
#[derive(Debug)]
pub(super) struct WritingThread {
    pieces: mpsc::Sender<Vec<u8>>,
    /// How each piece ended, in order, with its memory.
    written: mpsc::Receiver<(io::Result<()>, Vec<u8>)>,
    /// The memory for the next piece; none while a piece is being written.
    idle: Option<Vec<u8>>,
}

impl WritingThread {
    pub(super) fn start(mut target: impl Write + Send + 'static) -> io::Result<Self> {
        let (pieces, mut queue) = mpsc::channel::<Vec<u8>>(1);
        let (done, written) = mpsc::channel(1);
        let write = move || {
            while let Some(mut piece) = queue.blocking_recv() {
                let result = target.write_all(&piece).and_then(|()| target.flush());
                piece.clear();
                if done.blocking_send((result, piece)).is_err() {
                    return;
                }
            }
        };
        thread::Builder::new().name("standard output".to_owned()).spawn(write)?;
        Ok(Self { pieces, written, idle: Some(Vec::new()) })
    }

    pub(super) fn poll_write(
        &mut self,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        ready!(self.poll_flush(context))?;
        let mut piece = self.idle.take().unwrap_or_default();
        let now = bytes.get(..CHUNK).unwrap_or(bytes);
        piece.extend_from_slice(now);
        self.pieces.try_send(piece).map_err(|_| io::Error::from(ErrorKind::BrokenPipe))?;
        Poll::Ready(Ok(now.len()))
    }

    pub(super) fn poll_flush(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.idle.is_none() {
            let Some((result, piece)) = ready!(self.written.poll_recv(context)) else {
                return Poll::Ready(Err(ErrorKind::BrokenPipe.into()));
            };
            self.idle = Some(piece);
            result?;
        }
        Poll::Ready(Ok(()))
    }
}
