//! Which era a server speaks.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use arc_swap::ArcSwapOption;
use tokio::sync::Mutex;
use tokio::time::Instant;

use crate::message::{Kind, Message, Object};
use crate::pipeline::Pass;
use crate::protocol::{Fault, Revision, method};
use crate::service::Exchange;
use crate::session::Shared;
use crate::upstream::What;

/// How long a server on a pipe may take to answer what it may not understand. Servers of the session
/// era are free to say nothing (2026-07-28, basic/lifecycle). After that it is asked to open a session,
/// too: one that is slow to start answers in the end, and in the order of the questions.
const PROBE: Duration = Duration::from_secs(5);
/// How long it may take for both.
const PROBE_BOTH: Duration = Duration::from_secs(60);
/// How long a server may take over HTTP, where even a refusal is an answer.
pub(super) const PROBE_HTTP: Duration = Duration::from_secs(30);
/// How long what no server has said counts.
pub(super) const GUESS: Duration = Duration::from_secs(60);
/// How long a server is what it said of itself over the same connection.
const FRESH: Duration = Duration::from_secs(300);

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
    known: ArcSwapOption<Known>,
    finding: Mutex<()>,
    /// A call was made that did not show it.
    unclear: AtomicBool,
}

#[derive(Debug)]
struct Known {
    speaks: Speaks,
    /// The server has not said so; it has said nothing.
    is_guess: bool,
    since: Instant,
    /// Over which connection: another process may be another version.
    connection: Option<u64>,
}

impl Native {
    /// What was found out before.
    pub(super) fn known(&self) -> Option<Speaks> {
        let known = self.known.load();
        let known = known.as_ref().filter(|known| !known.is_guess || known.since.elapsed() < GUESS);
        known.map(|known| known.speaks.clone())
    }

    /// Whether a client's call may show it; if one did not, the server is asked.
    pub(super) fn may_attempt(&self) -> bool {
        self.known().is_none() && !self.unclear.load(Ordering::Relaxed)
    }

    /// A client's call has shown it.
    pub(super) fn learn(&self, speaks: Speaks, shared: &Shared) {
        self.note(speaks, false, shared);
    }

    /// The server has said nothing, as one may that does not know what it was asked.
    pub(super) fn guess_sessions(&self, shared: &Shared) {
        self.note(Speaks::Sessions, true, shared);
    }

    fn note(&self, speaks: Speaks, is_guess: bool, shared: &Shared) {
        let (since, connection) = (Instant::now(), shared.connection());
        self.known.store(Some(Arc::new(Known { speaks, is_guess, since, connection })));
    }

    /// A client's call has not shown it.
    pub(super) fn is_unclear(&self) {
        self.unclear.store(true, Ordering::Relaxed);
    }

    /// The server was asked to open a session, and has done so or does not know how to.
    pub(super) fn opens_sessions(&self, opens: bool, shared: &Shared) {
        match (self.known(), opens) {
            // One that speaks both counts as stateless.
            (Some(Speaks::Stateless(_)), _) => {}
            (_, true) => self.learn(Speaks::Sessions, shared),
            (_, false) => {
                self.known.store(None);
                self.unclear.store(false, Ordering::Relaxed);
            }
        }
    }

    /// What it said of itself, if that still counts.
    fn fresh(&self, shared: &Shared) -> Option<Speaks> {
        let known = self.known.load();
        let known = known.as_ref()?;
        match &known.speaks {
            // Its answer to `server/discover` is wanted, too.
            Speaks::Stateless(None) => None,
            Speaks::Stateless(Some(_)) => {
                let connection = shared.connection();
                let same = connection.is_some() && connection == known.connection;
                (same && known.since.elapsed() < FRESH).then(|| known.speaks.clone())
            }
            Speaks::Sessions => self.known(),
        }
    }

