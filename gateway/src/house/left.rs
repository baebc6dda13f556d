//! Servers that a configuration has no more, or otherwise, and that have not ended yet.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::House;
use crate::record::metrics::Metrics;
use crate::server::Server;

/// The servers that are leaving.
#[derive(Debug, Default)]
pub(crate) struct Left(Mutex<Vec<Arc<Server>>>);

impl Left {
    fn servers(&self) -> MutexGuard<'_, Vec<Arc<Server>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Lets the servers of `before` go that are not in `after`. Conversations with those whose name is
    /// not there have this long.
    pub(crate) fn part(&self, before: &House, after: &House, within: Duration, metrics: &Metrics) {
        for server in before.gone(after) {
            server.retire();
            if after.server(server.name()).is_none() {
                metrics.forget(server.name());
            }
            self.servers().push(Arc::clone(server));
        }
        // One that another had taken the place of may have been left by that one, too.
        self.servers().retain(|server| {
            if after.server(server.name()).is_none() {
                server.remove(within);
            }
            !server.has_ended()
        });
    }

    /// Whether one of this name has not ended yet.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.servers().iter().any(|server| &**server.name() == name && !server.has_ended())
    }

    /// Ends what clients share with them.
    pub(crate) fn close(&self) {
        for server in self.servers().iter() {
            server.close();
        }
    }
}
