//! A child process with all that it started: its process group on Unix, its job on Windows.

use process_wrap::tokio::ChildWrapper;

use super::exit::Exit;

/// Is killed as a whole when dropped.
#[derive(Debug)]
pub(super) struct Group {
    child: Box<dyn ChildWrapper>,
    /// The child's identifier, which is also its group's.
    id: Option<u32>,
    gone: bool,
}

impl Group {
    pub(super) fn new(child: Box<dyn ChildWrapper>) -> Self {
        let id = child.id();
        Self { child, id, gone: false }
    }

    pub(super) fn id(&self) -> Option<u32> {
        self.id
    }

    /// Waits for the child alone, not for what it started.
    pub(super) async fn wait(&mut self) -> Exit {
        // The wrapper itself would wait for the whole group.
        self.child.inner_mut().wait().await.map_or(Exit::Unknown, Exit::from)
    }

    /// Asks all to end. Windows has no way to ask.
    pub(super) fn terminate(&mut self) {
        #[cfg(unix)]
        let asked = self.child.signal(rustix::process::Signal::TERM.as_raw());
        #[cfg(not(unix))]
        let asked = self.child.start_kill();
        if let Err(error) = asked {
            tracing::debug!(%error, "cannot terminate a process group");
        }
    }

    pub(super) fn kill(&mut self) {
        if let Err(error) = self.child.start_kill() {
            tracing::debug!(%error, "cannot kill a process group");
        }
    }

    /// Whether anything is left, once the child itself was waited for.
    pub(super) fn has_others(&mut self) -> bool {
        // As process 1 of a container we inherit what the child left, and have to reap it.
        let _reaped = self.child.try_wait();
        #[cfg(unix)]
        let left = self
            .id
            .and_then(|id| rustix::process::Pid::from_raw(i32::try_from(id).ok()?))
            .is_some_and(|group| rustix::process::test_kill_process_group(group).is_ok());
        // The job ends what is left when it is dropped.
        #[cfg(not(unix))]
        let left = false;
        self.gone = !left;
        left
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        if !self.gone {
            self.kill();
        }
    }
}