    /// Asks the server, unless it is known; one asks for all.
    pub(super) async fn find(
        &self,
        shared: &Shared,
        is_pipe: bool,
        patience: Duration,
    ) -> Result<Speaks, String> {
        let _one = self.finding.lock().await;
        if let Some(known) = self.fresh(shared) {
            return Ok(known);
        }
        let known = self.known();
        let question = Question { shared, is_pipe, opens: known.is_none(), patience };
        match (probe(question).await, known) {
            (Probed::Speaks(speaks), _) => {
                if matches!(speaks, Speaks::Sessions) {
                    // The connection was for this question only.
                    shared.rest();
                }
                self.learn(speaks.clone(), shared);
                Ok(speaks)
            }
            // It has said so before.
            (_, Some(known)) => Ok(known),
            (Probed::Silent, None) => {
                shared.rest();
                self.guess_sessions(shared);
                Ok(Speaks::Sessions)
            }
            // A server that ends over a question may still take `initialize`.
            (Probed::Failed(_), None) if is_pipe => Ok(Speaks::Sessions),
            (Probed::Failed(why), None) => Err(why),
        }
    }
}

/// How a server is asked.
#[derive(Clone, Copy)]
struct Question<'s> {
    shared: &'s Shared,
    is_pipe: bool,
    /// Whether it may be asked to open a session.
    opens: bool,
    patience: Duration,
}

enum Probed {
    Speaks(Speaks),
    Silent,
    Failed(String),
}

async fn probe(question: Question<'_>) -> Probed {
    let first = question.ask().await;
    if !matches!(first, Probed::Speaks(Speaks::Stateless(None))) {
        return first;
    }
    // It speaks the revision and did not take the question: once more.
    match (Question { opens: false, ..question }).ask().await {
        second @ Probed::Speaks(Speaks::Stateless(_)) => second,
        _ => first,
    }
}

impl Question<'_> {
    async fn ask(self) -> Probed {
        let mut exchange = self.shared.attempt(Pass::own(discover()));
        let discovered = discovered(&mut exchange);
        tokio::pin!(discovered);
        // A server that is given less time altogether has half of it.
        let longest = if self.is_pipe { PROBE.min(self.patience / 2) } else { PROBE_HTTP };
        if let Ok(probed) = tokio::time::timeout(longest, &mut discovered).await {
            return probed;
        }
        if !self.is_pipe || !self.opens {
            return Probed::Silent;
        }
        let mut opening = self.shared.attempt(Pass::own(initialize()));
        let either = async {
            tokio::select! {
                biased;
                probed = &mut discovered => probed,
                () = opened(&mut opening) => Probed::Speaks(Speaks::Sessions),
            }
        };
        let rest = PROBE_BOTH.min(self.patience).saturating_sub(longest);
        let probed = tokio::time::timeout(rest, either).await.unwrap_or(Probed::Silent);
        drop(opening);
        // There may be a session on this connection.
        self.shared.renew();
        probed
    }
}

/// What the answer to `server/discover` shows.
async fn discovered(exchange: &mut Exchange) -> Probed {
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
}

/// Waits until the server has shown that it knows `initialize`.
async fn opened(exchange: &mut Exchange) {
    while let Some(arrival) = exchange.next().await {
        if let What::Message(message) = arrival.what
            && message.is_answer()
            && !knows_no_sessions(&message)
        {
            return;
        }
    }
    std::future::pending::<()>().await;
}

/// Whether the answer to `initialize` is that of a server which opens no sessions.
pub(crate) fn knows_no_sessions(answer: &Message) -> bool {
    answer.kind() == Kind::Error
        && matches!(code(answer), Some(Fault::METHOD_NOT_FOUND | Fault::UNSUPPORTED_VERSION))
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

/// `initialize`, in the gateway's own name.
fn initialize() -> Message {
    Message::made(format!(
        r#"{{"jsonrpc":"2.0","id":"mcp-guard/initialize","method":"{}","params":{{"protocolVersion":"{}","capabilities":{{}},"clientInfo":{{"name":"mcp-guard","version":"{}"}}}}}}"#,
        method::INITIALIZE,
        Revision::LAST_WITH_SESSIONS,
        env!("CARGO_PKG_VERSION"),
    ))
}
