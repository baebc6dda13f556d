//! Streams that belong to no request of this link: what the server says by itself, and streams that the
//! client takes up again.

use std::sync::Arc;

use http::{HeaderValue, StatusCode};

use super::connection::Connection;
use super::events::{Events, Last, Reader};
use super::exchange::{SESSION_ENDED, ends_session, is_events};
use super::resume::{may_pass, wait};
use super::trouble::status_words;
use crate::http::field::LAST_EVENT_ID;
use crate::upstream::{Arrival, Stream, What};

/// How a stream went.
enum Heard {
    /// It was open for a while, or the server may open it later.
    Over,
    /// The server has no such stream.
    Refused(StatusCode, String),
    /// No session, no stream.
    Lost,
}

/// Reads what the server says by itself. A stream that breaks is taken up again for a client that cannot;
/// a server that has none is left in peace.
pub(super) async fn standalone(connection: Arc<Connection>, last_event_id: Option<HeaderValue>) {
    let stream = Stream::Standalone;
    let last = Last { id: last_event_id, ..Last::default() };
    let mut reader = Reader { connection: &connection, stream: &stream, question: None, last };
    let resume = connection.server.spec.resume;
    let mut fruitless = 0;
    loop {
        reader.last.any = false;
        match hear(&mut reader).await {
            Heard::Lost => return,
            // The specification lets a server have no such stream.
            Heard::Refused(StatusCode::METHOD_NOT_ALLOWED, _) => return,
            Heard::Refused(status, why) if !resume || !may_pass(status) => {
                tracing::debug!(%why, "the server has no stream of its own");
                break;
            }
            Heard::Over if !resume => break,
            Heard::Refused(..) | Heard::Over => {}
        }
        fruitless = if reader.last.any { 0 } else { fruitless + 1 };
        tokio::time::sleep(wait(reader.last.retry, fruitless)).await;
    }
    connection.deliver(Arrival::end(stream.clone())).await;
}

/// Reads a stream that the client takes up again, once: the client may do so anew.
pub(super) async fn resumed(connection: Arc<Connection>, stream: Stream, after: HeaderValue) {
    let last = Last { id: Some(after), ..Last::default() };
    let mut reader = Reader { connection: &connection, stream: &stream, question: None, last };
    let what = match hear(&mut reader).await {
        Heard::Lost => return,
        Heard::Over => What::End,
        Heard::Refused(_, why) => What::Failed(why),
    };
    let stream = Some(stream.clone());
    connection.deliver(Arrival { stream, what, mark: None, status: None }).await;
}

async fn hear(reader: &mut Reader<'_>) -> Heard {
    let connection = reader.connection;
    let mut fields = connection.session().fields();
    if let Some(id) = &reader.last.id {
        fields.insert(LAST_EVENT_ID, id.clone());
    }
    let response = match connection.server.get(&fields).await {
        Ok(response) => response,
        Err(trouble) => {
            tracing::debug!(%trouble, "a stream of the server could not be opened");
            return Heard::Refused(StatusCode::BAD_GATEWAY, trouble.to_string());
        }
    };
    let status = response.status();
    if ends_session(connection, status) {
        connection.lose(SESSION_ENDED);
        return Heard::Lost;
    }
    if !status.is_success() || !is_events(response.headers()) {
        return Heard::Refused(status, status_words(status, response.headers()));
    }
    let mut events = Events::new(response, connection.server.spec.max_message);
    let ended = reader.read(&mut events).await;
    tracing::debug!(?ended, "a stream of the server ended");
    Heard::Over
}
