//! One answer made of those of many servers.

use std::borrow::Cow;
use std::collections::HashSet;
use std::fmt::Write as _;

use serde_json::value::RawValue;
use serde_json::{Map, Value, json};

use super::catalogue::Catalogue;
use super::gather::Part;
use super::names::{Named, Names};
use super::routes::key;
use crate::message::{Id, Message, Object, meta, place, text};
use crate::protocol::{Era, Revision, answer, method};

/// The one page of a list: the servers' items in their order, byte for byte but for the names.
pub(super) fn list(
    names: &Names,
    catalogue: &Catalogue,
    request: &Message,
    parts: &[Part],
    era: Era,
) -> Option<Message> {
    let (id, key) = (request.id()?, key(request.method())?);
    let mut list = List { names, catalogue, method: request.method(), seen: HashSet::new() };
    let (mut items, mut fresh) = (String::new(), Freshness::default());
    for (server, part) in parts {
        let Ok(pages) = part else {
            // What is missing may be there the next time.
            fresh.none();
            continue;
        };
        for page in pages {
            let Ok(members) = page.members() else { continue };
            fresh.of(&members);
            let Some(json) = members.get(key) else { continue };
            let page: Vec<&RawValue> = serde_json::from_str(json).unwrap_or_default();
            for item in page {
                let Some(item) = list.item(*server, item.get()) else { continue };
                if !items.is_empty() {
                    items.push(',');
                }
                items.push_str(&item);
            }
        }
    }
    let caching = match era {
        Era::Session => String::new(),
        Era::Stateless => format!(
            r#","resultType":"complete","ttlMs":{},"cacheScope":"private""#,
            fresh.milliseconds()
        ),
    };
    Some(Message::made(format!(
        r#"{{"jsonrpc":"2.0","id":{},"result":{{"{key}":[{items}]{caching}}}}}"#,
        id.json()
    )))
}

/// A list that is being made.
struct List<'a> {
    names: &'a Names,
    catalogue: &'a Catalogue,
    method: &'a str,
    seen: HashSet<String>,
}

impl List<'_> {
    /// An item as it is shown; `None` if it is not.
    fn item<'a>(&mut self, server: usize, json: &'a str) -> Option<Cow<'a, str>> {
        let Ok(object) = Object::from_json(json) else {
            self.names.tell(server, self.method, "an item is no object, or holds a member twice");
            return None;
        };
        let named = match self.method {
            method::TOOLS_LIST => Some(Named::Tool),
            method::PROMPTS_LIST => Some(Named::Prompt),
            _ => None,
        };
        let member = match self.method {
            method::RESOURCES_LIST => "uri",
            method::RESOURCE_TEMPLATES_LIST => "uriTemplate",
            method::TASKS_LIST => "taskId",
            _ => "name",
        };
        let spelled = object.get(member);
        let Some((spelled, own)) = spelled.and_then(|json| Some((json, text(json)?))) else {
            self.names.tell(server, self.method, "an item without what it is called by");
            return None;
        };
        match self.method {
            method::RESOURCES_LIST => self.catalogue.learn(&own, server),
            method::RESOURCE_TEMPLATES_LIST => self.catalogue.learn_template(&own, server),
            method::TASKS_LIST => self.catalogue.learn_task(&own, server),
            _ => {}
        }
        let shown = match named {
            Some(named) => self.names.shown(named, server, &own)?,
            None => Cow::Borrowed(&*own),
        };
        if !self.seen.insert(shown.to_string()) {
            self.names.tell(server, &own, "listed before: left out");
            return None;
        }
        let prefix = shown.strip_suffix(&*own).unwrap_or_default();
        if prefix.is_empty() {
            return Some(Cow::Borrowed(json));
        }
        // The name of a server needs no escapes.
        let start = place(json, spelled).start + 1;
        let mut item = String::with_capacity(json.len() + prefix.len());
        item.push_str(json.get(..start)?);
        item.push_str(prefix);
        item.push_str(json.get(start..)?);
        Some(Cow::Owned(item))
    }
}

/// For how long what several answers were made into may be kept.
#[derive(Debug, Default)]
struct Freshness(Option<u64>);

impl Freshness {
    /// No longer than this answer.
    fn of(&mut self, answer: &Object<'_>) {
        let time = answer.get("ttlMs").and_then(|json| Id::from_json(json)?.as_number());
        let time = time.unwrap_or(0);
        self.0 = Some(self.0.map_or(time, |least| least.min(time)));
    }

    fn none(&mut self) {
        self.0 = Some(0);
    }

    fn milliseconds(&self) -> u64 {
        self.0.unwrap_or(0)
    }
}

