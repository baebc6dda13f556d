//! The tables by which servers are found, sorted for binary search.
//!
//! The build script makes them, and refuses a catalogue that contradicts itself.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use super::likeness::{is_telling, scoped, serves, signature, squeezed};
use super::name::{normalised, program};
use super::server::{Area, Capability, KnownServer, Official, Registry, Status};
use crate::compiled::{List, Text, compiled};

compiled! {
    /// A package, and the server that it is.
    pub struct PackageKey {
        /// The registry.
        pub ecosystem: Registry,
        /// The name in the registry's one spelling.
        pub name: Text,
        /// Index of the server.
        pub server: u16,
        /// The name's [`signature`].
        pub signature: u64,
    }

    /// A spelling that is not a package's own, and the package that it brings to mind.
    pub struct Alias {
        /// The registry.
        pub ecosystem: Registry,
        /// The spelling.
        pub name: Text,
        /// Name of the package.
        pub package: Text,
    }

    /// Names that resemble those of known servers and are not theirs.
    pub struct Namesakes {
        /// The registry.
        pub registry: Registry,
        /// The names.
        pub names: List<Text>,
    }

    /// A name, and the server that it is.
    pub struct Key {
        /// The name.
        pub name: Text,
        /// Index of the server.
        pub server: u16,
    }
}

/// All tables of the catalogue.
#[derive(Clone, Debug, Default)]
pub struct Tables {
    /// The servers, by identifier.
    pub servers: Vec<KnownServer>,
    /// Their packages, by registry and name.
    pub packages: Vec<PackageKey>,
    /// Their repositories, by name.
    pub repositories: Vec<Key>,
    /// Their programs, by name.
    pub programs: Vec<Key>,
    /// Their hosts, by name without `*.`; several servers may share one.
    pub hosts: Vec<Key>,
    /// Names of packages without what separates their words, by registry and name.
    pub squeezed: Vec<Alias>,
    /// The names that official scoped packages have without their scope, by name.
    pub unscoped: Vec<Alias>,
    /// The scopes of official packages, by name.
    pub scopes: Vec<Key>,
}

impl Tables {
    /// The tables of these files.
    ///
    /// # Errors
    /// What contradicts itself: an identifier or package that two servers have, a server without
    /// source, capability or name to find it by, a successor that there is not, servers that are
    /// not in order.
    pub fn of(areas: Vec<Area>) -> Result<Self, String> {
        for area in &areas {
            for pair in area.servers.windows(2) {
                if let [before, after] = pair
                    && before.id >= after.id
                {
                    return Err(format!(
                        "{}: `{}` stands before `{}`",
                        area.area, before.id, after.id
                    ));
                }
            }
        }
        let mut servers: Vec<KnownServer> =
            areas.into_iter().flat_map(|area| area.servers.into_owned()).collect();
        servers.sort_by(|a, b| a.id.cmp(&b.id));
        let ids: BTreeSet<&str> = servers.iter().map(|server| server.id.as_ref()).collect();
        if ids.len() != servers.len() {
            let twice = servers.windows(2).find(|pair| matches!(pair, [a, b] if a.id == b.id));
            let id = twice.and_then(<[_]>::first).map_or("", |server| server.id.as_ref());
            return Err(format!("two servers are called `{id}`"));
        }
        for server in &servers {
            check(server, &ids).map_err(|problem| format!("{}: {problem}", server.id))?;
        }
        let repositories = servers.iter().map(|server| {
            server.repositories.iter().map(|name| name.to_ascii_lowercase()).collect()
        });
        Ok(Self {
            packages: packages(&servers)?,
            repositories: unique(repositories)?,
            programs: programs(&servers)?,
            hosts: hosts(&servers),
            squeezed: squeezed_names(&servers),
            unscoped: unscoped_names(&servers),
            scopes: scopes(&servers),
            servers,
        })
    }
}

fn check(server: &KnownServer, ids: &BTreeSet<&str>) -> Result<(), String> {
    let kebab = |id: &str| {
        id.split('-').all(|word| {
            !word.is_empty() && word.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit())
        })
    };
    if !kebab(&server.id) {
        return Err("its identifier is not kebab-case".to_owned());
    }
    if server.sources.is_empty() || server.sources.iter().any(|source| source.says.is_empty()) {
        return Err("a source is missing, or says nothing".to_owned());
    }
    if let Some(source) = server.sources.iter().find(|source| !source.url.starts_with("https://")) {
        return Err(format!("`{}` is no public page", source.url));
    }
    let none = server.capabilities.contains(&Capability::None);
    if server.capabilities.is_empty() || none && server.capabilities.len() > 1 {
        return Err("`capabilities` lists what it can do, or `none` alone".to_owned());
    }
    if server.packages.is_empty() && server.remotes.is_empty() && server.repositories.is_empty() {
        return Err("nothing tells it from others".to_owned());
    }
    match &server.successor {
        Some(_) if server.status == Status::Maintained => {
            Err("a server that is maintained has no successor".to_owned())
        }
        Some(next) if *next == server.id => Err("it succeeds itself".to_owned()),
        Some(next) if !ids.contains(next.as_ref()) => Err(format!("there is no `{next}`")),
        _ => Ok(()),
    }
}

