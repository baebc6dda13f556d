//! Metrics in the text format of `OpenMetrics` 1.0, as `GET /metrics` shows them.
//!
//! Every label comes from a set that is known beforehand: servers of the configuration, methods of
//! the protocol, codes of the contract. What a caller sends never becomes one.

mod method;
mod process;
mod server;
mod timing;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;
use prometheus_client::encoding::{EncodeLabelSet, text};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::info::Info;
use prometheus_client::registry::{Registry, Unit};

use server::Families;
pub use server::{InFlight, ServerMetrics};

/// The content type of what [`Metrics::encode`] gives.
pub const CONTENT_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct CodeLabel {
    code: &'static str,
}

/// Everything that is counted.
#[derive(Debug)]
pub struct Metrics {
    registry: Registry,
    families: Families,
    refusals: Family<CodeLabel, Counter>,
    sessions: Gauge,
    servers: Mutex<BTreeMap<String, Arc<ServerMetrics>>>,
}

impl Metrics {
    /// Of a gateway of this version that started then.
    #[must_use]
    pub fn new(version: &str, started: Timestamp) -> Self {
        let mut registry = Registry::default();
        let families = Families::register(&mut registry);
        let refusals = Family::<CodeLabel, Counter>::default();
        let help = "Messages that were refused, by the code of the refusal";
        registry.register("mcp_guard_refusals", help, refusals.clone());
        let sessions = Gauge::default();
        registry.register("mcp_guard_sessions", "Sessions that are open", sessions.clone());
        let build = Info::new(vec![("version".to_owned(), version.to_owned())]);
        registry.register("mcp_guard_build", "The gateway", build);
        let start: Gauge = Gauge::default();
        start.set(started.as_second());
        let help = "When the gateway started, in seconds since 1970";
        registry.register_with_unit("process_start_time", help, Unit::Seconds, start);
        registry.register_collector(Box::new(process::Memory));
        Self { registry, families, refusals, sessions, servers: Mutex::default() }
    }

    /// What is counted of a server of the configuration; of what belongs to no server under the
    /// empty name. To be asked for once and kept.
    #[must_use]
    pub fn server(&self, name: &str) -> Arc<ServerMetrics> {
        let mut servers = self.servers();
        if let Some(known) = servers.get(name) {
            return Arc::clone(known);
        }
        let made = Arc::new(ServerMetrics::new(name, &self.families, self.refusals.clone()));
        servers.insert(name.to_owned(), Arc::clone(&made));
        made
    }

    /// Shows a server no more that is gone from the configuration.
    pub fn forget(&self, name: &str) {
        if self.servers().remove(name).is_some() {
            self.families.forget(name);
        }
    }

    /// Says how many sessions are open.
    pub fn sessions(&self, open: usize) {
        self.sessions.set(i64::try_from(open).unwrap_or(i64::MAX));
    }

    /// All of it as text.
    #[must_use]
    pub fn encode(&self) -> String {
        let mut out = String::new();
        // Writing into memory does not fail.
        let _ = text::encode(&mut out, &self.registry);
        out
    }

    fn servers(&self) -> MutexGuard<'_, BTreeMap<String, Arc<ServerMetrics>>> {
        self.servers.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests;
