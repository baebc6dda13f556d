//! From a document to its servers: whose file it is, told by its keys and shape first and by its
//! path second, and everything in it that is a server or looks like one.

use std::borrow::Cow;
use std::collections::HashSet;

use super::dialect::{Dialect, Location, Scope, ServerMap, Shape};
use super::entry::{self, Place};
use super::location::Claim;
use super::server::{Reading, Server};
use super::{approval, dialect, registry, shape};
use crate::problem::{Problem, ProblemKind, Span};
use crate::syntax::{Document, Node, Value, find, pointer};

/// What is known of a document besides its text.
#[derive(Clone, Debug)]
pub struct Origin<'a> {
    /// The path, with forward slashes.
    pub path: &'a str,
    /// Whose file the path says it is, the likeliest first.
    pub claims: Vec<Claim>,
    /// The client the user says it is.
    pub forced: Option<&'static Dialect>,
}

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

/// Whose file it is by what the user and the path say.
fn claimed(origin: &Origin<'_>) -> Option<&'static Dialect> {
    origin.forced.or_else(|| origin.claims.first().map(|claim| claim.dialect))
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

/// What stands where a client has its servers, but is neither an object nor a list of them.
fn misplaced(root: &Node, origin: &Origin<'_>, taken: &mut Taken, reading: &mut Reading<'_>) {
    // There a text or a list of texts names files or servers that are defined elsewhere.
    let refers = matches!(reading.scope, Scope::Plugin | Scope::Agent | Scope::Extension);
    let dialects = claimed(origin)
        .into_iter()
        .chain(origin.claims.iter().map(|claim| claim.dialect))
        .chain(reading.client)
        .chain(dialect("generic"));
    let maps = dialects.flat_map(|dialect| dialect.maps.iter());
    for map in maps.filter(|map| shape::is_unmistakable(&map.at)) {
        for (pointer, node) in find(root, &map.at) {
            let wrong = match &node.value {
                Value::Text(text) => !refers && !text.as_str().trim().is_empty(),
                Value::Number(_) => true,
                Value::List(items) => {
                    items.iter().any(|item| !item.is_null())
                        && !(refers && items.iter().all(|item| item.as_str().is_some()))
                }
                Value::Null | Value::Bool(_) | Value::Map(_) => false,
            };
            reading.maps += usize::from(is_empty(node));
            if wrong && !taken.contains(&pointer) {
                let message = format!(
                    "what stands here is {} and not an object of servers; nothing of it was \
                     analysed",
                    node.kind()
                );
                reading.problems.push(
                    Problem::new(ProblemKind::UnknownShape, message)
                        .at(node.span)
                        .on(pointer.clone()),
                );
                taken.add(&pointer);
            }
        }
    }
}

/// A file whose name promises servers and that holds something else is worth a word.
fn expects_servers(root: &Node, origin: &Origin<'_>, taken: &Taken, reading: &mut Reading<'_>) {
    let name = origin.path.rsplit('/').next().unwrap_or_default();
    let promises = name.contains("mcp") && !name.starts_with("mcp-guard");
    let holds_something = match &root.value {
        Value::Map(entries) => entries.iter().any(|entry| {
            !shape::is_remark(&entry.key)
                && entry.key.as_ref() != "inputs"
                && !is_empty(&entry.value)
        }),
        Value::List(items) => !items.is_empty(),
        Value::Null => false,
        _ => true,
    };
    let none = taken.is_empty() && reading.servers.is_empty() && reading.problems.is_empty();
    if promises && holds_something && none {
        reading.problems.push(
            Problem::new(
                ProblemKind::UnknownShape,
                "no server map was found, although the file's name promises one; expected a key \
                 such as `mcpServers` or `servers`",
            )
            .at(Span::new(root.span.start, root.span.start)),
        );
    }
}

fn is_empty(node: &Node) -> bool {
    match &node.value {
        Value::Map(entries) => entries.is_empty(),
        Value::List(items) => items.is_empty(),
        Value::Null => true,
        _ => false,
    }
}

/// The pointers of the collections that are read already.
#[derive(Default)]
struct Taken {
    pointers: HashSet<String>,
    /// The pointers of all that they lie in.
    above: HashSet<String>,
}

impl Taken {
    fn add(&mut self, pointer: &str) {
        let above = pointer.match_indices('/').filter_map(|(at, _)| pointer.get(..at));
        for above in above {
            if !self.above.contains(above) {
                self.above.insert(above.to_owned());
            }
        }
        self.pointers.insert(pointer.to_owned());
    }

    fn contains(&self, pointer: &str) -> bool {
        self.pointers.contains(pointer)
    }

    /// Whether one of them lies below.
    fn is_below(&self, pointer: &str) -> bool {
        self.above.contains(pointer)
    }

    fn is_empty(&self) -> bool {
        self.pointers.is_empty()
    }

    fn len(&self) -> usize {
        self.pointers.len()
    }
}

/// Whose file a document is.
struct Owner {
    dialect: &'static Dialect,
    scope: Scope,
    /// The location that the path fits, if it does.
    location: Option<&'static Location>,
}

struct Found<'d> {
    dialect: &'static Dialect,
    map: &'static ServerMap,
    scope: Scope,
    pointer: String,
    node: &'d Node,
}

impl Owner {
    /// The places in the document where this client's servers stand. Where two patterns find the
    /// same place, the first wins.
    fn places<'d>(&self, root: &'d Node) -> Vec<Found<'d>> {
        let allowed = self.location.and_then(|location| location.maps.as_ref());
        let maps = self.dialect.maps.iter();
        let mut found: Vec<Found<'d>> = Vec::new();
        let mut known = HashSet::new();
        for map in maps.filter(|map| allowed.is_none_or(|allowed| allowed.contains(&map.at))) {
            for (pointer, node) in shape::present(root, map) {
                // Both values of a duplicate key are read, though they share one pointer.
                if known.insert(std::ptr::from_ref(node)) {
                    let (dialect, scope) = (self.dialect, self.scope);
                    found.push(Found { dialect, map, scope, pointer, node });
                }
            }
        }
        // The document as a whole is a map only if nothing in it is.
        if found.iter().any(|found| !found.pointer.is_empty()) {
            found.retain(|found| !found.pointer.is_empty());
        }
        found
    }
}

