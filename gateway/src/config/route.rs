//! Section `routes`: which server a message goes to.

use schemars::JsonSchema;

use super::keys::RouteKeys;
use super::reader::{Reader, Word, no_server, written};
use super::tree::{Entry, Node};

/// Which server a message goes to. The first route that fits counts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Route {
    /// Calls of a tool.
    Tool {
        /// Its name, exactly.
        name: String,
        /// The server.
        target: String,
    },
    /// Messages of some methods.
    Method {
        /// How their names begin.
        prefix: String,
        /// The server.
        target: String,
    },
    /// All else.
    Default {
        /// The server.
        target: String,
    },
}

impl Route {
    /// The name of the server.
    #[must_use]
    pub fn target(&self) -> &str {
        match self {
            Self::Tool { target, .. } | Self::Method { target, .. } | Self::Default { target } => {
                target
            }
        }
    }

    /// Whether this route takes everything that `other` takes.
    fn covers(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Tool { name, .. }, Self::Tool { name: other, .. }) => name == other,
            (Self::Method { prefix, .. }, Self::Method { prefix: other, .. }) => {
                other.starts_with(prefix)
            }
            (Self::Default { .. }, _) => true,
            _ => false,
        }
    }
}

/// What a route goes by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, JsonSchema)]
#[schemars(rename_all = "snake_case")]
pub(super) enum RouteMode {
    /// The tool that is called.
    Tool,
    /// The method.
    Method,
    /// Nothing.
    Default,
}

impl Word for RouteMode {
    const ALL: &'static [(&'static str, Self)] =
        &[("tool", Self::Tool), ("method", Self::Method), ("default", Self::Default)];
}

/// Section `routes`. Their targets are servers of the file, or the one that is run beside it.
pub(super) fn routes<'d>(
    reader: &mut Reader<'d>,
    node: &'d Node,
    servers: &[&'d Entry],
    beside: Option<&str>,
) -> Vec<Route> {
    let mut routes: Vec<Route> = Vec::new();
    if node.is_null() {
        return routes;
    }
    let names: Vec<&str> = servers.iter().map(|entry| entry.key.as_str()).chain(beside).collect();
    for item in reader.list(node) {
        let Some(route) = route(reader, item, &names) else { continue };
        if routes.iter().any(|earlier| earlier.covers(&route)) {
            reader.fault(item.at, "this route is never taken: one before it takes the same");
        }
        routes.push(route);
    }
    routes
}

fn route<'d>(reader: &mut Reader<'d>, node: &'d Node, servers: &[&str]) -> Option<Route> {
    let keys: RouteKeys<'d> = reader.keys(node, "a route");
    let target = match keys.target {
        Some(target) => self::target(reader, target, servers),
        None => missing(reader, node, "target"),
    };
    let Some(mode) = keys.mode else {
        return missing(reader, node, "mode");
    };
    let mode = reader.word(mode)?;
    let mut only = |key: &str, value: Option<&'d Node>, wanted: RouteMode| match value {
        Some(value) if mode == wanted => reader.text(value),
        Some(value) => {
            reader.fault(value.at, format!("`{key}` does not go with this mode"));
            None
        }
        None if mode == wanted => missing(reader, node, key),
        None => None,
    };
    let name = only("tool_name", keys.tool_name, RouteMode::Tool);
    let prefix = only("method_prefix", keys.method_prefix, RouteMode::Method);
    let target = target?;
    match mode {
        RouteMode::Tool => Some(Route::Tool { name: name?, target }),
        RouteMode::Method => Some(Route::Method { prefix: prefix?, target }),
        RouteMode::Default => Some(Route::Default { target }),
    }
}

fn target<'d>(reader: &mut Reader<'d>, node: &'d Node, servers: &[&str]) -> Option<String> {
    let target = reader.text(node)?;
    if servers.contains(&target.as_str()) {
        return Some(target);
    }
    reader.fault(node.at, no_server(written(node, &target), servers));
    None
}

fn missing<T>(reader: &mut Reader<'_>, node: &Node, key: &str) -> Option<T> {
    reader.fault(node.at, format!("this route needs a `{key}`"));
    None
}
