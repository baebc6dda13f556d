//! The sessions with one server.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use super::session::{Lent, Making, Session};

/// What calls must have in common to share a session.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Key {
    pub(super) principal: Arc<str>,
    /// JSON, as a session declares them.
    pub(super) capabilities: Arc<str>,
    pub(super) level: Option<&'static str>,
}

pub(super) struct Pool {
    making: Making,
    inner: Mutex<Inner>,
    this: Weak<Pool>,
}

#[derive(Default)]
struct Inner {
    sessions: HashMap<Key, Arc<Session>>,
    watched: bool,
    closed: bool,
}

impl Pool {
    pub(super) fn new(making: Making) -> Arc<Self> {
        Arc::new_cyclic(|this| Self {
            making,
            inner: Mutex::new(Inner::default()),
            this: this.clone(),
        })
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        // Each change is whole before the lock is let go.
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The session of this key, a new one if there is none.
    ///
    /// # Errors
    /// If there are too many in use, or the pool is closed.
    pub(super) fn session(&self, key: Key, info: Option<&str>) -> Result<Lent, &'static str> {
        let mut inner = self.inner();
        if inner.closed {
            return Err("the server is no longer configured");
        }
        if let Some(session) = inner.sessions.get(&key) {
            return Ok(session.lend());
        }
        if inner.sessions.len() >= self.making.limits.sessions {
            let idle = inner
                .sessions
                .iter()
                .filter_map(|(key, session)| Some((session.unused_since()?, key)));
            let oldest = idle.min_by_key(|(since, _)| *since).map(|(_, key)| key.clone());
            let gone = oldest.and_then(|key| inner.sessions.remove(&key));
            gone.ok_or("too many sessions with it are in use")?.close();
        }
        let session = Session::new(self.making.clone(), &key, info);
        let lent = session.lend();
        inner.sessions.insert(key, session);
        if !std::mem::replace(&mut inner.watched, true) {
            self.watch();
        }
        Ok(lent)
    }

    fn watch(&self) {
        let this = Weak::clone(&self.this);
        let shortest = self.making.patience.idle.min(self.making.limits.suspended);
        let every = (shortest / 4).clamp(Duration::from_millis(10), Duration::from_secs(1));
        tokio::spawn(async move {
            loop {
                tokio::time::sleep(every).await;
                let Some(this) = this.upgrade() else { return };
                if !this.look_after() {
                    return;
                }
            }
        });
    }

    fn look_after(&self) -> bool {
        for (session, number) in self.making.states.expired() {
            if let Some(session) = session.upgrade() {
                session.expire(number);
            }
        }
        let mut inner = self.inner();
        let idle = self.making.limits.idle;
        let over = |session: &Arc<Session>| {
            session.unused_since().is_some_and(|since| since.elapsed() >= idle)
        };
        let gone: Vec<Arc<Session>> =
            inner.sessions.extract_if(|_, session| over(session)).map(|(_, gone)| gone).collect();
        let kept: Vec<Arc<Session>> = inner.sessions.values().cloned().collect();
        inner.watched = !kept.is_empty();
        let goes_on = inner.watched;
        drop(inner);
        for session in gone {
            session.close();
        }
        for session in kept {
            session.look_after();
        }
        goes_on
    }

    pub(super) fn is_idle(&self) -> bool {
        !self.inner().sessions.values().any(|session| session.is_busy())
    }

    pub(super) fn close(&self) {
        let mut inner = self.inner();
        inner.closed = true;
        let sessions: Vec<Arc<Session>> = inner.sessions.drain().map(|(_, gone)| gone).collect();
        drop(inner);
        for session in sessions {
            session.close();
        }
    }
}
