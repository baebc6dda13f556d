//! Which arguments of the server's tools clients over HTTP mirror in header fields (2026-07-28).

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use arc_swap::ArcSwapOption;
use http::HeaderMap;
use serde_json::value::RawValue;
use tokio::sync::Mutex;
use tokio::time::Instant;

use crate::http::param::{self, HeaderParams, ParamFault, ToolPage};
use crate::message::{Kind, Message, meta};
use crate::pipeline::Denial;
use crate::protocol::{Fault, Refusal};
use crate::service::Exchange;
use crate::upstream::What;

/// How many annotated tools are known at most.
const TOOLS: usize = 10_000;
/// How long a list may take.
const LIST_TIME: Duration = Duration::from_secs(5);
/// For how long a list holds.
const FRESH: Duration = Duration::from_secs(60);
/// For how long the server is not asked again: after it gave no list in time, or for the sake of a call
/// that does not go with the list.
const PAUSE: Duration = Duration::from_secs(5);

/// What is known about the tools.
#[derive(Debug, Default)]
pub(super) struct Tools {
    last: ArcSwapOption<List>,
    /// Held while a list is read.
    reading: Mutex<()>,
}

/// The tools as they were when the server was asked.
#[derive(Debug)]
struct List {
    /// Those that have annotations, or why nothing is known.
    annotated: Result<Arc<HashMap<String, HeaderParams>>, String>,
    /// When the server was asked, and when it was known what came of it.
    begun: Instant,
    done: Instant,
}

impl Tools {
    /// Checks the fields of a call. `ask` sends a request of the gateway itself to the server.
    ///
    /// # Errors
    /// If the fields do not go with the call. If the tools are not known, that is so for a call that
    /// bears such fields; others pass, as those of a tool without annotations.
    pub(super) async fn check<A>(
        &self,
        server: &str,
        call: &Message,
        headers: &HeaderMap,
        ask: impl Fn(Message) -> A,
    ) -> Result<HeaderMap, Denial>
    where
        A: Future<Output = Result<Message, String>>,
    {
        let list = self.list(server, call, FRESH, &ask).await?;
        let fault = match list.check(server, call, headers) {
            Err(Denial::Fault(fault)) if fault.code == Fault::HEADER_MISMATCH => fault,
            checked => return checked,
        };
        // The client may know the tools better than an old list does.
        if list.begun.elapsed() < PAUSE {
            return Err(Denial::Fault(fault));
        }
        self.list(server, call, PAUSE, &ask).await?.check(server, call, headers)
    }

    /// The list, not older than this. One call reads it for all.
    async fn list<A>(
        &self,
        server: &str,
        call: &Message,
        oldest: Duration,
        ask: impl Fn(Message) -> A,
    ) -> Result<Arc<List>, Denial>
    where
        A: Future<Output = Result<Message, String>>,
    {
        let fresh = |list: &Arc<List>| list.is_fresh(oldest);
        if let Some(list) = self.last.load_full().filter(fresh) {
            return Ok(list);
        }
        let _one = match self.reading.try_lock() {
            Ok(one) => one,
            // While one call waits for a new list, the others go by the old one.
            Err(_) => match self.last.load_full().filter(|list| list.annotated.is_ok()) {
                Some(list) => return Ok(list),
                None => self.reading.lock().await,
            },
        };
        let last = self.last.load_full();
        if let Some(list) = last.clone().filter(fresh) {
            return Ok(list);
        }
        let begun = Instant::now();
        let meta = own_meta(call)?;
        let mut annotated = HashMap::new();
        let refuses = AtomicBool::new(false);
        let asking = |request| {
            let (asked, refuses) = (ask(request), &refuses);
            async move {
                let answer = asked.await?;
                refuses.fetch_or(answer.kind() == Kind::Error, Ordering::Relaxed);
                Ok(answer)
            }
        };
        let reading = param::list(&meta, asking, |page| learn(&mut annotated, page));
        let read = tokio::time::timeout(LIST_TIME, reading).await;
        let read = read.unwrap_or_else(|_| Err("no list came in time".to_owned()));
        if let Err(why) = &read {
            tracing::debug!(target: "mcp_guard::server", server, "the tools are not known: {why}");
        }
        // What was known before still is, as far as anybody can tell.
        let before = last.and_then(|last| last.annotated.clone().ok());
        let annotated = match (read, before) {
            (Ok(()), _) => Ok(Arc::new(annotated)),
            (Err(_), Some(before)) => Ok(before),
            (Err(why), None) => Err(why),
        };
        let list = Arc::new(List { annotated, begun, done: Instant::now() });
        // A server that refuses this client its list may give it to the next one.
        if list.annotated.is_ok() || !refuses.into_inner() {
            self.last.store(Some(Arc::clone(&list)));
        }
        Ok(list)
    }
}

