//! Which path is for what.

use std::sync::Arc;

use crate::front::Endpoint;

/// What a path is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Route {
    /// Streamable HTTP.
    Mcp(Endpoint),
    /// Plain JSON-RPC.
    Rpc,
    /// The stream of HTTP+SSE (2024-11-05).
    Sse(Endpoint),
    /// Where its messages are posted.
    Messages(Endpoint),
    /// Whether the process is there.
    Health,
    /// Whether it, or a server, can take calls.
    Ready(Option<Arc<str>>),
    /// Measurements.
    Metrics,
}

impl Route {
    /// What this path is for.
    pub(super) fn of(path: &str) -> Option<Self> {
        let path = path.strip_prefix('/')?;
        let path = path.strip_suffix('/').unwrap_or(path);
        let (head, server) = match path.split_once('/') {
            Some((head, server)) => (head, Some(server)),
            None => (path, None),
        };
        if server.is_some_and(|server| !is_name(server)) {
            return None;
        }
        let endpoint = || server.map_or(Endpoint::All, |name| Endpoint::Server(name.into()));
        match (head, server) {
            ("mcp", _) => Some(Self::Mcp(endpoint())),
            ("sse", _) => Some(Self::Sse(endpoint())),
            ("messages", _) => Some(Self::Messages(endpoint())),
            ("rpc", None) => Some(Self::Rpc),
            ("health", None) => Some(Self::Health),
            ("ready", server) => Some(Self::Ready(server.map(Arc::from))),
            ("metrics", None) => Some(Self::Metrics),
            _ => None,
        }
    }

    /// The methods that it takes.
    pub(super) const fn allow(&self) -> &'static str {
        match self {
            Self::Mcp(_) => "GET, POST, DELETE, OPTIONS",
            Self::Rpc | Self::Messages(_) => "POST, OPTIONS",
            Self::Sse(_) => "GET, OPTIONS",
            Self::Health | Self::Ready(_) | Self::Metrics => "GET, HEAD, OPTIONS",
        }
    }
}

/// Whether this can be the name of a server.
fn is_name(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-'))
}

#[cfg(test)]
mod tests {
    use super::{Endpoint, Route};

    #[test]
    fn paths() {
        let server = || Endpoint::Server("files".into());
        for (path, route) in [
            ("/mcp", Some(Route::Mcp(Endpoint::All))),
            ("/mcp/", Some(Route::Mcp(Endpoint::All))),
            ("/mcp/files", Some(Route::Mcp(server()))),
            ("/sse/files", Some(Route::Sse(server()))),
            ("/messages", Some(Route::Messages(Endpoint::All))),
            ("/ready/files", Some(Route::Ready(Some("files".into())))),
            ("/mcp/files/x", None),
            ("/mcp/..", None),
            ("/mcp/%66iles", None),
            ("/mcp//", None),
            ("//mcp", None),
            ("/rpc/files", None),
            ("/MCP", None),
            ("/", None),
            ("", None),
        ] {
            assert_eq!(Route::of(path), route, "{path}");
        }
    }
}