fn packages(servers: &[KnownServer]) -> Result<Vec<PackageKey>, String> {
    let mut found = BTreeMap::new();
    for (server, at) in servers.iter().zip(0..) {
        for package in server.packages.iter() {
            let name = normalised(package.ecosystem, &package.name).text();
            if found.insert((package.ecosystem, name), at).is_some() {
                let word = package.ecosystem.name();
                return Err(format!("two servers are the {word} package `{}`", package.name));
            }
        }
    }
    let keys = found.into_iter();
    Ok(keys
        .map(|((ecosystem, name), server)| PackageKey {
            ecosystem,
            signature: signature(name.bytes()),
            name: Cow::Owned(name),
            server,
        })
        .collect())
}

/// The listed programs, and the names of packages that can only be those of MCP servers unless two
/// servers have the same.
fn programs(servers: &[KnownServer]) -> Result<Vec<Key>, String> {
    let listed = servers.iter().map(|server| {
        server.programs.iter().map(|name| program(name).text()).collect::<BTreeSet<_>>()
    });
    let mut keys = unique(listed)?;
    let mut implied: BTreeMap<String, BTreeSet<u16>> = BTreeMap::new();
    for (server, at) in servers.iter().zip(0..) {
        for package in server.packages.iter() {
            let runs = matches!(package.ecosystem, Registry::Npm | Registry::Pypi);
            if runs && package.name.contains("mcp") && !package.name.contains('/') {
                implied.entry(program(&package.name).text()).or_default().insert(at);
            }
        }
    }
    for (name, at) in implied {
        if let Some(server) = at.first()
            && at.len() == 1
            && !keys.iter().any(|key| key.name == name)
        {
            keys.push(Key { name: Cow::Owned(name), server: *server });
        }
    }
    keys.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(keys)
}

fn hosts(servers: &[KnownServer]) -> Vec<Key> {
    let mut keys: Vec<Key> = Vec::new();
    for (server, at) in servers.iter().zip(0..) {
        for remote in server.remotes.iter() {
            let name = remote.host.trim_start_matches("*.").to_ascii_lowercase();
            let key = Key { name: Cow::Owned(name), server: at };
            if !keys.iter().any(|other| other.name == key.name && other.server == at) {
                keys.push(key);
            }
        }
    }
    keys.sort_by(|a, b| (&a.name, a.server).cmp(&(&b.name, b.server)));
    keys
}

/// One key a name; the n-th set holds the names of the n-th server.
fn unique(names: impl Iterator<Item = BTreeSet<String>>) -> Result<Vec<Key>, String> {
    let mut found = BTreeMap::new();
    for (names, server) in names.zip(0..) {
        for name in names {
            if found.insert(name.clone(), server).is_some() {
                return Err(format!("two servers are called `{name}`"));
            }
        }
    }
    let keys = found.into_iter();
    Ok(keys.map(|(name, server)| Key { name: Cow::Owned(name), server }).collect())
}

fn alias((ecosystem, name): (Registry, String), package: &str) -> Alias {
    Alias { ecosystem, name: Cow::Owned(name), package: Cow::Owned(package.to_owned()) }
}

/// Two packages that differ by what separates their words cannot be mistaken for one of them.
fn squeezed_names(servers: &[KnownServer]) -> Vec<Alias> {
    let mut found: BTreeMap<(Registry, String), Vec<&str>> = BTreeMap::new();
    for package in servers.iter().flat_map(|server| server.packages.iter()) {
        if matches!(package.ecosystem, Registry::Npm | Registry::Pypi) {
            let name = String::from_utf8_lossy(&squeezed(&package.name).collect::<Vec<_>>()).into();
            found.entry((package.ecosystem, name)).or_default().push(&package.name);
        }
    }
    let single = found.into_iter().filter_map(|(key, names)| match names.as_slice() {
        [name] => Some(alias(key, name)),
        _ => None,
    });
    single.collect()
}

/// The official packages of npm that are in a scope.
fn scoped_packages(servers: &[KnownServer]) -> impl Iterator<Item = (u16, &KnownServer, &str)> {
    let official = servers.iter().zip(0..).filter(|(s, _)| s.official != Official::Community);
    official.flat_map(|(server, at)| {
        let packages = server.packages.iter().filter(|p| p.ecosystem == Registry::Npm);
        packages.filter(|p| p.name.starts_with('@')).map(move |p| (at, server, p.name.as_ref()))
    })
}

/// Base names, and the programs that people know them by, where they say which server is meant.
fn unscoped_names(servers: &[KnownServer]) -> Vec<Alias> {
    let mut found = BTreeMap::new();
    for (_, server, name) in scoped_packages(servers) {
        let base = scoped(name).map(|(_, base)| base);
        let names = base.into_iter().chain(server.programs.iter().map(AsRef::as_ref));
        for twin in names.filter(|twin| is_telling(twin) && serves(twin)) {
            found.insert((Registry::Npm, twin.to_owned()), name);
        }
    }
    found.into_iter().map(|(key, name)| alias(key, name)).collect()
}

fn scopes(servers: &[KnownServer]) -> Vec<Key> {
    let mut found = BTreeMap::new();
    for (server, _, name) in scoped_packages(servers) {
        if let Some((scope, _)) = scoped(name) {
            found.entry(scope.to_owned()).or_insert(server);
        }
    }
    let keys = found.into_iter();
    keys.map(|(name, server)| Key { name: Cow::Owned(name), server }).collect()
}

impl Namesakes {
    /// Reads a list.
    ///
    /// # Errors
    /// A message with line and column: malformed YAML, a missing or unknown key, a wrong value.
    pub fn read(yaml: &str) -> Result<Self, String> {
        serde_yaml::from_str(yaml).map_err(|error| error.to_string())
    }
}