impl List {
    fn is_fresh(&self, oldest: Duration) -> bool {
        match self.annotated {
            Ok(_) => self.begun.elapsed() < oldest,
            Err(_) => self.done.elapsed() < PAUSE,
        }
    }

    fn check(
        &self,
        server: &str,
        call: &Message,
        headers: &HeaderMap,
    ) -> Result<HeaderMap, Denial> {
        let annotated = match &self.annotated {
            Ok(annotated) => annotated,
            Err(why) if param::has_fields(headers) => {
                let why =
                    format!("header fields cannot be checked, its tools are not known: {why}");
                return Err(Denial::Refusal(Refusal::unavailable(server, why)));
            }
            Err(_) => return Ok(HeaderMap::new()),
        };
        let none = HeaderParams::default();
        if annotated.is_empty() {
            return Ok(none.unrecognized(headers));
        }
        let members = call.members().map_err(|fault| invalid(&fault))?;
        let name = members.text("name").unwrap_or_default();
        let params = annotated.get(&*name).unwrap_or(&none);
        if !params.is_empty() {
            let arguments: Option<&RawValue> = members
                .get("arguments")
                .map(serde_json::from_str)
                .transpose()
                .map_err(|fault| invalid(&fault))?;
            params.validate(headers, arguments).map_err(|fault| match fault {
                ParamFault::Header(fault) => {
                    Denial::Fault(Fault::new(Fault::HEADER_MISMATCH, fault.to_string()))
                }
                ParamFault::Arguments(fault) => invalid(&fault),
            })?;
        }
        Ok(params.unrecognized(headers))
    }
}

fn learn(annotated: &mut HashMap<String, HeaderParams>, page: ToolPage) {
    for tool in page.tools {
        // What annotations that break the rules would say is nobody's to guess.
        let Ok(params) = tool.params else { continue };
        if !params.is_empty() && annotated.len() < TOOLS {
            annotated.insert(tool.name, params);
        }
    }
}

/// What the call says about its client, so that a bridge asks in the session that the call is for.
fn own_meta(call: &Message) -> Result<String, Denial> {
    let bare = call.without_meta(&[meta::PROGRESS_TOKEN]).map_err(|fault| invalid(&fault))?;
    let members = bare.members().map_err(|fault| invalid(&fault))?;
    Ok(members.get("_meta").unwrap_or("{}").to_owned())
}

fn invalid(why: &dyn std::fmt::Display) -> Denial {
    Denial::Fault(Fault::new(Fault::INVALID_PARAMS, format!("Invalid params: {why}")))
}

/// The answer to a request of the gateway itself.
pub(super) async fn answer(mut exchange: Exchange) -> Result<Message, String> {
    while let Some(arrival) = exchange.next().await {
        match arrival.what {
            What::Message(message) if message.is_answer() => return Ok(message),
            What::Failed(why) => return Err(why),
            What::Message(_) | What::Nothing | What::End => {}
        }
    }
    Err("no answer came".to_owned())
}

#[cfg(test)]
mod tests;