fn owner(root: &Node, origin: &Origin<'_>) -> Option<Owner> {
    if let Some(dialect) = origin.forced {
        let location =
            origin.claims.iter().find(|claim| claim.dialect.id == dialect.id).map(|c| c.location);
        let scope = location.map_or(Scope::Unknown, |location| location.scope);
        return Some(Owner { dialect, scope, location: None });
    }
    let claims = origin.claims.iter().map(|claim| Owner {
        dialect: claim.dialect,
        scope: claim.location.scope,
        location: Some(claim.location),
    });
    let mut empty = None;
    for owner in claims {
        let places = owner.places(root);
        if places.iter().any(|place| !is_empty(place.node)) {
            return Some(owner);
        }
        if empty.is_none() && !places.is_empty() {
            empty = Some(owner);
        }
    }
    empty.or_else(|| by_keys(root, origin))
}

/// The client whose keys the document has, where the path tells nothing or something else. Only
/// keys that hold what is plainly a server count.
fn by_keys(root: &Node, origin: &Origin<'_>) -> Option<Owner> {
    let scope = origin.claims.first().map_or(Scope::Unknown, |claim| claim.location.scope);
    let mut candidates: Vec<&'static Dialect> = super::DIALECTS.iter().collect();
    candidates.sort_by_key(|dialect| dialect.id != "generic");
    candidates.into_iter().find_map(|dialect| {
        let owner = Owner { dialect, scope, location: None };
        let plain = owner.places(root).iter().any(|place| match place.map.shape {
            Shape::Flat | Shape::RegistryPackages | Shape::RegistryRemotes => true,
            // One entry at the root is too little to go by, unless it is asked for.
            Shape::Single => !place.pointer.is_empty(),
            // A list in a file of a client that reads none is a mistake and not another client's.
            Shape::List if !origin.claims.is_empty() => false,
            Shape::Object | Shape::List => shape::holds_entries(&place.pointer, place.node),
        });
        plain.then_some(owner)
    })
}

/// Collections of plain servers under keys that speak of servers and that no known map covers.
fn search<'d>(
    node: &'d Node,
    at: &mut String,
    taken: &Taken,
    found: &mut Vec<(String, &'d Node, Span)>,
) {
    let length = at.len();
    for (index, item) in node.items().iter().enumerate() {
        pointer::push_index(at, index);
        search(item, at, taken, found);
        at.truncate(length);
    }
    for entry in node.entries() {
        if !(entry.value.is_map() || entry.value.is_list()) {
            continue;
        }
        pointer::push(at, &entry.key);
        if !taken.contains(at) && !taken.contains("") {
            let named = !taken.is_below(at) && shape::names_servers(&entry.key);
            if named && shape::holds_entries(at, &entry.value) {
                found.push((at.clone(), &entry.value, entry.key_span));
            } else {
                search(&entry.value, at, taken, found);
            }
        }
        at.truncate(length);
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
        return (Cow::Owned(pointer::unescape(last)), None);
    }
    let file = origin.path.rsplit('/').next().unwrap_or_default();
    let stem = file.trim_start_matches('.').split('.').next().unwrap_or(file);
    (Cow::Owned(stem.to_owned()), None)
}