/// What servers can do together: whatever one of them can.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Capabilities(pub(super) Map<String, Value>);

impl Capabilities {
    /// Those in the answer to `initialize` or `server/discover`.
    pub(super) fn of(answer: &Message) -> Self {
        let members = answer.members().ok();
        let json = members.as_ref().and_then(|members| members.get("capabilities"));
        let value = json.and_then(|json| serde_json::from_str(json).ok());
        Self(match value {
            Some(Value::Object(capabilities)) => capabilities,
            _ => Map::new(),
        })
    }

    /// Whether a capability is there.
    pub(super) fn has(&self, name: &str) -> bool {
        self.0.get(name).is_some_and(|value| *value != Value::Bool(false) && !value.is_null())
    }

    pub(super) fn add(&mut self, other: &Self) {
        unite(&mut self.0, &other.0);
    }

    /// Lists may change, as when a server comes later.
    pub(super) fn change(&mut self) {
        for (name, _) in LISTS {
            let entry = self.0.entry(name).or_insert_with(|| json!({}));
            if let Value::Object(members) = entry {
                members.insert("listChanged".to_owned(), Value::Bool(true));
            }
        }
    }
}

/// The capabilities with lists, and the notifications of their changes.
pub(super) const LISTS: [(&str, &str); 3] = [
    ("tools", method::TOOLS_CHANGED),
    ("prompts", method::PROMPTS_CHANGED),
    ("resources", method::RESOURCES_CHANGED),
];

fn unite(one: &mut Map<String, Value>, other: &Map<String, Value>) {
    for (name, value) in other {
        match (one.get_mut(name), value) {
            (Some(Value::Object(one)), Value::Object(other)) => unite(one, other),
            (Some(one @ (Value::Bool(false) | Value::Null)), value) => *one = value.clone(),
            (Some(_), _) => {}
            (None, value) => {
                one.insert(name.clone(), value.clone());
            }
        }
    }
}

/// What the servers that answered say about themselves.
pub(super) struct Opened<'a> {
    pub(super) names: &'a Names,
    /// By the place of the server.
    pub(super) answers: &'a [(usize, Message)],
    /// Whether servers are missing that may come later.
    pub(super) missing: bool,
}

impl Opened<'_> {
    /// The answer to `initialize`.
    pub(super) fn initialized(&self, request: &Message) -> Option<Message> {
        let asked = request
            .members()
            .ok()
            .and_then(|members| Revision::named(&members.text("protocolVersion")?));
        let revision = asked
            .filter(|revision| revision.era() == Era::Session)
            .unwrap_or(Revision::LAST_WITH_SESSIONS);
        let mut result = json!({
            "protocolVersion": revision.name(),
            "capabilities": self.capabilities().0,
            "serverInfo": server_info(),
        });
        self.instruct(&mut result);
        Some(answer(request.id()?, &result))
    }

    /// The answer to `server/discover`.
    pub(super) fn discovered(&self, request: &Message) -> Option<Message> {
        let mut fresh = Freshness::default();
        if self.missing {
            fresh.none();
        }
        for (_, answer) in self.answers {
            if let Ok(members) = answer.members() {
                fresh.of(&members);
            }
        }
        let mut result = json!({
            "resultType": "complete",
            "supportedVersions": [Revision::V2026_07_28.name()],
            "capabilities": self.capabilities().0,
            "ttlMs": fresh.milliseconds(),
            "cacheScope": "private",
            "_meta": { meta::SERVER_INFO: server_info() },
        });
        self.instruct(&mut result);
        Some(answer(request.id()?, &result))
    }

    fn capabilities(&self) -> Capabilities {
        let mut all = Capabilities::default();
        for (_, answer) in self.answers {
            all.add(&Capabilities::of(answer));
        }
        if self.missing {
            all.change();
        }
        all
    }

    /// The servers' instructions, each under its name.
    fn instruct(&self, result: &mut Value) {
        let mut all = String::new();
        for (server, answer) in self.answers {
            let Ok(members) = answer.members() else { continue };
            let Some(text) = members.text("instructions").filter(|text| !text.is_empty()) else {
                continue;
            };
            let between = if all.is_empty() { "" } else { "\n\n" };
            let _ = write!(all, "{between}# {}\n\n{text}", self.names.name(*server));
        }
        if let (false, Value::Object(result)) = (all.is_empty(), result) {
            result.insert("instructions".to_owned(), Value::from(all));
        }
    }
}

fn server_info() -> Value {
    json!({ "name": "mcp-guard", "version": env!("CARGO_PKG_VERSION") })
}

#[cfg(test)]
mod tests;
