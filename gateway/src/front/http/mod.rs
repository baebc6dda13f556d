//! The HTTP front: Streamable HTTP of all revisions, HTTP+SSE of 2024-11-05, and plain JSON-RPC.

mod answer;
mod body;
mod guard;
mod lanes;
mod legacy;
mod listen;
mod mcp;
mod route;
mod rpc;
mod session;
mod sessions;
mod stateless;
#[cfg(test)]
mod tests;

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::request::Parts;
use http::{HeaderMap, Method, StatusCode};
use hyper::body::Body;

use crate::front::{Authenticate, Endpoint, Operations, Services, Unauthorized};
use crate::http::cors;
use crate::http::origin::HostPolicy;
use crate::message::{Frame, Id, Message};
use crate::pipeline::{ANONYMOUS, Caller, Front, Refused};
use crate::protocol::{Code, Era, Fault};
use crate::record::SessionTag;

use answer::Response;
use guard::Version;
use route::Route;
use rpc::Rpc;
use session::Table;

pub use lanes::Lanes;
pub use listen::serve;

/// What can be set about the front.
#[derive(Clone, Debug)]
pub struct HttpOptions {
    /// Which hosts and origins requests may name.
    pub hosts: HostPolicy,
    /// The largest body of a request, in bytes.
    pub max_body: usize,
    /// How long the header of a request may take, from when the connection is free for one.
    pub header_timeout: Duration,
    /// How long the body of a request may take.
    pub body_timeout: Duration,
    /// How long a session may be unused.
    pub session_idle: Duration,
    /// The most sessions at once.
    pub max_sessions: usize,
    /// How long requests may take to end when the gateway does.
    pub drain_timeout: Duration,
    /// The most connections at once; others wait to be accepted.
    pub max_connections: usize,
}

/// All that requests need.
struct HttpFront {
    options: HttpOptions,
    services: Arc<dyn Services>,
    auth: Arc<dyn Authenticate>,
    operations: Arc<dyn Operations>,
    sessions: Table,
    rpc: Rpc,
    anonymous: Arc<str>,
}

/// The header of a request, and whose it is.
struct Asked {
    endpoint: Endpoint,
    headers: HeaderMap,
    /// Who the header proves.
    principal: Option<Arc<str>>,
    version: Version,
}

impl HttpFront {
    fn new(
        options: HttpOptions,
        services: Arc<dyn Services>,
        auth: Arc<dyn Authenticate>,
        operations: Arc<dyn Operations>,
    ) -> Self {
        let sessions = Table::new(options.max_sessions);
        let rpc = Rpc::new(options.max_sessions);
        Self { options, services, auth, operations, sessions, rpc, anonymous: ANONYMOUS.into() }
    }

    /// Answers a request.
    async fn handle<B>(&self, request: http::Request<B>) -> Response
    where
        B: Body<Data = Bytes> + Unpin,
    {
        let (parts, body) = request.into_parts();
        let named = match self.options.hosts.check(&parts.uri, &parts.headers) {
            Ok(named) => named,
            Err(rejected) => {
                let fault = Fault::new(Fault::INVALID_REQUEST, rejected.to_string());
                self.operations.turned_away(Front::Http, fault.name());
                return answer::fault(rejected.status(), &fault, None);
            }
        };
        let Some(origin) = named.origin else { return self.route(parts, body).await };
        if cors::is_preflight(&parts.method, &parts.headers) {
            let mut response = answer::empty(StatusCode::NO_CONTENT);
            response.headers_mut().extend(cors::preflight(&origin, &parts.headers));
            return response;
        }
        let mut response = self.route(parts, body).await;
        response.headers_mut().extend(cors::cors(&origin));
        response
    }

