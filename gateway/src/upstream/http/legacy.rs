//! HTTP+SSE of 2024-11-05: the server names an endpoint on an event stream, messages are posted there, and
//! all that it says comes on the stream.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use http::HeaderMap;
use tokio_util::sync::CancellationToken;
use url::Url;

use super::connection::Connection;
use super::events::{Events, Fault, messages};
use super::exchange::is_events;
use super::question::{Manner, Question, taken_back};
use super::session::Session;
use super::trouble;
use crate::message::{Id, Kind, Message};
use crate::upstream::{Arrival, Stream, What};

/// How long the server has to name its endpoint.
const ENDPOINT_TIME: Duration = Duration::from_secs(15);

/// How much of the words of a refusal is read, in bytes, and for how long.
const REFUSAL: usize = 16 << 10;
const REFUSAL_TIME: Duration = Duration::from_secs(5);

/// The connection to a server of 2024-11-05.
pub(super) struct Legacy {
    endpoint: Url,
    waiting: Mutex<HashMap<Id, Waiting>>,
}

/// A request whose answer has not come.
struct Waiting {
    stream: Stream,
    opens: bool,
}

/// Opens the event stream, and reads it from then on.
///
/// # Errors
/// If there is none, or no usable endpoint is named on it.
pub(super) async fn open(connection: &Arc<Connection>) -> Result<Arc<Legacy>, String> {
    let (endpoint, events) = tokio::time::timeout(ENDPOINT_TIME, endpoint(connection))
        .await
        .map_err(|_| "the server named no endpoint in time".to_owned())??;
    let legacy = Arc::new(Legacy { endpoint, waiting: Mutex::default() });
    connection.set_legacy(Arc::clone(&legacy));
    let reading = read(Arc::clone(connection), Arc::clone(&legacy), events);
    connection.spawn(reading);
    Ok(legacy)
}

async fn endpoint(connection: &Connection) -> Result<(Url, Events), String> {
    let server = &connection.server;
    let opened = server.open(&HeaderMap::new()).await;
    let (response, base) = opened.map_err(|trouble| trouble.to_string())?;
    if !response.status().is_success() {
        return Err(trouble::status_words(response.status(), response.headers()));
    }
    if !is_events(response.headers()) {
        return Err("the server has no event stream at its address".to_owned());
    }
    let mut events = Events::new(response, server.spec.max_message);
    loop {
        let event = match events.next().await {
            Some(Ok(event)) => event,
            Some(Err(Fault::Broken(why) | Fault::Unusable(why))) => return Err(why),
            None => return Err("the server named no endpoint".to_owned()),
        };
        if event.event.as_deref() != Some("endpoint") {
            continue;
        }
        let url = str::from_utf8(&event.data).ok().and_then(|text| base.join(text.trim()).ok());
        // Messages bear the server's credentials, which are for nobody else.
        return match url {
            Some(url) if url.origin() == base.origin() => Ok((url, events)),
            Some(_) => Err("the server names an endpoint elsewhere".to_owned()),
            None => Err("the server names an endpoint that is no address".to_owned()),
        };
    }
}

async fn read(connection: Arc<Connection>, legacy: Arc<Legacy>, mut events: Events) {
    loop {
        match events.next().await {
            Some(Ok(event)) => {
                if event.event.as_deref().is_some_and(|kind| kind != "message") {
                    continue;
                }
                for message in messages(event.data) {
                    let stream = legacy.stream_of(&connection, &message);
                    let what = What::Message(message);
                    connection.deliver(Arrival { stream, what, mark: None, status: None }).await;
                }
            }
            // What is lost may have been an answer, and nothing says to which request.
            Some(Err(Fault::Unusable(why) | Fault::Broken(why))) => return connection.lose(&why),
            None => return connection.lose("the server closed the connection"),
        }
    }
}

impl Legacy {
    /// Posts a request. Its answer comes on the stream.
    ///
    /// # Errors
    /// If the server does not take it.
    pub(super) async fn ask(
        &self,
        connection: &Connection,
        question: &Question,
        left: &CancellationToken,
    ) -> Result<(), String> {
        let opens = question.manner == Manner::Opening;
        let Some(id) = question.message.id() else { return Ok(()) };
        self.waiting().insert(id.clone(), Waiting { stream: question.stream.clone(), opens });
        let posted = self.post(connection, &question.message, Some(left)).await;
        if posted.is_err() {
            self.waiting().remove(id);
        }
        posted
    }

    /// Posts any message.
    ///
    /// # Errors
    /// If the server does not take it.
    pub(super) async fn post(
        &self,
        connection: &Connection,
        message: &Message,
        left: Option<&CancellationToken>,
    ) -> Result<(), String> {
        if let Some(id) = taken_back(message) {
            self.waiting().remove(&id);
        }
        let server = &connection.server;
        let fields = connection.session().fields();
        let posted = server.post(&self.endpoint, &fields, message.bytes(), left).await;
        let response = posted.map_err(|trouble| trouble.to_string())?;
        let status = response.status();
        if status.is_success() {
            return Ok(());
        }
        let headers = response.headers().clone();
        let body = tokio::time::timeout(REFUSAL_TIME, trouble::body(response, REFUSAL)).await;
        let said = body.ok().and_then(Result::ok).unwrap_or_default();
        let said = server.excerpt(&String::from_utf8_lossy(&said));
        Err(trouble::refusal(status, &headers, &said))
    }

    fn stream_of(&self, connection: &Connection, message: &Message) -> Option<Stream> {
        let id = message.id().filter(|_| message.is_answer())?;
        let waiting = self.waiting().remove(id)?;
        if waiting.opens && message.kind() == Kind::Result {
            connection.open(Session::opened(None, message));
        }
        Some(waiting.stream)
    }

    fn waiting(&self) -> MutexGuard<'_, HashMap<Id, Waiting>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
