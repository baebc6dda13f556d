//! How a session is opened in front of a server that knows of none.

use serde_json::Value;

use crate::message::{Message, Object, meta};
use crate::protocol::{Fault, Refusal, Revision, method};

/// What was agreed on when the session was opened. Each request bears it to the server.
#[derive(Debug)]
pub(super) struct Session {
    /// What the client can do, as it said it.
    capabilities: String,
    /// What it calls itself, as it said it.
    info: Option<String>,
    /// What the server tells about by itself.
    pub(super) offered: Offered,
}

/// What a server tells about by itself.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Offered {
    pub(super) tools: bool,
    pub(super) prompts: bool,
    pub(super) resources: bool,
    /// Changes of single resources.
    pub(super) subscribe: bool,
}

/// Why there is no session.
#[derive(Debug)]
pub(super) enum Unopened {
    /// The client's request is wrong.
    Fault(Fault),
    /// The server is none that can be asked.
    Refusal(Refusal),
}

/// The session, and the result of `initialize` as JSON.
pub(super) fn open(
    server: &str,
    discovered: &Message,
    initialize: &Message,
) -> Result<(Session, String), Unopened> {
    let params = initialize.members().map_err(|fault| invalid(&fault.to_string()))?;
    let asked = params.text("protocolVersion").ok_or_else(|| invalid("no `protocolVersion`"))?;
    let capabilities = params.get("capabilities").unwrap_or("{}");
    Object::from_json(capabilities)
        .map_err(|fault| invalid(&format!("`capabilities`: {fault}")))?;
    let info = params.get("clientInfo").filter(|json| json.starts_with('{'));
    let revision = Revision::named(&asked)
        .filter(|revision| *revision <= Revision::LAST_WITH_SESSIONS)
        .unwrap_or(Revision::LAST_WITH_SESSIONS);
    let (offered, result) = result(server, discovered, revision).map_err(|why| {
        let why = format!("its answer to {} {why}", method::DISCOVER);
        Unopened::Refusal(Refusal::unavailable(server, why))
    })?;
    let session =
        Session { capabilities: capabilities.to_owned(), info: info.map(str::to_owned), offered };
    Ok((session, result))
}

fn invalid(why: &str) -> Unopened {
    Unopened::Fault(Fault::new(Fault::INVALID_PARAMS, format!("Invalid params: {why}")))
}

/// The result of `initialize` from that of `server/discover`. Capabilities have the same names in
/// both eras, but for tasks, which have become an extension.
fn result(
    server: &str,
    discovered: &Message,
    revision: Revision,
) -> Result<(Offered, String), String> {
    if discovered.kind() != crate::message::Kind::Result {
        return Err("is an error".to_owned());
    }
    let wrong = |fault: crate::message::ObjectFault| format!("is wrong: {fault}");
    let members = discovered.members().map_err(wrong)?;
    if let Some(json) = members.get("supportedVersions") {
        let spoken: Vec<String> =
            serde_json::from_str(json).map_err(|_| "names no list of revisions".to_owned())?;
        if !spoken.iter().any(|name| name == Revision::V2026_07_28.name()) {
            return Err(format!("does not name {}", Revision::V2026_07_28));
        }
    }
    let json = members.get("capabilities").unwrap_or("{}");
    let capabilities = Object::from_json(json).map_err(wrong)?;
    let has = |of: &str, what: &str| {
        let object = capabilities.get(of).and_then(|json| Object::from_json(json).ok());
        object.is_some_and(|object| object.get(what) == Some("true"))
    };
    let offered = Offered {
        tools: has("tools", "listChanged"),
        prompts: has("prompts", "listChanged"),
        resources: has("resources", "listChanged"),
        subscribe: has("resources", "subscribe"),
    };
    let kept: Vec<String> = capabilities
        .members()
        .filter(|member| member.name != "tasks")
        .map(|member| format!("{}:{}", Value::from(&*member.name), member.value))
        .collect();
    let meta = discovered.meta().map_err(wrong)?;
    let info = meta.get(meta::SERVER_INFO).filter(|json| json.starts_with('{'));
    let info = info.map_or_else(
        || format!(r#"{{"name":{},"version":"unknown"}}"#, Value::from(server)),
        str::to_owned,
    );
    let instructions = members.get("instructions").filter(|json| json.starts_with('"'));
    let instructions = instructions.map(|json| format!(r#","instructions":{json}"#));
    let result = format!(
        r#"{{"protocolVersion":"{revision}","capabilities":{{{}}},"serverInfo":{info}{}}}"#,
        kept.join(","),
        instructions.unwrap_or_default()
    );
    Ok((offered, result))
}

impl Default for Session {
    /// That of a client which can do nothing, with a server which offers nothing.
    fn default() -> Self {
        Self { capabilities: "{}".to_owned(), info: None, offered: Offered::default() }
    }
}

impl Session {
    /// What each request bears in `_meta`. `level` is that of log messages, as JSON.
    pub(super) fn meta<'a>(&'a self, level: Option<&'a str>) -> Vec<(&'static str, &'a str)> {
        let mut members = vec![
            (meta::PROTOCOL_VERSION, r#""2026-07-28""#),
            (meta::CLIENT_CAPABILITIES, self.capabilities.as_str()),
        ];
        members.extend(self.info.as_deref().map(|info| (meta::CLIENT_INFO, info)));
        members.extend(level.map(|level| (meta::LOG_LEVEL, level)));
        members
    }

    /// Whether the client takes a request of this kind.
    pub(super) fn takes(&self, name: &str, params: Option<&str>) -> bool {
        let Ok(params) = Object::from_json(params.unwrap_or("{}")) else { return false };
        match name {
            method::ROOTS_LIST => self.declared("roots").is_some(),
            method::SAMPLE => self.declared("sampling").is_some_and(|sampling| {
                let tools = ["tools", "toolChoice"].iter().any(|name| params.get(name).is_some());
                !tools || is_object(sampling.get("tools"))
            }),
            method::ELICIT => self.declared("elicitation").is_some_and(|elicitation| {
                let has = |mode: &str| is_object(elicitation.get(mode));
                match params.text("mode").as_deref() {
                    Some("url") => has("url"),
                    Some("form") => has("form") || !has("url"),
                    _ => params.get("mode").is_none() && (has("form") || !has("url")),
                }
            }),
            _ => false,
        }
    }

    /// Whether the client knows an extension.
    pub(super) fn extends(&self, name: &str) -> bool {
        self.declared("extensions").is_some_and(|known| is_object(known.get(name)))
    }

    fn declared(&self, name: &str) -> Option<Object<'_>> {
        let capabilities = Object::from_json(&self.capabilities).ok()?;
        capabilities.get(name).and_then(|json| Object::from_json(json).ok())
    }
}

impl Offered {
    /// Whether there is anything to listen for.
    pub(super) const fn any(self) -> bool {
        self.tools || self.prompts || self.resources || self.subscribe
    }
}

fn is_object(json: Option<&str>) -> bool {
    json.is_some_and(|json| json.starts_with('{'))
}
