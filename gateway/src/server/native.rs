//! Which era a server speaks.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use arc_swap::ArcSwapOption;
use tokio::sync::Mutex;

use crate::message::{Kind, Message, Object};
use crate::pipeline::Pass;
use crate::protocol::{Fault, Revision, method};
use crate::session::Shared;
use crate::upstream::What;

/// How long a server on a pipe may take to answer what it may not understand. Servers of the session
/// era are free to say nothing (2026-07-28, basic/lifecycle).
const PROBE: Duration = Duration::from_secs(5);
/// The same over HTTP, where even a refusal is an answer.
pub(super) const PROBE_HTTP: Duration = Duration::from_secs(30);

/// What a server speaks. One that speaks both counts as stateless here: a client of the session era is
/// passed on to it as it is.
#[derive(Clone, Debug)]
pub enum Speaks {
    /// 2026-07-28; its answer to `server/discover`, if it gave one.
    Stateless(Option<Message>),
    /// Revisions up to 2025-11-25.
    Sessions,
}

/// What is known about it.
#[derive(Debug, Default)]
pub(super) struct Native {
    known: ArcSwapOption<Speaks>,
    finding: Mutex<()>,
    /// A call was made that did not show it.
    unclear: AtomicBool,
}

impl Native {
    /// What was found out before.
    pub(super) fn known(&self) -> Option<Speaks> {
        self.known.load().as_deref().cloned()
    }

    /// Whether a client's call may show it; if one did not, the server is asked.
    pub(super) fn may_attempt(&self) -> bool {
        self.known.load().is_none() && !self.unclear.load(Ordering::Relaxed)
    }

    /// A client's call has shown it.
    pub(super) fn learn(&self, speaks: Speaks) {
        self.known.store(Some(Arc::new(speaks)));
    }

    /// A client's call has not shown it.
    pub(super) fn is_unclear(&self) {
        self.unclear.store(true, Ordering::Relaxed);
    }

    /// Asks the server, unless it is known; one asks for all.
    pub(super) async fn find(&self, shared: &Shared, is_pipe: bool) -> Result<Speaks, String> {
        let _one = self.finding.lock().await;
        match self.known() {
            // Its answer to `server/discover` is wanted, too.
            Some(Speaks::Stateless(None)) | None => {}
            Some(known) => return Ok(known),
        }
        let speaks = match probe(shared, is_pipe).await {
            Probed::Speaks(speaks) => speaks,
            // A server that ends over a question may still take `initialize`.
            Probed::Failed(_) if is_pipe => return Ok(Speaks::Sessions),
            Probed::Failed(why) => return Err(why),
        };
        if matches!(speaks, Speaks::Sessions) {
            // The connection was for this question only.
            shared.rest();
        }
        self.learn(speaks.clone());
        Ok(speaks)
    }
}

enum Probed {
    Speaks(Speaks),
    Failed(String),
}

async fn probe(shared: &Shared, is_pipe: bool) -> Probed {
    let first = ask(shared, is_pipe).await;
    if !matches!(first, Probed::Speaks(Speaks::Stateless(None))) {
        return first;
    }
    // It speaks the revision and did not take the question: once more.
    match ask(shared, is_pipe).await {
        second @ Probed::Speaks(Speaks::Stateless(_)) => second,
        _ => first,
    }
}

async fn ask(shared: &Shared, is_pipe: bool) -> Probed {
    let mut exchange = shared.attempt(Pass::own(discover()));
    let answer = async {
        while let Some(arrival) = exchange.next().await {
            match arrival.what {
                What::Message(message) if message.is_answer() => {
                    let verdict = judge(method::DISCOVER, &message, arrival.status);
                    return Probed::Speaks(match verdict {
                        Verdict::Stateless(discovered) => Speaks::Stateless(discovered),
                        Verdict::Sessions | Verdict::Unclear => Speaks::Sessions,
                    });
                }
                What::Failed(_) if refuses(arrival.status) => break,
                What::Failed(why) => return Probed::Failed(why),
                _ => {}
            }
        }
        Probed::Speaks(Speaks::Sessions)
    };
    let longest = if is_pipe { PROBE } else { PROBE_HTTP };
    tokio::time::timeout(longest, answer).await.unwrap_or(Probed::Speaks(Speaks::Sessions))
}

/// What an answer shows about the server.
#[derive(Debug)]
pub(super) enum Verdict {
    /// It speaks 2026-07-28; its answer, if it is one to `server/discover`.
    Stateless(Option<Message>),
    /// It has not taken what it was asked, and does not seem to speak the revision.
    Sessions,
    /// Whatever it speaks, it has answered.
    Unclear,
}

/// What the answer to a request of 2026-07-28 shows about the server.
pub(super) fn judge(asked: &str, answer: &Message, status: Option<u16>) -> Verdict {
    if answer.kind() == Kind::Error {
        return match code(answer) {
            Some(Fault::HEADER_MISMATCH | Fault::MISSING_CAPABILITY) => Verdict::Stateless(None),
            Some(Fault::UNSUPPORTED_VERSION) if supports(answer) => Verdict::Stateless(None),
            // `server/discover` has no effects, so it may be made again in another way.
            _ if asked == method::DISCOVER => Verdict::Sessions,
            _ if refuses(status) => Verdict::Sessions,
            _ => Verdict::Unclear,
        };
    }
    let members = answer.members().ok();
    let has = |name: &str| members.as_ref().and_then(|members| members.get(name));
    if asked == method::DISCOVER {
        let named = has("supportedVersions").is_some_and(names_it);
        return if named { Verdict::Stateless(Some(answer.clone())) } else { Verdict::Sessions };
    }
    if has("resultType").is_some() { Verdict::Stateless(None) } else { Verdict::Unclear }
}

/// Whether this status says that the request was not taken (2026-07-28, basic/versioning): a server of
/// earlier revisions misses its session, or has nothing there that takes requests.
pub(super) fn refuses(status: Option<u16>) -> bool {
    matches!(status, Some(400 | 404 | 405))
}

fn code(error: &Message) -> Option<i32> {
    error.members().ok()?.get("code")?.parse().ok()
}

/// Whether an error of an unsupported version names the revision among those that are supported.
fn supports(error: &Message) -> bool {
    let members = error.members().ok();
    let data = members.as_ref().and_then(|members| members.get("data"));
    let data = data.and_then(|json| Object::from_json(json).ok());
    data.as_ref().and_then(|data| data.get("supported")).is_some_and(names_it)
}

fn names_it(json: &str) -> bool {
    let names: Vec<String> = serde_json::from_str(json).unwrap_or_default();
    names.iter().any(|name| name == Revision::V2026_07_28.name())
}

/// `server/discover`, in the gateway's own name.
fn discover() -> Message {
    Message::made(format!(
        r#"{{"jsonrpc":"2.0","id":"mcp-guard/discover","method":"server/discover","params":{{"_meta":{{"io.modelcontextprotocol/protocolVersion":"{}","io.modelcontextprotocol/clientCapabilities":{{}},"io.modelcontextprotocol/clientInfo":{{"name":"mcp-guard","version":"{}"}}}}}}}}"#,
        Revision::V2026_07_28,
        env!("CARGO_PKG_VERSION"),
    ))
}
