//! Plain JSON-RPC over HTTP: one request, one answer, and no sessions.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use futures_util::future::join_all;
use http::{HeaderMap, HeaderName, StatusCode};
use hyper::body::Body;

use super::answer::{self, Response};
use super::{HttpFront, unversioned};
use crate::front::Endpoint;
use crate::front::internal::Internal;
use crate::message::{Frame, Id, Kind, Malformed, Message};
use crate::pipeline::{Caller, Front, Outcome, Permitted};
use crate::protocol::{Code, Era, Fault, Refusal, method};
use crate::record::SessionTag;

/// What a caller names its session by; it is no more than a label.
const X_MCP_SESSION: HeaderName = HeaderName::from_static("x-mcp-session");
const LONGEST_LABEL: usize = 128;

/// How long a notification may wait for the server to have room.
const PATIENCE: Duration = Duration::from_secs(30);

/// The conversations that are held for callers, one for each principal.
pub(super) struct Rpc {
    internals: Mutex<HashMap<Arc<str>, Arc<Internal>>>,
    /// Those in whose place there are others; they end with what is in flight in them.
    outdated: Mutex<Vec<Arc<Internal>>>,
    next: AtomicU64,
    most: usize,
}

/// For how long nobody may have used a conversation that another one has taken the place of.
const SETTLED: Duration = Duration::from_secs(1);

/// What came of one message.
struct Done {
    status: StatusCode,
    answer: Option<Message>,
}

impl Rpc {
    /// For so many principals at most.
    pub(super) fn new(most: usize) -> Self {
        Self {
            internals: Mutex::default(),
            outdated: Mutex::default(),
            next: AtomicU64::new(1),
            most,
        }
    }

    fn internals(&self) -> MutexGuard<'_, HashMap<Arc<str>, Arc<Internal>>> {
        self.internals.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn number(&self) -> u64 {
        self.next.fetch_add(1, Ordering::Relaxed)
    }

    /// Ends what nobody uses.
    pub(super) fn sweep(&self, idle: Duration) {
        self.end(|internal| internal.is_lost() || internal.is_idle(idle));
        self.end_outdated(|internal| internal.is_idle(SETTLED));
    }

    /// Ends all.
    pub(super) fn close(&self) {
        self.end(|_| true);
        self.end_outdated(|_| true);
    }

    fn outdated(&self) -> MutexGuard<'_, Vec<Arc<Internal>>> {
        self.outdated.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn end_outdated(&self, ends: impl Fn(&Internal) -> bool) {
        let over: Vec<_> = self.outdated().extract_if(.., |internal| ends(internal)).collect();
        for internal in over {
            internal.close();
        }
    }

    fn end(&self, ends: impl Fn(&Internal) -> bool) {
        let mut over = Vec::new();
        self.internals().retain(|_, internal| {
            let stays = !ends(internal);
            if !stays {
                over.push(Arc::clone(internal));
            }
            stays
        });
        for internal in over {
            internal.close();
        }
    }
}

impl HttpFront {
    pub(super) async fn post_rpc<B>(&self, headers: HeaderMap, body: B) -> Response
    where
        B: Body<Data = Bytes> + Unpin,
    {
        let (asked, frame) = match self.message(Front::Rpc, Endpoint::All, headers, body, &[]).await
        {
            Ok(asked) => asked,
            Err(response) => return response,
        };
        let label = asked
            .headers
            .get(&X_MCP_SESSION)
            .and_then(|value| value.to_str().ok())
            .filter(|label| (1..=LONGEST_LABEL).contains(&label.len()));
        let caller = self.caller(&asked, Front::Rpc, Era::Session, label.map(SessionTag::of));
        match frame {
            Frame::One(message) => {
                let done = self.rpc_one(&caller, Ok(message)).await;
                let response = match &done.answer {
                    Some(answer) => answer::message(done.status, answer),
                    None => answer::empty(done.status),
                };
                self.rpc_challenged(response)
            }
            Frame::Batch(items) => {
                let done = join_all(items.into_iter().map(|item| self.rpc_one(&caller, item)));
                self.rpc_array(&done.await)
            }
        }
    }

    fn rpc_challenged(&self, response: Response) -> Response {
        if response.status() == StatusCode::UNAUTHORIZED {
            return answer::challenged(response, self.auth.required().as_ref());
        }
        response
    }

    /// The answers to a batch (JSON-RPC 2.0, section 6).
    fn rpc_array(&self, done: &[Done]) -> Response {
        let unauthorized = done.iter().any(|done| done.status == StatusCode::UNAUTHORIZED);
        let status = if unauthorized { StatusCode::UNAUTHORIZED } else { StatusCode::OK };
        if done.iter().all(|done| done.answer.is_none()) {
            let status = if unauthorized { status } else { StatusCode::ACCEPTED };
            return self.rpc_challenged(answer::empty(status));
        }
        let answers = done.iter().filter_map(|done| done.answer.as_ref());
        self.rpc_challenged(answer::json(status, answer::array(answers)))
    }

