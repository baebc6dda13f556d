//! Waiting for a slow client.

use std::sync::Arc;

use futures_util::future::BoxFuture;

use super::outlet::Outlet;
use crate::upstream::Room;

/// A stream that is full.
pub(super) struct Full {
    pub(super) outlet: Arc<Outlet>,
    pub(super) number: u64,
}

impl Room for Full {
    fn wait(&self) -> BoxFuture<'_, ()> {
        Box::pin(self.outlet.wait_for_room(self.number))
    }
}

impl std::fmt::Debug for Full {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Full({})", self.number)
    }
}