    async fn route<B>(&self, parts: Parts, body: B) -> Response
    where
        B: Body<Data = Bytes> + Unpin,
    {
        let Some(route) = Route::of(parts.uri.path()) else { return answer::nowhere() };
        let allow = route.allow();
        if parts.method == Method::OPTIONS {
            let mut response = answer::empty(StatusCode::NO_CONTENT);
            let allow = http::HeaderValue::from_static(allow);
            response.headers_mut().insert(http::header::ALLOW, allow);
            return response;
        }
        let looks = parts.method == Method::GET || parts.method == Method::HEAD;
        match route {
            Route::Mcp(endpoint) => self.mcp(endpoint, parts, body).await,
            Route::Sse(endpoint) if parts.method == Method::GET => {
                self.open_legacy(endpoint, parts.headers)
            }
            Route::Messages(endpoint) if parts.method == Method::POST => {
                self.post_legacy(endpoint, parts, body).await
            }
            Route::Rpc if parts.method == Method::POST => self.post_rpc(parts.headers, body).await,
            Route::Health if looks => {
                answer::json(StatusCode::OK, Bytes::from_static(br#"{"status":"ok"}"#))
            }
            Route::Ready(server) if looks => self.ready(server.as_deref()),
            Route::Metrics if looks => self.metrics(&parts.headers),
            _ => answer::not_allowed(allow),
        }
    }

    fn ready(&self, server: Option<&str>) -> Response {
        match self.operations.ready(server) {
            Some(readiness) => {
                let status =
                    if readiness.ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
                answer::json(status, readiness.body.into())
            }
            None => answer::nowhere(),
        }
    }

    /// Measurements tell who calls what, so they are for callers who may call.
    fn metrics(&self, headers: &HeaderMap) -> Response {
        match self.identify(headers) {
            Ok(principal) => match self.unnamed(principal.as_ref()) {
                Some(why) => self.unauthorized(Front::Http, &why, Era::Session),
                None => answer::text(
                    StatusCode::OK,
                    "application/openmetrics-text; version=1.0.0; charset=utf-8",
                    self.operations.metrics(self.sessions.open()).into(),
                ),
            },
            Err(why) => self.unauthorized(Front::Http, &why, Era::Session),
        }
    }

    fn identify(&self, headers: &HeaderMap) -> Result<Option<Arc<str>>, Unauthorized> {
        self.auth.by_headers(headers)
    }

    /// The answer to whoever is nobody known, which leaves a trace.
    fn unauthorized(&self, front: Front, why: &Unauthorized, era: Era) -> Response {
        self.operations.turned_away(front, Code::Unauthorized.name());
        answer::unauthorized(why, era)
    }

    /// Why whoever has shown nothing in the header may not go on, where no message is there that could
    /// hold credentials.
    fn unnamed(&self, principal: Option<&Arc<str>>) -> Option<Unauthorized> {
        if principal.is_some() { None } else { self.auth.required() }
    }

    /// Checks the header of a request with a body that is to be a message, and reads the body.
    async fn message<B>(
        &self,
        front: Front,
        endpoint: Endpoint,
        headers: HeaderMap,
        body: B,
        accepts: &[&str],
    ) -> Result<(Asked, Frame), Response>
    where
        B: Body<Data = Bytes> + Unpin,
    {
        let broken = |fault: body::BodyFault| {
            let told = Fault::new(Fault::INVALID_REQUEST, fault.to_string());
            answer::fault(fault.status(), &told, None)
        };
        if body::exceeds(&body, self.options.max_body) {
            return Err(broken(body::BodyFault::TooLarge));
        }
        if !guard::is_json(&headers) {
            let why = "the content type is not application/json";
            return Err(answer::invalid(StatusCode::UNSUPPORTED_MEDIA_TYPE, why));
        }
        if !accepts.iter().all(|kind| guard::accepts(&headers, kind)) {
            let why = "the client must accept application/json and text/event-stream";
            return Err(answer::invalid(StatusCode::NOT_ACCEPTABLE, why));
        }
        let version = Version::of(&headers);
        let era = if version == Version::Known(crate::protocol::Revision::V2026_07_28) {
            Era::Stateless
        } else {
            Era::Session
        };
        let stranger = |why: &Unauthorized| self.unauthorized(front, why, era);
        let principal = self.identify(&headers).map_err(|why| stranger(&why))?;
        if !self.services.has(&endpoint) {
            return Err(match self.unnamed(principal.as_ref()) {
                Some(why) => stranger(&why),
                None => answer::nowhere(),
            });
        }
        let body = body::read(body, self.options.max_body, self.options.body_timeout);
        let frame = Frame::read(body.await.map_err(broken)?)
            .map_err(|malformed| answer::message(StatusCode::BAD_REQUEST, &malformed.answer()))?;
        Ok((Asked { endpoint, headers, principal, version }, frame))
    }

    fn caller(
        &self,
        asked: &Asked,
        front: Front,
        era: Era,
        session: Option<SessionTag>,
    ) -> Arc<Caller> {
        let principal = asked.principal.as_ref().unwrap_or(&self.anonymous);
        Arc::new(Caller { principal: Arc::clone(principal), front, era, session })
    }

    /// The answer to a message that the pipeline refused. Refusals have the status 200 where the
    /// specification wants no other, because clients drop the bodies of others.
    fn refused(&self, refused: &Refused, status: StatusCode) -> Response {
        let unauthorized = refused.status == StatusCode::UNAUTHORIZED.as_u16();
        let response = match &refused.answer {
            Some(answer) if unauthorized => answer::message(StatusCode::UNAUTHORIZED, answer),
            Some(answer) => answer::message(status, answer),
            None => answer::empty(
                StatusCode::from_u16(refused.status).unwrap_or(StatusCode::BAD_REQUEST),
            ),
        };
        if unauthorized {
            return answer::challenged(response, self.auth.required().as_ref());
        }
        response
    }
}

/// The fault of a message that does not say that it is JSON-RPC 2.0.
fn unversioned(message: &Message) -> Option<Message> {
    let fault = || Fault::new(Fault::INVALID_REQUEST, "Invalid request: `jsonrpc` is not \"2.0\"");
    let id: Option<&Id> = if message.is_answer() { None } else { message.id() };
    (!message.is_versioned()).then(|| fault().answer(id))
}
