//! Whose file a document is, told by its keys and shape first and by its path second.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::sync::LazyLock;

use super::dialect::{Dialect, Location, Scope, ServerMap, Shape};
use super::location::Claim;
use super::shape;
use crate::syntax::Node;

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

/// Whose file it is by what the user and the path say.
pub(super) fn claimed(origin: &Origin<'_>) -> Option<&'static Dialect> {
    origin.forced.or_else(|| origin.claims.first().map(|claim| claim.dialect))
}

/// Whose file a document is.
pub(super) struct Owner {
    pub(super) dialect: &'static Dialect,
    pub(super) scope: Scope,
    /// The location that the path fits, if it does.
    pub(super) location: Option<&'static Location>,
}

/// A place of a client's servers in a document.
pub(super) struct Found<'d> {
    pub(super) dialect: &'static Dialect,
    pub(super) map: &'static ServerMap,
    pub(super) scope: Scope,
    pub(super) pointer: Cow<'static, str>,
    pub(super) node: &'d Node,
}

impl Owner {
    /// The client that claims the document by its path.
    pub(super) const fn of(claim: &Claim) -> Self {
        let Claim { dialect, location } = *claim;
        Self { dialect, scope: location.scope, location: Some(location) }
    }

    /// The maps that the client reads in such a file.
    fn maps(&self) -> impl Iterator<Item = &'static ServerMap> + use<> {
        let allowed = self.location.and_then(|location| location.maps.as_ref());
        let maps = self.dialect.maps.iter();
        maps.filter(move |map| allowed.is_none_or(|allowed| allowed.contains(&map.at)))
    }

    /// Whether this client finds anything in one of its [places](Self::places).
    pub(super) fn reads(&self, root: &Node) -> bool {
        let mut whole = false;
        let mut within = false;
        for map in self.maps() {
            for (pointer, node) in shape::present(root, map) {
                let filled = !shape::is_empty(node);
                if filled && !pointer.is_empty() {
                    return true;
                }
                whole |= filled && pointer.is_empty();
                within |= !pointer.is_empty();
            }
        }
        whole && !within
    }

    /// The places in the document where this client's servers stand. Where two patterns find the
    /// same place, the first wins.
    pub(super) fn places<'d>(&self, root: &'d Node) -> Vec<Found<'d>> {
        let mut found: Vec<Found<'d>> = Vec::new();
        for map in self.maps() {
            // Both values of a duplicate key are read, though they share one pointer.
            let mut known: Option<BTreeSet<*const Node>> = None;
            let before = found.len();
            for (pointer, node) in shape::present(root, map) {
                let others = found.get(..before).unwrap_or_default();
                let known = known.get_or_insert_with(|| {
                    others.iter().map(|found| std::ptr::from_ref(found.node)).collect()
                });
                if !known.contains(&std::ptr::from_ref(node)) {
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

/// The client whose servers stand in the document.
pub(super) fn owner(root: &Node, origin: &Origin<'_>) -> Option<Owner> {
    if let Some(dialect) = origin.forced {
        let location =
            origin.claims.iter().find(|claim| claim.dialect.id == dialect.id).map(|c| c.location);
        let scope = location.map_or(Scope::Unknown, |location| location.scope);
        return Some(Owner { dialect, scope, location: None });
    }
    let schema = root.get("$schema").and_then(Node::as_str);
    let mut claims: Vec<&Claim> = origin.claims.iter().collect();
    // Of several clients that may have a file there, the one that its schema names.
    if let Some(told) = claims.iter().position(|claim| is_of_schema(claim.dialect, schema))
        && let Some(claim) = claims.get(told).copied()
        && let Some(first) = claims.iter().position(|c| c.location.path == claim.location.path)
    {
        claims.remove(told);
        claims.insert(first, claim);
    }
    let claims = claims.into_iter().map(Owner::of);
    let mut empty = None;
    for owner in claims {
        let places = owner.places(root);
        if places.iter().any(|place| !shape::is_empty(place.node)) {
            return Some(owner);
        }
        if empty.is_none() && !places.is_empty() {
            empty = Some(owner);
        }
    }
    empty.or_else(|| by_keys(root, origin, schema))
}

/// Whether the document says by its `$schema` that it is this client's.
fn is_of_schema(dialect: &Dialect, schema: Option<&str>) -> bool {
    schema.is_some_and(|schema| {
        dialect.schemas.iter().any(|beginning| schema.starts_with(beginning.as_ref()))
    })
}

/// The client whose keys the document has, where the path tells nothing or something else. Only
/// keys that hold what is plainly a server count.
fn by_keys(root: &Node, origin: &Origin<'_>, schema: Option<&str>) -> Option<Owner> {
    let scope = origin.claims.first().map_or(Scope::Unknown, |claim| claim.location.scope);
    // What the document says of itself, then what its keys say.
    let told = super::DIALECTS.iter().find(|dialect| is_of_schema(dialect, schema));
    told.into_iter().chain(DISTINCT.iter().copied()).find_map(|dialect| {
        let owner = Owner { dialect, scope, location: None };
        let plain = owner.places(root).iter().any(|place| match place.map.shape {
            _ if place.map.own_files => false,
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

/// The clients that a document's keys can tell, the generic one first: those with a map that none
/// before them has. Most share `mcpServers`, and of them the first speaks for all.
static DISTINCT: LazyLock<Vec<&'static Dialect>> = LazyLock::new(|| {
    let mut candidates: Vec<&'static Dialect> = super::DIALECTS.iter().collect();
    candidates.sort_by_key(|dialect| dialect.id != "generic");
    let same =
        |a: &ServerMap, b: &ServerMap| (&a.at, a.shape, &a.given) == (&b.at, b.shape, &b.given);
    let mut maps: Vec<&'static ServerMap> = Vec::new();
    candidates.retain(|dialect| {
        let known = maps.len();
        for map in dialect.maps.iter() {
            if !maps.iter().any(|known| same(known, map)) {
                maps.push(map);
            }
        }
        maps.len() > known
    });
    candidates
});
