//! The log of decisions.

use std::fmt::{self, Debug, Formatter};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError, mpsc};
use std::thread;
use std::time::{Duration, Instant};

use thiserror::Error;
use tokio::sync::mpsc::error::TrySendError;
use tokio::sync::mpsc::{OwnedPermit, Sender};
use tokio::sync::watch;

use super::decision::Decision;
use super::file::LogFile;
use super::writer::{Nap, Pace, State, Writer, is_pressing};

/// How many decisions may wait for the writer, places that are taken included. One takes some 300
/// bytes, and memory only while it waits.
const ROOM: usize = 16_384;
/// How long a message waits for room before it is refused.
const LONGEST_WAIT: Duration = Duration::from_secs(5);
/// How long a log that is dropped may take to write the rest.
const LAST_WAIT: Duration = Duration::from_secs(1);

/// Where decisions are written down, one line of JSON each, by a thread of its own.
///
/// A decision is in the file some ten milliseconds after it was recorded, and on the disk when the
/// system writes it there; [`DecisionLog::close`] waits for that. None is dropped in silence: where
/// the log cannot keep up or cannot be written, there is no [`Place`] for another decision, and
/// without one no message passes. Many processes can share one file.
#[derive(Debug)]
pub struct DecisionLog(Option<Queue>);

struct Queue {
    sender: Sender<Decision>,
    nap: Arc<Nap>,
    state: watch::Receiver<State>,
    /// What the writer says when it has ended; taken by whoever closes the log.
    end: Mutex<Option<mpsc::Receiver<Result<(), CloseError>>>>,
}

impl Debug for Queue {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.debug_struct("Queue").field("state", &*self.state.borrow()).finish_non_exhaustive()
    }
}

impl DecisionLog {
    /// Opens the log and starts its writer. The file is made where it is missing, for its owner
    /// alone.
    ///
    /// # Errors
    /// When the directory is missing, or the file cannot be opened or is none.
    pub fn open(path: &Path) -> Result<Self, OpenError> {
        Self::open_with(path, Pace::default(), ROOM)
    }

    pub(super) fn open_with(path: &Path, pace: Pace, room: usize) -> Result<Self, OpenError> {
        let directory = path.parent().filter(|parent| !parent.as_os_str().is_empty());
        if let Some(directory) = directory.filter(|directory| !directory.exists()) {
            return Err(OpenError::NoDirectory(directory.to_owned()));
        }
        let failed = |source| OpenError::Failed { path: path.to_owned(), source };
        let file = LogFile::open(path).map_err(failed)?;
        let (sender, decisions) = tokio::sync::mpsc::channel(room);
        let (says, state) = watch::channel(State::Writing);
        let (ends, end) = mpsc::sync_channel(1);
        let nap = Arc::new(Nap::default());
        let writer = Writer::new(decisions, file, says, Arc::clone(&nap), pace);
        let run = move || {
            // Nobody listens when the log was closed without waiting.
            let _ = ends.send(writer.run());
        };
        thread::Builder::new().name("audit-log".to_owned()).spawn(run).map_err(failed)?;
        Ok(Self(Some(Queue { sender, nap, state, end: Mutex::new(Some(end)) })))
    }

    /// No log: every decision has a place and is forgotten.
    #[must_use]
    pub const fn none() -> Self {
        Self(None)
    }

    /// Takes a place for one decision, without waiting. To be taken before a message is passed on,
    /// so that nothing is done of which there will be no record.
    ///
    /// # Errors
    /// When there is no room now, or the log cannot be written: the message must not pass.
    pub fn try_place(&self) -> Result<Place, LogError> {
        let Some(queue) = &self.0 else { return Ok(Place(None)) };
        queue.state.borrow().check()?;
        match queue.sender.clone().try_reserve_owned() {
            Ok(permit) => Ok(queue.place(permit)),
            Err(TrySendError::Full(_)) => Err(LogError::Behind),
            Err(TrySendError::Closed(_)) => Err(LogError::Closed),
        }
    }

    /// Takes a place, and waits for one up to five seconds where the log is behind.
    ///
    /// # Errors
    /// When there still is none, or the log cannot be written: the message must not pass.
    pub async fn place(&self) -> Result<Place, LogError> {
        match (self.try_place(), &self.0) {
            (Err(LogError::Behind), Some(queue)) => queue.wait().await,
            (place, _) => place,
        }
    }

