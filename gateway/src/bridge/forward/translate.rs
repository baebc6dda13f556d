//! What is edited in messages between the eras. All other bytes stay as they came.

use std::ops::Range;

use crate::message::meta::{self, cuts};
use crate::message::{Kind, Message, Object, ObjectFault, place};
use crate::protocol::{Fault, method};

/// A missing resource, up to revision 2025-11-25 (server/resources, error handling).
const RESOURCE_NOT_FOUND: &str = "-32002";

/// Places in a message, in order and apart, and what stands there instead.
pub(super) type Edits = Vec<(Range<usize>, String)>;

/// What an answer of the server is to a session.
#[derive(Debug)]
pub(super) enum Answer {
    /// The answer.
    Final(Message),
    /// The server wants something of the client first.
    InputRequired(Message),
    /// Nothing that can be passed on, because of this.
    Wrong(String),
}

/// A message with these edits.
pub(super) fn edited(message: &Message, edits: &Edits) -> Result<Message, String> {
    message.with(&borrowed(edits)).map_err(|fault| fault.to_string())
}

/// The same edits as a message takes them.
pub(super) fn borrowed(edits: &Edits) -> Vec<(Range<usize>, &str)> {
    edits.iter().map(|(place, text)| (place.clone(), text.as_str())).collect()
}

/// Sets members of an object, which is a part of `whole`, and drops others. One that is new comes
/// first.
pub(super) fn changed(
    whole: &str,
    json: &str,
    set: &[(&str, &str)],
    drop: &[&str],
) -> Result<Edits, ObjectFault> {
    let object = Object::from_json(json)?;
    let values: Vec<(bool, Range<usize>)> = object
        .members()
        .map(|member| (drop.contains(&&*member.name), place(whole, member.value)))
        .collect();
    let mut edits: Edits =
        cuts(whole, &values).into_iter().map(|cut| (cut, String::new())).collect();
    let mut new = Vec::new();
    for (name, value) in set {
        match object.get(name) {
            Some(old) => edits.push((place(whole, old), (*value).to_owned())),
            None => new.push(format!("\"{name}\":{value}")),
        }
    }
    if !new.is_empty() {
        let after = if values.iter().any(|(goes, _)| !goes) { "," } else { "" };
        let start = place(whole, json).start + 1;
        edits.push((start..start, format!("{}{after}", new.join(","))));
    }
    edits.sort_by_key(|(place, _)| (place.start, place.end));
    Ok(edits)
}

