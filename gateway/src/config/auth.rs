//! Section `auth`: who may call.

use std::collections::{HashMap, hash_map};

use schemars::JsonSchema;
use secrecy::{ExposeSecret, SecretString};

use super::keys::{ApiKeyKeys, AuthKeys};
use super::reader::{Reader, Word, shown, written};
use super::tree::{Node, Value};

/// Shorter keys can be guessed; they are warned of.
const SHORTEST: usize = 16;
const LONGEST_ID: usize = 128;

/// Who may call.
#[derive(Clone, Debug, Default)]
pub struct Auth {
    /// How a caller proves who it is.
    pub mode: AuthMode,
    /// The keys of the file; others may be kept in the state.
    pub keys: Vec<ApiKey>,
    /// A key is asked for over standard input and output too.
    pub require_on_stdio: bool,
}

/// How a caller proves who it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, JsonSchema)]
#[schemars(rename_all = "snake_case")]
pub enum AuthMode {
    /// Nobody has to.
    #[default]
    None,
    /// By an API key.
    ApiKey,
}

impl Word for AuthMode {
    const ALL: &'static [(&'static str, Self)] = &[("none", Self::None), ("api_key", Self::ApiKey)];
    const LATER: &'static [&'static str] = &["jwt", "os", "oauth2"];
}

/// A key and whose it is.
#[derive(Clone, Debug)]
pub struct ApiKey {
    /// The name of the caller.
    pub id: String,
    /// The key.
    pub secret: SecretString,
}

/// Section `auth`. Where no key is asked for, `lenient` leaves out keys whose variable is not set.
pub(super) fn auth<'d>(reader: &mut Reader<'d>, node: &'d Node, over_http: bool) -> Auth {
    let section: AuthKeys<'d> = reader.keys(node, "`auth`");
    let mode = section.mode.map(|node| reader.word::<AuthMode>(node));
    let required = section.require_on_stdio.and_then(|node| reader.flag(node)).unwrap_or(false);
    if let Some(keys) = section.keys {
        match mode {
            None => reader
                .fault(keys.at, "these keys are asked for only with `mode: api_key`; say the mode"),
            Some(Some(AuthMode::None)) => {
                reader.warning(keys.at, "with `mode: none` no key is asked for");
            }
            _ => {}
        }
    }
    let mode = mode.flatten().unwrap_or_default();
    if let Some(node) = section.require_on_stdio
        && required
        && mode == AuthMode::None
        && section.mode.is_none_or(|node| !has_variable(node))
    {
        reader.fault(node.at, "a key can be required only with `mode: api_key`");
    }
    let asked_for = mode == AuthMode::ApiKey && (over_http || required);
    let keys = section.keys.map(|node| keys(reader, node, asked_for)).unwrap_or_default();
    Auth { mode, keys, require_on_stdio: required }
}

fn has_variable(node: &Node) -> bool {
    matches!(&node.value, Value::Text(text) if text.contains("${"))
}

fn keys<'d>(reader: &mut Reader<'d>, node: &'d Node, asked_for: bool) -> Vec<ApiKey> {
    let mut ids: HashMap<String, usize> = HashMap::new();
    let mut values: HashMap<String, usize> = HashMap::new();
    let mut keys = Vec::new();
    for (index, item) in reader.list(node).iter().enumerate() {
        let usual = format!("agent-{}", index + 1);
        let (id, id_node, secret) = match &item.value {
            Value::Map(_) => {
                let section: ApiKeyKeys<'d> = reader.keys(item, "a key");
                if section.key.is_none() {
                    reader.fault(item.at, "this entry needs a `key`");
                }
                let id = match section.id {
                    Some(node) => id(reader, node),
                    None => Some(usual),
                };
                (id, section.id, section.key)
            }
            _ => (Some(usual), None, Some(item)),
        };
        if let Some(id) = &id {
            match ids.entry(id.clone()) {
                hash_map::Entry::Occupied(first) => {
                    let message = format!(
                        "the id `{}` stands at key {} already",
                        shown(id_node.map_or(id, |node| written(node, id))),
                        first.get()
                    );
                    reader.fault(item.at, message);
                }
                hash_map::Entry::Vacant(place) => {
                    place.insert(index + 1);
                }
            }
        }
        let secret = secret.and_then(|node| secret_of(reader, node, asked_for));
        let Some((id, secret)) = id.zip(secret) else { continue };
        if let Some(other) = values.insert(secret.expose_secret().to_owned(), index + 1) {
            let message =
                format!("this key is the same as key {other}; nobody could tell who calls");
            reader.fault(item.at, message);
        }
        keys.push(ApiKey { id, secret });
    }
    keys
}

fn id<'d>(reader: &mut Reader<'d>, node: &'d Node) -> Option<String> {
    let id = reader.text(node)?;
    if id.len() > LONGEST_ID || !id.chars().all(|c| c.is_alphanumeric() || "-_.@:/".contains(c)) {
        let message = "an id takes letters, digits and `-_.@:/`, 128 bytes at most";
        reader.fault(node.at, message);
        return None;
    }
    Some(id)
}

fn secret_of<'d>(reader: &mut Reader<'d>, node: &'d Node, asked_for: bool) -> Option<SecretString> {
    let before = reader.faults.len();
    let text = reader.raw_text(node);
    // Nobody has to have the variables of keys that nobody is asked for. Whoever shows such a key
    // is not known.
    if !asked_for && has_variable(node) && reader.variables.is_some() {
        for fault in reader.faults.split_off(before) {
            let message = format!("{}; this key is left out", fault.message);
            reader.warnings.push(super::Fault { message, ..fault });
        }
    }
    let text = text?;
    if text.trim().is_empty() {
        reader.fault(node.at, "this key is empty");
        return None;
    }
    if !text.bytes().all(|byte| byte.is_ascii_graphic()) {
        let message = "a key takes visible ASCII characters and no white space, or no header can \
                       carry it";
        reader.fault(node.at, message);
        return None;
    }
    if text.len() < SHORTEST {
        let message = format!("this key is shorter than {SHORTEST} characters; it can be guessed");
        reader.warning(node.at, message);
    }
    Some(SecretString::from(text))
}
