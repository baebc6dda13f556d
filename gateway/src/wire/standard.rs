//! Our own standard input and output, for a server that a client started.
//!
//! tokio's own hand every read and write to a pool of threads, which takes several times as long as
//! all the rest of a message's way. Pipes and sockets need no thread. Files and terminals cannot be
//! awaited, and have one each.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

#[cfg(unix)]
mod descriptor;
mod thread;

use thread::{ReadingThread, WritingThread};

/// Our standard input, or what stands for it.
#[derive(Debug)]
pub struct StandardInput(Input);

#[derive(Debug)]
enum Input {
    #[cfg(target_os = "linux")]
    Pipe(tokio::net::unix::pipe::Receiver),
    #[cfg(unix)]
    Socket(tokio::net::UnixStream),
    Thread(ReadingThread),
}

/// Our standard output, or what stands for it. What was written has left the process after a flush.
#[derive(Debug)]
pub struct StandardOutput(Output);

#[derive(Debug)]
enum Output {
    #[cfg(target_os = "linux")]
    Pipe(tokio::net::unix::pipe::Sender),
    #[cfg(unix)]
    Socket(tokio::net::UnixStream),
    Thread(WritingThread),
}

impl StandardInput {
    /// Opens it, within a runtime of tokio. Nothing else may read standard input.
    ///
    /// # Errors
    ///
    /// When standard input is closed, or a thread cannot be started.
    pub fn open() -> io::Result<Self> {
        #[cfg(unix)]
        let opened = Self::of(std::os::fd::AsFd::as_fd(&io::stdin()).try_clone_to_owned()?);
        #[cfg(not(unix))]
        let opened = ReadingThread::start(io::stdin()).map(|thread| Self(Input::Thread(thread)));
        opened
    }
}

impl StandardOutput {
    /// Opens it, within a runtime of tokio. Nothing else may write to standard output.
    ///
    /// # Errors
    ///
    /// When standard output is closed, or a thread cannot be started.
    pub fn open() -> io::Result<Self> {
        #[cfg(unix)]
        let opened = Self::of(std::os::fd::AsFd::as_fd(&io::stdout()).try_clone_to_owned()?);
        #[cfg(not(unix))]
        let opened = WritingThread::start(io::stdout()).map(|thread| Self(Output::Thread(thread)));
        opened
    }
}

impl AsyncRead for StandardInput {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        into: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        match &mut self.0 {
            #[cfg(target_os = "linux")]
            Input::Pipe(pipe) => Pin::new(pipe).poll_read(context, into),
            #[cfg(unix)]
            Input::Socket(socket) => Pin::new(socket).poll_read(context, into),
            Input::Thread(thread) => thread.poll_read(context, into),
        }
    }
}

impl AsyncWrite for StandardOutput {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        match &mut self.0 {
            #[cfg(target_os = "linux")]
            Output::Pipe(pipe) => Pin::new(pipe).poll_write(context, bytes),
            #[cfg(unix)]
            Output::Socket(socket) => Pin::new(socket).poll_write(context, bytes),
            Output::Thread(thread) => thread.poll_write(context, bytes),
        }
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        match &mut self.0 {
            #[cfg(target_os = "linux")]
            Output::Pipe(_) => Poll::Ready(Ok(())),
            #[cfg(unix)]
            Output::Socket(_) => Poll::Ready(Ok(())),
            Output::Thread(thread) => thread.poll_flush(context),
        }
    }

    /// Flushes only: the descriptor has other holders.
    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.poll_flush(context)
    }
}

#[cfg(test)]
#[cfg(unix)]
mod tests;
