//! The first stage: who is calling.
//!
//! Over HTTP the front has looked at the headers; here `_meta` is looked at, which counts on every
//! front. Credentials go no further.

use std::sync::Arc;

use jiff::Timestamp;

use super::caller::{ANONYMOUS, Caller, Denial};
use crate::auth::MetaCredentials;
use crate::auth::{Auth, Principal, Unauthorized, from_meta};
use crate::message::{Malformed, Message, Object};
use crate::protocol::{Code, Fault, Refusal};
use crate::record::Front;

/// The members of `_meta` that hold credentials for the gateway.
const CREDENTIALS: [&str; 2] = ["api_key", "token"];

/// A message that does not pass, and why nobody is behind it, if that is why.
#[derive(Debug)]
pub(super) struct Stopped {
    pub(super) denial: Denial,
    pub(super) why: Option<Unauthorized>,
}

/// Who sends the message, and the message without credentials.
pub(super) fn authenticate(
    auth: &Auth,
    caller: &Caller,
    message: Message,
    now: Timestamp,
) -> Result<(Arc<str>, Message), Box<Stopped>> {
    let Auth::ApiKey { keys, require_on_stdio } = auth else {
        // Nobody asks for a key here; a client that shows one all the same does not mean the server.
        return Ok((Arc::clone(&caller.principal), without_credentials(message)));
    };
    let is_known = match caller.front {
        Front::Stdio => !require_on_stdio,
        _ => &*caller.principal != ANONYMOUS,
    };
    let given = {
        let meta = message.meta().map_err(|fault| wrong(&fault.to_string()))?;
        let (api_key, token) = (credential(&meta, "api_key")?, credential(&meta, "token")?);
        let given = MetaCredentials { api_key: api_key.as_deref(), token: token.as_deref() };
        if given.api_key.is_none() && given.token.is_none() {
            None
        } else {
            let presented = from_meta(given).map_err(|fault| unauthorized(fault.into()))?;
            let checked = presented.map(|key| keys.authenticate_now(key.expose(), now));
            checked.transpose().map_err(unauthorized)?
        }
    };
    match given {
        Some(principal) if is_known && !is_same(caller, &principal) => {
            // What the headers say and what the message says are two callers.
            Err(unauthorized(Unauthorized::Unknown))
        }
        Some(principal) => {
            let message = message.without_meta(&CREDENTIALS).map_err(|fault| match fault {
                Malformed::Syntax(why) | Malformed::Shape { reason: why, .. } => wrong(&why),
            })?;
            Ok((Arc::from(principal.id()), message))
        }
        None if is_known => Ok((Arc::clone(&caller.principal), message)),
        None => Err(unauthorized(Unauthorized::Missing)),
    }
}

/// The message without credentials, if it has any that can be told.
fn without_credentials(message: Message) -> Message {
    let body = message.body().unwrap_or_default().as_bytes();
    // Seen at once in most messages, unless a name is spelled with escapes.
    let may =
        memchr::memmem::find(body, b"_meta").is_some() || memchr::memchr(b'\\', body).is_some();
    let has =
        || message.meta().is_ok_and(|meta| CREDENTIALS.iter().any(|name| meta.get(name).is_some()));
    if may && has() { message.without_meta(&CREDENTIALS).unwrap_or(message) } else { message }
}

/// Over standard input a key says more than the user who started us.
fn is_same(caller: &Caller, principal: &Principal) -> bool {
    caller.front == Front::Stdio || *caller.principal == *principal.id()
}

fn credential(meta: &Object<'_>, name: &str) -> Result<Option<String>, Box<Stopped>> {
    let Some(json) = meta.get(name) else { return Ok(None) };
    crate::message::text(json)
        .map(|text| Some(text.into_owned()))
        .ok_or_else(|| wrong(&format!("`_meta.{name}` is no string")))
}

fn wrong(why: &str) -> Box<Stopped> {
    let fault = Fault::new(Fault::INVALID_PARAMS, format!("Invalid params: {why}"));
    Box::new(Stopped { denial: Denial::Fault(fault), why: None })
}

fn unauthorized(why: Unauthorized) -> Box<Stopped> {
    let refusal = Refusal::new(Code::Unauthorized, why.reason());
    Box::new(Stopped { denial: Denial::Refusal(refusal), why: Some(why) })
}
