//! HTTP+SSE (2024-11-05): a stream, and a place where messages are posted.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::request::Parts;
use http::{HeaderMap, HeaderValue, StatusCode};
use hyper::body::Body;

use super::answer::{self, Response};
use super::guard;
use super::session::{Outlet, Session};
use super::{HttpFront, unversioned};
use crate::front::Endpoint;
use crate::http::session_id::SessionId;
use crate::http::sse::{SseEvent, encode};
use crate::message::Frame;
use crate::pipeline::{Front, Refused};
use crate::protocol::Era;
use crate::record::SessionTag;
use crate::upstream::Stream;

/// The member of the query that names the session.
const SESSION: &str = "sessionId=";

/// How long a message may wait for the server to have room.
const PATIENCE: Duration = Duration::from_secs(30);

impl HttpFront {
    /// Opens a session, which lasts as long as its stream.
    pub(super) fn open_legacy(&self, endpoint: Endpoint, headers: HeaderMap) -> Response {
        let asked = match self.asked(Front::Sse, endpoint, headers) {
            Ok(asked) => asked,
            Err(response) => return *response,
        };
        if !guard::accepts(&asked.headers, "text/event-stream") {
            let why = "the client must accept text/event-stream";
            return answer::invalid(StatusCode::NOT_ACCEPTABLE, why);
        }
        let (Some(slot), Ok(id)) = (self.sessions.reserve(), SessionId::random()) else {
            return answer::crowded("there are too many sessions");
        };
        let place = match &asked.endpoint {
            Endpoint::All => format!("/messages?{SESSION}{}", id.as_str()),
            Endpoint::Server(name) => format!("/messages/{name}?{SESSION}{}", id.as_str()),
        };
        let caller =
            self.caller(&asked, Front::Sse, Era::Session, Some(SessionTag::of(id.as_str())));
        let outlet = Outlet::new(true);
        let client = Arc::clone(&outlet);
        let Some(conversation) = self.services.converse(&asked.endpoint, &caller, client) else {
            return answer::nowhere();
        };
        let parts = (outlet, conversation);
        let session = Session::new((id, slot), asked.endpoint, caller, parts, true);
        let Some(reader) = session.standalone() else { return answer::nowhere() };
        session.conversation.listen(Stream::Standalone, None);
        self.sessions.add(&session);
        let announced =
            SseEvent { event: Some("endpoint".into()), ..SseEvent::message(Bytes::from(place)) };
        reader.into_events(encode(&announced).ok())
    }

    /// Takes a message, whose answer comes on the stream.
    pub(super) async fn post_legacy<B>(&self, endpoint: Endpoint, parts: Parts, body: B) -> Response
    where
        B: Body<Data = Bytes> + Unpin,
    {
        let id = session_id(parts.uri.query());
        let (asked, frame) =
            match self.message(Front::Sse, endpoint, parts.headers, body, &[]).await {
                Ok(asked) => asked,
                Err(response) => return response,
            };
        let Some(id) = id else {
            return answer::invalid(StatusCode::BAD_REQUEST, "sessionId is missing");
        };
        let session = match self.known(&id, &asked) {
            Ok(session) => session,
            Err(response) => return *response,
        };
        let Frame::One(message) = frame else {
            return answer::invalid(StatusCode::BAD_REQUEST, "this revision has no batches");
        };
        if let Some(fault) = unversioned(&message) {
            return answer::message(StatusCode::BAD_REQUEST, &fault);
        }
        let taken = if message.is_answer() {
            self.replied(&asked, &session, message)
        } else {
            let stream = message.id().cloned().map_or(Stream::Standalone, Stream::Request);
            self.admit_to(&asked, &session, message)
                .map(|permitted| session.conversation.say(permitted, stream))
                .map_err(|refused| Box::new(self.refused_legacy(&session, *refused)))
        };
        match taken {
            Ok(pressure) => {
                let _ = tokio::time::timeout(PATIENCE, pressure.wait()).await;
                answer::empty(StatusCode::ACCEPTED)
            }
            Err(response) => *response,
        }
    }

    /// A refusal goes the way of all answers, unless nobody known is calling.
    fn refused_legacy(&self, session: &Session, refused: Refused) -> Response {
        match refused.answer {
            Some(answer) if refused.status != StatusCode::UNAUTHORIZED.as_u16() => {
                session.tell(answer);
                answer::empty(StatusCode::ACCEPTED)
            }
            _ => self.refused(&refused, StatusCode::OK),
        }
    }
}

fn session_id(query: Option<&str>) -> Option<SessionId> {
    let mut found = query?.split('&').filter_map(|pair| pair.strip_prefix(SESSION));
    let id = found.next()?;
    if found.next().is_some() {
        return None;
    }
    SessionId::try_from(&HeaderValue::from_str(id).ok()?).ok()
}
