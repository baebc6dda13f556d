//! From the configuration of a server to the server.

use std::sync::Arc;
use std::sync::atomic::AtomicUsize;

use secrecy::{ExposeSecret as _, SecretString};

use super::health::{Monitor, Watched};
use super::{Means, Resident, environment};
use crate::aggregate;
use crate::config::{
    self, ChildSpec, HttpSpec, Limits, RemoteTransport, Server as Configured, Transport,
};
use crate::server::{Server, Ways};
use crate::service::{ConnectError, Connector};
use crate::session::Patience;
use crate::upstream::child::{ChildCommand, ChildConnector, WireLimits};
use crate::upstream::http::{self, HttpConnector};
use crate::wire::OutboxLimits;

/// How much longer than without a sign of progress a call may take altogether.
const WHOLE: u32 = 10;
/// How many messages wait for a server that does not read.
const WAITING: usize = 256;

pub(super) fn route(route: &config::Route) -> aggregate::Route {
    match route {
        config::Route::Tool { name, target } => {
            aggregate::Route::Tool { name: name.as_str().into(), target: target.as_str().into() }
        }
        config::Route::Method { prefix, target } => aggregate::Route::Method {
            prefix: prefix.as_str().into(),
            target: target.as_str().into(),
        },
        config::Route::Default { target } => {
            aggregate::Route::Default { target: target.as_str().into() }
        }
    }
}

pub(super) fn resident(
    name: &Arc<str>,
    configured: &Configured,
    limits: Limits,
    means: &Means,
) -> Result<Resident, ConnectError> {
    let monitor = Monitor::new(means.metrics.server(name));
    let ways = match &configured.transport {
        Transport::Child(spec) => {
            let child: Arc<dyn Connector> = Arc::new(Watched {
                inner: child(name, spec, limits, means),
                monitor: Arc::clone(&monitor),
            });
            Ways { passing: Arc::clone(&child), resuming: child }
        }
        Transport::Http(spec) => {
            let way = |resume: bool| -> Result<Arc<dyn Connector>, ConnectError> {
                let inner = remote(spec, configured, limits, resume)?;
                Ok(Arc::new(Watched { inner, monitor: Arc::clone(&monitor) }))
            };
            Ways { passing: way(false)?, resuming: way(true)? }
        }
    };
    let patience =
        Patience { idle: configured.timeout, whole: configured.timeout.saturating_mul(WHOLE) };
    let server = Server::new(name, Arc::clone(&means.gate), ways, patience, configured.bridge);
    Ok(Resident { server, monitor, of: configured.clone(), limits })
}

fn child(name: &Arc<str>, spec: &ChildSpec, limits: Limits, means: &Means) -> ChildConnector {
    let set = spec.env.iter().map(|(name, value)| (name.into(), value.expose_secret().into()));
    ChildConnector {
        name: Arc::clone(name),
        command: ChildCommand {
            program: spec.command.clone().into_os_string(),
            args: spec.args.iter().map(Into::into).collect(),
            cwd: spec.cwd.clone(),
            environment: environment(name, means, set.collect()),
        },
        orphans: means.orphans.clone(),
        limits: WireLimits {
            line: limits.max_line,
            outbox: OutboxLimits { lines: WAITING, bytes: limits.max_line },
        },
        most: spec.max_instances,
        running: Arc::new(AtomicUsize::new(0)),
        endings: means.endings.clone(),
    }
}

fn remote(
    spec: &HttpSpec,
    configured: &Configured,
    limits: Limits,
    resume: bool,
) -> Result<HttpConnector, ConnectError> {
    let headers = spec.headers.iter().map(|(name, value)| {
        let value = value.to_str().map_err(|_| {
            ConnectError(format!("the value of header `{name}` is no visible ASCII"))
        })?;
        Ok((name.clone(), SecretString::from(value)))
    });
    HttpConnector::new(http::HttpSpec {
        url: spec.url.clone(),
        headers: headers.collect::<Result<_, ConnectError>>()?,
        transport: match spec.transport {
            RemoteTransport::Auto => http::Transport::Auto,
            RemoteTransport::Http => http::Transport::Streamable,
            RemoteTransport::Sse => http::Transport::Sse,
        },
        connect_timeout: configured.connect_timeout,
        resume,
        max_message: limits.max_line,
    })
}
