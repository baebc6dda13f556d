//! All servers as one, for both eras: names lead to their servers, lists are made of everybody's.

mod calls;
mod catalogue;
mod gather;
mod listen;
mod merge;
mod names;
mod routes;
mod session;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::message::Message;
use crate::pipeline::{Caller, Denial, Gate, Router, Target};
use crate::service::{Calls, Conversation};
use crate::upstream::Receiver;

use catalogue::Catalogue;
use names::Names;
pub use routes::{Route, Routes};

/// One of the servers.
pub trait Member: Send + Sync {
    /// Its name: `[a-z0-9-]+`.
    fn name(&self) -> &Arc<str>;
    /// Opens a session with it. What comes from it goes to the receiver.
    fn converse(&self, caller: &Arc<Caller>, client: Arc<dyn Receiver>) -> Arc<dyn Conversation>;
    /// For requests that stand by themselves.
    fn calls(&self) -> Arc<dyn Calls>;
}

/// All servers as one. A message that names its server goes there alone; one that concerns all is
/// answered here, of what each server answers under a permit of its own.
#[derive(Clone)]
pub struct Aggregate(Arc<Whole>);

/// What the conversations and calls with all servers share.
struct Whole {
    members: Vec<Arc<dyn Member>>,
    names: Names,
    catalogue: Arc<Catalogue>,
    gate: Arc<Gate>,
    /// Something else has taken its place.
    outdated: AtomicBool,
}

impl Aggregate {
    /// Of these servers, in the order of the configuration. A route to a server that is not among
    /// them leads nowhere.
    #[must_use]
    pub fn new(members: Vec<Arc<dyn Member>>, routes: Routes, gate: Arc<Gate>) -> Self {
        let servers = members.iter().map(|member| Arc::clone(member.name())).collect();
        let names = Names::new(servers, routes);
        let catalogue = Arc::new(Catalogue::new());
        Self(Arc::new(Whole { members, names, catalogue, gate, outdated: AtomicBool::new(false) }))
    }

    /// The same with what another one has learnt about servers that are the same in both.
    #[must_use]
    pub(crate) fn knowing(self, other: &Self, is_same: impl Fn(&str) -> bool) -> Self {
        let Self(whole) = self;
        let (old, new) = (&other.0.names, &whole.names);
        let place = |server: usize| {
            let name = old.servers().get(server)?;
            new.place(name).filter(|_| is_same(name))
        };
        let servers = old.servers().len();
        let as_before = servers == new.servers().len()
            && (0..servers).all(|server| place(server) == Some(server));
        let catalogue = if as_before {
            Arc::clone(&other.0.catalogue)
        } else {
            Arc::new(other.0.catalogue.moved(place))
        };
        Self(match Arc::try_unwrap(whole) {
            Ok(whole) => Arc::new(Whole { catalogue, ..whole }),
            // It is in use, and goes on to learn by itself.
            Err(whole) => whole,
        })
    }

    /// The names of the servers, in their order.
    pub(crate) fn servers(&self) -> impl Iterator<Item = &Arc<str>> {
        self.0.names.servers().iter()
    }

    /// Another one has taken its place, unless it is the same.
    pub(crate) fn leave(&self, after: &Self) {
        if !Arc::ptr_eq(&self.0, &after.0) {
            self.0.outdated.store(true, Ordering::Relaxed);
        }
    }

    /// Opens a session with all of them.
    #[must_use]
    pub fn converse(
        &self,
        caller: &Arc<Caller>,
        client: Arc<dyn Receiver>,
    ) -> Arc<dyn Conversation> {
        session::Session::begin(Arc::clone(&self.0), Arc::clone(caller), client)
    }

    /// For requests that stand by themselves.
    #[must_use]
    pub fn calls(&self) -> Arc<dyn Calls> {
        Arc::new(calls::All::new(Arc::clone(&self.0)))
    }
}

impl Router for Aggregate {
    fn route(&self, message: Message) -> Result<(Target, Message), Denial> {
        self.0.route(message)
    }
}

impl Router for Whole {
    fn route(&self, message: Message) -> Result<(Target, Message), Denial> {
        routes::route(&self.names, &self.catalogue, message)
    }
}

impl std::fmt::Debug for Aggregate {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Aggregate").field(&self.0.names.servers()).finish()
    }
}

#[cfg(test)]
mod scripted;
