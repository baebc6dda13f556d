//! What client and server can do, as each era spells it.

use crate::message::{Message, Object, ObjectFault};
use crate::protocol::{Fault, method};

/// Tasks as an extension (`ext-tasks`). Those of 2025-11-25 work otherwise and are not bridged.
const TASKS: &str = "io.modelcontextprotocol/tasks";

/// What a client declared that it can be asked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Declared {
    sampling: bool,
    sampling_tools: bool,
    form: bool,
    url: bool,
    roots: bool,
}

impl Declared {
    pub(super) fn read(capabilities: &Object<'_>) -> Self {
        let inner = |name| capabilities.get(name).and_then(|json| Object::from_json(json).ok());
        let (sampling, elicitation) = (inner("sampling"), inner("elicitation"));
        let mode = |name| elicitation.as_ref().is_some_and(|modes| modes.get(name).is_some());
        Self {
            sampling_tools: sampling.as_ref().is_some_and(|of| of.get("tools").is_some()),
            sampling: sampling.is_some(),
            // An empty object stands for forms (2025-11-25, client/elicitation).
            form: mode("form") || (elicitation.is_some() && !mode("url")),
            url: mode("url"),
            roots: inner("roots").is_some(),
        }
    }

    /// Whether the client can be sent to a URL.
    pub(super) const fn has_url(self) -> bool {
        self.url
    }

    /// Whether the client may be asked this.
    pub(super) fn allows(self, request: &Message) -> Result<(), Fault> {
        let params = request.members().map_err(|fault| {
            Fault::new(Fault::INVALID_PARAMS, format!("Invalid params: {fault}"))
        })?;
        let known = match request.method() {
            method::SAMPLE => self.sampling,
            method::ELICIT => self.form || self.url,
            method::ROOTS_LIST => self.roots,
            _ => false,
        };
        if !known {
            return Err(Fault::new(Fault::METHOD_NOT_FOUND, "Method not found"));
        }
        let able = match request.method() {
            method::SAMPLE => self.sampling_tools || params.get("tools").is_none(),
            method::ELICIT if params.text("mode").as_deref() == Some("url") => self.url,
            method::ELICIT => self.form,
            _ => true,
        };
        if able {
            return Ok(());
        }
        let why = "Invalid params: the client has not declared that it can do this";
        Err(Fault::new(Fault::INVALID_PARAMS, why))
    }
}

/// Capabilities without those of tasks, their members in the order of their names.
pub(super) fn without_tasks(json: &str) -> Result<String, ObjectFault> {
    let object = Object::from_json(json)?;
    let mut members = Vec::new();
    for member in object.members() {
        let value = match &*member.name {
            "tasks" => continue,
            "extensions" => without(member.value, TASKS)?,
            _ => member.value.to_owned(),
        };
        members.push((&*member.name, value));
    }
    members.sort_unstable();
    Ok(written(&members))
}

fn without(json: &str, name: &str) -> Result<String, ObjectFault> {
    let object = Object::from_json(json)?;
    if object.get(name).is_none() {
        return Ok(json.to_owned());
    }
    let left: Vec<(&str, String)> = object
        .members()
        .filter(|member| member.name != name)
        .map(|member| (&*member.name, member.value.to_owned()))
        .collect();
    Ok(written(&left))
}

fn written(members: &[(&str, String)]) -> String {
    let members: Vec<String> = members
        .iter()
        .map(|(name, value)| format!("{}:{value}", serde_json::Value::from(*name)))
        .collect();
    format!("{{{}}}", members.join(","))
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::{Declared, without_tasks};
    use crate::message::{Message, Object};

    fn allows(capabilities: &str, request: &str) -> Result<(), i32> {
        let declared = Declared::read(&Object::from_json(capabilities).unwrap());
        let message = Message::read(Bytes::from(request.to_owned())).unwrap();
        declared.allows(&message).map_err(|fault| fault.code)
    }

    #[test]
    fn a_client_is_asked_what_it_declared() {
        let form = r#"{"id":1,"method":"elicitation/create","params":{"message":"a"}}"#;
        let url = r#"{"id":1,"method":"elicitation/create","params":{"mode":"url"}}"#;
        let sample = r#"{"id":1,"method":"sampling/createMessage","params":{}}"#;
        let tools = r#"{"id":1,"method":"sampling/createMessage","params":{"tools":[]}}"#;
        let roots = r#"{"id":1,"method":"roots/list"}"#;
        for (capabilities, request, expected) in [
            ("{}", form, Err(-32601)),
            ("{}", roots, Err(-32601)),
            ("{}", sample, Err(-32601)),
            (r#"{"elicitation":{}}"#, form, Ok(())),
            (r#"{"elicitation":{}}"#, url, Err(-32602)),
            (r#"{"elicitation":{"url":{}}}"#, url, Ok(())),
            (r#"{"elicitation":{"url":{}}}"#, form, Err(-32602)),
            (r#"{"elicitation":{"url":{},"form":{}}}"#, form, Ok(())),
            (r#"{"sampling":{}}"#, sample, Ok(())),
            (r#"{"sampling":{}}"#, tools, Err(-32602)),
            (r#"{"sampling":{"tools":{}}}"#, tools, Ok(())),
            (r#"{"roots":{}}"#, roots, Ok(())),
            (r#"{"roots":{}}"#, r#"{"id":1,"method":"other"}"#, Err(-32601)),
        ] {
            assert_eq!(allows(capabilities, request), expected, "{capabilities} {request}");
        }
    }

    #[test]
    fn tasks_are_not_promised() {
        let capabilities = r#"{"tools":{"listChanged":true},"tasks":{"list":{}},"extensions":{"io.modelcontextprotocol/tasks":{},"a/b":{"x":1.0}},"a":[ 1 ]}"#;
        assert_eq!(
            without_tasks(capabilities).unwrap(),
            r#"{"a":[ 1 ],"extensions":{"a/b":{"x":1.0}},"tools":{"listChanged":true}}"#
        );
        assert!(without_tasks("[]").is_err());
        assert!(without_tasks(r#"{"extensions":1}"#).is_err());
    }
}
