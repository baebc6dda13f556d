//! One request: posting it, and what comes in response.

use std::sync::Arc;
use std::time::Duration;

use http::header::CONTENT_TYPE;
use http::{HeaderMap, StatusCode};
use tokio_util::sync::CancellationToken;

use super::client::Response;
use super::connection::Connection;
use super::events::{Ended, Events, Reader, messages};
use super::legacy::{self, Legacy};
use super::question::{Manner, Question};
use super::spec::Transport;
use super::{fields, resume, trouble};
use crate::http::session_id::SessionId;
use crate::message::{Kind, Message};
use crate::protocol::{Fault, method};
use crate::upstream::{Arrival, What};

/// How long to wait for a server that is not there, before each further attempt.
const WAITS: [Duration; 3] =
    [Duration::from_millis(100), Duration::from_millis(300), Duration::from_millis(900)];

/// How long the body of a refusal may take.
const REFUSAL_TIME: Duration = Duration::from_secs(10);

const NO_ANSWER: &str = "the server ended the stream without an answer";
pub(super) const SESSION_ENDED: &str = "the server ended the session";

/// Asks a question, and delivers what comes of it.
pub(super) async fn run(connection: Arc<Connection>, question: Question, left: CancellationToken) {
    let stream = question.stream.clone();
    let mut exchange = Exchange { connection: &connection, question, left, refused: None };
    if let Err(why) = exchange.ask().await {
        let (what, status) = (What::Failed(why), exchange.refused);
        connection.deliver(Arrival { stream: Some(stream), what, mark: None, status }).await;
    }
}

struct Exchange<'a> {
    connection: &'a Arc<Connection>,
    question: Question,
    left: CancellationToken,
    /// The status of a refusal without a message.
    refused: Option<u16>,
}