    async fn rpc_one(&self, caller: &Arc<Caller>, item: Result<Message, Malformed>) -> Done {
        let message = match item {
            Ok(message) => message,
            Err(malformed) => return Done::wrong(malformed.answer()),
        };
        if let Some(fault) = unversioned(&message) {
            return Done::wrong(fault);
        }
        let id = match (message.kind(), message.id().cloned()) {
            (Kind::Result | Kind::Error, _) => {
                let why = "Invalid request: nobody has asked for an answer";
                return Done::wrong(Fault::new(Fault::INVALID_REQUEST, why).answer(None));
            }
            (_, id) => id,
        };
        // The conversation is shared, so no two may be the same.
        let number = self.rpc.number();
        let method = message.method().to_owned();
        let renamed = message.with_id(Id::number(number));
        let internal = self.rpc_known(caller);
        let router = internal.as_ref().and_then(|internal| internal.router());
        let permitted = match self.services.admit_in(&Endpoint::All, router, caller, renamed) {
            Ok(permitted) => permitted,
            Err(refused) => {
                let status = StatusCode::from_u16(refused.status);
                return Done {
                    status: status.unwrap_or(StatusCode::BAD_REQUEST),
                    answer: refused.answer.zip(id).map(|(answer, id)| answer.with_id(id)),
                };
            }
        };
        // The conversation is of whom the message proves, if the header proves nobody.
        let proven = caller.proven(&permitted);
        let internal = internal.filter(|_| Arc::ptr_eq(caller, &proven));
        let done = match &id {
            Some(_) => self.rpc_ask(&proven, internal, number, &method, permitted).await,
            None => self.rpc_tell(&proven, internal, &method, permitted).await,
        };
        Done { answer: done.answer.zip(id).map(|(answer, id)| answer.with_id(id)), ..done }
    }

    async fn rpc_ask(
        &self,
        caller: &Arc<Caller>,
        internal: Option<Arc<Internal>>,
        number: u64,
        method: &str,
        permitted: Permitted,
    ) -> Done {
        let Some(internal) = internal.or_else(|| self.rpc_internal(caller)) else {
            return Done::unavailable(permitted, "there are too many callers");
        };
        let Ok(initialized) = internal.initialized(self.rpc.number()).await else {
            return Done::unavailable(permitted, "the servers cannot be asked");
        };
        if method == method::INITIALIZE {
            let answer = initialized.with_id(Id::number(number));
            return Done::answered(permitted.split().1.settle(answer));
        }
        let receipt = permitted.receipt();
        match internal.ask(number, permitted).await {
            Ok(answer) => Done::answered(answer),
            Err(gone) => {
                let refusal = Refusal::new(Code::UpstreamUnavailable, gone.to_string());
                Done::answered(receipt.refuse(&Id::number(number), &refusal))
            }
        }
    }

    async fn rpc_tell(
        &self,
        caller: &Arc<Caller>,
        internal: Option<Arc<Internal>>,
        method: &str,
        permitted: Permitted,
    ) -> Done {
        let accepted = Done { status: StatusCode::ACCEPTED, answer: None };
        // The conversation was opened for all; and what a caller could take back has another name.
        if matches!(method, method::INITIALIZED | method::CANCELLED) {
            permitted.split().1.end(Outcome::Notification);
            return accepted;
        }
        let Some(internal) = internal.or_else(|| self.rpc_internal(caller)) else {
            return Done { answer: None, ..Done::unavailable(permitted, "too many callers") };
        };
        if internal.initialized(self.rpc.number()).await.is_err() {
            let why = "the servers cannot be asked";
            return Done { answer: None, ..Done::unavailable(permitted, why) };
        }
        let pressure = internal.tell(permitted);
        let _ = tokio::time::timeout(PATIENCE, pressure.wait()).await;
        accepted
    }

    /// The conversation of a principal, if there is one that can be gone on with.
    fn rpc_known(&self, caller: &Arc<Caller>) -> Option<Arc<Internal>> {
        let internals = self.rpc.internals();
        let known = internals.get(&caller.principal);
        known.filter(|internal| !internal.is_lost() && !internal.is_outdated()).cloned()
    }

    /// The conversation of a principal, a new one if need be.
    fn rpc_internal(&self, caller: &Arc<Caller>) -> Option<Arc<Internal>> {
        let mut internals = self.rpc.internals();
        if let Some(internal) = internals.get(&caller.principal)
            && !internal.is_lost()
        {
            if !internal.is_outdated() {
                return Some(Arc::clone(internal));
            }
            if let Some(outdated) = internals.remove(&caller.principal) {
                self.rpc.outdated().push(outdated);
            }
        }
        if internals.len() >= self.rpc.most && !internals.contains_key(&caller.principal) {
            return None;
        }
        let whose = Arc::new(Caller { session: None, ..Caller::clone(caller) });
        let services = Arc::clone(&self.services);
        let internal = Internal::new(services, &Endpoint::All, whose)?;
        internals.insert(Arc::clone(&caller.principal), Arc::clone(&internal));
        Some(internal)
    }
}

impl Done {
    /// With the status of its refusal, if it is one of the gateway. Errors of servers are answers.
    fn answered(answer: Message) -> Self {
        Self { status: status_of(&answer), answer: Some(answer) }
    }

    fn wrong(answer: Message) -> Self {
        Self { status: StatusCode::BAD_REQUEST, answer: Some(answer) }
    }

    fn unavailable(permitted: Permitted, why: &str) -> Self {
        let refusal = Refusal::new(Code::UpstreamUnavailable, why);
        Self::answered(permitted.split().1.refuse(&refusal))
    }
}

fn status_of(answer: &Message) -> StatusCode {
    let refused = answer.refused().filter(|_| answer.kind() == Kind::Error);
    let status = refused.and_then(|code| StatusCode::from_u16(code.status()).ok());
    status.unwrap_or(StatusCode::OK)
}
