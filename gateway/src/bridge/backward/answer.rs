//! What a server of the session era says, as the stateless era spells it.

use serde_json::{Value, json};

use super::capability::{Declared, without_tasks};
use super::request::may_want_input;
use crate::message::{Id, Kind, Message, Object, meta, place};
use crate::protocol::{Era, Fault, Revision, method};

/// A resource was not found (up to 2025-11-25).
const NOT_FOUND: i64 = -32002;
/// The user must visit a URL first (2025-11-25).
const URL_REQUIRED: i64 = -32042;

/// What the server said about itself when the session was opened.
#[derive(Debug)]
pub(super) struct Opened {
    /// JSON without tasks.
    capabilities: String,
    instructions: Option<String>,
    info: Option<String>,
    pub(super) can: Can,
}

/// Which of its capabilities make a difference here.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Can {
    pub(super) log: bool,
    pub(super) tell_tools: bool,
    pub(super) tell_prompts: bool,
    pub(super) tell_resources: bool,
    pub(super) subscribe: bool,
}

impl Opened {
    /// Reads the answer to `initialize`.
    ///
    /// # Errors
    /// If the server opened no session that we know how to hold.
    pub(super) fn read(answer: &Message) -> Result<Self, String> {
        let unreadable =
            |fault: crate::message::ObjectFault| format!("its answer to initialize: {fault}");
        let members = answer.members().map_err(unreadable)?;
        if answer.kind() == Kind::Error {
            // The rest is the server's, and not for a log.
            let code: Option<i64> = members.get("code").and_then(|json| json.parse().ok());
            let code = code.map_or_else(String::new, |code| format!(" (error {code})"));
            return Err(format!("it refused initialize{code}"));
        }
        let version = members.text("protocolVersion").unwrap_or_default();
        if Revision::named(&version).is_none_or(|known| known.era() != Era::Session) {
            return Err("it opened a session of an unknown revision".to_owned());
        }
        let json = members.get("capabilities").unwrap_or("{}");
        let capabilities = Object::from_json(json).map_err(unreadable)?;
        let says = |of: &str, name: &str| {
            let object = capabilities.get(of).and_then(|json| Object::from_json(json).ok());
            object.is_some_and(|object| object.get(name) == Some("true"))
        };
        let kept = |name, first| {
            members.get(name).filter(|json| json.starts_with(first)).map(str::to_owned)
        };
        Ok(Self {
            can: Can {
                log: capabilities.get("logging").is_some(),
                tell_tools: says("tools", "listChanged"),
                tell_prompts: says("prompts", "listChanged"),
                tell_resources: says("resources", "listChanged"),
                subscribe: says("resources", "subscribe"),
            },
            capabilities: without_tasks(json).map_err(unreadable)?,
            instructions: kept("instructions", '"'),
            info: kept("serverInfo", '{'),
        })
    }

