//! From a document to its servers: everything in it that is a server or looks like one.

use std::borrow::Cow;

use super::dialect::{Dialect, Scope, ServerMap, Shape};
use super::entry::{self, Place};
use super::owner::{Found, Origin, claimed, owner};
use super::server::{Reading, Server};
use super::unclaimed::{Taken, expects_servers, misplaced, search};
use super::{approval, dialect, registry, shape};
use crate::problem::{Problem, ProblemKind, Span};
use crate::syntax::{Document, Node, pointer};

/// Reads the servers, approvals and oddities of a document.
#[must_use]
pub fn read<'d>(document: &'d Document, origin: &Origin<'_>) -> Reading<'d> {
    let mut reading = Reading {
        client: None,
        scope: Scope::Unknown,
        servers: Vec::new(),
        approvals: Vec::new(),
        maps: 0,
        problems: Vec::new(),
    };
    if document.roots().is_empty() {
        reading.client = claimed(origin);
        let scope = origin.claims.first().map(|claim| claim.location.scope);
        reading.scope = scope.unwrap_or(Scope::Unknown);
    }
    for root in document.roots() {
        read_root(root, origin, &mut reading);
    }
    reading.approvals.extend(approval::in_entries(&reading.servers));
    limit(&mut reading.problems);
    reading
}

/// More oddities than this are not told one by one.
const MOST: usize = 100;

/// Leaves the first, and one that says how many more there are.
fn limit(problems: &mut Vec<Problem>) {
    let Some(more) = problems.len().checked_sub(MOST).filter(|more| *more > 1) else { return };
    problems.truncate(MOST + 1);
    if let Some(last) = problems.last_mut() {
        last.message = format!("{more} more problems like those before are not told");
        last.pointer = None;
    }
}

fn read_root<'d>(root: &'d Node, origin: &Origin<'_>, reading: &mut Reading<'d>) {
    let owner = owner(root, origin);
    let found: Vec<Found<'d>> = owner.as_ref().map(|owner| owner.places(root)).unwrap_or_default();
    let claimed = claimed(origin);
    let client = owner.as_ref().map(|owner| owner.dialect).or(claimed);
    let scope = owner.as_ref().map_or(Scope::Unknown, |owner| owner.scope);
    if reading.client.is_none() {
        reading.client = client;
        reading.scope = match (scope, origin.claims.first()) {
            (Scope::Unknown, Some(claim)) => claim.location.scope,
            _ => scope,
        };
    }
    let mut taken = Taken::default();
    found.iter().for_each(|found| taken.add(&found.pointer));
    for Found { dialect, map, scope, pointer, node } in found {
        let scope = map.scope.unwrap_or(scope);
        entries(node, &pointer, map, dialect, scope, root, origin, &taken, reading);
    }
    if let Some(generic) = dialect("generic") {
        let mut unknown = Vec::new();
        search(root, &mut String::new(), &taken, &mut unknown);
        for (pointer, node, key) in unknown {
            let whom = client.map_or("a known client", |client| &client.name);
            reading.problems.push(
                Problem::new(
                    ProblemKind::UnknownShape,
                    format!("this looks like a collection of MCP servers, but {whom} reads none here; its entries were analysed all the same"),
                )
                .at(key)
                .on(pointer.clone()),
            );
            let shape = if node.is_list() { Shape::List } else { Shape::Object };
            let map = ServerMap { at: Cow::Borrowed(""), shape, scope: None, name_at: None };
            let dialect = client.filter(|client| !client.fields.command.is_empty());
            let scope = reading.scope;
            let dialect = dialect.unwrap_or(generic);
            entries(node, &pointer, &map, dialect, scope, root, origin, &taken, reading);
            taken.add(&pointer);
        }
    }
    reading.maps += taken.len();
    misplaced(root, origin, &mut taken, reading);
    expects_servers(root, origin, &taken, reading);
    let scope_of = |dialect: &Dialect| {
        let claim = origin.claims.iter().find(|claim| claim.dialect.id == dialect.id);
        claim.map_or(scope, |claim| claim.location.scope)
    };
    let approvals_of = |dialect: &'static Dialect| {
        approval::in_document(root, dialect, scope_of(dialect), &reading.servers)
    };
    let mut approvals: Vec<_> = client.map(approvals_of).unwrap_or_default();
    if let Some(claimed) = claimed
        && client.is_some_and(|client| client.id != claimed.id)
    {
        approvals.extend(approvals_of(claimed));
    }
    reading.approvals.extend(approvals);
}

