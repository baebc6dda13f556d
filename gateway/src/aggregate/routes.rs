//! Where a message goes.

use std::sync::Arc;

use super::catalogue::Catalogue;
use super::names::{Named, Names};
use crate::message::{Malformed, Message, Object, ObjectFault, place, text};
use crate::pipeline::{Denial, Target};
use crate::protocol::{Code, Fault, Refusal, method};

/// The member of `_meta` by which a client says which server it means.
const TARGET: &str = "target_server";

/// What the configuration says about where messages go, in its order.
#[derive(Clone, Debug, Default)]
pub struct Routes(pub(super) Vec<Route>);

/// One rule of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Route {
    /// Calls of the tool of this name go there, under this name.
    Tool {
        /// The name of the tool.
        name: Arc<str>,
        /// The server.
        target: Arc<str>,
    },
    /// Messages of methods that begin so go there.
    Method {
        /// What the method begins with.
        prefix: Arc<str>,
        /// The server.
        target: Arc<str>,
    },
    /// What nothing else concerns goes there, wherever this stands.
    Default {
        /// The server.
        target: Arc<str>,
    },
}

impl From<Vec<Route>> for Routes {
    fn from(routes: Vec<Route>) -> Self {
        Self(routes)
    }
}

/// Finds out where a message goes, and makes it what that server knows.
pub(super) fn route(
    names: &Names,
    catalogue: &Catalogue,
    message: Message,
) -> Result<(Target, Message), Denial> {
    let (wish, message) = wish(names, message)?;
    let name = message.method();
    // These belong to the conversation as a whole, or to what is in flight in it.
    if matches!(
        name,
        method::INITIALIZE | method::INITIALIZED | method::CANCELLED | method::PROGRESS
    ) {
        return Ok((Target::Gateway, message));
    }
    if let Some(server) = wish {
        return Ok((to(names, server), message));
    }
    if let Some(named) = Named::of(name) {
        return by_name(names, named, message);
    }
    if let Some(target) = names.by_method(name) {
        let Some(server) = names.place(target) else {
            return Err(nowhere(format!(
                "the route of {name} leads to {target}, which is no server"
            )));
        };
        if key(name).is_none() {
            return Ok((to(names, server), message));
        }
    }
    if key(name).is_some() {
        return Ok((Target::Gateway, message));
    }
    if name == method::COMPLETE {
        return by_reference(names, catalogue, message);
    }
    if let Some(server) = owner(catalogue, &message)? {
        return Ok((to(names, server), message));
    }
    if matches!(
        name,
        method::DISCOVER
            | method::PING
            | method::SET_LEVEL
            | method::LISTEN
            | method::ROOTS_CHANGED
    ) {
        return Ok((Target::Gateway, message));
    }
    if let Some(server) = names.default() {
        return Ok((to(names, server), message));
    }
    if of_resource(name) {
        return Ok((Target::Gateway, message));
    }
    Err(nowhere(format!("{name} does not say which server is meant")))
}

/// The member of the result that a list of this method stands in; `None` if it lists nothing.
pub(super) fn key(name: &str) -> Option<&'static str> {
    match name {
        method::TOOLS_LIST => Some("tools"),
        method::PROMPTS_LIST => Some("prompts"),
        method::RESOURCES_LIST => Some("resources"),
        method::RESOURCE_TEMPLATES_LIST => Some("resourceTemplates"),
        method::TASKS_LIST => Some("tasks"),
        _ => None,
    }
}

/// Whether a method is about one resource.
fn of_resource(name: &str) -> bool {
    matches!(
        name,
        method::RESOURCES_READ | method::RESOURCES_SUBSCRIBE | method::RESOURCES_UNSUBSCRIBE
    )
}

fn to(names: &Names, server: usize) -> Target {
    names.servers().get(server).map_or(Target::Gateway, |name| Target::Server(Arc::clone(name)))
}

