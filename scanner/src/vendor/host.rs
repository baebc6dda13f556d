//! The lists of known hosts in `rules/hosts/`.

use crate::compiled::{List, Text, compiled};

compiled! {
    /// Hosts of which the same thing is known.
    pub struct HostList {
        /// What is known of them.
        pub kind: HostKind,
        /// The hosts.
        pub hosts: List<KnownHost>,
    }

    /// What is known of a host.
    pub enum HostKind {
        /// Signs users in by OAuth on first use (MCP authorization, RFC 9728).
        OauthDiscovery = "oauth-discovery",
        /// Meant to be used without authentication.
        Public = "public",
        /// Publishes an HTTP+SSE endpoint only.
        SseOnly = "sse-only",
        /// Leads to somebody's machine.
        Tunnel = "tunnels",
        /// Belongs, with all names below it, to a service worth imitating.
        Provider = "providers",
        /// Serves packages for an ecosystem as a whole.
        Registry = "registries",
    }

    /// One host.
    pub struct KnownHost {
        /// Pattern of the host, as in the condition language's `host_in`.
        pub host: Text,
        /// What the path begins with, if only a part of the host is meant.
        #[serde(default)]
        pub path: Option<Text>,
        /// Whose it is.
        pub name: Text,
        /// `low` if it is less of a concern than the others of its list.
        #[serde(default)]
        pub severity: Option<Text>,
        /// The page that says so.
        pub source: Text,
        /// State of the source, if it changes without notice.
        #[serde(default)]
        pub seen: Option<Text>,
    }
}

impl HostList {
    /// Reads a list.
    ///
    /// # Errors
    /// A message with line and column: malformed YAML, a missing or unknown key, a wrong value.
    pub fn read(yaml: &str) -> Result<Self, String> {
        serde_yaml::from_str(yaml).map_err(|error| error.to_string())
    }
}
