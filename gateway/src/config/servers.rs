//! Section `servers`.

use super::keys::ServerKeys;
use super::reader::{Reader, shown};
use super::server::{
    Bridge, CONNECT_TIMEOUT, ChildSpec, Server, TIMEOUT, Transport, is_server_name,
};
use super::tree::{Entry, Node, Value};
use super::{launch, remote};
use crate::policy::{Effect, Subject, ToolPolicyBuilder};

/// The servers that the file names, in its order.
pub(super) fn entries<'d>(reader: &mut Reader<'d>, node: &'d Node) -> Vec<&'d Entry> {
    let entries = reader.named(node, "`servers`");
    for entry in &entries {
        if !is_server_name(&entry.key) {
            let message = format!(
                "`{}` is no name of a server; it takes lower case letters, digits and `-`, 64 at \
                 most",
                shown(&entry.key)
            );
            reader.fault(entry.key_at, message);
        }
    }
    entries
}

/// An entry of `servers`. `wrapped` is the process that is run instead of what it names.
pub(super) fn server<'d>(
    reader: &mut Reader<'d>,
    entry: &'d Entry,
    tools: &mut ToolPolicyBuilder,
    wrapped: Option<&ChildSpec>,
) -> Option<Server> {
    let Entry { key: name, key_at, value } = entry;
    let keys: ServerKeys<'d> = reader.keys(value, "a server");
    let timeout = keys.timeout.and_then(|node| reader.duration(node));
    let connect_timeout = keys.connect_timeout.and_then(|node| reader.duration(node));
    let bridge = keys.bridge.and_then(|node| reader.word(node));
    for (effect, word, node) in
        [(Effect::Allow, "allow", keys.allow), (Effect::Deny, "deny", keys.deny)]
    {
        let Some(node) = node else { continue };
        let list = format!("servers.{name}.{word}");
        let patterns = reader.patterns(node).into_iter().map(|(text, _)| text);
        let added = tools.globs(effect, list, Subject::ToolOf(name.clone()), patterns);
        if let Err(error) = added {
            reader.fault(node.at, format!("these are no patterns: {error}"));
        }
    }
    if !matches!(value.value, Value::Map(_) | Value::Null) {
        return None;
    }
    let transport = match wrapped {
        Some(child) => {
            let instances = keys.max_instances.and_then(|node| launch::instances(reader, node));
            for (key, node) in commanding(&keys) {
                if let Some(node) = node {
                    let message =
                        format!("`{key}` does not count: the command line names what is run");
                    reader.warning(node.at, message);
                }
            }
            let max_instances = instances.unwrap_or(child.max_instances);
            Some(Transport::Child(ChildSpec { max_instances, ..child.clone() }))
        }
        None => transport(reader, name, *key_at, &keys),
    };
    Some(Server {
        name: name.clone(),
        transport: transport?,
        timeout: timeout.unwrap_or(TIMEOUT),
        connect_timeout: connect_timeout.unwrap_or(CONNECT_TIMEOUT),
        bridge: bridge.unwrap_or_default(),
    })
}

/// The server that a command line names and no file does.
pub(super) fn unnamed(name: &str, child: &ChildSpec) -> Server {
    Server {
        name: name.to_owned(),
        transport: Transport::Child(child.clone()),
        timeout: TIMEOUT,
        connect_timeout: CONNECT_TIMEOUT,
        bridge: Bridge::default(),
    }
}

/// The keys that say what is run or called.
fn commanding<'d>(keys: &ServerKeys<'d>) -> [(&'static str, Option<&'d Node>); 7] {
    [
        ("command", keys.command),
        ("args", keys.args),
        ("env", keys.env),
        ("cwd", keys.cwd),
        ("url", keys.url),
        ("headers", keys.headers),
        ("transport", keys.transport),
    ]
}

/// Whether an entry holds policy alone, for a server whose command stands in a client's file.
pub(super) fn is_policy_only(entry: &Entry) -> bool {
    let mut keys = entry.value.entries().iter().map(|entry| entry.key.as_str());
    !keys.any(|key| matches!(key, "command" | "url"))
}

fn transport<'d>(
    reader: &mut Reader<'d>,
    name: &str,
    at: usize,
    keys: &ServerKeys<'d>,
) -> Option<Transport> {
    let mut stray = |of: &str, others: &[(&str, Option<&'d Node>)]| {
        for (key, node) in others {
            if let Some(node) = node {
                reader.fault(node.at, format!("`{key}` goes with `{of}` only"));
            }
        }
    };
    let [_, args, env, cwd, _, headers, spoken] = commanding(keys);
    match (keys.command, keys.url) {
        (Some(_), Some(url)) => {
            reader.fault(url.at, "a server has a `command` or a `url`, not both");
            None
        }
        (Some(command), None) => {
            stray("url", &[headers, spoken]);
            launch::child(reader, command, keys).map(Transport::Child)
        }
        (None, Some(url)) => {
            let instances = ("max_instances", keys.max_instances);
            stray("command", &[args, env, cwd, instances]);
            remote::http(reader, url, keys).map(Transport::Http)
        }
        (None, None) => {
            stray("command", &[args, env, cwd]);
            stray("url", &[headers, spoken]);
            let says_something = keys.allow.or(keys.deny).or(keys.timeout).or(keys.bridge);
            let says_something = says_something.or(keys.connect_timeout).or(keys.max_instances);
            if says_something.is_none() {
                reader.fault(at, format!("server `{name}` needs a `command` or a `url`"));
            } else if reader.variables.is_some() {
                let message = format!(
                    "server `{name}` has neither `command` nor `url`; only `mcp-guard serve \
                     --server {name} -- COMMAND` can run it"
                );
                reader.fault(at, message);
            }
            None
        }
    }
}
