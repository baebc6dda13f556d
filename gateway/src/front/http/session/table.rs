//! All sessions.

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, Instant};

use super::Session;
use crate::front::Endpoint;
use crate::http::session_id::SessionId;

/// The sessions of a front.
pub(in crate::front::http) struct Table {
    sessions: RwLock<HashMap<SessionId, Arc<Session>>>,
    taken: Arc<AtomicUsize>,
    most: usize,
}

/// The place of one session, from before it opens until nothing of it is left.
pub(in crate::front::http) struct Slot(Arc<AtomicUsize>);

impl Drop for Slot {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::AcqRel);
    }
}

impl Table {
    /// For so many at most.
    pub(in crate::front::http) fn new(most: usize) -> Self {
        Self { sessions: RwLock::default(), taken: Arc::default(), most }
    }

    /// A place for one more; `None` if there is none.
    pub(in crate::front::http) fn reserve(&self) -> Option<Slot> {
        self.take().or_else(|| {
            for session in self.all().into_iter().filter(|session| session.is_over()) {
                self.remove(&session);
            }
            self.take()
        })
    }

    fn take(&self) -> Option<Slot> {
        let slot = Slot(Arc::clone(&self.taken));
        let before = self.taken.fetch_add(1, Ordering::AcqRel);
        (before < self.most).then_some(slot)
    }

    /// How many are open.
    pub(in crate::front::http) fn open(&self) -> usize {
        self.sessions.read().unwrap_or_else(PoisonError::into_inner).len()
    }

    /// Adds a session.
    pub(in crate::front::http) fn add(&self, session: &Arc<Session>) {
        let mut sessions = self.sessions.write().unwrap_or_else(PoisonError::into_inner);
        sessions.insert(session.id.clone(), Arc::clone(session));
    }

    /// The session of this id, if it is at this endpoint.
    pub(in crate::front::http) fn get(
        &self,
        id: &SessionId,
        endpoint: &Endpoint,
    ) -> Option<Arc<Session>> {
        let session = {
            let sessions = self.sessions.read().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(sessions.get(id)?)
        };
        if session.is_over() {
            self.remove(&session);
            return None;
        }
        if session.endpoint != *endpoint {
            return None;
        }
        session.touch();
        Some(session)
    }

    /// Ends a session.
    pub(in crate::front::http) fn remove(&self, session: &Session) {
        let removed = {
            let mut sessions = self.sessions.write().unwrap_or_else(PoisonError::into_inner);
            sessions.remove(&session.id)
        };
        session.end();
        drop(removed);
    }

    /// Ends what nobody uses, and forgets what is too old.
    pub(in crate::front::http) fn sweep(&self, idle: Duration) {
        let now = Instant::now();
        for session in self.all() {
            if session.is_over() || session.is_idle(now, idle) {
                self.remove(&session);
            } else {
                session.outlet.prune(now);
            }
        }
    }

    /// Lets streams end that belong to no request.
    pub(in crate::front::http) fn drain(&self) {
        for session in self.all() {
            session.outlet.drain();
        }
    }

    /// Ends all.
    pub(in crate::front::http) fn close(&self) {
        for session in self.all() {
            self.remove(&session);
        }
    }

    fn all(&self) -> Vec<Arc<Session>> {
        let sessions = self.sessions.read().unwrap_or_else(PoisonError::into_inner);
        sessions.values().cloned().collect()
    }
}
