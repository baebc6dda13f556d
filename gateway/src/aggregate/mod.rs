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
    catalogue: Catalogue,
    gate: Arc<Gate>,
}

impl Aggregate {
    /// Of these servers, in the order of the configuration. A route to a server that is not among
    /// them leads nowhere.
    #[must_use]
    pub fn new(members: Vec<Arc<dyn Member>>, routes: Routes, gate: Arc<Gate>) -> Self {
        let servers = members.iter().map(|member| Arc::clone(member.name())).collect();
        let names = Names::new(servers, routes);
        Self(Arc::new(Whole { members, names, catalogue: Catalogue::new(), gate }))
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
        routes::route(&self.0.names, &self.0.catalogue, message)
    }
}

impl std::fmt::Debug for Aggregate {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Aggregate").field(&self.0.names.servers()).finish()
    }
}

#[cfg(test)]
mod scripted;
