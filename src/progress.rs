//! A line on the terminal that says how far a long scan has come.

use std::io::{IsTerminal, Write};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, mpsc};
use std::thread::JoinHandle;
use std::time::Duration;

use crate::cli::Talk;

/// Counts what was looked at and shows it from the second second on, if someone is watching.
pub(crate) struct Progress {
    pub(crate) entries: Arc<AtomicUsize>,
    pub(crate) files: Arc<AtomicUsize>,
    watcher: Option<(mpsc::Sender<()>, JoinHandle<()>)>,
}

impl Progress {
    pub(crate) fn start(talk: Talk) -> Self {
        let entries = Arc::new(AtomicUsize::new(0));
        let files = Arc::new(AtomicUsize::new(0));
        let watched = talk != Talk::Quiet && std::io::stderr().is_terminal();
        let watcher = watched.then(|| {
            let (stop, stopped) = mpsc::channel();
            let (entries, files) = (Arc::clone(&entries), Arc::clone(&files));
            let thread = std::thread::spawn(move || watch(&stopped, &entries, &files));
            (stop, thread)
        });
        Self { entries, files, watcher }
    }
}

impl Drop for Progress {
    /// Takes the line away.
    fn drop(&mut self) {
        if let Some((stop, thread)) = self.watcher.take() {
            drop(stop);
            // The thread only writes to the terminal; if it panicked, there is no line to take away.
            let _ = thread.join();
        }
    }
}

fn watch(stopped: &mpsc::Receiver<()>, entries: &AtomicUsize, files: &AtomicUsize) {
    let shown = AtomicBool::new(false);
    let mut wait = Duration::from_secs(1);
    while stopped.recv_timeout(wait) == Err(mpsc::RecvTimeoutError::Timeout) {
        let (entries, files) = (entries.load(Ordering::Relaxed), files.load(Ordering::Relaxed));
        let _ = write!(std::io::stderr(), "\r{entries} entries seen, {files} files scanned ");
        shown.store(true, Ordering::Relaxed);
        wait = Duration::from_millis(200);
    }
    if shown.load(Ordering::Relaxed) {
        let _ = write!(std::io::stderr(), "\r{:60}\r", "");
    }
}
