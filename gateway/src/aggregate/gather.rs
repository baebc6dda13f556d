//! Asking many servers for one answer.

use std::time::Duration;

use futures_util::future::{BoxFuture, join_all};
use serde_json::value::RawValue;

use super::catalogue::Catalogue;
use super::names::Names;
use super::routes::{invalid, key};
use crate::message::{Kind, Message, meta};
use crate::pipeline::Denial;
use crate::protocol::{Code, Fault, Refusal};

/// How long the servers may take for a list or for a resource that all are asked for.
const LONGEST: Duration = Duration::from_secs(30);

/// The most pages of one server's list.
const PAGES: usize = 1000;

/// The most items of it.
const ITEMS: usize = 100_000;

/// The most bytes of it.
const BYTES: usize = 64 << 20;

/// Error -32002 of the sessions' revisions: there is no such resource (2025-11-25, server/resources).
const NOT_FOUND: i64 = -32002;

/// Asks a server on behalf of a client.
pub(super) trait Asker: Send + Sync {
    /// Asks the server at this place. The answer is settled; why there is none is for a log.
    fn ask(&self, server: usize, message: Message) -> BoxFuture<'_, Result<Message, String>>;
}

/// What a server answered to a request for a list.
pub(super) type Part = (usize, Result<Vec<Message>, String>);

/// Asks servers for all pages of their lists, at the same time.
///
/// # Errors
/// If the request is wrong, or no server answers.
pub(super) async fn lists(
    asker: &dyn Asker,
    names: &Names,
    asked: &[usize],
    message: &Message,
) -> Result<Vec<Part>, Denial> {
    let members = message.members().map_err(|fault| invalid(&fault))?;
    if members.get("cursor").is_some_and(|cursor| cursor != "null") {
        let fault = "Invalid params: `cursor` was not given out; lists come in one page";
        return Err(Denial::Fault(Fault::new(Fault::INVALID_PARAMS, fault)));
    }
    let first = for_all(message)?;
    let parts = join_all(asked.iter().map(|&server| {
        let first = first.clone();
        async move {
            let pages = tokio::time::timeout(LONGEST, pages(asker, server, first)).await;
            let late = || Err(format!("its list did not come within {LONGEST:?}"));
            (server, pages.unwrap_or_else(|_| late()))
        }
    }))
    .await;
    for (server, part) in &parts {
        if let Err(why) = part {
            let server = names.name(*server);
            tracing::warn!(target: "mcp_guard::server", server, method = message.method(), "left out of a list: {why}");
        }
    }
    if !parts.is_empty() && parts.iter().all(|(_, part)| part.is_err()) {
        return Err(none("no server gave its list"));
    }
    Ok(parts)
}

/// A request as several servers get it: without the progress token, which is for one.
pub(super) fn for_all(message: &Message) -> Result<Message, Denial> {
    message.without_meta(&[meta::PROGRESS_TOKEN]).map_err(|fault| {
        Denial::Fault(Fault::new(Fault::INVALID_PARAMS, format!("Invalid params: {fault}")))
    })
}

/// No server can be asked.
pub(super) fn none(reason: &str) -> Denial {
    Denial::Refusal(Refusal::new(Code::UpstreamUnavailable, reason))
}

async fn pages(asker: &dyn Asker, server: usize, first: Message) -> Result<Vec<Message>, String> {
    let key = key(first.method()).unwrap_or_default();
    let (mut pages, mut items, mut bytes) = (Vec::new(), 0, 0);
    let mut message = first.clone();
    loop {
        let page = asker.ask(server, message).await?;
        if page.kind() == Kind::Error {
            // A server without such things has no part, which is no failure.
            if code(&page) == Some(Fault::METHOD_NOT_FOUND.into()) {
                return Ok(pages);
            }
            return Err("it answered by an error".to_owned());
        }
        let members = page.members().map_err(|fault| fault.to_string())?;
        let list = members.get(key).ok_or("its answer holds no list")?;
        let list: Vec<&RawValue> =
            serde_json::from_str(list).map_err(|_| "its answer holds no list")?;
        items += list.len();
        bytes += page.bytes().len();
        let next = members.get("nextCursor").filter(|cursor| *cursor != "null");
        let next = next.map(|cursor| with_cursor(&first, cursor)).transpose()?;
        pages.push(page);
        match next {
            Some(next) if pages.len() < PAGES && items < ITEMS && bytes < BYTES => message = next,
            Some(_) => {
                tracing::warn!(target: "mcp_guard::server", server, "its list is cut: too long");
                return Ok(pages);
            }
            None => return Ok(pages),
        }
    }
}

/// The request for the page that this cursor (JSON) is of.
fn with_cursor(message: &Message, cursor: &str) -> Result<Message, String> {
    let json = message.json();
    let members = message.members().map_err(|fault| fault.to_string())?;
    let edited = match (members.get("cursor"), message.body_place()) {
        (Some(old), _) => message.with(&[(crate::message::place(json, old), cursor)]),
        (None, Some(params)) => {
            let comma = if members.is_empty() { "" } else { "," };
            let member = format!(r#""cursor":{cursor}{comma}"#);
            message.with(&[(params.start + 1..params.start + 1, &member)])
        }
        (None, None) => {
            let end = json.trim_end().len().saturating_sub(1);
            message.with(&[(end..end, &format!(r#","params":{{"cursor":{cursor}}}"#))])
        }
    };
    edited.map_err(|fault| fault.to_string())
}

/// Asks one server after the other for a resource of which no one knows whose it is; the first that
/// knows it answers, and is its owner from then on.
///
/// # Errors
/// If no server can be asked.
pub(super) async fn read(
    asker: &dyn Asker,
    catalogue: &Catalogue,
    asked: &[usize],
    message: &Message,
) -> Result<Message, Denial> {
    let members = message.members().map_err(|fault| invalid(&fault))?;
    let Some(uri) = members.text("uri") else {
        let fault = "Invalid params: `uri` is missing";
        return Err(Denial::Fault(Fault::new(Fault::INVALID_PARAMS, fault)));
    };
    let (mut unknown, mut held) = (None, None);
    let asking = async {
        for &server in asked {
            let Ok(answer) = asker.ask(server, message.clone()).await else { continue };
            if answer.kind() == Kind::Result {
                catalogue.learn(&uri, server);
                return Some(answer);
            }
            // The server was not asked, as when it cannot be reached.
            if answer.refused().is_some() {
                held = held.take().or(Some(answer));
            } else if is_unknown(&answer) {
                unknown = Some(answer);
            } else {
                return Some(answer);
            }
        }
        None
    };
    let late = tokio::time::timeout(LONGEST, asking).await;
    match late {
        Ok(Some(answer)) => Ok(answer),
        Err(_) => Err(none("no server knew the resource in time")),
        Ok(None) => held.or(unknown).ok_or_else(|| none("no server can be asked for it")),
    }
}

/// The number of an error.
pub(super) fn code(answer: &Message) -> Option<i64> {
    if answer.kind() != Kind::Error {
        return None;
    }
    answer.members().ok()?.get("code")?.parse().ok()
}

/// Whether it says that there is no such resource, or nothing of the kind.
fn is_unknown(answer: &Message) -> bool {
    code(answer).is_some_and(|code| {
        code == NOT_FOUND
            || code == i64::from(Fault::INVALID_PARAMS)
            || code == i64::from(Fault::METHOD_NOT_FOUND)
    })
}

#[cfg(test)]
mod tests;
