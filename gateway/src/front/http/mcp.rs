//! Streamable HTTP: which era a request is of.

use bytes::Bytes;
use http::request::Parts;
use http::{HeaderMap, Method, StatusCode};
use hyper::body::Body;

use super::answer::{self, Response};
use super::guard::{self, Version};
use super::{Asked, HttpFront, unversioned};
use crate::front::Endpoint;
use crate::message::{Frame, Message, meta};
use crate::pipeline::Front;
use crate::protocol::{Era, Fault, Revision, method};

const JSON: &str = "application/json";
const EVENTS: &str = "text/event-stream";

impl HttpFront {
    pub(super) async fn mcp<B>(&self, endpoint: Endpoint, parts: Parts, body: B) -> Response
    where
        B: Body<Data = Bytes> + Unpin,
    {
        if parts.method == Method::POST {
            // The revisions want clients to accept both.
            let asked =
                self.message(Front::Http, endpoint, parts.headers, body, &[JSON, EVENTS]).await;
            return match asked {
                Ok((asked, frame)) => self.post(asked, frame).await,
                Err(response) => response,
            };
        }
        let is_get = parts.method == Method::GET;
        if !is_get && parts.method != Method::DELETE {
            return answer::not_allowed("GET, POST, DELETE, OPTIONS");
        }
        let asked = match self.asked(Front::Http, endpoint, parts.headers) {
            Ok(asked) => asked,
            Err(response) => return *response,
        };
        match &asked.version {
            // This revision has neither sessions nor streams of their own.
            Version::Known(Revision::V2026_07_28) => {
                return answer::not_allowed("POST, OPTIONS");
            }
            Version::Unknown(name) => return unsupported(name, None),
            Version::Known(_) | Version::Unsaid => {}
        }
        if !is_get {
            return self.end(&asked);
        }
        if !guard::accepts(&asked.headers, EVENTS) {
            let why = "the client must accept text/event-stream";
            return answer::invalid(StatusCode::NOT_ACCEPTABLE, why);
        }
        self.listen(&asked)
    }

    /// Checks the header of a request without a body.
    pub(super) fn asked(
        &self,
        front: Front,
        endpoint: Endpoint,
        headers: HeaderMap,
    ) -> Result<Asked, Box<Response>> {
        let unauthorized = |why| Box::new(self.unauthorized(front, &why, Era::Session));
        let principal = self.identify(&headers).map_err(unauthorized)?;
        if let Some(why) = self.unnamed(principal.as_ref()) {
            return Err(unauthorized(why));
        }
        if !self.services.has(&endpoint) {
            return Err(Box::new(answer::nowhere()));
        }
        let version = Version::of(&headers);
        Ok(Asked { endpoint, headers, principal, version })
    }

    async fn post(&self, asked: Asked, frame: Frame) -> Response {
        let message = match frame {
            Frame::One(message) => message,
            Frame::Batch(items) => return self.batch(&asked, items).await,
        };
        if let Some(fault) = unversioned(&message) {
            return answer::message(StatusCode::BAD_REQUEST, &fault);
        }
        match era(&message, &asked.version) {
            Ok(Era::Stateless) => self.call(&asked, message).await,
            Ok(Era::Session) => self.say(&asked, message).await,
            Err(fault) => answer::fault(StatusCode::BAD_REQUEST, &fault, message.id()),
        }
    }
}

/// How the conversation is held that a message is part of.
fn era(message: &Message, version: &Version) -> Result<Era, Fault> {
    // Clients of the stateless era send no answers.
    let is_versioned = !message.is_answer() && {
        // Most messages of sessions have no such member, which is seen at once unless it is spelled
        // with escapes.
        let body = message.body().unwrap_or_default();
        let may = memchr::memmem::find(body.as_bytes(), meta::PROTOCOL_VERSION.as_bytes());
        if may.is_some() || memchr::memchr(b'\\', body.as_bytes()).is_some() {
            let meta = message.meta().map_err(|fault| {
                Fault::new(Fault::INVALID_PARAMS, format!("Invalid params: {fault}"))
            })?;
            meta.get(meta::PROTOCOL_VERSION).is_some()
        } else {
            false
        }
    };
    if is_versioned || *version == Version::Known(Revision::V2026_07_28) {
        return Ok(Era::Stateless);
    }
    match version {
        // An `initialize` finds out which revision it will be.
        Version::Unknown(name) if message.method() != method::INITIALIZE => {
            Err(unsupported_version(name))
        }
        _ => Ok(Era::Session),
    }
}

/// The fault of a revision that is not known, where the message is of neither era.
fn unsupported_version(requested: &str) -> Fault {
    let supported: Vec<Revision> = Revision::ALL.into_iter().rev().collect();
    Fault::unsupported_version(requested, &supported)
}

fn unsupported(requested: &str, id: Option<&crate::message::Id>) -> Response {
    answer::fault(StatusCode::BAD_REQUEST, &unsupported_version(requested), id)
}
