//! Entries of the MCP registry's `server.json` (schema 2025-12-11): packages and remotes.

use super::field::Entry;
use super::server::{DeclaredPackage, Located, Place, Server, Transport, located};
use crate::problem::Problem;
use crate::syntax::{Node, pointer};

/// A package: what is installed, how it is started, which variables it wants.
pub(super) fn package<'d>(
    node: &'d Node,
    place: Place<'d>,
    faults: &mut Vec<Problem>,
) -> Option<Server<'d>> {
    let mut server = blank(node, place)?;
    let entry = Entry { node, pointer: &server.pointer, layer: 0 };
    let identifier = entry.text(&[], &["identifier"], faults)?;
    server.env = entry.named(&[], &["environmentVariables"], faults);
    let version = entry.text(&[], &["version"], faults);
    let hint = entry.text(&[], &["runtimeHint"], faults);
    let word = entry.text(&[], &["transport.type"], faults);
    let url = entry.text(&[], &["transport.url"], faults);
    let registry = entry.text(&[], &["registryType", "registry_type"], faults);
    let runtime = arguments(node, &server.pointer, "runtimeArguments");
    let own = arguments(node, &server.pointer, "packageArguments");
    server.transport = word.as_ref().map_or(Transport::Stdio, |word| transport(&word.text));
    server.command = hint;
    if server.command.is_some() {
        server.args.extend(runtime);
        server.args.push(identifier.clone());
    }
    server.args.extend(own);
    server.url = url.filter(|_| server.transport != Transport::Stdio);
    server.package = registry.map(|registry| DeclaredPackage { registry, identifier, version });
    Some(server)
}

/// A remote: a URL and its headers.
pub(super) fn remote<'d>(
    node: &'d Node,
    place: Place<'d>,
    faults: &mut Vec<Problem>,
) -> Option<Server<'d>> {
    let mut server = blank(node, place)?;
    let entry = Entry { node, pointer: &server.pointer, layer: 0 };
    server.url = Some(entry.text(&[], &["url"], faults)?);
    let word = entry.text(&[], &["type", "transport_type"], faults);
    server.headers = entry.named(&[], &["headers"], faults);
    // Declared headers are filled in by whoever installs the server.
    server.credential_elsewhere = node.get("headers").is_some_and(|list| !list.items().is_empty());
    server.transport = word.as_ref().map_or(Transport::Http, |word| transport(&word.text));
    server.declared = word.map(|word| {
        let transport = transport(&word.text);
        (word, transport)
    });
    Some(server)
}

fn blank<'d>(node: &'d Node, place: Place<'d>) -> Option<Server<'d>> {
    node.is_map().then(|| Server::blank(node, place))
}

fn transport(word: &str) -> Transport {
    match word {
        "stdio" => Transport::Stdio,
        "streamable-http" | "http" => Transport::Http,
        "sse" => Transport::Sse,
        _ => Transport::Unknown,
    }
}

/// Values of a list of `{type: positional|named, name, value}`.
fn arguments<'d>(node: &'d Node, base: &str, key: &str) -> Vec<Located<'d>> {
    let mut found = Vec::new();
    let items = node.get(key).map(Node::items).unwrap_or_default();
    for (index, item) in items.iter().enumerate() {
        for part in ["name", "value"] {
            let mut place = base.to_owned();
            pointer::push(&mut place, key);
            pointer::push_index(&mut place, index);
            pointer::push(&mut place, part);
            found.extend(item.get(part).and_then(|value| located(value, place)));
        }
    }
    found
}
