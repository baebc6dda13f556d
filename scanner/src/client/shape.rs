//! Whether a part of a document looks like a server, or like a collection of servers.

use std::borrow::Cow;

use super::dialect::{ServerMap, Shape, TextItem};
use super::given;
use crate::syntax::{Node, Value, find};

#[cfg(test)]
mod tests;

/// Names that some client uses for the program.
pub(super) const COMMAND_KEYS: &[&str] = &["command", "cmd", "commandFunction"];
/// Names that some client uses for the URL.
pub(super) const URL_KEYS: &[&str] = &["url", "serverUrl", "httpUrl", "uri", "baseUrl", "endpoint"];

/// Whether the node is an object that starts something or leads somewhere.
pub(super) fn is_entry(node: &Node) -> bool {
    let starts = |key: &&str| {
        node.get(key).is_some_and(|value| match &value.value {
            Value::Text(text) => !text.as_str().trim().is_empty(),
            Value::List(items) => items.first().is_some_and(|first| first.as_str().is_some()),
            // The nested form of older editors: an object with the path.
            Value::Map(_) => value.get("path").is_some_and(|path| path.as_str().is_some()),
            _ => false,
        })
    };
    let leads =
        |key: &&str| node.get(key).and_then(Node::as_str).is_some_and(|url| !url.trim().is_empty());
    COMMAND_KEYS.iter().any(starts)
        || URL_KEYS.iter().any(leads)
        || node.get("transport").is_some_and(|inner| inner.is_map() && is_entry(inner))
}

/// Keys that hold a remark and no value.
pub(super) fn is_remark(key: &str) -> bool {
    key.starts_with(['_', '$']) || key.starts_with("//") || key.starts_with('#') || key == "comment"
}

/// The places in the document that the map names and that have its shape, with their pointers.
pub(super) fn present<'d, 'm>(
    root: &'d Node,
    map: &'m ServerMap,
) -> impl Iterator<Item = (Cow<'m, str>, &'d Node)> {
    find(root, &map.at)
        .into_iter()
        .filter(move |(_, node)| match map.shape {
            Shape::Object => is_object_of_entries(&map.at, node),
            Shape::List => {
                let is_item = |item: &Node| item.is_map() || item.as_str().is_some();
                node.is_list() && (node.items().is_empty() || node.items().iter().any(is_item))
            }
            // What stands beside it says that it is one.
            Shape::Single if map.texts == TextItem::Command && node.as_str().is_some() => true,
            Shape::Single => is_entry(node) || !map.given.is_empty() && node.is_map(),
            Shape::Flat => is_flat(node),
            Shape::RegistryPackages => {
                node.items().iter().any(|item| item.get("identifier").is_some())
            }
            Shape::RegistryRemotes => node.items().iter().any(|item| item.get("url").is_some()),
        })
        .filter(move |(pointer, _)| given::holds(root, &map.given, &map.at, pointer))
}

/// An object whose values are objects. One of switches is something else that happens to have the
/// key, such as a permission table. One of words or lists is a map that went wrong, if its key can
/// mean nothing else.
fn is_object_of_entries(at: &str, node: &Node) -> bool {
    let mut values =
        node.entries().iter().filter(|entry| !is_remark(&entry.key)).map(|entry| &entry.value);
    node.is_map()
        && (node.entries().is_empty()
            || node.entries().iter().any(|entry| entry.value.is_map())
            || is_unmistakable(at)
                && values.clone().any(|value| !value.is_null())
                && values.all(|value| value.as_bool().is_none()))
}

/// The document itself is the map: every value is a server.
fn is_flat(node: &Node) -> bool {
    let mut entries = node.entries().iter().filter(|entry| !is_remark(&entry.key)).peekable();
    entries.peek().is_some() && entries.all(|entry| is_entry(&entry.value))
}

/// Whether a pointer ends in a key that means MCP servers and nothing else.
pub(super) fn is_unmistakable(at: &str) -> bool {
    let mut keys = at.rsplit('/');
    let last = keys.next().unwrap_or_default();
    // Without case and what joins words.
    let means = |key: &str| {
        let letters = last.bytes().filter(|byte| !b"-_.".contains(byte));
        letters.map(|byte| byte.to_ascii_lowercase()).eq(key.bytes())
    };
    means("mcpservers") || means("contextservers") || means("servers") && keys.next() == Some("mcp")
}

/// Whether some child of the object or list at that pointer is plainly a server. Where the key
/// speaks of MCP, a program alone is plain enough; in a list only where it means nothing else.
pub(super) fn holds_entries(at: &str, node: &Node) -> bool {
    let unmistakable = is_unmistakable(at);
    let key = at.rsplit('/').next().unwrap_or_default();
    let told = unmistakable || key.to_ascii_lowercase().contains("mcp");
    match &node.value {
        Value::Map(entries) => entries
            .iter()
            .any(|entry| is_plain_entry(&entry.value) || told && is_entry(&entry.value)),
        Value::List(items) => items.iter().any(|item| {
            is_plain_entry(item) && item.get("name").is_some()
                || unmistakable && is_entry(item)
                || matches!(item.entries(), [only] if is_plain_entry(&only.value)
                    || unmistakable && is_entry(&only.value))
        }),
        _ => false,
    }
}

/// A server beyond doubt: a program with arguments or variables, or a web address.
fn is_plain_entry(node: &Node) -> bool {
    let has = |key: &str| node.get(key).is_some();
    let web = |key: &&str| {
        node.get(key).and_then(Node::as_str).is_some_and(|url| {
            let url = url.to_ascii_lowercase();
            ["http://", "https://", "ws://", "wss://"].iter().any(|scheme| url.starts_with(scheme))
        })
    };
    is_entry(node)
        && (has("args")
            || has("env")
            || has("environment")
            || URL_KEYS.iter().any(web)
            || node.get("command").is_some_and(Node::is_list))
}

/// Keys under which a server map would be expected.
pub(super) fn names_servers(key: &str) -> bool {
    let key = key.to_ascii_lowercase();
    key.contains("mcp")
        || (key.contains("server")
            && !["language", "lsp", "proxy", "web", "dev"].iter().any(|other| key.contains(other)))
}

/// Whether nothing is in it.
pub(super) fn is_empty(node: &Node) -> bool {
    match &node.value {
        Value::Map(entries) => entries.is_empty(),
        Value::List(items) => items.is_empty(),
        Value::Null => true,
        _ => false,
    }
}
