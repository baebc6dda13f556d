//! Requests that stand by themselves (2026-07-28).

use std::borrow::Cow;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures_util::StreamExt as _;
use futures_util::stream::{self, BoxStream};
use http::StatusCode;

use super::answer::{self, Response};
use super::session::QUIET;
use super::{Asked, HttpFront};
use crate::http::HeaderFault;
use crate::http::sse::{SseEvent, encode, keep_alive};
use crate::http::standard::{BodyFacts, NameSource, validate};
use crate::message::{Id, Kind, Message, meta, text};
use crate::pipeline::{Caller, Denial, Front, Permitted, Receipt};
use crate::protocol::{Code, Era, Fault, Refusal, Revision, method};
use crate::service::Exchange;
use crate::upstream::{Arrival, What};

impl HttpFront {
    /// Makes a call. When the client goes away the exchange is dropped, which takes the call back.
    pub(super) async fn call(&self, asked: &Asked, message: Message) -> Response {
        if message.is_answer() {
            let why = "clients of this revision send no answers";
            return answer::invalid(StatusCode::BAD_REQUEST, why);
        }
        if let Err(fault) = check(asked, &message) {
            return answer::fault(StatusCode::BAD_REQUEST, &fault, message.id());
        }
        let id = message.id().cloned();
        let caller = self.caller(asked, Front::Http, Era::Stateless, None);
        // Decided and made by the same configuration.
        let calls = self.services.calls(&asked.endpoint);
        let router = calls.as_ref().and_then(|calls| calls.router());
        let admitted = self.services.admit_in(&asked.endpoint, router, &caller, message);
        let permitted = match admitted {
            Ok(permitted) => permitted,
            Err(refused) => {
                let status = refused.answer.as_ref().map_or(StatusCode::OK, status_of);
                return self.refused(&refused, status);
            }
        };
        let Some(calls) = calls else {
            let refusal = Refusal::new(Code::NoRouteMatched, "there is no such server");
            let answer = permitted.split().1.refuse(&refusal);
            return match id {
                Some(_) => answer::message(StatusCode::OK, &answer),
                None => answer::empty(StatusCode::NOT_FOUND),
            };
        };
        let caller = caller.proven(&permitted);
        let permitted = match self.with_params(asked, &caller, permitted).await {
            Ok(permitted) => permitted,
            Err(response) => return *response,
        };
        let receipt = permitted.receipt();
        let exchange = calls.call(&caller, permitted);
        match id {
            Some(id) => answered(exchange, id, receipt).await,
            None => answer::empty(StatusCode::ACCEPTED),
        }
    }
}

impl HttpFront {
    /// Checks the header fields that mirror arguments of a tool. Those that nobody knows go on with the
    /// call.
    async fn with_params(
        &self,
        asked: &Asked,
        caller: &Arc<Caller>,
        permitted: Permitted,
    ) -> Result<Permitted, Box<Response>> {
        let message = permitted.message();
        if message.kind() != Kind::Request || message.method() != method::TOOLS_CALL {
            return Ok(permitted);
        }
        match self.services.check_params(caller, &permitted, &asked.headers).await {
            Ok(fields) => Ok(permitted.with_fields(fields)),
            Err(denial) => {
                let ticket = permitted.split().1;
                Err(Box::new(match denial {
                    Denial::Fault(fault) => {
                        answer::message(StatusCode::BAD_REQUEST, &ticket.fault(&fault))
                    }
                    Denial::Refusal(refusal) => {
                        answer::message(StatusCode::OK, &ticket.refuse(&refusal))
                    }
                }))
            }
        }
    }
}

/// The answer if it comes first, and otherwise a stream that it ends.
async fn answered(mut exchange: Exchange, id: Id, receipt: Receipt) -> Response {
    let first = match tokio::time::timeout(QUIET, next(&mut exchange, &id, receipt)).await {
        Ok((message, None)) if message.is_answer() => {
            return answer::message(status_of(&message), &message);
        }
        Ok((message, Some(status))) if message.is_answer() => {
            return answer::message(status, &message);
        }
        Ok((message, _)) => event(&message),
        Err(_) => keep_alive(),
    };
    let first = stream::once(std::future::ready(first));
    answer::events(first.chain(rest(exchange, id, receipt)).boxed())
}

