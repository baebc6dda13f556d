//! Serving HTTP.

use std::net::SocketAddr;
use std::sync::Arc;

use mcp_guard_gateway::config::{HttpFront, Listen};
use mcp_guard_gateway::front::http::{HttpOptions, Lanes, serve};
use mcp_guard_gateway::http::origin::{AllowedHost, HostPolicy, Origin};
use tokio::net::TcpListener;

use super::{Running, reload};
use crate::failure::Failure;

/// The most connections at once.
const CONNECTIONS: usize = 10_000;

pub(super) async fn http(running: &Running, listen: &Listen, lanes: &Lanes) -> Result<(), Failure> {
    let wrong =
        |error: std::io::Error| Failure::Usage(format!("cannot listen at {listen}: {error}"));
    let listener = TcpListener::bind((listen.host.as_str(), listen.port)).await.map_err(wrong)?;
    let address = listener.local_addr().map_err(wrong)?;
    let options = options(&running.config.http, address)?;
    tracing::info!("listening at http://{address}/mcp");
    let gateway = &running.gateway;
    let serving = serve(
        listener,
        options,
        Arc::clone(gateway) as _,
        Arc::clone(gateway) as _,
        Arc::clone(gateway) as _,
        lanes,
        running.stop.clone(),
    );
    tokio::select! {
        served = serving => served.map_err(wrong),
        () = reload::follow(running) => Ok(()),
    }
}

fn options(http: &HttpFront, listen: SocketAddr) -> Result<HttpOptions, Failure> {
    let wrong = |what: &str, text: &str| Failure::Usage(format!("http.{what}: `{text}` is none"));
    let hosts = http.allowed_hosts.iter();
    let hosts = hosts
        .map(|text| text.parse::<AllowedHost>().map_err(|_| wrong("allowed_hosts", text)))
        .collect::<Result<_, _>>()?;
    let origins = http.allowed_origins.iter();
    let origins = origins
        .map(|text| text.parse::<Origin>().map_err(|_| wrong("allowed_origins", text)))
        .collect::<Result<_, _>>()?;
    Ok(HttpOptions {
        hosts: HostPolicy { allowed_hosts: hosts, allowed_origins: origins, listen },
        max_body: http.max_body,
        header_timeout: http.header_timeout,
        body_timeout: http.body_timeout,
        session_idle: http.session_idle,
        max_sessions: http.max_sessions,
        drain_timeout: http.drain_timeout,
        max_connections: CONNECTIONS,
    })
}
