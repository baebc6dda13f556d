//! The lists of hosts in `rules/hosts` keep their form.

use std::collections::BTreeSet;

use serde::Deserialize;

use super::{HostClass, HostPattern, classify, parse};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    host: String,
    path: Option<String>,
    name: String,
    severity: Option<String>,
    source: String,
    seen: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct List {
    kind: String,
    hosts: Vec<Entry>,
}

const LISTS: [(&str, &str); 6] = [
    ("oauth-discovery", include_str!("../../../rules/hosts/oauth-discovery.yaml")),
    ("providers", include_str!("../../../rules/hosts/providers.yaml")),
    ("public", include_str!("../../../rules/hosts/public.yaml")),
    ("registries", include_str!("../../../rules/hosts/registries.yaml")),
    ("sse-only", include_str!("../../../rules/hosts/sse-only.yaml")),
    ("tunnels", include_str!("../../../rules/hosts/tunnels.yaml")),
];

fn list(name: &str) -> Vec<Entry> {
    let (_, text) = LISTS.iter().find(|(list, _)| *list == name).expect("a list of that name");
    let list: List = serde_yaml::from_str(text).unwrap_or_else(|error| panic!("{name}: {error}"));
    assert_eq!(list.kind, name);
    list.hosts
}

#[test]
fn every_entry_is_well_formed() {
    for (list_name, _) in LISTS {
        let entries = list(list_name);
        let mut seen = BTreeSet::new();
        for Entry { host, path, name, severity, source, seen: date } in &entries {
            let place = format!("{list_name}: {host}");
            assert!(host.parse::<HostPattern>().is_ok(), "{place}: not a pattern");
            assert_eq!(
                classify(host.trim_start_matches(['*', '.'])),
                HostClass::Public,
                "{place}: not public"
            );
            assert!(path.as_ref().is_none_or(|path| path.starts_with('/')), "{place}: path");
            assert!(!name.trim().is_empty(), "{place}: name");
            assert!(
                severity.as_deref().is_none_or(|severity| severity == "low"),
                "{place}: severity"
            );
            let source = parse(source).unwrap_or_else(|| panic!("{place}: source"));
            assert_eq!(
                (source.scheme, classify(source.host)),
                ("https", HostClass::Public),
                "{place}: source"
            );
            assert!(date.as_ref().is_none_or(|date| date.len() == 10), "{place}: date");
            assert!(seen.insert((host.as_str(), path.as_deref())), "{place}: twice");
        }
        let order: Vec<_> =
            entries.iter().map(|entry| entry.host.trim_start_matches(['*', '.'])).collect();
        assert!(order.is_sorted(), "{list_name}: not in the order of hosts");
    }
}

#[test]
fn no_server_is_public_and_signs_in() {
    let oauth = list("oauth-discovery");
    for entry in list("public") {
        assert!(
            oauth.iter().all(|other| other.host != entry.host || other.path != entry.path),
            "{}",
            entry.host
        );
    }
}

#[test]
fn no_tunnel_is_a_known_server() {
    let tunnels: Vec<HostPattern> =
        list("tunnels").iter().map(|entry| entry.host.parse().expect("a pattern")).collect();
    for name in ["oauth-discovery", "providers", "public", "registries", "sse-only"] {
        for entry in list(name) {
            let host = entry.host.trim_start_matches(['*', '.']);
            assert!(tunnels.iter().all(|tunnel| !tunnel.matches(host)), "{name}: {host}");
        }
    }
}