#[expect(clippy::too_many_arguments, reason = "the parts of one place in one document")]
fn entries<'d>(
    node: &'d Node,
    base: &str,
    map: &ServerMap,
    dialect: &'static Dialect,
    scope: Scope,
    root: &'d Node,
    origin: &Origin<'_>,
    taken: &Taken,
    reading: &mut Reading<'d>,
) {
    let place = |name: Cow<'d, str>, name_span: Span, pointer: String| Place {
        dialect,
        scope,
        name,
        name_span,
        pointer,
    };
    let below = |index: usize| {
        let mut pointer = base.to_owned();
        pointer::push_index(&mut pointer, index);
        pointer
    };
    let Reading { servers, problems, .. } = reading;
    match map.shape {
        Shape::Object | Shape::Flat => {
            for entry in node.entries() {
                if shape::is_remark(&entry.key) && !entry.value.is_map() {
                    continue;
                }
                let mut pointer = base.to_owned();
                pointer::push(&mut pointer, &entry.key);
                // A map inside of this one, such as `/mcp/servers` in `/mcp`, is no entry of it.
                if taken.contains(&pointer) {
                    continue;
                }
                let place = place(Cow::Borrowed(&entry.key), entry.key_span, pointer);
                servers.extend(entry::read(&entry.value, &place, problems));
            }
        }
        Shape::List => {
            for (index, item) in node.items().iter().enumerate() {
                servers.extend(list_item(item, below(index), &place, dialect, problems));
            }
        }
        Shape::Single => {
            let (name, span) = single_name(root, base, map, origin);
            let span = span.unwrap_or(Span::new(node.span.start, node.span.start));
            servers.extend(entry::read(node, &place(name, span, base.to_owned()), problems));
        }
        Shape::RegistryPackages | Shape::RegistryRemotes => {
            let (name, span) = single_name(root, base, map, origin);
            for (index, item) in node.items().iter().enumerate() {
                let span = span.unwrap_or(item.span);
                let place = place(name.clone(), span, below(index));
                servers.extend(if map.shape == Shape::RegistryPackages {
                    registry::package(item, place, problems)
                } else {
                    registry::remote(item, place, problems)
                });
            }
        }
    }
}

/// An item of a list of servers: an entry with a name, an object whose only key is the name, or
/// the name of a server that is defined elsewhere.
fn list_item<'d>(
    item: &'d Node,
    pointer: String,
    place: &impl Fn(Cow<'d, str>, Span, String) -> Place<'d>,
    dialect: &Dialect,
    problems: &mut Vec<Problem>,
) -> Vec<Server<'d>> {
    if item.as_str().is_some() {
        return Vec::new();
    }
    let names = dialect.fields.name.iter().map(AsRef::as_ref).chain(["name", "id", "serverName"]);
    let named = names.filter_map(|key| item.get(key)).find_map(|node| Some((node, node.as_str()?)));
    if let Some((node, name)) = named {
        return entry::read(item, &place(Cow::Borrowed(name), node.span, pointer), problems);
    }
    if let [only] = item.entries()
        && only.value.is_map()
    {
        let mut pointer = pointer;
        pointer::push(&mut pointer, &only.key);
        let place = place(Cow::Borrowed(&only.key), only.key_span, pointer);
        return entry::read(&only.value, &place, problems);
    }
    let number = pointer.rsplit('/').next().unwrap_or_default();
    let name = Cow::Owned(format!("#{number}"));
    let span = Span::new(item.span.start, item.span.start);
    entry::read(item, &place(name, span, pointer), problems)
}

/// The name of the only server of a place: where the map says, else what the place is called, else
/// the file's name.
fn single_name<'d>(
    root: &'d Node,
    base: &str,
    map: &ServerMap,
    origin: &Origin<'_>,
) -> (Cow<'d, str>, Option<Span>) {
    // A `*` in where the name stands is the key that the map's own `*` stood for.
    let mut keys = map.at.split('/').zip(base.split('/')).filter(|(pattern, _)| *pattern == "*");
    let named: Vec<&str> = map
        .name_at
        .as_deref()
        .unwrap_or("/name")
        .split('/')
        .map(|part| if part == "*" { keys.next().map_or(part, |(_, key)| key) } else { part })
        .collect();
    if let Some(node) = root.at(&named.join("/"))
        && let Some(name) = node.as_str()
    {
        return (Cow::Borrowed(name), Some(node.span));
    }
    if let Some(last) = base.rsplit('/').next().filter(|last| !last.is_empty()) {
        return (Cow::Owned(pointer::unescape(last).into_owned()), None);
    }
    let file = origin.path.rsplit('/').next().unwrap_or_default();
    let stem = file.trim_start_matches('.').split('.').next().unwrap_or(file);
    (Cow::Owned(stem.to_owned()), None)
}
