//! What goes back over HTTP.

use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use futures_util::stream::BoxStream;
use http::header::{ALLOW, CACHE_CONTROL, CONTENT_TYPE, HeaderName, RETRY_AFTER, WWW_AUTHENTICATE};
use http::{HeaderValue, StatusCode};
use hyper::body::{Body, Frame, SizeHint};

use crate::front::Unauthorized;
use crate::message::{Id, Message};
use crate::protocol::{Code, Era, Fault, Refusal};
use crate::record::RequestId;

/// An answer to a request.
pub(super) type Response = http::Response<Outgoing>;

const X_ACCEL_BUFFERING: HeaderName = HeaderName::from_static("x-accel-buffering");

/// The body of an answer.
pub(super) enum Outgoing {
    /// All of it at once.
    Whole(Option<Bytes>),
    /// Piece by piece, as things happen.
    Events(BoxStream<'static, Bytes>),
}

impl Body for Outgoing {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        match self.get_mut() {
            Self::Whole(bytes) => Poll::Ready(bytes.take().map(|bytes| Ok(Frame::data(bytes)))),
            Self::Events(events) => events
                .as_mut()
                .poll_next(context)
                .map(|bytes| bytes.map(|bytes| Ok(Frame::data(bytes)))),
        }
    }

    fn is_end_stream(&self) -> bool {
        matches!(self, Self::Whole(None))
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            Self::Whole(bytes) => {
                SizeHint::with_exact(bytes.as_ref().map_or(0, |bytes| bytes.len() as u64))
            }
            Self::Events(_) => SizeHint::default(),
        }
    }
}

fn with(status: StatusCode, body: Outgoing) -> Response {
    let mut response = Response::new(body);
    *response.status_mut() = status;
    response
}

/// Nothing but a status.
pub(super) fn empty(status: StatusCode) -> Response {
    with(status, Outgoing::Whole(None))
}

/// Some text of this type.
pub(super) fn text(status: StatusCode, kind: &'static str, body: Bytes) -> Response {
    let mut response = with(status, Outgoing::Whole(Some(body)));
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    response
}

/// Some JSON.
pub(super) fn json(status: StatusCode, body: Bytes) -> Response {
    text(status, "application/json", body)
}

/// A message.
pub(super) fn message(status: StatusCode, message: &Message) -> Response {
    json(status, message.bytes().clone())
}

/// An error of JSON-RPC or of MCP.
pub(super) fn fault(status: StatusCode, fault: &Fault, id: Option<&Id>) -> Response {
    message(status, &fault.answer(id))
}

/// A request that HTTP alone is a reason to refuse.
pub(super) fn invalid(status: StatusCode, why: &'static str) -> Response {
    fault(status, &Fault::new(Fault::INVALID_REQUEST, why), None)
}

/// A refusal of a request before there is a message that could be recorded.
fn refusal(status: StatusCode, refusal: &Refusal, era: Era) -> Response {
    message(status, &refusal.answer(None, era, request_id()))
}

/// There is nothing at this path.
pub(super) fn nowhere() -> Response {
    let refusal = Refusal::new(Code::NoRouteMatched, "there is nothing at this path");
    self::refusal(StatusCode::NOT_FOUND, &refusal, Era::Session)
}

/// Nobody known is calling.
pub(super) fn unauthorized(why: &Unauthorized, era: Era) -> Response {
    let refusal = Refusal::new(Code::Unauthorized, why.to_string());
    challenged(self::refusal(StatusCode::UNAUTHORIZED, &refusal, era), Some(why))
}

/// The same answer with the header that says what credentials are needed.
pub(super) fn challenged(mut response: Response, why: Option<&Unauthorized>) -> Response {
    let value = why.and_then(|why| HeaderValue::try_from(&why.www_authenticate).ok());
    let value = value.unwrap_or_else(|| HeaderValue::from_static("Bearer"));
    response.headers_mut().insert(WWW_AUTHENTICATE, value);
    response
}

/// The method does not fit the path.
pub(super) fn not_allowed(allow: &'static str) -> Response {
    let mut response = invalid(StatusCode::METHOD_NOT_ALLOWED, "Method not allowed");
    response.headers_mut().insert(ALLOW, HeaderValue::from_static(allow));
    response
}

/// There is no room for another one.
pub(super) fn crowded(why: &'static str) -> Response {
    let mut response = invalid(StatusCode::SERVICE_UNAVAILABLE, why);
    response.headers_mut().insert(RETRY_AFTER, HeaderValue::from_static("5"));
    response
}

/// Server-sent events. The second header keeps proxies from holding them back.
pub(super) fn events(events: BoxStream<'static, Bytes>) -> Response {
    let mut response = with(StatusCode::OK, Outgoing::Events(events));
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/event-stream"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-cache, no-transform"));
    headers.insert(X_ACCEL_BUFFERING, HeaderValue::from_static("no"));
    response
}

/// Messages as an array.
pub(super) fn array<'m>(messages: impl Iterator<Item = &'m Message>) -> Bytes {
    let mut text = String::from("[");
    for message in messages {
        if text.len() > 1 {
            text.push(',');
        }
        text.push_str(message.json());
    }
    text.push(']');
    Bytes::from(text)
}

/// A new identifier of a request that no pipeline has seen.
fn request_id() -> RequestId {
    let mut bits = [0; 16];
    // Without random bits the answer is still an answer.
    let _ = getrandom::fill(&mut bits);
    RequestId::new(jiff::Timestamp::now(), u128::from_ne_bytes(bits))
}
