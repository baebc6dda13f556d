//! Streamable HTTP with sessions (2025-03-26 to 2025-11-25).

use std::sync::Arc;
use std::time::Duration;

use http::StatusCode;

use super::answer::{self, Response};
use super::session::{Decision, Outlet, Reader, Resume, Session};
use super::{Asked, HttpFront, unversioned};
use crate::http::field::{LAST_EVENT_ID, MCP_SESSION_ID};
use crate::http::session_id::SessionId;
use crate::message::{Kind, Malformed, Message};
use crate::pipeline::{Caller, Front, Permitted, Refused};
use crate::protocol::{Code, Era, Fault, Refusal, Revision, method};
use crate::record::SessionTag;
use crate::session::cancelled;
use crate::upstream::{Pressure, Stream};

/// How long a message without an answer may wait for the server to have room.
const PATIENCE: Duration = Duration::from_secs(30);

impl HttpFront {
    /// Takes one message.
    pub(super) async fn say(&self, asked: &Asked, message: Message) -> Response {
        if message.method() == method::INITIALIZE {
            return self.open(asked, message).await;
        }
        let session = match self.spoken_in(asked) {
            Ok(session) => session,
            Err(response) => return *response,
        };
        match message.kind() {
            Kind::Request => self.request(asked, &session, message).await,
            Kind::Notification => self.notify(asked, &session, message).await,
            Kind::Result | Kind::Error => self.reply(asked, &session, message).await,
        }
    }

    /// The session that a request names, if the header proves whose it is.
    fn session(&self, asked: &Asked) -> Result<Arc<Session>, Box<Response>> {
        let session = self.sessions.get(&named(asked)?, &asked.endpoint);
        session.filter(|session| self.owns(asked, session)).ok_or_else(no_session)
    }

    /// The session that a request with messages names.
    fn spoken_in(&self, asked: &Asked) -> Result<Arc<Session>, Box<Response>> {
        self.known(&named(asked)?, asked)
    }

    /// The session of this id. Whose it is may yet be for the messages to prove, if the header proves
    /// nobody.
    pub(super) fn known(
        &self,
        id: &SessionId,
        asked: &Asked,
    ) -> Result<Arc<Session>, Box<Response>> {
        let session = self.sessions.get(id, &asked.endpoint);
        session
            .filter(|session| self.owns(asked, session) || self.may_prove(asked))
            .ok_or_else(no_session)
    }

    /// Whether the messages may hold credentials that count.
    fn may_prove(&self, asked: &Asked) -> bool {
        asked.principal.is_none() && self.auth.required().is_some()
    }

    /// Whether the header alone proves that the session is the client's.
    fn owns(&self, asked: &Asked, session: &Session) -> bool {
        let principal = asked.principal.as_ref().unwrap_or(&self.anonymous);
        session.caller.principal == *principal
    }

    async fn open(&self, asked: &Asked, message: Message) -> Response {
        let Some(id) = message.id().cloned() else {
            return answer::invalid(StatusCode::BAD_REQUEST, "initialize is a request");
        };
        let Some(slot) = self.sessions.reserve() else {
            return answer::crowded("there are too many sessions");
        };
        let Ok(key) = SessionId::random() else {
            return answer::crowded("no session can be opened now");
        };
        let caller =
            self.caller(asked, Front::Http, Era::Session, Some(SessionTag::of(key.as_str())));
        let permitted = match self.services.admit(&asked.endpoint, &caller, message) {
            Ok(permitted) => permitted,
            Err(refused) => return self.refused(&refused, StatusCode::OK),
        };
        // The session is of whom the message proves, if the header proves nobody.
        let caller = caller.proven(&permitted);
        let outlet = Outlet::new(false);
        let client = Arc::clone(&outlet);
        let Some(conversation) = self.services.converse(&asked.endpoint, &caller, client) else {
            return nowhere(permitted);
        };
        let endpoint = asked.endpoint.clone();
        let session = Session::new((key, slot), endpoint, caller, (outlet, conversation), false);
        let Some(reader) = session.begin(&id, permitted.receipt()) else {
            return answer::message(StatusCode::OK, &permitted.split().1.fault(&taken()));
        };
        let _ = session.conversation.say(permitted, Stream::Request(id.clone()));
        let decision = reader.answers().await;
        let answer = match &decision {
            Decision::Answers(answers) => answers.last().cloned(),
            Decision::Events => reader.last(),
            Decision::Gone => None,
        };
        let opened = answer.is_some_and(|answer| {
            session.negotiated(&answer);
            answer.kind() == Kind::Result
        });
        if opened {
            self.sessions.add(&session);
        }
        let mut response = respond(reader, decision);
        if opened {
            response.headers_mut().insert(MCP_SESSION_ID, session.id.to_header());
        }
        response
    }

