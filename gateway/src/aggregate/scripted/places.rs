//! How much a scripted server reads.

use std::sync::Arc;

use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use tokio::sync::Semaphore;

use crate::upstream::{Pressure, Room};

/// Places for messages.
#[derive(Debug)]
pub(in crate::aggregate) struct Places(Semaphore);

impl Places {
    pub(super) fn new(places: usize) -> Arc<Self> {
        Arc::new(Self(Semaphore::new(places)))
    }

    /// Makes room for more.
    pub(in crate::aggregate) fn add(&self, places: usize) {
        self.0.add_permits(places);
    }

    pub(super) fn take(self: Arc<Self>) -> Pressure {
        if let Ok(place) = self.0.try_acquire() {
            place.forget();
            return Pressure::Free;
        }
        Pressure::Full(self)
    }
}

impl Room for Places {
    fn wait(&self) -> BoxFuture<'_, ()> {
        async {
            if let Ok(place) = self.0.acquire().await {
                place.forget();
            }
        }
        .boxed()
    }
}
