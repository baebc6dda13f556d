//! How a server ends that is configured otherwise, or no more.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError, Weak};
use std::time::{Duration, Instant};

use super::Server;
use super::session::Session;
use crate::service::Conversation as _;

/// How often a server that leaves is looked at.
const LOOK: Duration = Duration::from_millis(100);

/// What clients are told of a server that is removed.
pub(super) const REMOVED: &str = "the server is no longer configured";

/// What keeps a server from ending.
#[derive(Default)]
pub(super) struct Leaving {
    /// Conversations; those that are closed may still be among them.
    sessions: Mutex<Vec<Weak<Session>>>,
    /// Calls that are in flight nowhere yet, because nobody knows what the server speaks.
    waiting: Arc<()>,
    /// Until when conversations may go on, once it is removed.
    removed: OnceLock<Instant>,
    begun: AtomicBool,
    ended: AtomicBool,
}

impl Leaving {
    /// Notes a conversation.
    pub(super) fn note(&self, session: &Arc<Session>) {
        let mut sessions = self.sessions.lock().unwrap_or_else(PoisonError::into_inner);
        sessions.retain(|session| session.strong_count() > 0);
        sessions.push(Arc::downgrade(session));
    }

    /// Holds the server for a call until this is dropped.
    pub(super) fn hold(&self) -> Arc<()> {
        Arc::clone(&self.waiting)
    }

    /// Whether the server takes nothing new.
    pub(super) fn is_removed(&self) -> bool {
        self.removed.get().is_some()
    }

    /// The conversations that clients hold.
    fn open(&self) -> Vec<Arc<Session>> {
        let sessions = self.sessions.lock().unwrap_or_else(PoisonError::into_inner);
        let held = sessions.iter().filter_map(Weak::upgrade);
        held.filter(|session| !session.is_closed()).collect()
    }
}

impl Server {
    /// Another one has taken its place: it ends with the conversations and the calls that there are.
    /// Calls that belong to no conversation have as long as any call may take.
    pub fn retire(&self) {
        if self.leaving.begun.swap(true, Ordering::Relaxed) {
            return;
        }
        let Some(this) = self.this.upgrade() else { return };
        tokio::spawn(async move {
            let last = Instant::now() + this.patience.whole;
            // Not at once: a call may be on its way to it.
            loop {
                tokio::time::sleep(LOOK).await;
                if this.has_left(last) {
                    break;
                }
            }
            this.close();
            this.leaving.ended.store(true, Ordering::Relaxed);
        });
    }

    /// Whether it has left.
    pub(crate) fn has_ended(&self) -> bool {
        self.leaving.ended.load(Ordering::Relaxed)
    }

    /// It is configured no more: a conversation takes nothing new, and ends with the calls in flight,
    /// or after this time. For the rest it is as if another one had taken its place.
    pub fn remove(&self, within: Duration) {
        let _ = self.leaving.removed.set(Instant::now() + within);
        self.retire();
    }

    /// Whether nothing keeps it any more.
    fn has_left(&self, last: Instant) -> bool {
        let now = Instant::now();
        let mut open = self.leaving.open();
        if let Some(end) = self.leaving.removed.get() {
            open.retain(|session| {
                let stays = now < *end && session.is_busy();
                if !stays {
                    session.end(REMOVED);
                }
                stays
            });
        }
        open.is_empty() && (now >= last || self.is_idle())
    }

    /// Whether no call is in flight but those that wait for their client.
    fn is_idle(&self) -> bool {
        Arc::strong_count(&self.leaving.waiting) == 1
            && self.shared.is_idle()
            && self.backward.is_idle()
    }
}