    async fn request(&self, asked: &Asked, session: &Arc<Session>, message: Message) -> Response {
        let Some(id) = message.id().cloned() else {
            return answer::invalid(StatusCode::BAD_REQUEST, "a request has an identifier");
        };
        let permitted = match self.admit_to(asked, session, message) {
            Ok(permitted) => permitted,
            Err(refused) => return self.refused(&refused, StatusCode::OK),
        };
        let Some(reader) = session.begin(&id, permitted.receipt()) else {
            return answer::message(StatusCode::OK, &permitted.split().1.fault(&taken()));
        };
        // The answer is waited for, and there are not too many at once: that is pressure enough.
        let _ = session.conversation.say(permitted, Stream::Request(id.clone()));
        let decision = reader.decide().await;
        respond(reader, decision)
    }

    /// Puts a message of a session through the pipeline. Where the header proves nobody, the message
    /// has to prove that it is of whoever opened the session.
    pub(super) fn admit_to(
        &self,
        asked: &Asked,
        session: &Session,
        message: Message,
    ) -> Result<Permitted, Box<Refused>> {
        let router = session.conversation.router();
        let owner = &session.caller;
        if asked.principal.is_some() {
            return self.services.admit_in(&session.endpoint, router, owner, message);
        }
        let unproven = if owner.principal == self.anonymous {
            Arc::clone(owner)
        } else {
            let principal = Arc::clone(&self.anonymous);
            Arc::new(Caller { principal, ..Caller::clone(owner) })
        };
        let permitted = self.services.admit_in(&session.endpoint, router, &unproven, message)?;
        if permitted.principal().is_none_or(|principal| *principal == owner.principal) {
            return Ok(permitted);
        }
        let is_request = permitted.message().id().is_some();
        let refusal = Refusal::new(Code::Unauthorized, "the session is another caller's");
        let answer = permitted.split().1.refuse(&refusal);
        let status = Code::Unauthorized.status();
        Err(Box::new(Refused { answer: is_request.then_some(answer), status, challenge: None }))
    }

    async fn notify(&self, asked: &Asked, session: &Session, message: Message) -> Response {
        match self.told(asked, session, message) {
            Ok(pressure) => accepted(&pressure).await,
            Err(response) => *response,
        }
    }

    fn told(
        &self,
        asked: &Asked,
        session: &Session,
        message: Message,
    ) -> Result<Pressure, Box<Response>> {
        let taken_back =
            (message.method() == method::CANCELLED).then(|| cancelled(&message)).flatten();
        let permitted = self
            .admit_to(asked, session, message)
            .map_err(|refused| Box::new(self.refused(&refused, StatusCode::OK)))?;
        let pressure = session.conversation.say(permitted, Stream::Standalone);
        if let Some(id) = taken_back {
            session.take_back(&id);
        }
        Ok(pressure)
    }

    async fn reply(&self, asked: &Asked, session: &Session, message: Message) -> Response {
        match self.replied(asked, session, message) {
            Ok(pressure) => accepted(&pressure).await,
            Err(response) => *response,
        }
    }

    /// Takes the answer to a request of a server. It has no place for credentials.
    pub(super) fn replied(
        &self,
        asked: &Asked,
        session: &Session,
        message: Message,
    ) -> Result<Pressure, Box<Response>> {
        if let Some(why) = self.unnamed(asked.principal.as_ref()) {
            return Err(Box::new(self.unauthorized(session.caller.front, &why, Era::Session)));
        }
        if !self.owns(asked, session) {
            return Err(no_session());
        }
        let pass = self.services.answer(&session.caller, message);
        Ok(session.conversation.reply(pass))
    }

    /// Takes a batch (2025-03-26 alone has them).
    pub(super) async fn batch(
        &self,
        asked: &Asked,
        items: Vec<Result<Message, Malformed>>,
    ) -> Response {
        if asked.version == super::Version::Known(Revision::V2026_07_28) {
            return answer::invalid(StatusCode::BAD_REQUEST, "this revision has no batches");
        }
        let session = match self.spoken_in(asked) {
            Ok(session) => session,
            Err(response) => return *response,
        };
        if !session.has_batches() {
            return answer::invalid(StatusCode::BAD_REQUEST, "this session has no batches");
        }
        let reader = session.begin_batch();
        let mut pressures = Vec::new();
        for item in items {
            match item {
                Ok(message) => match self.element(asked, &session, &reader, message) {
                    Ok(Some(pressure)) => pressures.push(pressure),
                    Ok(None) => {}
                    Err(response) => return *response,
                },
                Err(malformed) => session.answer(&reader, None, malformed.answer()),
            }
        }
        if session.seal(&reader) {
            let decision = reader.decide().await;
            return batched(reader, decision);
        }
        reader.forget();
        for pressure in pressures {
            let _ = tokio::time::timeout(PATIENCE, pressure.wait()).await;
        }
        answer::empty(StatusCode::ACCEPTED)
    }

