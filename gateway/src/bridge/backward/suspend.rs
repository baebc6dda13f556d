//! Calls that wait for the client, because the server has asked something.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Instant;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use compact_str::CompactString;

use super::Limits;
use super::session::Session;

/// Which request a call was made by. Only the same one goes on with it.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Origin {
    pub(super) principal: Arc<str>,
    pub(super) method: CompactString,
    pub(super) digest: [u8; 32],
}

/// The suspended calls by their `requestState`: 256 random bits that mean nothing to anybody else.
pub(super) struct States {
    held: Mutex<HashMap<String, Held>>,
    limits: Limits,
}

struct Held {
    origin: Origin,
    session: Weak<Session>,
    number: u64,
    expires: Instant,
}

impl States {
    pub(super) fn new(limits: Limits) -> Self {
        Self { held: Mutex::new(HashMap::new()), limits }
    }

    fn held(&self) -> MutexGuard<'_, HashMap<String, Held>> {
        // Each change is whole before the lock is let go.
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes a call; `None` if the principal has too many, or nothing random is to be had.
    pub(super) fn hold(
        &self,
        origin: &Origin,
        session: Weak<Session>,
        number: u64,
    ) -> Option<String> {
        let mut bits = [0; 32];
        getrandom::fill(&mut bits).ok()?;
        let state = URL_SAFE_NO_PAD.encode(bits);
        let mut held = self.held();
        let many = held.values().filter(|held| held.origin.principal == origin.principal).count();
        if many >= self.limits.suspensions {
            return None;
        }
        let expires = Instant::now() + self.limits.suspended;
        held.insert(state.clone(), Held { origin: origin.clone(), session, number, expires });
        Some(state)
    }

    /// The call that a state is of. It is of no use after that.
    ///
    /// # Errors
    /// If it is of none, or of none that this request may go on with.
    pub(super) fn take(
        &self,
        state: &str,
        origin: &Origin,
    ) -> Result<(Weak<Session>, u64), &'static str> {
        let unknown = "`requestState` is unknown, was used already, or has expired";
        let mut held = self.held();
        let found = held.get(state).ok_or(unknown)?;
        if found.origin.principal != origin.principal || found.expires <= Instant::now() {
            return Err(unknown);
        }
        if found.origin != *origin {
            return Err("`requestState` belongs to another request");
        }
        held.remove(state).map(|held| (held.session, held.number)).ok_or(unknown)
    }

    /// The call is over.
    pub(super) fn forget(&self, state: &str) {
        self.held().remove(state);
    }

    /// Takes out the calls whose time is over.
    pub(super) fn expired(&self) -> Vec<(Weak<Session>, u64)> {
        let now = Instant::now();
        let mut held = self.held();
        held.extract_if(|_, held| held.expires <= now)
            .map(|(_, held)| (held.session, held.number))
            .collect()
    }
}
