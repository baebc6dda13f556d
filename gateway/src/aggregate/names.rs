//! The names of tools and prompts, as the client of all servers sees them.

use std::borrow::Cow;
use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError};

use super::routes::{Route, Routes};
use crate::protocol::method;

/// What stands between the name of a server and that of its tool.
const BETWEEN: &str = "__";

/// The most faults of names that are told; each is told once.
const TOLD: usize = 1000;

/// How much of a name is told, in characters.
const LONGEST_TOLD: usize = 128;

/// What has names that lead to a server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Named {
    Tool,
    Prompt,
}

impl Named {
    /// By the method that names one.
    pub(super) fn of(name: &str) -> Option<Self> {
        match name {
            method::TOOLS_CALL => Some(Self::Tool),
            method::PROMPTS_GET => Some(Self::Prompt),
            _ => None,
        }
    }

    const fn method(self) -> &'static str {
        match self {
            Self::Tool => method::TOOLS_CALL,
            Self::Prompt => method::PROMPTS_GET,
        }
    }
}

/// The servers in their order, and what the configuration says about their names. What a name leads
/// to depends on nothing else: no server changes it by what it lists.
#[derive(Debug)]
pub(super) struct Names {
    servers: Vec<Arc<str>>,
    routes: Vec<Route>,
    told: Mutex<HashSet<String>>,
}

impl Names {
    pub(super) fn new(servers: Vec<Arc<str>>, routes: Routes) -> Self {
        Self { servers, routes: routes.0, told: Mutex::new(HashSet::new()) }
    }

    /// The servers, in their order.
    pub(super) fn servers(&self) -> &[Arc<str>] {
        &self.servers
    }

    /// The place of the server of this name.
    pub(super) fn place(&self, server: &str) -> Option<usize> {
        self.servers.iter().position(|known| **known == *server)
    }

    /// The name of the server at this place.
    pub(super) fn name(&self, server: usize) -> &str {
        self.servers.get(server).map_or("", |name| name)
    }

    /// Where what no other rule concerns goes. The only server is where everything goes.
    pub(super) fn default(&self) -> Option<usize> {
        let default = self.routes.iter().find_map(|route| match route {
            Route::Default { target } => Some(target),
            Route::Tool { .. } | Route::Method { .. } => None,
        });
        match default {
            Some(target) => self.place(target),
            None if self.servers.len() == 1 => Some(0),
            None => None,
        }
    }

    /// The target of the first route of this method.
    pub(super) fn by_method(&self, method: &str) -> Option<&Arc<str>> {
        self.routes.iter().find_map(|route| match route {
            Route::Method { prefix, target } if method.starts_with(&**prefix) => Some(target),
            _ => None,
        })
    }

    /// The servers that a list of this method is made of.
    pub(super) fn listed(&self, method: &str) -> Vec<usize> {
        let Some(only) = self.by_method(method) else {
            return (0..self.servers.len()).collect();
        };
        let mut listed: Vec<usize> = self.place(only).into_iter().collect();
        if method == method::TOOLS_LIST {
            for route in &self.routes {
                match route {
                    Route::Tool { target, .. } => listed.extend(self.place(target)),
                    Route::Method { prefix, .. } if method.starts_with(&**prefix) => break,
                    Route::Method { .. } | Route::Default { .. } => {}
                }
            }
        }
        listed.sort_unstable();
        listed.dedup();
        listed
    }

    /// Whose name this is, and what that server calls it.
    pub(super) fn resolve<'a>(&self, named: Named, name: &'a str) -> Option<(usize, &'a str)> {
        for route in &self.routes {
            match route {
                Route::Tool { name: tool, target } if named == Named::Tool && **tool == *name => {
                    // Whoever writes the server in front means the tool behind it.
                    let own = prefixed(target, name).unwrap_or(name);
                    return self.place(target).map(|server| (server, own));
                }
                Route::Method { prefix, target } if named.method().starts_with(&**prefix) => {
                    return self.place(target).map(|server| (server, name));
                }
                _ => {}
            }
        }
        let split = name.split_once(BETWEEN);
        if let Some((server, own)) =
            split.and_then(|(server, own)| Some((self.place(server)?, own)))
        {
            return Some((server, own));
        }
        self.default().map(|server| (server, name))
    }

    /// The name that a tool or prompt of a server is shown under: the one that leads back to it, its
    /// own if the configuration says so. `None` if none does.
    pub(super) fn shown<'a>(
        &self,
        named: Named,
        server: usize,
        own: &'a str,
    ) -> Option<Cow<'a, str>> {
        if self.resolve(named, own) == Some((server, own)) {
            return Some(Cow::Borrowed(own));
        }
        let name = format!("{}{BETWEEN}{own}", self.name(server));
        let leads_back = self.resolve(named, &name) == Some((server, own));
        if !leads_back {
            self.tell(server, own, "no name leads to it beside the configured routes: not listed");
            return None;
        }
        if self.default() == Some(server) {
            self.tell(server, own, "its name is another server's: listed with the server's name");
        }
        Some(Cow::Owned(name))
    }

    /// Tells about a name, once.
    pub(super) fn tell(&self, server: usize, own: &str, what: &str) {
        let server = self.name(server);
        let own: String = own.chars().take(LONGEST_TOLD).collect();
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        if told.len() < TOLD && told.insert(format!("{server} {own} {what}")) {
            drop(told);
            tracing::warn!(target: "mcp_guard::server", server, name = ?own, "{what}");
        }
    }
}

/// What follows the name of this server.
fn prefixed<'a>(server: &str, name: &'a str) -> Option<&'a str> {
    name.strip_prefix(server)?.strip_prefix(BETWEEN)
}

#[cfg(test)]
mod tests;
