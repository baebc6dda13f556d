//! Whether a server can be reached, as its last connections went.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;

use crate::record::metrics::ServerMetrics;
use crate::service::{ConnectError, Connector};
use crate::upstream::{Arrival, Link, Pressure, Receiver};

/// How a server is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Health {
    /// Nobody has asked for it yet.
    Unknown,
    /// It was reached the last time.
    Up,
    /// It was not, because of this.
    Down(String),
}

/// What is known of one server.
#[derive(Debug)]
pub(super) struct Monitor {
    metrics: Arc<ServerMetrics>,
    state: Mutex<Health>,
}

impl Monitor {
    pub(super) fn new(metrics: Arc<ServerMetrics>) -> Arc<Self> {
        Arc::new(Self { metrics, state: Mutex::new(Health::Unknown) })
    }

    pub(super) fn health(&self) -> Health {
        self.state().clone()
    }

    fn state(&self) -> MutexGuard<'_, Health> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn up(&self) {
        let before = std::mem::replace(&mut *self.state(), Health::Up);
        if let Health::Down(_) = before {
            self.metrics.restarted();
        }
        self.metrics.up(true);
    }

    fn down(&self, why: &str) {
        *self.state() = Health::Down(why.to_owned());
        self.metrics.up(false);
    }
}

/// A connector whose connections are watched.
pub(super) struct Watched<C> {
    pub(super) inner: C,
    pub(super) monitor: Arc<Monitor>,
}

struct Ear {
    inner: Arc<dyn Receiver>,
    monitor: Arc<Monitor>,
}

impl<C: Connector> Connector for Watched<C> {
    fn connect(
        &self,
        receiver: Arc<dyn Receiver>,
    ) -> BoxFuture<'_, Result<Arc<dyn Link>, ConnectError>> {
        async move {
            let ear = Ear { inner: receiver, monitor: Arc::clone(&self.monitor) };
            let connected = self.inner.connect(Arc::new(ear)).await;
            match &connected {
                Ok(_) => self.monitor.up(),
                Err(error) => self.monitor.down(&error.0),
            }
            connected
        }
        .boxed()
    }

    fn is_pipe(&self) -> bool {
        self.inner.is_pipe()
    }
}

impl Receiver for Ear {
    fn receive(&self, arrival: Arrival) -> Pressure {
        self.inner.receive(arrival)
    }

    fn lost(&self, why: &str) {
        self.monitor.down(why);
        self.inner.lost(why);
    }
}