/// The next message, and the status that its server gave it. Where none will come it is an error.
async fn next(exchange: &mut Exchange, id: &Id, receipt: Receipt) -> (Message, Option<StatusCode>) {
    let gone = |why: &str| {
        let refusal = Refusal::new(Code::UpstreamUnavailable, why);
        (receipt.refuse(id, &refusal), None)
    };
    loop {
        let Some(Arrival { what, status, .. }) = exchange.next().await else {
            return gone("no answer came");
        };
        match what {
            // Other statuses than those that the revision defines are between the server and us.
            What::Message(message) => {
                let status = status
                    .and_then(|status| StatusCode::from_u16(status).ok())
                    .filter(|status| matches!(status.as_u16(), 400 | 404));
                return (message, status);
            }
            What::Nothing => {}
            What::End => return gone("the server ended the stream without an answer"),
            What::Failed(why) => return gone(&why),
        }
    }
}

fn rest(exchange: Exchange, id: Id, receipt: Receipt) -> BoxStream<'static, Bytes> {
    const EVERY: Duration = QUIET;
    stream::unfold(Some((exchange, id)), move |state| async move {
        let (mut exchange, id) = state?;
        match tokio::time::timeout(EVERY, next(&mut exchange, &id, receipt)).await {
            Ok((message, _)) => {
                let last = message.is_answer();
                Some((event(&message), (!last).then_some((exchange, id))))
            }
            Err(_) => Some((keep_alive(), Some((exchange, id)))),
        }
    })
    .boxed()
}

fn event(message: &Message) -> Bytes {
    encode(&SseEvent::message(message.bytes().clone())).unwrap_or_default()
}

/// The status that the revision wants for an answer (basic/transports/streamable-http).
fn status_of(answer: &Message) -> StatusCode {
    if answer.kind() != Kind::Error {
        return StatusCode::OK;
    }
    let code = answer.members().ok().and_then(|error| error.get("code")?.parse().ok());
    match code {
        Some(Fault::METHOD_NOT_FOUND) => StatusCode::NOT_FOUND,
        Some(Fault::HEADER_MISMATCH | Fault::MISSING_CAPABILITY | Fault::UNSUPPORTED_VERSION) => {
            StatusCode::BAD_REQUEST
        }
        _ => StatusCode::OK,
    }
}

/// Checks header fields and `_meta` of a message.
fn check(asked: &Asked, message: &Message) -> Result<(), Fault> {
    let invalid = |why: &dyn std::fmt::Display| {
        Fault::new(Fault::INVALID_PARAMS, format!("Invalid params: {why}"))
    };
    let meta = message.meta().map_err(|fault| invalid(&fault))?;
    let name = match NameSource::of(message.method()) {
        Some(source) => {
            let members = message.members().map_err(|fault| invalid(&fault))?;
            members.text(source.key()).map(Cow::into_owned)
        }
        None => None,
    };
    let version = meta.get(meta::PROTOCOL_VERSION);
    let version_text = version.and_then(text);
    let facts = BodyFacts {
        method: message.method(),
        name: name.as_deref(),
        protocol_version: version_text.as_deref(),
    };
    let is_request = message.kind() == Kind::Request;
    validate(&asked.headers, &facts, !is_request)
        .map_err(|fault: HeaderFault| Fault::new(Fault::HEADER_MISMATCH, fault.to_string()))?;
    match version_text.as_deref() {
        Some(name) if Revision::named(name) == Some(Revision::V2026_07_28) => {}
        Some(name) => {
            // Those with sessions begin with `initialize`, which is no retry of this request.
            return Err(Fault::unsupported_version(name, &[Revision::V2026_07_28]));
        }
        None if version.is_some() || is_request => {
            return Err(invalid(&format_args!("`{}` is missing", meta::PROTOCOL_VERSION)));
        }
        None => {}
    }
    let capabilities = meta.get(meta::CLIENT_CAPABILITIES);
    if is_request && !capabilities.is_some_and(|capabilities| capabilities.starts_with('{')) {
        return Err(invalid(&format_args!("`{}` is missing", meta::CLIENT_CAPABILITIES)));
    }
    Ok(())
}
