//! All that one configuration puts up: its servers, alone and as one.

mod build;
mod health;
mod left;

use std::collections::BTreeMap;
use std::sync::Arc;

use tokio_util::task::TaskTracker;

use crate::aggregate::{Aggregate, Member, Route, Routes};
use crate::config::Server as Configured;
use crate::config::{self, Config, Limits};
use crate::pipeline::{Caller, Gate};
use crate::record::metrics::Metrics;
use crate::server::Server;
use crate::service::{Calls, ConnectError, Conversation};
use crate::upstream::Receiver;
use crate::upstream::child::{ChildEnvironment, OrphanGuard};

pub use health::Health;
use health::Monitor;
pub(crate) use left::Left;

/// What servers are built with, whatever is configured.
#[derive(Debug)]
pub struct Means {
    /// What all messages go through.
    pub gate: Arc<Gate>,
    /// Where things are counted.
    pub metrics: Arc<Metrics>,
    /// How child processes are kept from outliving us.
    pub orphans: OrphanGuard,
    /// The server whose process gets our own environment, as a client would have given it.
    pub wrapped: Option<String>,
    /// Child processes that are being ended.
    pub endings: TaskTracker,
}

/// The servers of a configuration.
pub struct House {
    servers: BTreeMap<Arc<str>, Resident>,
    routes: Vec<config::Route>,
    aggregate: Aggregate,
}

/// A server, and what it was built from.
#[derive(Clone)]
struct Resident {
    server: Arc<Server>,
    monitor: Arc<Monitor>,
    of: Configured,
    limits: Limits,
}

impl House {
    /// Builds what the configuration says. Servers that are the same in `before` move in as they are.
    ///
    /// # Errors
    /// If one cannot be built; nothing has changed then.
    pub fn build(
        config: &Config,
        means: &Means,
        before: Option<&Self>,
    ) -> Result<Self, ConnectError> {
        let mut servers = BTreeMap::new();
        let mut members: Vec<Arc<dyn Member>> = Vec::new();
        for configured in &config.servers {
            let name: Arc<str> = Arc::from(configured.name.as_str());
            let same = before.and_then(|house| house.servers.get(&name)).filter(|resident| {
                resident.of.is_same(configured) && resident.limits == config.limits
            });
            let resident = match same {
                Some(resident) => resident.clone(),
                None => build::resident(&name, configured, config.limits, means)?,
            };
            members.push(Arc::new(Inhabitant(Arc::clone(&resident.server))));
            servers.insert(name, resident);
        }
        let routes: Vec<Route> = config.routes.iter().map(build::route).collect();
        let is_same = before.is_some_and(|before| {
            before.aggregate.servers().eq(members.iter().map(|member| member.name()))
                && before.leaving(&servers).next().is_none()
        });
        let aggregate = match before {
            Some(before) if is_same && before.routes == config.routes => before.aggregate.clone(),
            Some(before) => Aggregate::new(members, Routes::from(routes), Arc::clone(&means.gate))
                .knowing(&before.aggregate, |name| {
                    !before.leaving(&servers).any(|left| &**left.name() == name)
                }),
            None => Aggregate::new(members, Routes::from(routes), Arc::clone(&means.gate)),
        };
        Ok(Self { servers, routes: config.routes.clone(), aggregate })
    }

    /// The server of this name.
    #[must_use]
    pub fn server(&self, name: &str) -> Option<&Arc<Server>> {
        self.servers.get(name).map(|resident| &resident.server)
    }

    /// All servers as one.
    #[must_use]
    pub const fn all(&self) -> &Aggregate {
        &self.aggregate
    }

    /// How each server is.
    pub fn health(&self) -> impl Iterator<Item = (&str, Health)> {
        self.servers.iter().map(|(name, resident)| (&**name, resident.monitor.health()))
    }

    /// The servers that are not in `after`, in whose place there may be others.
    pub(crate) fn gone<'h>(&'h self, after: &'h Self) -> impl Iterator<Item = &'h Arc<Server>> {
        self.leaving(&after.servers)
    }

    fn leaving<'h>(
        &'h self,
        after: &'h BTreeMap<Arc<str>, Resident>,
    ) -> impl Iterator<Item = &'h Arc<Server>> {
        let servers = self.servers.values().map(|resident| &resident.server);
        servers.filter(|server| {
            after.get(server.name()).is_none_or(|new| !Arc::ptr_eq(&new.server, server))
        })
    }

    /// Ends what clients share.
    pub fn close(&self) {
        for resident in self.servers.values() {
            resident.server.close();
        }
    }
}

/// A server as a part of all.
struct Inhabitant(Arc<Server>);

impl Member for Inhabitant {
    fn name(&self) -> &Arc<str> {
        self.0.name()
    }

    fn converse(&self, caller: &Arc<Caller>, client: Arc<dyn Receiver>) -> Arc<dyn Conversation> {
        self.0.converse(caller, client)
    }

    fn calls(&self) -> Arc<dyn Calls> {
        Arc::clone(&self.0) as Arc<dyn Calls>
    }
}

/// The environment of a server's process.
fn environment(
    name: &str,
    means: &Means,
    set: Vec<(std::ffi::OsString, std::ffi::OsString)>,
) -> ChildEnvironment {
    if means.wrapped.as_deref() == Some(name) {
        ChildEnvironment::PassedThrough
    } else {
        ChildEnvironment::Cleaned { set }
    }
}
