//! From a document to its servers: everything in it that is a server or looks like one.

use std::borrow::Cow;
use std::collections::HashMap;

use super::dialect::{Dialect, Scope, ServerMap, Shape, Sureness};
use super::entry;
use super::location::Claim;
use super::owner::{Found, Origin, Owner, claimed, owner};
use super::server::{Approval, Place, Reading, Server, Transport};
use super::unclaimed::{Taken, expects_servers, misplaced, search};
use super::{approval, dialect, given, registry, shape};
use crate::problem::{Problem, ProblemKind, Span};
use crate::syntax::{Document, Node, find, pointer};

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
    let in_entries = approval::in_entries(&reading.servers);
    add(&mut reading.approvals, in_entries);
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
    let before = reading.servers.len();
    let mut taken = Taken::default();
    found.iter().for_each(|found| taken.add(&found.pointer));
    for Found { dialect, map, scope, pointer, node } in found {
        let scope = map.scope.unwrap_or(scope);
        entries(node, &pointer, map, dialect, scope, root, origin, &taken, reading);
    }
    if let Some(client) = client {
        switch_off(root, client, reading.servers.get_mut(before..).unwrap_or_default());
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
            let map = ServerMap::unknown(shape);
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
    let mut approvals = Vec::new();
    for (reader, scope) in approving(client, scope, origin) {
        approvals.extend(approval::in_document(root, reader, scope, &reading.servers));
        if client.is_some_and(|client| client.id != reader.id) {
            let owner = Owner { dialect: reader, scope, location: None };
            if approval::are_in_entries(reader) {
                let places: Vec<_> =
                    owner.places(root).into_iter().map(|place| place.pointer).collect();
                approvals.extend(approval::of_reader(&reading.servers, reader, scope, &places));
            }
        }
    }
    add(&mut reading.approvals, approvals);
}

/// Adds approvals, of those that several clients find alike the first client's.
fn add<'d>(known: &mut Vec<Approval<'d>>, approvals: Vec<Approval<'d>>) {
    let what = |approval: &Approval<'d>| {
        (approval.effect, approval.server, std::ptr::from_ref(approval.value.node))
    };
    let whose = |approval: &Approval<'d>| -> &'static str { &approval.dialect.id };
    let mut first: HashMap<_, &'static str> =
        known.iter().rev().map(|approval| (what(approval), whose(approval))).collect();
    for approval in approvals {
        if *first.entry(what(&approval)).or_insert(whose(&approval)) == whose(&approval) {
            known.push(approval);
        }
    }
}

/// The clients whose approvals count, each with whose configuration the file is to them: the one
/// whose it is, then the others that have a file there. What a client is only guessed to read
/// approves nothing.
fn approving(
    client: Option<&'static Dialect>,
    scope: Scope,
    origin: &Origin<'_>,
) -> Vec<(&'static Dialect, Scope)> {
    let scope_of = |dialect: &Dialect| {
        let claim = origin.claims.iter().find(|claim| claim.dialect.id == dialect.id);
        claim.map_or(scope, |claim| claim.location.scope)
    };
    // A pattern of fewer directories, such as `{project}/mcp.json`, means another file.
    let depth = |claim: &Claim| claim.location.path.matches('/').count();
    let deepest = origin.claims.iter().map(depth).max();
    let others = origin.claims.iter().filter(|claim| {
        let sure = claim.location.confidence > Sureness::Low;
        sure && Some(depth(claim)) == deepest && origin.forced.is_none()
    });
    let others = others.map(|claim| claim.dialect);
    let mut readers: Vec<(&'static Dialect, Scope)> = Vec::new();
    for reader in client.into_iter().chain(claimed(origin)).chain(others) {
        if !readers.iter().any(|(known, _)| known.id == reader.id) {
            readers.push((reader, scope_of(reader)));
        }
    }
    readers
}

/// Servers whose names the client has in a list of those that are off.
fn switch_off(root: &Node, client: &Dialect, servers: &mut [Server<'_>]) {
    for (_, list) in client.off_names.iter().flat_map(|at| find(root, at)) {
        for name in list.items().iter().filter_map(Node::as_str) {
            for server in servers.iter_mut().filter(|server| server.name == name) {
                server.disabled = true;
            }
        }
    }
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
    let transport = map.transport.and_then(Transport::of);
    let place = |name: Cow<'d, str>, name_span: Span, pointer: String| Place {
        dialect,
        scope,
        name,
        name_span,
        pointer,
        transport,
        offered: map.offered,
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
                servers.extend(list_item(item, below(index), &place, map, dialect, problems));
            }
        }
        Shape::Single => {
            let (name, span) = single_name(root, base, map, origin);
            let span = span.unwrap_or(Span::new(node.span.start, node.span.start));
            let place = place(name, span, base.to_owned());
            if node.as_str().is_some() {
                servers.extend(entry::read_text(node, place, map.texts, problems));
            } else {
                servers.extend(entry::read(node, &place, problems));
            }
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
/// a text.
fn list_item<'d>(
    item: &'d Node,
    pointer: String,
    place: &impl Fn(Cow<'d, str>, Span, String) -> Place<'d>,
    map: &ServerMap,
    dialect: &Dialect,
    problems: &mut Vec<Problem>,
) -> Vec<Server<'d>> {
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
    // Where the place tells the transport, there are several such lists.
    let list = map.transport.and_then(|_| map.at.rsplit('/').next()).unwrap_or_default();
    let name = Cow::Owned(format!("{list}#{number}"));
    let span = Span::new(item.span.start, item.span.start);
    let place = place(name, span, pointer);
    if item.as_str().is_some() {
        return entry::read_text(item, place, map.texts, problems).into_iter().collect();
    }
    entry::read(item, &place, problems)
}

/// The name of the only server of a place: where the map says, else what the place is called, else
/// the file's name.
fn single_name<'d>(
    root: &'d Node,
    base: &str,
    map: &ServerMap,
    origin: &Origin<'_>,
) -> (Cow<'d, str>, Option<Span>) {
    let at = given::filled(map.name_at.as_deref().unwrap_or("/name"), &map.at, base);
    if let Some(node) = root.at(&at)
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
