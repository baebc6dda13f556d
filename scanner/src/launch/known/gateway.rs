//! Gateways for MCP servers, and where they take the server from.

/// Where a gateway takes the command of a server from.
#[derive(Clone, Copy)]
pub(in crate::launch) enum Inner {
    /// From its own configuration.
    Configured,
    /// From the words behind `--`.
    AfterDashes,
    /// From the words behind this option.
    AfterOption(&'static str),
    /// From this option's value, a whole command line.
    Line(&'static str),
}

/// A program of this kind.
pub(in crate::launch) struct Gateway {
    pub(in crate::launch) names: &'static [&'static str],
    /// One of these must be among the first words, if there are any.
    pub(in crate::launch) subcommands: &'static [&'static str],
    pub(in crate::launch) inner: Inner,
}

const fn gateway(
    names: &'static [&'static str],
    subcommands: &'static [&'static str],
    inner: Inner,
) -> Gateway {
    Gateway { names, subcommands, inner }
}

pub(in crate::launch) const GATEWAYS: &[Gateway] = &[
    gateway(&["mcp-context-protector", "mcp-context-protector.sh"], &[], Inner::Line("--command")),
    gateway(&["docker", "docker-mcp"], &["mcp gateway run", "gateway run"], Inner::Configured),
    gateway(&["thv", "toolhive"], &["run", "proxy", "mcp"], Inner::Configured),
    gateway(&["mcp-scan", "snyk-agent-scan"], &["proxy"], Inner::Configured),
    gateway(&["smithery"], &["run"], Inner::Configured),
    gateway(&["mcp-shield"], &["run", "serve", "proxy", "wrap", "stdio"], Inner::AfterDashes),
    gateway(&["invariant-gateway"], &[], Inner::AfterOption("--exec")),
    gateway(
        &[
            "mcp-gateway",
            "mcpgateway",
            "mcp-gateway-registry",
            "contextforge",
            "agentgateway",
            "metamcp",
            "mcp-server-metamcp",
            "mcpjungle",
            "1mcp",
            "mcphub",
            "mcp-hub",
            "mcpproxy",
            "mcpproxy-go",
            "obot",
            "bifrost",
            "gridctl",
            "pluggedin-mcp-proxy",
            "magg",
            "toolport",
            "protect-mcp",
            "mcp-audit-gateway",
            "mcp-hangar",
            "pipelock",
            "airis-mcp-gateway",
            "mcp-zero-trust-layer",
        ],
        &[],
        Inner::AfterDashes,
    ),
];

/// Whether a program of this name is a gateway and little else.
pub(in crate::launch) fn is_gateway(name: &str) -> bool {
    name == "mcp-guard" || GATEWAYS.iter().any(|g| g.names.contains(&name) && name != "docker")
}
