//! Keys by which a client approves calls, servers or folders without asking.

use std::borrow::Cow;

use mcp_guard_detect::path;

use super::dialect::{
    ApprovalEffect, ApprovalKey, ApprovalPlace, ApprovalWhen, Dialect, Scalar, Scope,
};
use super::given;
use super::location::segment_fits;
use super::server::{Approval, Located, Server, located};
use crate::problem::Span;
use crate::syntax::{Node, Value, find, pointer};

#[cfg(test)]
mod tests;

/// The approvals in force in a document of this client with this scope and these servers.
pub(super) fn in_document<'d>(
    root: &'d Node,
    dialect: &'static Dialect,
    scope: Scope,
    servers: &[Server<'d>],
) -> Vec<Approval<'d>> {
    let mut found = Vec::new();
    let keys = dialect.approvals.iter().filter(|key| key.place == ApprovalPlace::Document);
    for key in keys.filter(|key| is_heeded(key, scope)) {
        match &key.when.server {
            Some(prefix) => of_servers(root, prefix, key, dialect, servers, &mut found),
            None => read(root, "", key, dialect, None, &mut found),
        }
    }
    found
}

/// Whether the client looks at the key in a file or entry of that scope. Where the scope is not
/// known, it may.
fn is_heeded(key: &ApprovalKey, scope: Scope) -> bool {
    key.scopes.is_empty() || scope == Scope::Unknown || key.scopes.contains(&scope)
}

/// The approvals in force in the entries of these servers, each by its own client's keys.
pub(super) fn in_entries<'d>(servers: &[Server<'d>]) -> Vec<Approval<'d>> {
    let mut found = Vec::new();
    for (index, server) in entries(servers) {
        in_entry(index, server, server.dialect, server.scope, &mut found);
    }
    found
}

/// Whether the client has approvals in entries at all.
pub(super) fn are_in_entries(reader: &Dialect) -> bool {
    reader.approvals.iter().any(|key| key.place == ApprovalPlace::Entry)
}

/// The approvals that another client finds in those of the entries that stand where it has servers.
pub(super) fn of_reader<'d>(
    servers: &[Server<'d>],
    reader: &'static Dialect,
    scope: Scope,
    places: &[Cow<'_, str>],
) -> Vec<Approval<'d>> {
    let mut found = Vec::new();
    for (index, server) in entries(servers) {
        let above = server.pointer.rsplit_once('/').map_or("", |(above, _)| above);
        if places.iter().any(|place| *place == above || *place == server.pointer) {
            in_entry(index, server, reader, scope, &mut found);
        }
    }
    found
}

/// The entries of these servers, each once: one with a key that stands twice is several servers.
fn entries<'a, 'd>(servers: &'a [Server<'d>]) -> impl Iterator<Item = (usize, &'a Server<'d>)> {
    let is_new = |index: usize, server: &Server<'_>| {
        let before = index.checked_sub(1).and_then(|before| servers.get(before));
        !before.is_some_and(|before| std::ptr::eq(before.node, server.node))
    };
    servers.iter().enumerate().filter(move |(index, server)| is_new(*index, server))
}

fn in_entry<'d>(
    index: usize,
    server: &Server<'d>,
    reader: &'static Dialect,
    scope: Scope,
    found: &mut Vec<Approval<'d>>,
) {
    let keys = reader.approvals.iter().filter(|key| key.place == ApprovalPlace::Entry);
    for key in keys.filter(|key| is_heeded(key, scope)) {
        read(server.node, &server.pointer, key, reader, Some(index), found);
    }
}

fn read<'d>(
    root: &'d Node,
    base: &str,
    key: &'static ApprovalKey,
    dialect: &'static Dialect,
    server: Option<usize>,
    found: &mut Vec<Approval<'d>>,
) {
    for (place, node) in find(root, &key.at) {
        let Some(in_force) = judge(node, &key.when) else { continue };
        let named = key.at.split('/').zip(place.split('/')).filter(|(part, _)| *part == "*");
        let named: Vec<_> = named.map(|(_, name)| pointer::unescape(name)).collect();
        let no_server =
            named.iter().any(|name| key.when.no_server.iter().any(|other| other == name));
        if no_server || !given::holds(root, &key.given, &key.at, &place) {
            continue;
        }
        if key.effect == ApprovalEffect::Folder && !trusts_much(&place, node) {
            continue;
        }
        let pointer = format!("{base}{place}");
        let parts: Vec<String> =
            place.split('/').skip(1).map(|part| pointer::unescape(part).into_owned()).collect();
        let name = parts.join(".");
        let mut items = in_force.items;
        // A pattern such as `/tools/*/approval_mode` names the tool in the path.
        if items.is_empty() && key.effect == ApprovalEffect::Tools {
            items.extend(named.into_iter().map(Cow::into_owned));
        }
        let value = located(node, pointer.clone()).unwrap_or(Located {
            text: Cow::Borrowed(""),
            node,
            begin: 0,
            pointer,
        });
        found.push(Approval {
            server,
            dialect,
            effect: key.effect,
            key: name,
            value,
            items,
            wildcard: in_force.wildcard,
            note: &key.note,
        });
    }
}

/// What the items of a list approve of one server.
struct Grant<'d> {
    name: &'d str,
    /// The item for the whole server, else the first one for a tool, and its index.
    item: (&'d Node, usize),
    whole: bool,
    tools: Vec<&'d str>,
}