    /// Records a decision for which no place was taken, such as a refusal.
    ///
    /// # Errors
    /// As [`DecisionLog::try_place`]; the decision is not recorded then.
    pub fn record(&self, decision: Decision) -> Result<(), LogError> {
        self.try_place()?.record(decision);
        Ok(())
    }

    /// How many decisions wait for the writer, places that are taken included.
    #[must_use]
    pub fn waiting(&self) -> usize {
        self.0.as_ref().map_or(0, |queue| queue.sender.max_capacity() - queue.sender.capacity())
    }

    /// Writes what was recorded, waits for the places that are taken, and for the disk; not longer
    /// than `within` and a second. No place is given any more. Blocks the thread.
    ///
    /// # Errors
    /// When not everything could be written, or a place is still taken.
    pub fn close(&self, within: Duration) -> Result<(), CloseError> {
        /// So that the writer, which has the same time, can say what is missing.
        const GRACE: Duration = Duration::from_secs(1);
        let Some(queue) = &self.0 else { return Ok(()) };
        let end = queue.end.lock().unwrap_or_else(PoisonError::into_inner).take();
        let Some(end) = end else { return Ok(()) };
        queue.nap.end(Instant::now() + within);
        end.recv_timeout(within + GRACE).unwrap_or(Err(CloseError::NoAnswer))
    }
}

impl Drop for DecisionLog {
    fn drop(&mut self) {
        if let Err(error) = self.close(LAST_WAIT) {
            tracing::error!(%error, "the end of the audit log is missing");
        }
    }
}

impl Queue {
    fn place(&self, permit: OwnedPermit<Decision>) -> Place {
        Place(Some((permit, Arc::clone(&self.nap))))
    }

    async fn wait(&self) -> Result<Place, LogError> {
        let mut state = self.state.clone();
        tokio::select! {
            biased;
            state = state.wait_for(|state| *state != State::Writing) => {
                Err(state.map_or(LogError::Closed, |state| state.check().err().unwrap_or(LogError::Closed)))
            }
            permit = self.sender.clone().reserve_owned() => {
                permit.map(|permit| self.place(permit)).map_err(|_| LogError::Closed)
            }
            () = tokio::time::sleep(LONGEST_WAIT) => Err(LogError::Behind),
        }
    }
}

/// Room for one decision, which nothing can take away. Dropped without a record, it is free again.
#[must_use = "a message that passes must be recorded"]
pub struct Place(Option<(OwnedPermit<Decision>, Arc<Nap>)>);

impl Place {
    /// Records the decision. Does not wait.
    pub fn record(self, decision: Decision) {
        if let Some((permit, nap)) = self.0 {
            let sender = permit.send(decision);
            nap.interrupt(|| is_pressing(sender.capacity(), sender.max_capacity()));
        }
    }
}

impl Debug for Place {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str("Place")
    }
}

/// Why a log cannot be opened.
#[derive(Debug, Error)]
pub enum OpenError {
    /// Its directory is missing. It is not made, because a misspelt path would go unseen.
    #[error("the directory of the audit log does not exist: {}", .0.display())]
    NoDirectory(PathBuf),
    /// The system refused it.
    #[error("the audit log {} cannot be opened: {source}", .path.display())]
    Failed {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

/// Why there is no place for a decision.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum LogError {
    /// More decisions wait than there is room for.
    #[error("the audit log cannot keep up")]
    Behind,
    /// The last attempt to write failed; the next follows within a second.
    #[error("the audit log cannot be written")]
    Broken,
    /// The gateway is shutting down.
    #[error("the audit log is closed")]
    Closed,
}

/// Why the log did not end as it should.
#[derive(Debug, Error)]
pub enum CloseError {
    /// What was recorded could not be written.
    #[error("{decisions} decisions are missing in the audit log: {source}")]
    Unwritten {
        /// How many.
        decisions: usize,
        /// What the system said.
        source: io::Error,
    },
    /// Messages passed whose end was not waited for.
    #[error("the audit log was closed before the end of {0} messages")]
    Unrecorded(usize),
    /// The writer did not answer in time: the disk does not, either.
    #[error("the audit log was not written in time")]
    NoAnswer,
}