    /// Takes one message of a batch.
    fn element(
        &self,
        asked: &Asked,
        session: &Arc<Session>,
        batch: &Reader,
        message: Message,
    ) -> Result<Option<Pressure>, Box<Response>> {
        if let Some(fault) = unversioned(&message) {
            session.answer(batch, None, fault);
            return Ok(None);
        }
        let id = message.id().cloned();
        match (message.kind(), id) {
            (Kind::Result | Kind::Error, _) => self.replied(asked, session, message).map(Some),
            (Kind::Request, Some(id)) if message.method() == method::INITIALIZE => {
                let why = "Invalid request: initialize is never part of a batch";
                let fault = Fault::new(Fault::INVALID_REQUEST, why);
                session.answer(batch, None, fault.answer(Some(&id)));
                Ok(None)
            }
            (Kind::Request, Some(id)) => {
                match self.admit_to(asked, session, message) {
                    Ok(permitted) if session.expect(batch, &id, permitted.receipt()) => {
                        let stream = Stream::Request(id);
                        let _ = session.conversation.say(permitted, stream);
                    }
                    Ok(permitted) => {
                        session.answer(batch, None, permitted.split().1.fault(&taken()));
                    }
                    Err(refused) if refused.status == StatusCode::UNAUTHORIZED.as_u16() => {
                        return Err(Box::new(self.refused(&refused, StatusCode::OK)));
                    }
                    Err(refused) => {
                        if let Some(answer) = refused.answer {
                            session.answer(batch, None, answer);
                        }
                    }
                }
                Ok(None)
            }
            _ => self.told(asked, session, message).map(Some),
        }
    }

    /// Opens the stream of what belongs to no request, or takes up another one.
    pub(super) fn listen(&self, asked: &Asked) -> Response {
        let session = match self.session(asked) {
            Ok(session) => session,
            Err(response) => return *response,
        };
        let last = asked.headers.get(LAST_EVENT_ID).map(http::HeaderValue::as_bytes);
        let Some(last) = last.filter(|last| !last.is_empty()) else {
            return match session.standalone() {
                Some(reader) => {
                    session.conversation.listen(Stream::Standalone, None);
                    reader.into_events(None)
                }
                None => answer::invalid(StatusCode::CONFLICT, "the stream is open already"),
            };
        };
        // Servers may choose any text for their ids.
        let Ok(last) = str::from_utf8(last) else {
            return answer::invalid(StatusCode::BAD_REQUEST, "Last-Event-ID is no text");
        };
        match session.resume(last) {
            Resume::Ours(reader) | Resume::Theirs(reader) => reader.into_events(None),
            Resume::Forgotten => {
                answer::invalid(StatusCode::BAD_REQUEST, "there is no such event any more")
            }
        }
    }

    /// Ends a session.
    pub(super) fn end(&self, asked: &Asked) -> Response {
        match self.session(asked) {
            Ok(session) => {
                self.sessions.remove(&session);
                answer::empty(StatusCode::OK)
            }
            Err(response) => *response,
        }
    }
}

fn respond(reader: Reader, decision: Decision) -> Response {
    match decision {
        Decision::Answers(answers) => match answers.last() {
            Some(answer) => answer::message(StatusCode::OK, answer),
            None => *no_session(),
        },
        Decision::Events => reader.into_events(None),
        Decision::Gone => *no_session(),
    }
}

fn batched(reader: Reader, decision: Decision) -> Response {
    match decision {
        Decision::Answers(answers) => answer::json(StatusCode::OK, answer::array(answers.iter())),
        other => respond(reader, other),
    }
}

async fn accepted(pressure: &Pressure) -> Response {
    // The message is taken; what is waited for is that the next one may come.
    let _ = tokio::time::timeout(PATIENCE, pressure.wait()).await;
    answer::empty(StatusCode::ACCEPTED)
}

/// The id of the session that a request names.
fn named(asked: &Asked) -> Result<SessionId, Box<Response>> {
    match SessionId::from_headers(&asked.headers) {
        Ok(Some(id)) => Ok(id),
        Ok(None) => {
            let why = "Mcp-Session-Id is missing";
            Err(Box::new(answer::invalid(StatusCode::BAD_REQUEST, why)))
        }
        Err(error) => {
            let fault = Fault::new(Fault::INVALID_REQUEST, error.to_string());
            Err(Box::new(answer::fault(StatusCode::BAD_REQUEST, &fault, None)))
        }
    }
}

fn no_session() -> Box<Response> {
    Box::new(answer::invalid(StatusCode::NOT_FOUND, "there is no such session"))
}

fn taken() -> Fault {
    let why = "Invalid request: a request with this identifier is in flight";
    Fault::new(Fault::INVALID_REQUEST, why)
}

pub(super) fn nowhere(permitted: Permitted) -> Response {
    let refusal = Refusal::new(Code::NoRouteMatched, "there is no such server");
    answer::message(StatusCode::NOT_FOUND, &permitted.split().1.refuse(&refusal))
}