/// Lists whose items name servers and their tools: one approval a server.
fn of_servers<'d>(
    root: &'d Node,
    prefix: &str,
    key: &'static ApprovalKey,
    dialect: &'static Dialect,
    servers: &[Server<'d>],
    found: &mut Vec<Approval<'d>>,
) {
    let lists = find(root, &key.at).into_iter();
    for (place, list) in lists.filter(|(place, _)| given::holds(root, &key.given, &key.at, place)) {
        for Grant { name, item: (node, index), whole, tools } in grants(list, prefix, key) {
            let mut pointer = place.clone().into_owned();
            pointer::push_index(&mut pointer, index);
            let Some(value) = located(node, pointer) else { continue };
            let approval = |server: Option<usize>, items: Vec<String>| Approval {
                server,
                dialect,
                effect: if whole { ApprovalEffect::Server } else { ApprovalEffect::Tools },
                key: place.split('/').skip(1).map(pointer::unescape).collect::<Vec<_>>().join("."),
                value: value.clone(),
                items,
                wildcard: name.chars().all(|c| c == '*').then_some(node.span),
                note: &key.note,
            };
            let mut here = servers.iter().enumerate().filter(|(index, server)| {
                let before = index.checked_sub(1).and_then(|before| servers.get(before));
                segment_fits(name, &server.name)
                    && !before.is_some_and(|before| std::ptr::eq(before.node, server.node))
            });
            let known = here.next();
            for (index, _) in known.into_iter().chain(here) {
                let items = tools.iter().map(|tool| (*tool).to_owned()).collect();
                found.push(approval(Some(index), items));
            }
            if known.is_none() {
                let items = match whole {
                    true => vec![name.to_owned()],
                    false => tools.iter().map(|tool| format!("{name}/{tool}")).collect(),
                };
                found.push(approval(None, items));
            }
        }
    }
}

fn grants<'d>(list: &'d Node, prefix: &str, key: &ApprovalKey) -> Vec<Grant<'d>> {
    let mut grants: Vec<Grant<'d>> = Vec::new();
    for (index, node) in list.items().iter().enumerate() {
        let Some(text) = node.as_str().and_then(|text| text.strip_prefix(prefix)) else { continue };
        let (name, tool) = text.split_once('/').map_or((text, None), |(n, tool)| (n, Some(tool)));
        let tool = tool.filter(|tool| !tool.is_empty() && *tool != "*");
        if name.is_empty() || key.when.no_server.iter().any(|other| other == name) {
            continue;
        }
        let item = (node, index);
        let grant = match grants.iter_mut().find(|grant| grant.name == name) {
            Some(grant) => grant,
            None => {
                grants.push(Grant { name, item, whole: false, tools: Vec::new() });
                let Some(new) = grants.last_mut() else { continue };
                new
            }
        };
        match tool {
            Some(_) if grant.whole => {}
            Some(tool) => grant.tools.push(tool),
            None if grant.whole => {}
            None => {
                grant.item = item;
                grant.whole = true;
                grant.tools.clear();
            }
        }
    }
    grants
}

struct InForce {
    items: Vec<String>,
    wildcard: Option<Span>,
}

fn judge(node: &Node, when: &ApprovalWhen) -> Option<InForce> {
    let plain = InForce { items: Vec::new(), wildcard: None };
    let word = match &node.value {
        Value::Text(text) => Some(text.as_str()),
        Value::Bool(flag) => Some(if *flag { "true" } else { "false" }),
        Value::Number(number) => Some(&**number),
        Value::Null | Value::List(_) | Value::Map(_) => None,
    };
    if when.is.iter().any(|wanted| is(node, wanted)) {
        return Some(plain);
    }
    let means_all = |item: &str| when.wildcard.iter().any(|all| all == item);
    if when.list && (node.is_list() || word.is_some_and(means_all)) {
        let listed: Vec<(&str, Span)> = match word {
            Some(word) => vec![(word, node.span)],
            None => {
                node.items().iter().filter_map(|item| Some((item.as_str()?, item.span))).collect()
            }
        };
        let counted: Vec<(&str, Span)> = listed
            .into_iter()
            .filter(|(item, _)| {
                means_all(item) || when.items.as_ref().is_none_or(|like| segment_fits(like, item))
            })
            .collect();
        let wildcard = counted.iter().find(|(item, _)| means_all(item)).map(|(_, span)| *span);
        if !counted.is_empty() {
            let items = counted.into_iter().map(|(item, _)| item.to_owned()).collect();
            return Some(InForce { items, wildcard });
        }
    }
    let there = when.present && !node.is_null() && word != Some("false");
    let object = when.object && !node.entries().is_empty();
    (there || object).then_some(plain)
}

/// Whether a node is that value.
pub(super) fn is(node: &Node, wanted: &Scalar) -> bool {
    match wanted {
        Scalar::Flag(flag) => node.as_bool() == Some(*flag),
        Scalar::Word(text) => node.as_str() == Some(text),
    }
}

/// Whether the folder that is trusted, named by a key on the way or by the value itself, is a
/// file system's root, a drive or a home directory. Any other one is the ordinary result of a
/// click.
fn trusts_much(pointer: &str, node: &Node) -> bool {
    let keys = pointer.split('/').map(pointer::unescape);
    keys.chain(node.as_str().map(Cow::Borrowed)).filter_map(|name| path::normalise(&name)).any(
        |normal| match normal.anchor.as_str() {
            "" => false,
            "~" => normal.segments.is_empty(),
            "/" => match normal.segments.as_slice() {
                [] => true,
                [only] => ["home", "Users", "root"].contains(&only.as_str()),
                [first, _] => ["home", "Users"].contains(&first.as_str()),
                _ => false,
            },
            _ => match normal.segments.as_slice() {
                [] => true,
                [first] | [first, _] => first == "users",
                _ => false,
            },
        },
    )
}
