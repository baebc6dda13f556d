//! Which way suits a descriptor.

use std::fs::File;
use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;

use rustix::fs::FileType;

use super::thread::{ReadingThread, WritingThread};
use super::{Input, Output, StandardInput, StandardOutput};

impl StandardInput {
    pub(super) fn of(descriptor: OwnedFd) -> io::Result<Self> {
        #[cfg(target_os = "linux")]
        if let Some(path) = linux::anonymous_pipe(&descriptor)
            && let Ok(pipe) = tokio::net::unix::pipe::OpenOptions::new().open_receiver(path)
        {
            return Ok(Self(Input::Pipe(pipe)));
        }
        if is_socket(&descriptor) {
            return socket(descriptor).map(|socket| Self(Input::Socket(socket)));
        }
        Ok(Self(Input::Thread(ReadingThread::start(File::from(descriptor))?)))
    }
}

impl StandardOutput {
    pub(super) fn of(descriptor: OwnedFd) -> io::Result<Self> {
        #[cfg(target_os = "linux")]
        if let Some(path) = linux::anonymous_pipe(&descriptor)
            && let Ok(pipe) = tokio::net::unix::pipe::OpenOptions::new().open_sender(path)
        {
            return Ok(Self(Output::Pipe(pipe)));
        }
        if is_socket(&descriptor) {
            return socket(descriptor).map(|socket| Self(Output::Socket(socket)));
        }
        Ok(Self(Output::Thread(WritingThread::start(File::from(descriptor))?)))
    }
}

fn is_socket(descriptor: &OwnedFd) -> bool {
    rustix::fs::fstat(descriptor)
        .is_ok_and(|status| FileType::from_raw_mode(status.st_mode) == FileType::Socket)
}

/// A socket cannot be opened anew: that it does not block is seen by all who share it. Node gives
/// each child sockets of its own.
fn socket(descriptor: OwnedFd) -> io::Result<tokio::net::UnixStream> {
    let socket = UnixStream::from(descriptor);
    socket.set_nonblocking(true)?;
    tokio::net::UnixStream::from_std(socket)
}

#[cfg(target_os = "linux")]
mod linux {
    use std::os::fd::{AsRawFd, OwnedFd};
    use std::path::PathBuf;

    /// Where a pipe can be opened anew, so that not to block is a matter of ours alone: others who
    /// hold the same end of the pipe, such as a shell that started us, would be surprised by it.
    ///
    /// A named one is left to a thread: when it is opened after its writer went, nothing wakes its
    /// reader at the end.
    pub(super) fn anonymous_pipe(descriptor: &OwnedFd) -> Option<PathBuf> {
        let path = PathBuf::from(format!("/proc/self/fd/{}", descriptor.as_raw_fd()));
        let target = std::fs::read_link(&path).ok()?;
        target.to_str()?.starts_with("pipe:[").then_some(path)
    }
}
