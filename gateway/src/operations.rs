//! What the HTTP front asks about the gateway: who is calling, and how it is.

use std::sync::Arc;

use http::HeaderMap;
use serde_json::{Map, Value, json};

use crate::auth::{Auth, from_headers};
use crate::front::{Authenticate, Operations, Readiness, Unauthorized};
use crate::gateway::Gateway;
use crate::house::Health;
use crate::pipeline::Front;

impl Authenticate for Gateway {
    fn by_headers(&self, headers: &HeaderMap) -> Result<Option<Arc<str>>, Unauthorized> {
        let rules = self.gate().rules();
        let Auth::ApiKey { keys, .. } = &*rules.auth else { return Ok(None) };
        let challenge = |why: crate::auth::Unauthorized| {
            tracing::debug!("unauthorized: {why}");
            Unauthorized { www_authenticate: why.challenge().value().to_owned() }
        };
        let presented = from_headers(headers).map_err(|fault| challenge(fault.into()))?;
        let Some(key) = presented else { return Ok(None) };
        let principal = keys.authenticate_now(key.expose(), self.gate().time());
        principal.map(|principal| Some(Arc::from(principal.id()))).map_err(challenge)
    }

    fn required(&self) -> Option<Unauthorized> {
        match &*self.gate().rules().auth {
            Auth::None => None,
            Auth::ApiKey { .. } => {
                let missing = crate::auth::Unauthorized::Missing;
                let www_authenticate = missing.challenge().value().to_owned();
                Some(Unauthorized { www_authenticate })
            }
        }
    }
}

impl Operations for Gateway {
    /// The gateway can take calls unless each of its servers is known to be down, or decisions cannot be
    /// recorded.
    fn ready(&self, server: Option<&str>) -> Option<Readiness> {
        let health = self.health();
        if let Some(name) = server {
            let (_, health) = health.iter().find(|(known, _)| known == name)?;
            let ready = !matches!(health, Health::Down(_));
            return Some(Readiness { ready, body: told(health).to_string() });
        }
        let reachable = health.is_empty()
            || health.iter().any(|(_, health)| !matches!(health, Health::Down(_)));
        // What cannot be recorded is refused.
        let recording = self.gate().log().try_place().is_ok();
        let ready = reachable && recording;
        let servers: Map<String, Value> =
            health.iter().map(|(name, health)| (name.clone(), told(health))).collect();
        let status = if ready { "ready" } else { "unavailable" };
        let log = if recording { "writing" } else { "broken" };
        let body = json!({ "status": status, "log": log, "servers": servers }).to_string();
        Some(Readiness { ready, body })
    }

    fn turned_away(&self, front: Front, code: &'static str) {
        self.gate().turned_away(front, code);
    }

    fn metrics(&self, sessions: usize) -> String {
        self.metrics().sessions(sessions);
        self.metrics().encode()
    }
}

fn told(health: &Health) -> Value {
    match health {
        Health::Unknown => json!({ "status": "not started" }),
        Health::Up => json!({ "status": "up" }),
        Health::Down(_) => json!({ "status": "down" }),
    }
}