/// The server that the client asks for, and the message without that.
fn wish(names: &Names, message: Message) -> Result<(Option<usize>, Message), Denial> {
    // Most messages have none, which is seen at once unless it is spelled with escapes.
    let may = |body: &str| body.contains(TARGET) || body.contains('\\');
    if !message.body().is_some_and(may) {
        return Ok((None, message));
    }
    let meta = message.meta().map_err(|fault| invalid(&fault))?;
    let Some(json) = meta.get(TARGET) else { return Ok((None, message)) };
    let server = text(json).and_then(|name| names.place(&name));
    let Some(server) = server else {
        return Err(nowhere(format!("`_meta.{TARGET}` names no server")));
    };
    let message = message.without_meta(&[TARGET]).map_err(|fault| malformed(&fault))?;
    Ok((Some(server), message))
}

fn by_name(names: &Names, named: Named, message: Message) -> Result<(Target, Message), Denial> {
    let members = message.members().map_err(|fault| invalid(&fault))?;
    let (server, edited) = renamed(names, named, &message, &members)?;
    Ok((to(names, server), edited.unwrap_or(message)))
}

/// Whose name stands in this object, and the message with that server's own one, if it differs.
fn renamed(
    names: &Names,
    named: Named,
    message: &Message,
    object: &Object<'_>,
) -> Result<(usize, Option<Message>), Denial> {
    let named_by = object.get("name").and_then(|json| Some((json, text(json)?)));
    let Some((json, name)) = named_by else {
        let fault = "Invalid params: `name` is missing";
        return Err(Denial::Fault(Fault::new(Fault::INVALID_PARAMS, fault)));
    };
    let Some((server, own)) = names.resolve(named, &name) else {
        let what = if named == Named::Tool { "tool" } else { "prompt" };
        let refusal =
            Refusal::new(Code::NoRouteMatched, format!("no server has a {what} of this name"));
        let tool = (named == Named::Tool).then(|| name.to_string());
        return Err(Denial::Refusal(Refusal { tool, ..refusal }));
    };
    if own.len() == name.len() {
        return Ok((server, None));
    }
    let whole = place(message.json(), json);
    let cut = name.len() - own.len();
    let edited = if json.get(1..).is_some_and(|rest| rest.starts_with(&name[..cut])) {
        message.with(&[(whole.start + 1..whole.start + 1 + cut, "")])
    } else {
        message.with(&[(whole, &serde_json::Value::from(own).to_string())])
    };
    edited.map(|edited| (server, Some(edited))).map_err(|fault| malformed(&fault))
}

/// `completion/complete` goes where what it completes is.
fn by_reference(
    names: &Names,
    catalogue: &Catalogue,
    message: Message,
) -> Result<(Target, Message), Denial> {
    let members = message.members().map_err(|fault| invalid(&fault))?;
    let reference = match members.get("ref") {
        Some(json) => Object::from_json(json).map_err(|fault| invalid(&fault))?,
        None => Object::default(),
    };
    if reference.text("type").as_deref() == Some("ref/prompt") {
        let (server, edited) = renamed(names, Named::Prompt, &message, &reference)?;
        return Ok((to(names, server), edited.unwrap_or(message)));
    }
    let owner = reference.text("uri").and_then(|uri| catalogue.owner(&uri));
    match owner.or_else(|| names.default()) {
        Some(server) => Ok((to(names, server), message)),
        None => Err(nowhere("no server is known for what is to be completed".to_owned())),
    }
}

/// Whose resource or task a message is about, if that is known.
fn owner(catalogue: &Catalogue, message: &Message) -> Result<Option<usize>, Denial> {
    if of_resource(message.method()) {
        let members = message.members().map_err(|fault| invalid(&fault))?;
        return Ok(members.text("uri").and_then(|uri| catalogue.owner(&uri)));
    }
    if message.method().starts_with("tasks/") {
        let members = message.members().map_err(|fault| invalid(&fault))?;
        return Ok(members.text("taskId").and_then(|task| catalogue.owner_of_task(&task)));
    }
    Ok(None)
}

fn nowhere(reason: String) -> Denial {
    Denial::Refusal(Refusal::new(Code::NoRouteMatched, reason))
}

pub(super) fn invalid(fault: &ObjectFault) -> Denial {
    Denial::Fault(Fault::new(Fault::INVALID_PARAMS, format!("Invalid params: {fault}")))
}

fn malformed(fault: &Malformed) -> Denial {
    Denial::Fault(Fault::new(Fault::INVALID_PARAMS, format!("Invalid params: {fault}")))
}

#[cfg(test)]
mod tests;
