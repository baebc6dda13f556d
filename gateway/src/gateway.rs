//! The gateway as a whole: what fronts talk to.

use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use futures_util::future::BoxFuture;
use http::HeaderMap;

use crate::auth::Auth;
use crate::config::Config;
use crate::front::{Endpoint, Services};
use crate::house::{Health, House, Left, Means};
use crate::message::Message;
use crate::pipeline::{
    Caller, Counters, Denial, Gate, Pass, Permitted, Refused, Router, Rules, Target,
};
use crate::policy::{Layers, ToolPolicy};
use crate::protocol::Refusal;
use crate::record::metrics::Metrics;
use crate::service::{Calls, ConnectError, Conversation};
use crate::upstream::Receiver;

/// The servers of a configuration behind one pipeline.
pub struct Gateway {
    means: Means,
    house: ArcSwap<House>,
    left: Left,
}

/// What decides, by this configuration. Each policy of `floor` must allow a call too.
#[must_use]
pub fn rules(config: &Config, floor: &[ToolPolicy], auth: Arc<Auth>, metrics: &Metrics) -> Rules {
    let mut layers = floor.to_vec();
    layers.push(config.tools.clone());
    let names = config.servers.iter().map(|server| Arc::from(server.name.as_str()));
    Rules {
        auth,
        tools: Layers::new(layers),
        refusals: config.refusals,
        counters: Counters::new(metrics, names),
    }
}

impl Gateway {
    /// Puts up the servers of a configuration. None is started before it is needed.
    ///
    /// # Errors
    /// If one cannot be built.
    pub fn open(config: &Config, means: Means) -> Result<Arc<Self>, ConnectError> {
        let house = House::build(config, &means, None)?;
        Ok(Arc::new(Self { house: ArcSwap::from_pointee(house), left: Left::default(), means }))
    }

    /// Goes by another configuration from now on. What is under way ends under the old one, and
    /// conversations go on with servers that are configured otherwise now; those with servers that are
    /// no longer configured end, at the latest after the time that requests have when the gateway
    /// ends.
    ///
    /// # Errors
    /// If it cannot be put up; nothing has changed then.
    pub fn reload(&self, config: &Config, rules: Rules) -> Result<(), ConnectError> {
        let before = self.house.load_full();
        let house = Arc::new(House::build(config, &self.means, Some(&before))?);
        self.means.gate.replace(rules);
        self.house.store(Arc::clone(&house));
        before.all().leave(house.all());
        self.left.part(&before, &house, config.http.drain_timeout, &self.means.metrics);
        Ok(())
    }

    /// How each server is.
    #[must_use]
    pub fn health(&self) -> Vec<(String, Health)> {
        let house = self.house.load();
        house.health().map(|(name, health)| (name.to_owned(), health)).collect()
    }

    /// What all messages go through.
    pub(crate) const fn gate(&self) -> &Arc<Gate> {
        &self.means.gate
    }

    /// Where things are counted.
    #[must_use]
    pub const fn metrics(&self) -> &Arc<Metrics> {
        &self.means.metrics
    }

    /// Ends the servers, and waits so long for their processes.
    pub async fn close(&self, within: Duration) {
        self.house.load().close();
        self.left.close();
        self.means.endings.close();
        if tokio::time::timeout(within, self.means.endings.wait()).await.is_err() {
            tracing::warn!("some servers did not end in time");
        }
    }
}

impl Services for Gateway {
    fn has(&self, endpoint: &Endpoint) -> bool {
        match endpoint {
            // What is under way with one that leaves is still spoken of.
            Endpoint::Server(name) => {
                self.house.load().server(name).is_some() || self.left.has(name)
            }
            Endpoint::All => true,
        }
    }

    fn admit(
        &self,
        endpoint: &Endpoint,
        caller: &Arc<Caller>,
        message: Message,
    ) -> Result<Permitted, Box<Refused>> {
        match endpoint {
            Endpoint::Server(name) => {
                self.means.gate.admit(caller, &Target::Server(Arc::clone(name)), message)
            }
            Endpoint::All => self.means.gate.admit(caller, self.house.load().all(), message),
        }
    }

    fn admit_by(
        &self,
        router: &dyn Router,
        caller: &Arc<Caller>,
        message: Message,
    ) -> Result<Permitted, Box<Refused>> {
        self.means.gate.admit(caller, router, message)
    }

    fn check_params<'s>(
        &'s self,
        caller: &'s Arc<Caller>,
        permitted: &'s Permitted,
        headers: &'s HeaderMap,
    ) -> BoxFuture<'s, Result<HeaderMap, Denial>> {
        let server = match permitted.target() {
            Target::Server(name) => match self.house.load().server(name) {
                Some(server) => Some(Arc::clone(server)),
                None => {
                    let refusal = Refusal::unavailable(name, "it is no longer configured");
                    return Box::pin(std::future::ready(Err(Denial::Refusal(refusal))));
                }
            },
            Target::Gateway => None,
        };
        Box::pin(async move {
            match server {
                Some(server) => server.check_params(caller, permitted.message(), headers).await,
                None => Ok(HeaderMap::new()),
            }
        })
    }

    fn answer(&self, caller: &Arc<Caller>, answer: Message) -> Pass {
        self.means.gate.answer(caller, answer)
    }

    fn calls(&self, endpoint: &Endpoint) -> Option<Arc<dyn Calls>> {
        let house = self.house.load();
        match endpoint {
            Endpoint::Server(name) => {
                house.server(name).map(|server| Arc::clone(server) as Arc<dyn Calls>)
            }
            Endpoint::All => Some(house.all().calls()),
        }
    }

    fn converse(
        &self,
        endpoint: &Endpoint,
        caller: &Arc<Caller>,
        client: Arc<dyn Receiver>,
    ) -> Option<Arc<dyn Conversation>> {
        let house = self.house.load();
        match endpoint {
            Endpoint::Server(name) => {
                house.server(name).map(|server| server.converse(caller, client))
            }
            Endpoint::All => Some(house.all().converse(caller, client)),
        }
    }
}

#[cfg(test)]
mod tests;
