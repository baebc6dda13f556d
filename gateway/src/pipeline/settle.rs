//! What a client sees of an answer.

use super::ticket::Open;
use crate::message::{Message, Object};
use crate::protocol::{Refusal, method};

/// The answer with the tools taken out that the caller may not call.
pub(super) fn seen(open: &Open, answer: Message) -> Result<Message, Refusal> {
    let Some(server) = &open.server else { return Ok(answer) };
    if open.method != method::TOOLS_LIST || answer.kind() != crate::message::Kind::Result {
        return Ok(answer);
    }
    without(&answer, |tool| open.rules.denies(server, tool).is_some())
        .map_err(|why| Refusal::unavailable(server, format!("its list of tools is {why}")))
}

/// A list of tools without those that are denied. If none is, the message stays as it is.
fn without(answer: &Message, denied: impl Fn(&str) -> bool) -> Result<Message, String> {
    let members = answer.members().map_err(|fault| fault.to_string())?;
    let Some(json) = members.get("tools") else { return Ok(answer.clone()) };
    let tools: Vec<&serde_json::value::RawValue> =
        serde_json::from_str(json).map_err(|_| "no list".to_owned())?;
    let mut kept = Vec::with_capacity(tools.len());
    for tool in &tools {
        let object = Object::from_json(tool.get()).map_err(|fault| fault.to_string())?;
        // What has no name cannot be called.
        let name = object.text("name").ok_or("without the name of a tool")?;
        if !denied(&name) {
            kept.push(tool.get());
        }
    }
    if kept.len() == tools.len() {
        return Ok(answer.clone());
    }
    let place = crate::message::place(answer.json(), json);
    let list = format!("[{}]", kept.join(","));
    answer.with(&[(place, &list)]).map_err(|fault| fault.to_string())
}
