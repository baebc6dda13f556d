//! What a server wants of the client before it answers (2026-07-28, basic/patterns/mrtr).

use super::translate::{changed, edited};
use crate::message::{Id, Message, Object, ObjectFault};
use crate::protocol::method;

/// What the server wants before it answers.
#[derive(Debug)]
pub(super) struct Required {
    /// The key of each request, as JSON, and the request.
    pub(super) requests: Option<Vec<(String, InputRequest)>>,
    /// What the server wants back, as JSON.
    pub(super) state: Option<String>,
}

/// One request to the client.
#[derive(Debug)]
pub(super) struct InputRequest {
    /// Its method.
    pub(super) method: String,
    /// Its parameters, as JSON.
    pub(super) params: Option<String>,
}

impl Required {
    /// Reads an answer of the type `input_required`.
    ///
    /// # Errors
    /// If it asks for nothing, or not in the way of the revision.
    pub(super) fn of(answer: &Message) -> Result<Self, String> {
        let members = answer.members().map_err(|fault| fault.to_string())?;
        let member = |name: &str| members.get(name).filter(|json| *json != "null");
        let state = member("requestState");
        if state.is_some_and(|json| !json.starts_with('"')) {
            return Err("its `requestState` is no string".to_owned());
        }
        let requests = member("inputRequests").map(input_requests).transpose()?;
        if state.is_none() && requests.as_ref().is_none_or(Vec::is_empty) {
            return Err("it wants input and does not say which".to_owned());
        }
        Ok(Self { requests, state: state.map(str::to_owned) })
    }
}

fn input_requests(json: &str) -> Result<Vec<(String, InputRequest)>, String> {
    let wrong = |fault: ObjectFault| format!("its `inputRequests` are wrong: {fault}");
    let requests = Object::from_json(json).map_err(wrong)?;
    let read = requests.members().map(|member| {
        let request = Object::from_json(member.value).map_err(wrong)?;
        let method = request.text("method").ok_or("an input request has no method")?;
        let params = request.get("params");
        if params.is_some_and(|params| !params.starts_with('{')) {
            return Err("the parameters of an input request are no object".to_owned());
        }
        let key = serde_json::Value::from(&*member.name).to_string();
        Ok((key, InputRequest { method: method.into_owned(), params: params.map(str::to_owned) }))
    });
    read.collect()
}

impl InputRequest {
    /// The request as the client gets it. An elicitation by URL has an identifier up to revision
    /// 2025-11-25 (`ElicitRequestURLParams`), and none after it.
    pub(super) fn message(&self, id: &Id) -> Result<Message, String> {
        let method = serde_json::Value::from(self.method.as_str());
        let params = self.params.as_ref().map(|json| format!(r#","params":{json}"#));
        let params = params.unwrap_or_default();
        let message = Message::made(format!(
            r#"{{"jsonrpc":"2.0","id":{},"method":{method}{params}}}"#,
            id.json()
        ));
        let members = message.members().map_err(|fault| fault.to_string())?;
        if self.method != method::ELICIT
            || members.text("mode").as_deref() != Some("url")
            || members.get("elicitationId").is_some()
        {
            return Ok(message);
        }
        let own = Id::text(id.json());
        let set = [("elicitationId", own.json())];
        let edits = changed(message.json(), message.body().unwrap_or_default(), &set, &[]);
        edited(&message, &edits.map_err(|fault| fault.to_string())?)
    }
}
