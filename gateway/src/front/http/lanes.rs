//! The threads that connections are served by.
//!
//! A call that stays on one thread costs about half of one that is handed from one to the next, so each
//! connection, and what is done for it, has a thread of its own among a few.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread::JoinHandle;

use tokio::runtime::{Builder, Handle};
use tokio_util::sync::CancellationToken;

/// Threads with a runtime each. They go on with what was begun on them until this is dropped.
#[derive(Debug)]
pub struct Lanes {
    lanes: Vec<Lane>,
    threads: Vec<JoinHandle<()>>,
    over: CancellationToken,
}

/// One thread.
#[derive(Clone, Debug)]
pub(super) struct Lane {
    handle: Handle,
    connections: Arc<AtomicUsize>,
}

/// A connection that its lane counts.
#[derive(Debug)]
pub(super) struct Counted(Arc<AtomicUsize>);

impl Lanes {
    /// Starts so many threads, at least one.
    ///
    /// # Errors
    /// If the system gives no thread, or none that can wait for connections.
    pub fn start(count: usize) -> io::Result<Self> {
        let over = CancellationToken::new();
        let mut started = Self { lanes: Vec::new(), threads: Vec::new(), over };
        for number in 0..count.max(1) {
            let runtime = Builder::new_current_thread().enable_all().build()?;
            started.lanes.push(Lane::of(runtime.handle().clone()));
            let over = started.over.clone();
            let thread = std::thread::Builder::new().name(format!("http-{number}"));
            started.threads.push(thread.spawn(move || {
                runtime.block_on(over.cancelled());
                // What blocks, as the search for an address can, is not waited for.
                runtime.shutdown_background();
            })?);
        }
        Ok(started)
    }

    /// The one with the fewest connections.
    pub(super) fn quietest(&self) -> Option<&Lane> {
        self.lanes.iter().min_by_key(|lane| lane.connections.load(Ordering::Relaxed))
    }
}

impl Drop for Lanes {
    fn drop(&mut self) {
        self.over.cancel();
        for thread in self.threads.drain(..) {
            // One that panicked has nothing more to end.
            let _ = thread.join();
        }
    }
}

impl Lane {
    fn of(handle: Handle) -> Self {
        Self { handle, connections: Arc::default() }
    }

    pub(super) const fn handle(&self) -> &Handle {
        &self.handle
    }

    /// Counts a connection until the result is dropped.
    pub(super) fn count(&self) -> Counted {
        self.connections.fetch_add(1, Ordering::Relaxed);
        Counted(Arc::clone(&self.connections))
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn connections_go_where_there_are_fewest() {
        let lanes = Lanes::start(2).unwrap();
        let number = |lane: &Lane| {
            lanes.lanes.iter().position(|other| Arc::ptr_eq(&other.connections, &lane.connections))
        };
        let first = lanes.quietest().unwrap();
        let one = first.count();
        let second = lanes.quietest().unwrap();
        assert_ne!(number(first), number(second));
        let _two = second.count();
        let _three = lanes.quietest().unwrap().count();
        drop(one);
        let expected =
            lanes.lanes.iter().min_by_key(|lane| lane.connections.load(Ordering::Relaxed));
        assert_eq!(number(lanes.quietest().unwrap()), expected.and_then(number));
    }

    #[test]
    fn what_was_begun_runs_on_the_thread_until_the_end() {
        let lanes = Lanes::start(0).unwrap();
        let lane = lanes.quietest().unwrap();
        let (said, heard) = std::sync::mpsc::channel();
        let _task = lane.handle().spawn(async move {
            tokio::time::sleep(std::time::Duration::from_millis(10)).await;
            let name = std::thread::current().name().map(str::to_owned);
            said.send(name).unwrap();
            std::future::pending::<()>().await;
        });
        assert_eq!(heard.recv().unwrap().as_deref(), Some("http-0"));
        drop(lanes);
        assert!(heard.recv().is_err(), "the task is gone with the thread");
    }
}