/// The edits that set members of `_meta` in a request.
pub(super) fn in_meta(message: &Message, set: &[(&str, &str)]) -> Result<Edits, ObjectFault> {
    let whole = message.json();
    let meta = || {
        let members = set.iter().map(|(name, value)| format!("\"{name}\":{value}"));
        format!("{{{}}}", members.collect::<Vec<_>>().join(","))
    };
    match (message.body(), message.body_place()) {
        (Some("null"), Some(place)) => Ok(vec![(place, format!(r#"{{"_meta":{}}}"#, meta()))]),
        (Some(params), _) => match Object::from_json(params)?.get("_meta") {
            Some(there) => changed(whole, there, set, &[]),
            None => changed(whole, params, &[("_meta", &meta())], &[]),
        },
        (None, _) => {
            let end = whole.trim_end().len().saturating_sub(1);
            Ok(vec![(end..end, format!(r#","params":{{"_meta":{}}}"#, meta()))])
        }
    }
}

/// The request made again with what the server wanted (2026-07-28, basic/patterns/mrtr). What it has
/// not given is not there.
pub(super) fn again(
    request: &Message,
    responses: Option<&str>,
    state: Option<&str>,
) -> Result<Message, String> {
    let params = request.body().unwrap_or("{}");
    let (mut set, mut drop) = (Vec::new(), Vec::new());
    for (name, value) in [("inputResponses", responses), ("requestState", state)] {
        match value {
            Some(value) => set.push((name, value)),
            None => drop.push(name),
        }
    }
    let edits = changed(request.json(), params, &set, &drop).map_err(|fault| fault.to_string())?;
    edited(request, &edits)
}

/// What an answer to this request is to a session.
pub(super) fn answer(request: &Message, answer: Message) -> Answer {
    match answer.kind() {
        Kind::Result => result(request.method(), answer),
        Kind::Error if request.method() == method::RESOURCES_READ => {
            Answer::Final(not_found(request, &answer).unwrap_or(answer))
        }
        _ => Answer::Final(answer),
    }
}

fn result(method: &str, answer: Message) -> Answer {
    if answer.body().is_none_or(|body| !body.starts_with('{')) {
        // No result of MCP, and so of a method that only the two ends know.
        return Answer::Final(answer);
    }
    let members = match answer.members() {
        Ok(members) => members,
        Err(fault) => return Answer::Wrong(format!("its result is ambiguous: {fault}")),
    };
    let kind = members.text("resultType");
    match kind.as_deref() {
        Some("input_required") if may_require_input(method) => {
            return Answer::InputRequired(answer);
        }
        Some("input_required") => {
            return Answer::Wrong(format!("it wants input for {method}, which takes none"));
        }
        Some("complete") => {}
        None if members.get("resultType").is_none() => {}
        _ => return Answer::Final(answer),
    }
    let drop: &[&str] = match method {
        method::DISCOVER
        | method::TOOLS_LIST
        | method::PROMPTS_LIST
        | method::RESOURCES_LIST
        | method::RESOURCE_TEMPLATES_LIST
        | method::RESOURCES_READ => &["resultType", "ttlMs", "cacheScope"],
        _ => &["resultType"],
    };
    let body = answer.body().unwrap_or_default();
    let edits = changed(answer.json(), body, &[], drop).map_err(|fault| fault.to_string());
    match edits.and_then(|edits| edited(&answer, &edits)) {
        Ok(answer) => Answer::Final(answer),
        Err(why) => Answer::Wrong(why),
    }
}

/// Which requests a server may want input for.
fn may_require_input(method: &str) -> bool {
    matches!(method, method::TOOLS_CALL | method::PROMPTS_GET | method::RESOURCES_READ)
}

/// The error of a missing resource in the number of sessions. Revision 2026-07-28 gives it that of
/// wrong parameters; the URI beside it, or its text, tells it from others.
fn not_found(request: &Message, answer: &Message) -> Option<Message> {
    let uri = request.members().ok()?.text("uri")?.into_owned();
    let error = answer.members().ok()?;
    let code = error.get("code")?;
    if code.parse() != Ok(Fault::INVALID_PARAMS) {
        return None;
    }
    let data = error.get("data").and_then(|data| Object::from_json(data).ok());
    let of_uri = data.and_then(|data| data.text("uri").map(|named| named == uri));
    let says_so =
        error.text("message").is_some_and(|text| text.to_ascii_lowercase().contains("not found"));
    if of_uri != Some(true) && !says_so {
        return None;
    }
    answer.with(&[(place(answer.json(), code), RESOURCE_NOT_FOUND)]).ok()
}

/// A notification without the key that ties it to our `subscriptions/listen`. A `_meta` that holds
/// nothing else goes with it.
pub(super) fn untied(message: &Message) -> Result<Message, String> {
    let meta = message.meta().map_err(|fault| fault.to_string())?;
    if meta.get(meta::SUBSCRIPTION_ID).is_none() {
        return Ok(message.clone());
    }
    if meta.members().count() > 1 {
        return message.without_meta(&[meta::SUBSCRIPTION_ID]).map_err(|fault| fault.to_string());
    }
    let params = message.body().unwrap_or_default();
    let edits =
        changed(message.json(), params, &[], &["_meta"]).map_err(|fault| fault.to_string())?;
    edited(message, &edits)
}
