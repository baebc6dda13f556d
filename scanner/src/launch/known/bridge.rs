//! Programs that translate between transports, and their options.

use crate::launch::options::{Syntax, gnu};

/// What the operands of a bridge are.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(in crate::launch) enum Operand {
    /// The URL of the remote server.
    Url,
    /// The URL of the remote server, if it has the form of one.
    UrlOnly,
    /// A URL, or the command of a local server.
    UrlOrCommand,
    /// Nothing of interest: everything is said by options.
    None,
}

/// A program of this kind.
pub(in crate::launch) struct Bridge {
    pub(in crate::launch) names: &'static [&'static str],
    pub(in crate::launch) operand: Operand,
    /// Options whose value is the URL.
    pub(in crate::launch) url: &'static [&'static str],
    /// Options whose value is `Name: value`.
    pub(in crate::launch) header: &'static [&'static str],
    /// Options with two values, name and value.
    pub(in crate::launch) header_pair: &'static [&'static str],
    /// Options whose value is an Authorization token.
    pub(in crate::launch) token: &'static [&'static str],
    /// Options whose value is the command line of a local server.
    pub(in crate::launch) command: &'static [&'static str],
    /// All options with a value, those above included.
    pub(in crate::launch) syntax: Syntax,
}

const MCP_REMOTE: &[&str] = &[
    "--header",
    "--transport",
    "--host",
    "--static-oauth-client-metadata",
    "--static-oauth-client-info",
    "--auth-timeout",
    "--resource",
    "--ignore-tool",
    "--protocol",
    "--callback-path",
];
const SUPERGATEWAY: &[&str] = &[
    "--stdio",
    "--sse",
    "--streamableHttp",
    "--outputTransport",
    "--port",
    "--baseUrl",
    "--ssePath",
    "--messagePath",
    "--streamableHttpPath",
    "--logLevel",
    "--cors",
    "--healthEndpoint",
    "--header",
    "--oauth2Bearer",
    "--sessionTimeout",
    "--protocolVersion",
    "--ws",
];
const MCP_PROXY: &[&str] = &[
    "--transport",
    "-e",
    "--env",
    "--cwd",
    "--port",
    "--host",
    "--sse-port",
    "--sse-host",
    "--allow-origin",
    "--named-server",
    "--named-server-config",
    "--log-level",
    "--client-id",
    "--client-secret",
    "--token-url",
    "--server",
    "--endpoint",
    "--sseEndpoint",
    "--streamEndpoint",
    "--apiKey",
    "--gracefulShutdownTimeout",
    "--connectionTimeout",
    "--requestTimeout",
    "--eventStore",
    "--tunnelSubdomain",
    "--sslCert",
    "--sslKey",
    "--sslCa",
];
const PLAIN: &[&str] = &[
    "--url",
    "--header",
    "-H",
    "--transport",
    "--endpoint",
    "--server-url",
    "--sse",
    "--token",
    "--server",
];

const fn long(values: &'static [&'static str]) -> Syntax {
    gnu(values)
}

const BRIDGES: &[Bridge] = &[
    Bridge {
        names: &["mcp-remote", "mcp-remote-client"],
        operand: Operand::Url,
        url: &[],
        header: &["--header"],
        header_pair: &[],
        token: &[],
        command: &[],
        syntax: long(MCP_REMOTE),
    },
    Bridge {
        names: &["supergateway"],
        operand: Operand::None,
        url: &["--sse", "--streamableHttp", "--ws"],
        header: &["--header"],
        header_pair: &[],
        token: &["--oauth2Bearer"],
        command: &["--stdio"],
        syntax: long(SUPERGATEWAY),
    },
    Bridge {
        names: &["mcp-proxy"],
        operand: Operand::UrlOrCommand,
        url: &[],
        header: &[],
        header_pair: &["-H", "--headers"],
        token: &[],
        command: &[],
        syntax: long(MCP_PROXY),
    },
    Bridge {
        names: &[
            "server-sse-client",
            "mcp-http-bridge",
            "mcp-sse-bridge",
            "mcp-bridge",
            "mcp-stdio-to-streamable-http-adapter",
            "mcp-http-proxy",
            "mcp-sse-proxy",
        ],
        operand: Operand::UrlOnly,
        url: &["--url", "--endpoint", "--server-url", "--sse", "--server"],
        header: &["--header", "-H"],
        header_pair: &[],
        token: &["--token"],
        command: &[],
        syntax: long(PLAIN),
    },
];

/// The bridge of this name.
pub(in crate::launch) fn find(name: &str) -> Option<&'static Bridge> {
    BRIDGES.iter().find(|bridge| bridge.names.contains(&name))
}

/// Whether a program of this name is a bridge.
pub(in crate::launch) fn is_bridge(name: &str) -> bool {
    find(name).is_some()
}
