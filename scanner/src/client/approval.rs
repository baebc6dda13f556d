//! Keys by which a client approves calls, servers or folders without asking.

use mcp_guard_detect::path;

use super::dialect::{ApprovalEffect, ApprovalKey, ApprovalPlace, ApprovalWhen, Dialect};
use super::entry::located;
use super::location::segment_fits;
use super::server::{Approval, Located, Server};
use crate::problem::Span;
use crate::syntax::{Node, Value, find, pointer};

/// The approvals in force in a document of this client.
pub(super) fn in_document<'d>(root: &'d Node, dialect: &'static Dialect) -> Vec<Approval<'d>> {
    let mut found = Vec::new();
    for key in dialect.approvals.iter().filter(|key| key.place == ApprovalPlace::Document) {
        read(root, "", key, dialect, None, &mut found);
    }
    found
}

/// The approvals in force in the entries of these servers, each by its own client's keys.
pub(super) fn in_entries<'d>(servers: &[Server<'d>]) -> Vec<Approval<'d>> {
    let mut found = Vec::new();
    for (index, server) in servers.iter().enumerate() {
        // An entry with a key that stands twice is several servers, but one entry.
        let before = index.checked_sub(1).and_then(|before| servers.get(before));
        if before.is_some_and(|before| std::ptr::eq(before.node, server.node)) {
            continue;
        }
        let keys = server.dialect.approvals.iter();
        for key in keys.filter(|key| key.place == ApprovalPlace::Entry) {
            read(server.node, &server.pointer, key, server.dialect, Some(index), &mut found);
        }
    }
    found
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
        if key.effect == ApprovalEffect::Folder && !trusts_much(&place, node) {
            continue;
        }
        let pointer = format!("{base}{place}");
        let parts: Vec<String> = place.split('/').skip(1).map(pointer::unescape).collect();
        let name = parts.join(".");
        let mut items = in_force.items;
        // A pattern such as `/tools/*/approval_mode` names the tool in the path.
        if items.is_empty() && key.effect == ApprovalEffect::Tools {
            let parts = key.at.split('/').zip(place.split('/'));
            items.extend(
                parts
                    .filter(|(pattern, _)| *pattern == "*")
                    .map(|(_, part)| pointer::unescape(part)),
            );
        }
        let value = located(node, pointer.clone()).unwrap_or(Located {
            text: std::borrow::Cow::Borrowed(""),
            node,
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
    if word.is_some_and(|word| when.is.iter().any(|wanted| wanted == word)) {
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

/// Whether the folder that is trusted, named by a key on the way or by the value itself, is a
/// file system's root, a drive or a home directory. Any other one is the ordinary result of a
/// click.
fn trusts_much(pointer: &str, node: &Node) -> bool {
    let keys = pointer.split('/').map(pointer::unescape);
    keys.chain(node.as_str().map(str::to_owned)).filter_map(|name| path::normalise(&name)).any(
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
