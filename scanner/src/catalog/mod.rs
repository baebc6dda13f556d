//! What is known of MCP servers: who publishes them under which names, what they can do, which
//! variables they read, what takes the place of those that are given up.

pub mod credential;
pub mod index;
pub mod likeness;
pub mod lookalike;
pub mod name;
pub mod server;

#[cfg(test)]
mod tests;

use std::cmp::Ordering;

use credential::Credential;
use index::{Alias, Key, Namesakes, PackageKey};
use name::{normalised, program as spelling};
use server::{KnownServer, Registry};

use crate::vendor::begins;

include!(concat!(env!("OUT_DIR"), "/catalog.rs"));
include!(concat!(env!("OUT_DIR"), "/credentials.rs"));

/// The server that a package is; the name may be spelt in any way that the registry accepts.
#[must_use]
pub fn package(registry: Registry, name: &str) -> Option<&'static KnownServer> {
    let wanted = normalised(registry, name);
    let found = PACKAGES.binary_search_by(|key| {
        key.ecosystem.cmp(&registry).then_with(|| key.name.bytes().cmp(wanted.clone()))
    });
    server(PACKAGES.get(found.ok()?)?.server)
}

/// The server that an image is, its name without tag and digest.
#[must_use]
pub fn image(name: &str) -> Option<&'static KnownServer> {
    package(Registry::Oci, name)
}

/// The server that a Go package is: of the module that its path begins with.
#[must_use]
pub fn go_package(path: &str) -> Option<&'static KnownServer> {
    let mut path = path;
    loop {
        if let Some(server) = package(Registry::Golang, path) {
            return Some(server);
        }
        path = path.rsplit_once('/')?.0;
    }
}

/// The only server of a repository, `host/owner/name`.
#[must_use]
pub fn repository(name: &str) -> Option<&'static KnownServer> {
    find(&REPOSITORIES, |key| key.bytes().cmp(name.bytes().map(|byte| byte.to_ascii_lowercase())))
}

/// The server that a program or module is by its name.
#[must_use]
pub fn program(name: &str) -> Option<&'static KnownServer> {
    find(&PROGRAMS, |key| key.bytes().cmp(spelling(name)))
}

/// As [`program`], but not by the name of a package.
#[must_use]
pub fn listed_program(name: &str) -> Option<&'static KnownServer> {
    let found = program(name)?;
    let listed = found.programs.iter().any(|listed| spelling(listed).eq(spelling(name)));
    listed.then_some(found)
}

/// The server that answers at a host and path.
#[must_use]
pub fn remote(host: &str, path: &str) -> Option<&'static KnownServer> {
    let host = host.trim_end_matches('.');
    let mut below = host;
    loop {
        let lower = below.bytes().map(|byte| byte.to_ascii_lowercase());
        let start = HOSTS.partition_point(|key| key.name.bytes().lt(lower.clone()));
        let same = HOSTS.iter().skip(start).take_while(|key| key.name.eq_ignore_ascii_case(below));
        let found = same
            .filter_map(|key| server(key.server))
            .filter_map(|server| Some((server, answers(server, host, below, path)?)))
            .max_by_key(|(_, specific)| *specific);
        if let Some((server, _)) = found {
            return Some(server);
        }
        below = below.split_once('.')?.1;
    }
}

/// The server that answers at a port of this machine. Few do, so there is no table.
#[must_use]
pub fn local(port: u16) -> Option<&'static KnownServer> {
    SERVERS.iter().find(|server| server.ports.contains(&port))
}

/// How much of the path one of the server's addresses names, if it is among them.
fn answers(server: &KnownServer, host: &str, below: &str, path: &str) -> Option<usize> {
    let remotes = server.remotes.iter().filter(|remote| match remote.host.strip_prefix("*.") {
        Some(base) => base.eq_ignore_ascii_case(below) && host.len() > below.len(),
        None => host.len() == below.len() && remote.host.eq_ignore_ascii_case(host),
    });
    remotes
        .filter_map(|remote| match &remote.path {
            Some(head) => begins(path, head).then_some(head.len()),
            None => Some(0),
        })
        .max()
}

/// The server of that identifier.
#[must_use]
pub fn get(id: &str) -> Option<&'static KnownServer> {
    SERVERS
        .binary_search_by(|server| server.id.as_ref().cmp(id))
        .ok()
        .and_then(|at| SERVERS.get(at))
}

/// Whose credential the variable holds, if its name says so.
#[must_use]
pub fn credential(variable: &str) -> Option<&'static Credential> {
    let found = CREDENTIALS.binary_search_by(|entry| entry.variable.as_ref().cmp(variable));
    CREDENTIALS.get(found.ok()?)
}

fn find(table: &'static [Key], compare: impl Fn(&str) -> Ordering) -> Option<&'static KnownServer> {
    let at = table.binary_search_by(|key| compare(&key.name)).ok()?;
    server(table.get(at)?.server)
}

fn server(at: u16) -> Option<&'static KnownServer> {
    SERVERS.get(usize::from(at))
}

impl KnownServer {
    /// What to write in place of it: its package in that registry, or whatever else it has.
    #[must_use]
    pub fn advice(&self, registry: Option<Registry>) -> &str {
        let same = self.packages.iter().find(|package| Some(package.ecosystem) == registry);
        match (same.or(self.packages.first()), self.remotes.first()) {
            (Some(package), _) => &package.name,
            (None, Some(remote)) => &remote.host,
            (None, None) => self.repositories.first().map_or(&self.title, |name| name),
        }
    }

    /// Whether it is known that the server has no use for that credential: it reads neither the
    /// variable nor another one of the provider, and is not the provider's.
    #[must_use]
    pub fn has_no_use_for(&self, credential: &Credential) -> bool {
        let Some(variables) = self.variables.as_ref().filter(|variables| variables.complete) else {
            return false;
        };
        let provider = &credential.provider;
        let reads = variables.secret.iter().chain(variables.plain.iter()).any(|variable| {
            *variable == credential.variable
                || self::credential(variable).is_some_and(|own| own.provider == *provider)
        });
        !reads && self.vendor != *provider && !self.title.contains(provider.as_ref())
    }

    /// Whether it is known that the server reads no variable at all.
    #[must_use]
    pub fn reads_no_variable(&self) -> bool {
        self.variables.as_ref().is_some_and(|variables| {
            variables.complete && variables.secret.is_empty() && variables.plain.is_empty()
        })
    }

    /// The server that takes its place.
    #[must_use]
    pub fn successor(&self) -> Option<&'static Self> {
        get(self.successor.as_deref()?)
    }
}
