//! Which arguments of a server's tools are mirrored in header fields (2026-07-28).

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use http::HeaderMap;
use serde_json::value::RawValue;
use tokio::sync::Mutex;
use tokio::time::Instant;

use super::events::{Events, messages};
use super::exchange::{is_events, is_json};
use super::server::Server;
use super::{fields, trouble};
use crate::http::param::{HeaderParams, ToolPage, list};
use crate::message::{Message, meta};
use crate::protocol::method;

/// How many tools are known at most.
const TOOLS: usize = 10_000;
/// How long that may take.
const LIST_TIME: Duration = Duration::from_secs(20);
/// For how long a list is not read again for the sake of a tool that it does not have.
const FRESH: Duration = Duration::from_secs(30);

/// What is known about a server's tools. All links to the server share it.
#[derive(Debug, Default)]
pub(super) struct Tools {
    known: RwLock<HashMap<String, Known>>,
    /// Held while a list is read; when the last one was begun.
    reading: Mutex<Option<Instant>>,
}

/// The annotated arguments of a tool; none if its annotations are not such as can be followed.
type Known = Option<Arc<HeaderParams>>;

impl Tools {
    /// The fields that mirror the arguments of this message; for any other than `tools/call` none. If the
    /// tool is unknown, the server is asked for its tools first.
    ///
    /// # Errors
    /// If the arguments cannot be mirrored.
    pub(super) async fn fields(
        &self,
        server: &Server,
        call: &Message,
    ) -> Result<HeaderMap, String> {
        if call.method() != method::TOOLS_CALL {
            return Ok(HeaderMap::new());
        }
        let unclear = |fault| format!("its parameters are unclear: {fault}");
        let members = call.members().map_err(unclear)?;
        let Some(name) = members.text("name") else { return Ok(HeaderMap::new()) };
        let known = match self.known(&name) {
            Some(known) => Some(known),
            None => {
                Box::pin(self.list_for(server, call, &name)).await;
                self.known(&name)
            }
        };
        let params = match known {
            // The server judges a tool that it does not list.
            None => return Ok(HeaderMap::new()),
            Some(None) => {
                return Err("the server's annotations of this tool are invalid".to_owned());
            }
            Some(Some(params)) if params.is_empty() => return Ok(HeaderMap::new()),
            Some(Some(params)) => params,
        };
        let arguments: Option<&RawValue> = match members.get("arguments") {
            None => None,
            Some(json) => Some(
                serde_json::from_str(json).map_err(|_| "its arguments are unclear".to_owned())?,
            ),
        };
        params.headers(arguments).map_err(|fault| fault.to_string())
    }

    /// Learns from a list that the server gave.
    pub(super) fn learn(&self, page: ToolPage) {
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        for tool in page.tools {
            if known.len() >= TOOLS && !known.contains_key(&tool.name) {
                break;
            }
            known.insert(tool.name, tool.params.ok().map(Arc::new));
        }
    }

    /// Asks the server for its tools, on behalf of a call.
    pub(super) async fn list(&self, server: &Server, call: &Message) {
        let asked = Instant::now();
        let mut last = self.reading.lock().await;
        // Whoever waited for another one to read the list has it.
        if last.is_none_or(|last| last < asked) {
            self.read(server, call, &mut last).await;
        }
    }

    async fn list_for(&self, server: &Server, call: &Message, name: &str) {
        let mut last = self.reading.lock().await;
        let fresh = last.is_some_and(|last| last.elapsed() < FRESH);
        if !fresh && self.known(name).is_none() {
            self.read(server, call, &mut last).await;
        }
    }

    async fn read(&self, server: &Server, call: &Message, last: &mut Option<Instant>) {
        *last = Some(Instant::now());
        let read = tokio::time::timeout(LIST_TIME, self.pages(server, call)).await;
        if let Err(why) = read.unwrap_or_else(|_| Err("no answer in time".to_owned())) {
            tracing::warn!(%why, "the server's tools are not known");
        }
    }

    async fn pages(&self, server: &Server, call: &Message) -> Result<(), String> {
        let version = {
            let meta = call.meta().map_err(|fault| fault.to_string())?;
            meta.get(meta::PROTOCOL_VERSION).unwrap_or("null").to_owned()
        };
        let meta = format!(
            r#"{{"{}":{version},"{}":{{}}}}"#,
            meta::PROTOCOL_VERSION,
            meta::CLIENT_CAPABILITIES
        );
        let asking = |request: Message| async move { ask(server, &request).await };
        list(&meta, asking, |page| self.learn(page)).await
    }

    fn known(&self, name: &str) -> Option<Known> {
        self.known.read().unwrap_or_else(PoisonError::into_inner).get(name).cloned()
    }
}

/// The answer to a request of the gateway itself.
async fn ask(server: &Server, request: &Message) -> Result<Message, String> {
    let fields = fields::standing_alone(request)?;
    let posted = server.post(&server.spec.url, &fields, request.bytes(), None).await;
    let response = posted.map_err(|trouble| trouble.to_string())?;
    let answers = |message: &Message| message.is_answer() && message.id() == request.id();
    if response.status().is_success() && is_events(response.headers()) {
        let mut events = Events::new(response, server.spec.max_message);
        while let Some(Ok(event)) = events.next().await {
            if let Some(answer) = messages(event.data).into_iter().find(answers) {
                return Ok(answer);
            }
        }
        return Err("the server ended the stream without an answer".to_owned());
    }
    if !is_json(response.headers()) {
        return Err(trouble::status_words(response.status(), response.headers()));
    }
    let body = trouble::body(response, server.spec.max_message).await;
    let body = body.map_err(|trouble| trouble.to_string())?;
    messages(body).into_iter().find(answers).ok_or_else(|| "the answer is missing".to_owned())
}
