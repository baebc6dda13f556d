//! The echo server over Streamable HTTP in both eras, and at `/rpc` as plain JSON-RPC.

use std::cell::{Cell, RefCell};
use std::collections::HashSet;
use std::rc::Rc;
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Method, Request, Response, StatusCode, header};
use http_body_util::Full;
use hyper::body::Incoming;

use crate::message::{MODERN, Message};
use crate::pace::{Delays, Pace};
use crate::server::{empty, json, serve, whole};
use crate::{Failure, Outcome, echo};

/// -32020: a header that the body contradicts, or that is missing.
const HEADER_MISMATCH: i32 = -32020;

pub(crate) fn run(port: u16, sse: bool, pace: Pace) -> Outcome {
    serve(port, || {
        let state = Rc::new(State {
            sessions: RefCell::default(),
            last: Cell::new(0),
            delays: RefCell::new(pace.delays()),
            sse,
        });
        Ok(move |request| respond(Rc::clone(&state), request))
    })
}

struct State {
    sessions: RefCell<HashSet<String>>,
    last: Cell<u64>,
    delays: RefCell<Option<Delays>>,
    sse: bool,
}

async fn respond(
    state: Rc<State>,
    request: Request<Incoming>,
) -> Result<Response<Full<Bytes>>, Failure> {
    let (head, body) = request.into_parts();
    if head.method == Method::DELETE {
        let known = state.sessions.borrow_mut().remove(text(&head.headers, "mcp-session-id"));
        return Ok(empty(if known { StatusCode::NO_CONTENT } else { StatusCode::NOT_FOUND }));
    }
    if head.method != Method::POST {
        return Ok(empty(StatusCode::METHOD_NOT_ALLOWED));
    }
    let body = whole(body).await?;
    let Ok(message) = Message::parse(&body) else {
        let mut answer = Vec::new();
        echo::parse_error(&mut answer);
        return Ok(json(StatusCode::BAD_REQUEST, answer));
    };
    let is_plain = head.uri.path() == "/rpc";
    let admitted = if is_plain { Ok(None) } else { state.admit(&head.headers, &message) };
    let opened = match admitted {
        Ok(opened) => opened,
        Err((status, code, reason)) => {
            return Ok(json(status, echo::refusal(message.id, code, reason)));
        }
    };
    let mut answer = Vec::new();
    echo::answer(&message, &mut answer);
    if answer.is_empty() {
        return Ok(empty(StatusCode::ACCEPTED));
    }
    if message.is_call()
        && let Some(delay) = state.delay()
    {
        tokio::time::sleep(delay).await;
    }
    let mut response = if state.sse { event(&answer) } else { json(StatusCode::OK, answer) };
    if let Some(id) = opened {
        response.headers_mut().insert("mcp-session-id", HeaderValue::try_from(id)?);
    }
    Ok(response)
}

type Refusal = (StatusCode, i32, &'static str);

impl State {
    /// Holds the headers against the message. The id of the session that the message opens, if it
    /// does.
    fn admit(&self, headers: &HeaderMap, message: &Message<'_>) -> Result<Option<String>, Refusal> {
        let bad = StatusCode::BAD_REQUEST;
        if message.is_modern() {
            let version = &*message.params.meta.protocol_version;
            return if text(headers, "mcp-protocol-version") != version {
                Err((bad, HEADER_MISMATCH, "MCP-Protocol-Version is not the version of the body"))
            } else if text(headers, "mcp-method") != message.method {
                Err((bad, HEADER_MISMATCH, "Mcp-Method is not the method of the body"))
            } else if message.is_call() && text(headers, "mcp-name") != message.params.name {
                Err((bad, HEADER_MISMATCH, "Mcp-Name is not the tool of the body"))
            } else if version != MODERN {
                Err((bad, -32022, "Unsupported protocol version"))
            } else {
                Ok(None)
            };
        }
        if message.method == "initialize" {
            self.last.set(self.last.get() + 1);
            let id = format!("session-{}", self.last.get());
            self.sessions.borrow_mut().insert(id.clone());
            return Ok(Some(id));
        }
        match text(headers, "mcp-session-id") {
            "" => Err((bad, -32600, "Mcp-Session-Id is missing")),
            id if self.sessions.borrow().contains(id) => Ok(None),
            _ => Err((StatusCode::NOT_FOUND, -32001, "No such session")),
        }
    }

    fn delay(&self) -> Option<Duration> {
        self.delays.borrow_mut().as_mut()?.next()
    }
}

fn text<'a>(headers: &'a HeaderMap, name: &str) -> &'a str {
    headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
}

/// The answer as the one event of a stream that then ends.
fn event(answer: &[u8]) -> Response<Full<Bytes>> {
    let body = [b"event: message\ndata: ", answer, b"\n\n"].concat();
    let mut response = json(StatusCode::OK, body);
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/event-stream"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    headers.insert("x-accel-buffering", HeaderValue::from_static("no"));
    response
}
