//! What is counted of one server.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::{Family, MetricConstructor};
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::{Registry, Unit};

use super::super::decision::{Decision, Outcome, Verdict};
use super::timing::Timing;
use super::{CodeLabel, method};

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(super) struct ServerLabel {
    server: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct RequestLabels {
    server: String,
    method_class: &'static str,
    outcome: &'static str,
}

/// The name of the outcome of what was refused, which has none of its own.
const REFUSED: &str = "refused";
const ENDINGS: usize = Outcome::ALL.len() + 1;

const CALLS: &[Duration] = &[
    Duration::from_micros(100),
    Duration::from_micros(500),
    Duration::from_millis(1),
    Duration::from_millis(5),
    Duration::from_millis(10),
    Duration::from_millis(50),
    Duration::from_millis(100),
    Duration::from_millis(500),
    Duration::from_secs(1),
    Duration::from_secs(5),
    Duration::from_secs(10),
    Duration::from_secs(60),
];

#[derive(Clone, Debug)]
pub(super) struct Bounds(&'static [Duration]);

impl MetricConstructor<Timing> for Bounds {
    fn new_metric(&self) -> Timing {
        Timing::new(self.0)
    }
}

/// The metrics that each server has one of.
#[derive(Debug)]
pub(super) struct Families {
    requests: Family<RequestLabels, Counter>,
    duration: Family<ServerLabel, Timing, Bounds>,
    up: Family<ServerLabel, Gauge>,
    restarts: Family<ServerLabel, Counter>,
    in_flight: Family<ServerLabel, Gauge>,
}

impl Families {
    pub(super) fn register(registry: &mut Registry) -> Self {
        let families = Self {
            requests: Family::default(),
            duration: Family::new_with_constructor(Bounds(CALLS)),
            up: Family::default(),
            restarts: Family::default(),
            in_flight: Family::default(),
        };
        let help = "Messages, by what came of them";
        registry.register("mcp_guard_requests", help, families.requests.clone());
        let help = "From a request's arrival to the end of its answer";
        let name = "mcp_guard_request_duration";
        registry.register_with_unit(name, help, Unit::Seconds, families.duration.clone());
        let help = "Whether the server can be reached: 1 or 0";
        registry.register("mcp_guard_upstream_up", help, families.up.clone());
        let help = "How often the server was started again";
        registry.register("mcp_guard_upstream_restarts", help, families.restarts.clone());
        let help = "Requests that wait for their answer";
        registry.register("mcp_guard_in_flight", help, families.in_flight.clone());
        families
    }

    pub(super) fn forget(&self, name: &str) {
        let label = ServerLabel { server: name.to_owned() };
        self.duration.remove(&label);
        self.up.remove(&label);
        self.restarts.remove(&label);
        self.in_flight.remove(&label);
        for cell in 0..method::CLASSES * ENDINGS {
            self.requests.remove(&request_labels(name, cell));
        }
    }
}

fn request_labels(server: &str, cell: usize) -> RequestLabels {
    let method_class = method::name(cell / ENDINGS);
    let outcome = Outcome::ALL.get(cell % ENDINGS).map_or(REFUSED, |outcome| outcome.name());
    RequestLabels { server: server.to_owned(), method_class, outcome }
}

/// What is counted of one server. Its counters are at hand: to count looks nothing up by name.
#[derive(Debug)]
pub struct ServerMetrics {
    name: String,
    requests: Family<RequestLabels, Counter>,
    /// A counter for each class of methods and each ending, once there is something to count.
    cells: Box<[OnceLock<Counter>]>,
    refusals: Family<CodeLabel, Counter>,
    duration: Timing,
    /// Of a server only, which not everything that is counted belongs to.
    up: Family<ServerLabel, Gauge>,
    restarts: Family<ServerLabel, Counter>,
    in_flight: Gauge,
}

impl ServerMetrics {
    pub(super) fn new(
        name: &str,
        families: &Families,
        refusals: Family<CodeLabel, Counter>,
    ) -> Self {
        let label = ServerLabel { server: name.to_owned() };
        Self {
            name: name.to_owned(),
            requests: families.requests.clone(),
            cells: (0..method::CLASSES * ENDINGS).map(|_| OnceLock::new()).collect(),
            refusals,
            duration: families.duration.get_or_create_owned(&label),
            up: families.up.clone(),
            restarts: families.restarts.clone(),
            in_flight: families.in_flight.get_or_create_owned(&label),
        }
    }

    /// Counts a message by its decision; the duration of those that were allowed and are answered.
    pub fn count(&self, decision: &Decision) {
        let ending = match &decision.verdict {
            Verdict::Allowed { outcome, .. } => {
                if *outcome != Outcome::Notification {
                    self.duration.observe(decision.latency);
                }
                Outcome::ALL.iter().position(|known| known == outcome).unwrap_or_default()
            }
            Verdict::Refused { code, .. } => {
                self.refusals.get_or_create(&CodeLabel { code }).inc();
                ENDINGS - 1
            }
        };
        let cell = method::class(decision.method.as_str()) * ENDINGS + ending;
        if let Some(counter) = self.cells.get(cell) {
            let labels = || self.requests.get_or_create_owned(&request_labels(&self.name, cell));
            counter.get_or_init(labels).inc();
        }
    }

    fn label(&self) -> ServerLabel {
        ServerLabel { server: self.name.clone() }
    }

    /// Says whether the server can be reached; until then, nothing is shown of it.
    pub fn up(&self, up: bool) {
        self.up.get_or_create(&self.label()).set(up.into());
    }

    /// Counts that the server was started again.
    pub fn restarted(&self) {
        self.restarts.get_or_create(&self.label()).inc();
    }

    /// Counts a request as waiting for its answer until the guard is dropped.
    #[must_use]
    pub fn begin(self: &Arc<Self>) -> InFlight {
        self.in_flight.inc();
        InFlight(Arc::clone(self))
    }
}

/// A request that waits for its answer.
#[derive(Debug)]
pub struct InFlight(Arc<ServerMetrics>);

impl Drop for InFlight {
    fn drop(&mut self) {
        self.0.in_flight.dec();
    }
}
