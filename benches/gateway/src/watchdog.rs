//! Ends a run in which no answer comes any more.

use std::process::exit;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::Duration;

use serde::Serialize;

use crate::report::print;

/// Exit code of a run that stood still.
const STALLED: i32 = 2;

#[derive(Serialize)]
struct Stalled {
    stalled: bool,
    answered: u64,
    seconds_without_answer: u64,
}

/// Watches a counter from a thread of its own, so that calls need no timers.
pub(crate) fn watch(progress: Arc<AtomicU64>, patience: u64) {
    thread::spawn(move || {
        let mut last = progress.load(Ordering::Relaxed);
        let mut idle = 0;
        while idle < patience {
            thread::sleep(Duration::from_secs(1));
            let answered = progress.load(Ordering::Relaxed);
            idle = if answered == last { idle + 1 } else { 0 };
            last = answered;
        }
        let stalled = Stalled { stalled: true, answered: last, seconds_without_answer: idle };
        if let Err(error) = print(&stalled) {
            eprintln!("mcpbench: {error}");
        }
        exit(STALLED);
    });
}
