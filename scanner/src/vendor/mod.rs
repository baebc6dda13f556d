//! What is known of hosts: who signs users in by OAuth, who serves public documentation, who
//! tunnels, who serves packages, and who is imitated.

pub mod host;
mod likeness;

use std::sync::LazyLock;

use host::{HostKind, HostList, KnownHost};
use mcp_guard_detect::host::{HostPattern, matcher};

pub use likeness::{Likeness, likeness};

include!(concat!(env!("OUT_DIR"), "/hosts.rs"));

static PATTERNS: LazyLock<Vec<(HostKind, HostPattern, &'static KnownHost)>> = LazyLock::new(|| {
    LISTS
        .iter()
        .flat_map(|list| list.hosts.iter().map(|host| (list.kind, host)))
        .filter_map(|(kind, host)| Some((kind, host.host.parse().ok()?, host)))
        .collect()
});

/// The entry of that kind for a host and path, if there is one.
#[must_use]
pub fn known(kind: HostKind, host: &str, path: &str) -> Option<&'static KnownHost> {
    let matches = matcher(host);
    PATTERNS
        .iter()
        .filter(|(entry, ..)| *entry == kind)
        .find(|(_, pattern, entry)| {
            matches(pattern) && entry.path.as_ref().is_none_or(|head| begins(path, head))
        })
        .map(|(.., entry)| *entry)
}

/// Whether a path begins with another one, whole segments only.
pub(crate) fn begins(path: &str, head: &str) -> bool {
    let head = head.trim_end_matches('/');
    path.strip_prefix(head).is_some_and(|rest| rest.is_empty() || rest.starts_with(['/', '?', '#']))
}

#[cfg(test)]
mod tests {
    use super::host::HostKind;
    use super::{begins, known};

    #[test]
    fn hosts_are_known_by_path_where_it_matters() {
        assert!(known(HostKind::OauthDiscovery, "mcp.linear.app", "/mcp").is_some());
        assert!(known(HostKind::OauthDiscovery, "MCP.Linear.app.", "/sse").is_some());
        assert!(known(HostKind::OauthDiscovery, "mcp.linear.app.example.com", "/mcp").is_none());
        assert!(known(HostKind::Tunnel, "a1b2.ngrok-free.app", "/mcp").is_some());
        assert!(begins("/mcp/docs", "/mcp"));
        assert!(!begins("/mcpx", "/mcp"));
    }
}
