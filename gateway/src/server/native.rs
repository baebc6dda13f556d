//! Which era a server speaks.

use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwapOption;
use tokio::sync::Mutex;

use crate::message::{Kind, Message, Object};
use crate::pipeline::{Pass, Ticket};
use crate::protocol::Revision;
use crate::session::Shared;
use crate::upstream::What;

/// How long a server on a pipe may take to answer what it may not understand. Servers of the session
/// era are free to say nothing (2026-07-28, basic/lifecycle).
const PROBE: Duration = Duration::from_secs(5);
/// The same over HTTP, where even a refusal is an answer.
const PROBE_HTTP: Duration = Duration::from_secs(30);

/// What a server speaks. One that speaks both counts as stateless here: a client of the session era is
/// passed on to it as it is.
#[derive(Clone, Debug)]
pub enum Speaks {
    /// 2026-07-28; its answer to `server/discover`.
    Stateless(Message),
    /// Revisions up to 2025-11-25.
    Sessions,
}

/// What is known about it.
#[derive(Debug, Default)]
pub(super) struct Native {
    known: ArcSwapOption<Speaks>,
    finding: Mutex<()>,
}

impl Native {
    /// What was found out before.
    pub(super) fn known(&self) -> Option<Speaks> {
        self.known.load().as_deref().cloned()
    }

    /// Asks the server, unless it is known; one asks for all.
    pub(super) async fn find(&self, shared: &Shared, is_pipe: bool) -> Result<Speaks, String> {
        let _one = self.finding.lock().await;
        if let Some(known) = self.known() {
            return Ok(known);
        }
        let speaks = probe(shared, if is_pipe { PROBE } else { PROBE_HTTP }).await?;
        if matches!(speaks, Speaks::Sessions) {
            // The connection was for this question only.
            shared.rest();
        }
        self.known.store(Some(Arc::new(speaks.clone())));
        Ok(speaks)
    }
}

async fn probe(shared: &Shared, longest: Duration) -> Result<Speaks, String> {
    let mut exchange = shared.ask(Pass::own(discover()), Ticket::own());
    let answer = async {
        while let Some(arrival) = exchange.next().await {
            if let What::Message(message) = arrival.what
                && message.is_answer()
            {
                return Some(message);
            }
        }
        None
    };
    let Ok(answer) = tokio::time::timeout(longest, answer).await else {
        return Ok(Speaks::Sessions);
    };
    let Some(answer) = answer else { return Ok(Speaks::Sessions) };
    if let Some(why) = unreached(&answer) {
        return Err(why);
    }
    Ok(if is_stateless(&answer) { Speaks::Stateless(answer) } else { Speaks::Sessions })
}

fn is_stateless(answer: &Message) -> bool {
    let supported = || -> Option<Vec<String>> {
        serde_json::from_str(answer.members().ok()?.get("supportedVersions")?).ok()
    };
    answer.kind() == Kind::Result
        && supported()
            .is_some_and(|names| names.iter().any(|name| name == Revision::V2026_07_28.name()))
}

/// Why the server could not be asked, if it is the gateway that says so.
fn unreached(answer: &Message) -> Option<String> {
    let error = answer.members().ok().filter(|_| answer.kind() == Kind::Error)?;
    let data = Object::from_json(error.get("data")?).ok()?;
    let guard = Object::from_json(data.get("guard")?).ok()?;
    guard.text("reason").map(std::borrow::Cow::into_owned)
}

/// `server/discover`, in the gateway's own name.
fn discover() -> Message {
    Message::made(format!(
        r#"{{"jsonrpc":"2.0","id":"mcp-guard/discover","method":"server/discover","params":{{"_meta":{{"io.modelcontextprotocol/protocolVersion":"{}","io.modelcontextprotocol/clientCapabilities":{{}},"io.modelcontextprotocol/clientInfo":{{"name":"mcp-guard","version":"{}"}}}}}}}}"#,
        Revision::V2026_07_28,
        env!("CARGO_PKG_VERSION"),
    ))
}
