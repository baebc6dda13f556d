//! The thread that writes the log: decisions in, bytes out.

use std::io::{self, ErrorKind};
use std::sync::atomic::{AtomicU8, Ordering, fence};
use std::sync::{Arc, OnceLock};
use std::thread::{self, Thread};
use std::time::{Duration, Instant};

use tokio::sync::mpsc::Receiver;
use tokio::sync::watch;

use super::decision::Decision;
use super::file::LogFile;
use super::log::{CloseError, LogError};

/// From here on a batch is written before more is added to it.
const BATCH: usize = 64 * 1024;

/// How often the writer does what it does.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pace {
    /// How long decisions gather before they are written together.
    pub(super) gather: Duration,
    /// How long until a write is tried again.
    pub(super) retry: Duration,
    /// How often it is looked whether the file was moved away.
    pub(super) look: Duration,
}

impl Default for Pace {
    fn default() -> Self {
        let second = Duration::from_secs(1);
        Self { gather: Duration::from_millis(10), retry: second, look: second }
    }
}

/// Whether the log can be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    Writing,
    Broken,
    Closed,
}

impl State {
    pub(super) const fn check(self) -> Result<(), LogError> {
        match self {
            Self::Writing => Ok(()),
            Self::Broken => Err(LogError::Broken),
            Self::Closed => Err(LogError::Closed),
        }
    }
}

/// How the writer rests, so that who records seldom has to wake it: a call of the system costs more
/// than all the rest of recording.
#[derive(Debug, Default)]
pub(super) struct Nap {
    kind: AtomicU8,
    thread: OnceLock<Thread>,
    /// Until when the writer has to end.
    end: OnceLock<Instant>,
}

/// Works, and looks again before it rests.
const AWAKE: u8 = 0;
/// Lets decisions gather, and looks by itself soon.
const GATHERING: u8 = 1;
/// Waits for the next decision.
const ASLEEP: u8 = 2;

impl Nap {
    /// Wakes the writer if it sleeps, or gathers although the queue is pressing.
    pub(super) fn interrupt(&self, pressing: impl FnOnce() -> bool) {
        // Either the writer sees the decision before it sleeps, or we see that it sleeps.
        fence(Ordering::SeqCst);
        let kind = self.kind.load(Ordering::Relaxed);
        if kind == ASLEEP || kind == GATHERING && pressing() {
            self.wake(kind);
        }
    }

    fn wake(&self, kind: u8) {
        let first = self.kind.compare_exchange(kind, AWAKE, Ordering::SeqCst, Ordering::Relaxed);
        if let (Ok(_), Some(thread)) = (first, self.thread.get()) {
            thread.unpark();
        }
    }

    /// Has the writer end until then.
    pub(super) fn end(&self, until: Instant) {
        // The first one counts.
        let _ = self.end.set(until);
        if let Some(thread) = self.thread.get() {
            thread.unpark();
        }
    }

    fn rest(&self, kind: u8, longest: Duration, idle: impl FnOnce() -> bool) {
        self.kind.store(kind, Ordering::SeqCst);
        fence(Ordering::SeqCst);
        if idle() && self.end.get().is_none() {
            thread::park_timeout(longest);
        }
        self.kind.store(AWAKE, Ordering::SeqCst);
    }
}

/// Whether so little room is left that decisions are not to gather.
pub(super) const fn is_pressing(room: usize, whole: usize) -> bool {
    room < whole / 2
}

pub(super) struct Writer {
    decisions: Receiver<Decision>,
    file: LogFile,
    state: watch::Sender<State>,
    nap: Arc<Nap>,
    pace: Pace,
    /// Whole lines that are not in the file yet.
    batch: Vec<u8>,
}

impl Writer {
    pub(super) const fn new(
        decisions: Receiver<Decision>,
        file: LogFile,
        state: watch::Sender<State>,
        nap: Arc<Nap>,
        pace: Pace,
    ) -> Self {
        Self { decisions, file, state, nap, pace, batch: Vec::new() }
    }

    /// Writes until the log is closed.
    pub(super) fn run(mut self) -> Result<(), CloseError> {
        /// Should a call to wake up ever be missed.
        const LONGEST_SLEEP: Duration = Duration::from_secs(1);
        // It is ours alone, and set once.
        let _ = self.nap.thread.set(thread::current());
        loop {
            if let Some(until) = self.nap.end.get().copied() {
                return self.finish(until);
            }
            self.fill();
            if self.batch.is_empty() {
                let decisions = &self.decisions;
                self.nap.rest(ASLEEP, LONGEST_SLEEP, || decisions.is_empty());
                self.gather();
                continue;
            }
            match self.write() {
                Ok(()) => {
                    self.say(State::Writing, None);
                    if self.decisions.is_empty() {
                        self.gather();
                    }
                }
                Err(error) => {
                    self.say(State::Broken, Some(&error));
                    thread::park_timeout(self.pace.retry);
                }
            }
        }
    }

    fn gather(&self) {
        let decisions = &self.decisions;
        let calm = || !is_pressing(decisions.capacity(), decisions.max_capacity());
        self.nap.rest(GATHERING, self.pace.gather, calm);
    }

    /// Turns decisions that wait into lines.
    fn fill(&mut self) {
        while self.batch.len() < BATCH {
            let Ok(decision) = self.decisions.try_recv() else { return };
            decision.write_line(&mut self.batch);
        }
    }

    /// Writes the batch. What could not be written stays in it, from the start of a line on.
    fn write(&mut self) -> io::Result<()> {
        self.file.renew(self.pace.look)?;
        while !self.batch.is_empty() {
            let taken = self.file.append(&self.batch)?;
            let whole = self.batch.iter().take(taken).rposition(|byte| *byte == b'\n');
            let Some(last) = whole else { return Err(ErrorKind::StorageFull.into()) };
            self.batch.drain(..=last);
        }
        Ok(())
    }

    fn say(&self, state: State, error: Option<&io::Error>) {
        if self.state.send_replace(state) == state {
            return;
        }
        match error {
            Some(error) => {
                tracing::error!(%error, "the audit log cannot be written: calls are refused");
            }
            None => tracing::info!("the audit log is written again"),
        }
    }

    /// Writes what is there and what those bring that have a place.
    fn finish(mut self, until: Instant) -> Result<(), CloseError> {
        const MOMENT: Duration = Duration::from_millis(1);
        self.decisions.close();
        self.state.send_replace(State::Closed);
        loop {
            // Each place has a sender, and the log has one. Counted first: what they send before
            // they are gone is found below.
            let places = self.decisions.sender_strong_count().saturating_sub(1);
            self.fill();
            let late = Instant::now() >= until;
            let done = places == 0 && self.decisions.is_empty();
            let written = self.write().and_then(|()| match done || late {
                true => self.file.sync(),
                false => Ok(()),
            });
            match written {
                Ok(()) if done => return Ok(()),
                Ok(()) if !self.decisions.is_empty() => {}
                Ok(()) if late => return Err(CloseError::Unrecorded(places)),
                Err(source) if late => {
                    let lines = self.batch.iter().filter(|byte| **byte == b'\n').count();
                    let decisions = lines + self.decisions.len();
                    return Err(CloseError::Unwritten { decisions, source });
                }
                Ok(()) | Err(_) => thread::park_timeout(MOMENT),
            }
        }
    }
}
