//! One name for two servers.

use std::collections::BTreeMap;

use mcp_guard_detect::host::{self, HostClass};

use super::view::{Member, View};
use super::{Told, target};
use crate::catalog::{self, server::Official};
use crate::facts::kinds::Relation;

/// Servers of one name in two files or scopes of one client.
pub(super) fn within(view: &View<'_>) -> Vec<Told> {
    named_alike(view)
        .filter_map(|mut members| {
            members.sort_by_key(|member| (rank(member), member.place));
            let (winner, others) = members.split_first()?;
            let apart = |other: &&Member<'_>| {
                other.file.path != winner.file.path
                    || other.server.shown.scope != winner.server.shown.scope
            };
            told(winner, others.iter().filter(apart), true)
        })
        .collect()
}

/// Servers of one name that different clients have at the same place.
pub(super) fn between(view: &View<'_>) -> Vec<Told> {
    named_alike(view)
        .filter_map(|members| {
            let (first, others) = members.split_first()?;
            let apart = |other: &&Member<'_>| other.file.client != first.file.client;
            told(first, others.iter().filter(apart), false)
        })
        .collect()
}

fn named_alike<'v>(view: &'v View<'_>) -> impl Iterator<Item = Vec<Member<'v>>> {
    let mut names: BTreeMap<&str, Vec<Member<'v>>> = BTreeMap::new();
    if view.members.len() > 1 {
        for member in &view.members {
            names.entry(&member.server.shown.name).or_default().push(*member);
        }
    }
    names.into_values().filter(|members| members.len() > 1)
}

/// The closer to the work a scope is, the later it is read, and so it wins; but an administrator's
/// entry is not to be replaced.
fn rank(member: &Member<'_>) -> usize {
    const ORDER: [&str; 7] =
        ["managed", "local", "project", "agent", "plugin", "extension", "user"];
    let scope = member.server.shown.scope;
    ORDER.iter().position(|known| *known == scope).unwrap_or(ORDER.len())
}

fn told<'a>(
    winner: &Member<'_>,
    others: impl Iterator<Item = &'a Member<'a>>,
    same_client: bool,
) -> Option<Told> {
    let mut differing: Vec<(&'static str, &Member<'_>)> =
        others.filter_map(|other| Some((difference(winner, other)?, other))).collect();
    // What differs most comes first.
    differing
        .sort_by_key(|(difference, other)| (*difference != "target", *difference, other.place));
    let (difference, other) = *differing.first()?;
    let of_project = |scope: &str| matches!(scope, "project" | "local");
    let of_user = |scope: &str| matches!(scope, "user" | "managed");
    let overrides = same_client
        && of_project(winner.server.shown.scope)
        && differing
            .iter()
            .any(|(what, other)| *what == difference && of_user(other.server.shown.scope));
    let fact = Relation {
        relation: Some("shadows".into()),
        target: Some(target(winner).into()),
        other: Some(other.server.shown.name.clone().into()),
        other_target: Some(target(other).into()),
        other_file: Some(other.file.path.clone().into()),
        other_scope: Some(other.server.shown.scope.into()),
        other_client: Some(other.file.client.into()),
        same_client,
        overrides,
        difference: Some(difference.into()),
        well_known: is_well_known(winner),
        other_well_known: is_well_known(other),
        ..Relation::default()
    };
    let others = differing
        .iter()
        .map(|(_, other)| (other.place, format!("the same name for {}", target(other))))
        .collect();
    Some(Told { of: winner.place, fact, others })
}

/// Whether it is the vendor's own server, or one of the protocol's authors, by a name that nobody
/// else can take: a program may be called anything.
fn is_well_known(member: &Member<'_>) -> bool {
    let shown = &member.server.shown;
    // Any program of the machine may listen at an address of its own.
    let address = shown.url.as_deref().and_then(host::parse);
    let away = address.is_some_and(|url| host::classify(url.host) != HostClass::Loopback);
    let named = shown.package.is_some() || shown.image.is_some() || away;
    let known = member.server.sameness.known_server.filter(|_| named).and_then(catalog::get);
    known.is_some_and(|known| known.official != Official::Community)
}

/// What two servers of one name differ in; `None` when they are the same, or when one of them does
/// not tell what it is.
fn difference(one: &Member<'_>, other: &Member<'_>) -> Option<&'static str> {
    let known = |member: &Member<'_>| member.server.sameness.known_server.is_some();
    let alike =
        known(one) && one.server.sameness.known_server == other.server.sameness.known_server;
    let (one, other) = (&one.server.sameness, &other.server.sameness);
    let (target, other_target) = (one.target.as_ref()?, other.target.as_ref()?);
    if target != other_target {
        // A known server as a package here and by one of its addresses there is one server.
        (!alike).then_some("target")
    } else if one.version != other.version {
        Some("version")
    } else if one.settings != other.settings {
        Some("settings")
    } else {
        None
    }
}