    /// The same as an answer to `server/discover`.
    pub(super) fn discovered(&self, id: &Id) -> Message {
        let instructions = self
            .instructions
            .as_ref()
            .map_or_else(String::new, |text| format!(r#","instructions":{text}"#));
        let meta = self.info.as_ref().map_or_else(String::new, |info| {
            format!(r#","_meta":{{"{}":{info}}}"#, meta::SERVER_INFO)
        });
        Message::made(format!(
            r#"{{"jsonrpc":"2.0","id":{},"result":{{"resultType":"complete","supportedVersions":["{}"],"capabilities":{}{instructions},"ttlMs":0,"cacheScope":"private"{meta}}}}}"#,
            id.json(),
            Revision::V2026_07_28,
            self.capabilities,
        ))
    }
}

/// An answer to a request of this method, and its status over HTTP.
///
/// # Errors
/// If it is no answer that this era knows.
pub(super) fn translated(
    answer: &Message,
    method: &str,
    declared: Declared,
) -> Result<(Message, Option<u16>), String> {
    match answer.kind() {
        Kind::Error => error(answer, method, declared),
        _ => Ok((complete(answer, method)?, None)),
    }
}

/// A result with what each result must say. What a server of the other era says by the same names
/// means nothing, and is replaced.
pub(crate) fn complete(answer: &Message, method: &str) -> Result<Message, String> {
    let strange = |why: String| format!("its result is strange: {why}");
    let members = answer.members().map_err(|fault| strange(fault.to_string()))?;
    let mut told = vec![("resultType", r#""complete""#)];
    if matches!(
        method,
        method::TOOLS_LIST
            | method::PROMPTS_LIST
            | method::RESOURCES_LIST
            | method::RESOURCE_TEMPLATES_LIST
            | method::RESOURCES_READ
    ) {
        told.extend([("ttlMs", "0"), ("cacheScope", r#""private""#)]);
    }
    let start = answer.body_place().map_or(0, |place| place.start) + 1;
    let mut first = String::new();
    let mut edits = Vec::new();
    for (name, value) in told {
        match members.get(name) {
            Some(json) => edits.push((place(answer.json(), json), value)),
            None => {
                if !first.is_empty() {
                    first.push(',');
                }
                first.push_str(&format!(r#""{name}":{value}"#));
            }
        }
    }
    if !first.is_empty() && !members.is_empty() {
        first.push(',');
    }
    edits.push((start..start, &first));
    edits.sort_by_key(|(place, _)| place.start);
    answer.with(&edits).map_err(|fault| strange(fault.to_string()))
}

fn error(
    answer: &Message,
    method: &str,
    declared: Declared,
) -> Result<(Message, Option<u16>), String> {
    let strange = |why: String| format!("its error is strange: {why}");
    let members = answer.members().map_err(|fault| strange(fault.to_string()))?;
    let json = members.get("code").ok_or_else(|| strange("without a code".to_owned()))?;
    let code: i64 = json.parse().map_err(|_| strange("a code that is no integer".to_owned()))?;
    if code == URL_REQUIRED
        && let Some(id) = answer.id()
        && may_want_input(method)
        && let Some(wanted) = elicitations(&members)
    {
        if declared.has_url() {
            return Ok((input_required(id, &wanted, None), None));
        }
        let message = members.text("message").unwrap_or_default().into_owned();
        let fault = Fault {
            data: Some(json!({ "requiredCapabilities": { "elicitation": { "url": {} } } })),
            ..Fault::new(Fault::MISSING_CAPABILITY, message)
        };
        return Ok((fault.answer(Some(id)), Some(400)));
    }
    let new = match code {
        NOT_FOUND => Fault::INVALID_PARAMS,
        // The newer revision gives these numbers meanings that this server does not know.
        -32099..=-32020 => Fault::INTERNAL_ERROR,
        -32601 => return Ok((answer.clone(), Some(404))),
        _ => return Ok((answer.clone(), None)),
    };
    let new = new.to_string();
    let answer = answer
        .with(&[(place(answer.json(), json), &*new)])
        .map_err(|fault| strange(fault.to_string()))?;
    Ok((answer, None))
}

/// What a server wants of the client: a key, the method and the JSON of the parameters.
pub(super) type Wanted = (String, &'static str, Option<String>);

/// The URLs that an error wants to be visited.
fn elicitations(error: &Object<'_>) -> Option<Vec<Wanted>> {
    let data = Object::from_json(error.get("data")?).ok()?;
    let list: Vec<&serde_json::value::RawValue> =
        serde_json::from_str(data.get("elicitations")?).ok()?;
    let mut wanted = Vec::with_capacity(list.len());
    for (index, params) in list.into_iter().enumerate() {
        let url = Object::from_json(params.get()).ok()?.text("mode")? == "url";
        let params = without_elicitation_id(params.get()).filter(|_| url)?;
        wanted.push(((index + 1).to_string(), method::ELICIT, Some(params)));
    }
    (!wanted.is_empty()).then_some(wanted)
}

/// The parameters of an elicitation without a member that 2026-07-28 removed.
pub(super) fn without_elicitation_id(params: &str) -> Option<String> {
    let object = Object::from_json(params).ok()?;
    let values: Vec<_> = object
        .members()
        .map(|member| (member.name == "elicitationId", place(params, member.value)))
        .collect();
    let mut left = params.to_owned();
    for cut in meta::cuts(params, &values).into_iter().rev() {
        left.replace_range(cut, "");
    }
    Some(left)
}

/// A result that wants input.
pub(super) fn input_required(id: &Id, wanted: &[Wanted], state: Option<&str>) -> Message {
    let requests: Vec<String> = wanted
        .iter()
        .map(|(key, method, params)| {
            let params =
                params.as_ref().map_or_else(String::new, |json| format!(r#","params":{json}"#));
            format!(r#"{}:{{"method":"{method}"{params}}}"#, Value::from(key.as_str()))
        })
        .collect();
    let state = state
        .map_or_else(String::new, |state| format!(r#","requestState":{}"#, Value::from(state)));
    Message::made(format!(
        r#"{{"jsonrpc":"2.0","id":{},"result":{{"resultType":"input_required","inputRequests":{{{}}}{state}}}}}"#,
        id.json(),
        requests.join(",")
    ))
}

/// A notification with the identifier of the `subscriptions/listen` request that it belongs to.
pub(super) fn tagged(message: &Message, id: &Id) -> Option<Message> {
    let tag = format!(r#""{}":{}"#, meta::SUBSCRIPTION_ID, id.json());
    let whole = message.json();
    let Some(params) = message.body_place() else {
        return Some(Message::made(format!(
            r#"{{"jsonrpc":"2.0","method":{},"params":{{"_meta":{{{tag}}}}}}}"#,
            Value::from(message.method())
        )));
    };
    let members = message.members().ok()?;
    let first = |start: usize, empty: bool, text: String| {
        let comma = if empty { "" } else { "," };
        message.with(&[(start + 1..start + 1, &format!("{text}{comma}"))]).ok()
    };
    let Some(json) = members.get("_meta") else {
        return first(params.start, members.is_empty(), format!(r#""_meta":{{{tag}}}"#));
    };
    let meta = Object::from_json(json).ok()?;
    match meta.get(meta::SUBSCRIPTION_ID) {
        Some(old) => message.with(&[(place(whole, old), id.json())]).ok(),
        None => first(place(whole, json).start, meta.is_empty(), tag),
    }
}