impl Exchange<'_> {
    async fn ask(&mut self) -> Result<(), String> {
        if let Some(legacy) = self.connection.legacy() {
            return Box::pin(self.ask_legacy(&legacy)).await;
        }
        let fields = self.fields().await?;
        let response = self.post(&fields).await?;
        self.respond(response, Some(fields)).await
    }

    async fn fields(&self) -> Result<HeaderMap, String> {
        match self.question.manner {
            Manner::Opening => Ok(HeaderMap::new()),
            Manner::Session => Ok(self.connection.session().fields()),
            Manner::Alone => {
                let question = &self.question;
                let server = &self.connection.server;
                // What the message says replaces what the client says.
                let mut all = question.passed_on.as_deref().cloned().unwrap_or_default();
                all.extend(fields::standing_alone(&question.message)?);
                all.extend(server.tools.fields(server, &question.message).await?);
                Ok(all)
            }
        }
    }

    async fn post(&self, fields: &HeaderMap) -> Result<Response, String> {
        let server = &self.connection.server;
        let message = self.question.message.bytes();
        // What stands alone is taken back by dropping it, so nobody asks when it left.
        let left = (self.question.manner != Manner::Alone).then_some(&self.left);
        let mut waits = WAITS.iter();
        loop {
            match server.post(&server.spec.url, fields, message, left).await {
                Ok(response) => return Ok(response),
                Err(trouble) if trouble.unsent && self.question.may_wait_for_server() => {
                    let Some(wait) = waits.next() else { return Err(trouble.to_string()) };
                    tokio::time::sleep(*wait).await;
                }
                Err(trouble) => return Err(trouble.to_string()),
            }
        }
    }

    /// Delivers a response. `fields` are those of the request, if it may be sent once more with others.
    async fn respond(
        &mut self,
        response: Response,
        fields: Option<HeaderMap>,
    ) -> Result<(), String> {
        let status = response.status();
        match self.question.manner {
            Manner::Opening => {
                self.question.session_id = SessionId::from_headers(response.headers())
                    .map_err(|fault| format!("the server opened no session: {fault}"))?;
            }
            Manner::Session if ends_session(self.connection, status) => {
                self.connection.lose(SESSION_ENDED);
                return Ok(());
            }
            Manner::Session | Manner::Alone => {}
        }
        if status.is_success() && is_events(response.headers()) {
            return Box::pin(self.stream(response)).await;
        }
        if matches!(status, StatusCode::ACCEPTED | StatusCode::NO_CONTENT) {
            return Err(format!(
                "HTTP {}: the server does not answer the request",
                status.as_u16()
            ));
        }
        if status.is_success() && !is_json(response.headers()) {
            let kind = media(response.headers()).unwrap_or("no type");
            let kind = self.connection.server.excerpt(kind);
            return Err(format!("HTTP {}: the answer is no JSON but {kind}", status.as_u16()));
        }
        let headers = (!status.is_success()).then(|| response.headers().clone());
        let limit = self.connection.server.spec.max_message;
        let body = trouble::body(response, limit);
        let body = if status.is_success() {
            body.await.map_err(|trouble| trouble.to_string())?
        } else {
            // The status says enough if the rest does not come.
            tokio::time::timeout(REFUSAL_TIME, body)
                .await
                .ok()
                .and_then(Result::ok)
                .unwrap_or_default()
        };
        let messages = messages(body.clone());
        if self.may_be_legacy(status, &messages) {
            match Box::pin(legacy::open(self.connection)).await {
                Ok(legacy) => return Box::pin(self.ask_legacy(&legacy)).await,
                Err(why) => tracing::debug!(%why, "the server speaks no HTTP+SSE either"),
            }
        }
        if let Some(used) = fields
            && self.disagrees(&messages)
            && let Some(fields) = Box::pin(self.other_fields(&used)).await?
        {
            let response = Box::pin(self.post(&fields)).await?;
            return Box::pin(self.respond(response, None)).await;
        }
        let shown = (status != StatusCode::OK).then(|| status.as_u16());
        let mut answered = false;
        for message in messages {
            // Of two answers only the first one counts.
            if answered && message.is_answer() {
                continue;
            }
            answered |= self.connection.deliver_to(&self.question, message, None, shown).await;
        }
        if answered {
            return Ok(());
        }
        let Some(headers) = headers else {
            return Err(format!("HTTP {}: the answer to the request is missing", status.as_u16()));
        };
        self.refused = shown;
        let said = self.connection.server.excerpt(&String::from_utf8_lossy(&body));
        Err(trouble::refusal(status, &headers, &said))
    }

    async fn stream(&self, response: Response) -> Result<(), String> {
        let (connection, question) = (self.connection, &self.question);
        let spec = &connection.server.spec;
        let mut events = Events::new(response, spec.max_message);
        let mut reader = Reader {
            connection,
            stream: &question.stream,
            question: Some(question),
            last: super::events::Last::default(),
        };
        let ended = reader.read(&mut events).await;
        let last = reader.last;
        let in_session = question.manner == Manner::Session;
        match ended {
            Ended::Answered => {
                connection.deliver(Arrival::end(question.stream.clone())).await;
                events.drain().await;
                Ok(())
            }
            Ended::Unusable(why) => Err(why),
            Ended::Clean | Ended::Broken(_) if in_session && last.id.is_some() => {
                if spec.resume {
                    return resume::resume(connection, question, last).await;
                }
                connection.deliver(Arrival::end(question.stream.clone())).await;
                Ok(())
            }
            Ended::Clean if in_session && !spec.resume => {
                connection.deliver(Arrival::end(question.stream.clone())).await;
                Ok(())
            }
            Ended::Clean => Err(NO_ANSWER.to_owned()),
            Ended::Broken(why) => Err(why),
        }
    }

    async fn ask_legacy(&self, legacy: &Legacy) -> Result<(), String> {
        legacy.ask(self.connection, &self.question, &self.left).await
    }

    /// Whether a server that refuses `initialize` like this may be one of 2024-11-05. Newer ones say what
    /// they miss.
    fn may_be_legacy(&self, status: StatusCode, said: &[Message]) -> bool {
        let refused = matches!(
            status,
            StatusCode::BAD_REQUEST | StatusCode::NOT_FOUND | StatusCode::METHOD_NOT_ALLOWED
        );
        let newer = said.iter().filter_map(code).any(|code| {
            matches!(
                code,
                Fault::HEADER_MISMATCH
                    | Fault::MISSING_CAPABILITY
                    | Fault::UNSUPPORTED_VERSION
                    | Fault::METHOD_NOT_FOUND
            )
        });
        self.question.manner == Manner::Opening
            && self.connection.server.spec.transport == Transport::Auto
            && refused
            && !newer
    }

    /// Whether the server found that the header fields of a call do not go with its arguments.
    fn disagrees(&self, said: &[Message]) -> bool {
        self.question.manner == Manner::Alone
            && self.question.message.method() == method::TOOLS_CALL
            && said.iter().filter_map(code).any(|code| code == Fault::HEADER_MISMATCH)
    }

    /// The fields as the tools are now, if that makes a difference.
    async fn other_fields(&self, used: &HeaderMap) -> Result<Option<HeaderMap>, String> {
        let server = &self.connection.server;
        server.tools.list(server, &self.question.message).await;
        let fields = self.fields().await?;
        Ok((fields != *used).then_some(fields))
    }
}

/// Whether this status says that the session is over.
pub(super) fn ends_session(connection: &Connection, status: StatusCode) -> bool {
    status == StatusCode::NOT_FOUND && connection.session().id.is_some()
}

fn code(message: &Message) -> Option<i32> {
    let error = message.members().ok().filter(|_| message.kind() == Kind::Error)?;
    error.get("code")?.parse().ok()
}

fn media(headers: &HeaderMap) -> Option<&str> {
    let text = headers.get(CONTENT_TYPE)?.to_str().ok()?;
    text.split(';').next().map(str::trim)
}

pub(super) fn is_events(headers: &HeaderMap) -> bool {
    media(headers).is_some_and(|media| media.eq_ignore_ascii_case("text/event-stream"))
}

pub(super) fn is_json(headers: &HeaderMap) -> bool {
    media(headers).is_some_and(|media| media.eq_ignore_ascii_case("application/json"))
}
