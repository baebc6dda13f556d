//! What a request of the stateless era says about itself, and the same request for a session.

use std::ops::Range;

use sha2::{Digest as _, Sha256};

use super::capability::{Declared, without_tasks};
use crate::message::meta::cuts;
use crate::message::{Id, Malformed, Message, Object, ObjectFault, meta, place};
use crate::pipeline::Pass;
use crate::protocol::{Fault, Revision, method};

/// What a retry brings (2026-07-28, `InputResponseRequestParams`).
const INPUT_RESPONSES: &str = "inputResponses";
const REQUEST_STATE: &str = "requestState";

/// What travels in `_meta` in this era only.
const OWN: [&str; 4] =
    [meta::PROTOCOL_VERSION, meta::CLIENT_CAPABILITIES, meta::CLIENT_INFO, meta::LOG_LEVEL];

/// The longest description of a client, in bytes of JSON. It is kept with the session.
const LONGEST: usize = 64 * 1024;

const LEVELS: [&str; 8] =
    ["debug", "info", "notice", "warning", "error", "critical", "alert", "emergency"];

/// What a request says about itself.
#[derive(Debug)]
pub(super) struct Asked {
    /// As a session declares them: JSON.
    pub(super) capabilities: String,
    pub(super) declared: Declared,
    /// JSON of `Implementation`.
    pub(super) info: Option<String>,
    pub(super) level: Option<&'static str>,
    pub(super) token: Option<Id>,
    pub(super) state: Option<String>,
    /// JSON of the object.
    pub(super) responses: Option<String>,
}

/// Whether a request may be answered by a wish for input.
pub(super) fn may_want_input(method: &str) -> bool {
    matches!(method, method::TOOLS_CALL | method::PROMPTS_GET | method::RESOURCES_READ)
}

impl Asked {
    /// Reads it.
    ///
    /// # Errors
    /// If what each request must say is missing or wrong; the status over HTTP is 400.
    pub(super) fn read(message: &Message) -> Result<Self, Fault> {
        let wrong = |why: &str| Fault::new(Fault::INVALID_PARAMS, format!("Invalid params: {why}"));
        let unreadable = |fault: ObjectFault| wrong(&fault.to_string());
        let params = message.members().map_err(unreadable)?;
        let meta = message.meta().map_err(unreadable)?;
        let version = meta
            .text(meta::PROTOCOL_VERSION)
            .ok_or_else(|| wrong("`_meta` has no io.modelcontextprotocol/protocolVersion"))?;
        if version != Revision::V2026_07_28.name() {
            return Err(Fault::unsupported_version(&version, &[Revision::V2026_07_28]));
        }
        let capabilities = meta
            .get(meta::CLIENT_CAPABILITIES)
            .ok_or_else(|| wrong("`_meta` has no io.modelcontextprotocol/clientCapabilities"))?;
        let info = meta.get(meta::CLIENT_INFO).filter(|json| json.starts_with('{'));
        if capabilities.len() > LONGEST || info.is_some_and(|info| info.len() > LONGEST) {
            return Err(wrong("the client says too much about itself"));
        }
        let level = match meta.get(meta::LOG_LEVEL) {
            None => None,
            Some(json) => {
                let level = crate::message::text(json);
                let known = LEVELS.into_iter().find(|known| level.as_deref() == Some(known));
                Some(known.ok_or_else(|| wrong("no such log level"))?)
            }
        };
        let of_retry = |name| may_want_input(message.method()).then(|| params.get(name)).flatten();
        let state = match of_retry(REQUEST_STATE) {
            None => None,
            Some(json) => Some(
                crate::message::text(json)
                    .ok_or_else(|| wrong("`requestState` is no string"))?
                    .into_owned(),
            ),
        };
        let responses = of_retry(INPUT_RESPONSES);
        if let Some(json) = responses {
            let object = Object::from_json(json)
                .map_err(|fault| wrong(&format!("`inputResponses`: {fault}")))?;
            if object.members().any(|member| !member.value.starts_with('{')) {
                return Err(wrong("`inputResponses` holds something else than results"));
            }
        }
        Ok(Self {
            declared: Declared::read(&Object::from_json(capabilities).map_err(unreadable)?),
            capabilities: without_tasks(capabilities).map_err(unreadable)?,
            info: info.map(str::to_owned),
            level,
            token: meta.get(meta::PROGRESS_TOKEN).and_then(Id::from_json),
            state,
            responses: responses.map(str::to_owned),
        })
    }
}

/// The request as a session knows it, under our identifier, which is its progress token too.
pub(super) fn for_session(pass: &Pass, number: u64) -> Result<Pass, Malformed> {
    let message = pass.message();
    let shape = |fault: ObjectFault| Malformed::Shape { reason: fault.to_string(), id: None };
    let (params, meta) = (message.members().map_err(shape)?, message.meta().map_err(shape)?);
    let bare = meta.members().all(|member| OWN.contains(&&*member.name));
    let retry = may_want_input(message.method());
    let goes = |name: &str| match name {
        // An empty `_meta` is not left behind: some servers take it for the other era.
        "_meta" => bare,
        INPUT_RESPONSES | REQUEST_STATE => retry,
        "task" => message.method() == method::TOOLS_CALL,
        _ => false,
    };
    let own = number.to_string();
    let mut edits = cut(message, &params, goes);
    if !bare {
        edits.extend(cut(message, &meta, |name| OWN.contains(&name)));
        if let Some(token) = meta.get(meta::PROGRESS_TOKEN) {
            edits.push((place(message.json(), token), &own));
        }
    }
    edits.sort_by_key(|(place, _)| place.start);
    Ok(pass.with(&edits)?.with_id(Id::number(number)))
}

fn cut(
    message: &Message,
    object: &Object<'_>,
    goes: impl Fn(&str) -> bool,
) -> Vec<(Range<usize>, &'static str)> {
    let whole = message.json();
    let values: Vec<(bool, Range<usize>)> =
        object.members().map(|member| (goes(&member.name), place(whole, member.value))).collect();
    cuts(whole, &values).into_iter().map(|cut| (cut, "")).collect()
}

/// What tells a request from others that are not the same: its parameters without what differs
/// between rounds. The order of members, and of those of `arguments`, does not matter.
pub(super) fn digest(message: &Message) -> Result<[u8; 32], ObjectFault> {
    let params = message.members()?;
    let mut hash = Sha256::new();
    let mut members: Vec<_> = params
        .members()
        .filter(|member| !matches!(&*member.name, "_meta" | INPUT_RESPONSES | REQUEST_STATE))
        .map(|member| (&*member.name, member.value))
        .collect();
    members.sort_unstable();
    for (name, value) in members {
        add(&mut hash, name);
        match Object::from_json(value) {
            Ok(object) => {
                let mut inner: Vec<_> =
                    object.members().map(|member| (&*member.name, member.value)).collect();
                inner.sort_unstable();
                hash.update(inner.len().to_le_bytes());
                for (name, value) in inner {
                    add(&mut hash, name);
                    add(&mut hash, value);
                }
            }
            Err(_) => add(&mut hash, value),
        }
    }
    Ok(hash.finalize().into())
}

/// With its length before it, so that no two lists read the same.
fn add(hash: &mut Sha256, text: &str) {
    hash.update(text.len().to_le_bytes());
    hash.update(text);
}
