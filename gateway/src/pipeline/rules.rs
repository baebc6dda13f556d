//! What decides.

use std::collections::HashMap;
use std::sync::Arc;

use crate::auth::Auth;
use crate::config::Refusals;
use crate::policy::{Decision, Layers};
use crate::record::metrics::{Metrics, ServerMetrics};

/// What decides. A message goes by the same rules from its arrival to its answer, whatever is
/// configured meanwhile.
#[derive(Debug)]
pub struct Rules {
    /// How callers prove who they are.
    pub auth: Arc<Auth>,
    /// Which tools may be called.
    pub tools: Layers,
    /// How a refused call of a tool is answered.
    pub refusals: Refusals,
    /// Where calls of each server are counted.
    pub counters: Counters,
}

/// Where calls of each server are counted.
#[derive(Debug)]
pub struct Counters {
    servers: HashMap<Arc<str>, Arc<ServerMetrics>>,
    none: Arc<ServerMetrics>,
}

impl Counters {
    /// For these servers.
    pub fn new(metrics: &Metrics, servers: impl IntoIterator<Item = Arc<str>>) -> Self {
        let servers = servers.into_iter().map(|name| {
            let counter = metrics.server(&name);
            (name, counter)
        });
        Self { servers: servers.collect(), none: metrics.server("") }
    }

    /// That of a server, or of what belongs to none.
    #[must_use]
    pub fn of(&self, server: Option<&str>) -> &Arc<ServerMetrics> {
        server.and_then(|name| self.servers.get(name)).unwrap_or(&self.none)
    }
}

impl Rules {
    /// Rules that let everything pass and identify nobody.
    #[must_use]
    pub fn open(metrics: &Metrics, servers: impl IntoIterator<Item = Arc<str>>) -> Self {
        Self {
            auth: Arc::new(Auth::None),
            tools: Layers::default(),
            refusals: Refusals::default(),
            counters: Counters::new(metrics, servers),
        }
    }

    /// The rule that keeps this tool from callers, if one does.
    #[must_use]
    pub fn denies(&self, server: &str, tool: &str) -> Option<String> {
        match self.tools.decision(server, tool) {
            Decision::Allowed => None,
            Decision::Denied { rule } => Some(rule),
        }
    }
}
