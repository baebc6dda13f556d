//! Gateways for MCP servers: `mcp-guard serve`, and those of others.

use super::lexer::Shell;
use super::options::{self, gnu};
use super::peel::{Peeler, Step};
use super::word::split_command;
use super::wrapper::WrapperKind::{Gateway, Guard};

/// Where a gateway takes the command of a server from.
#[derive(Clone, Copy)]
enum Inner {
    /// From its own configuration.
    Configured,
    /// From the words behind `--`.
    AfterDashes,
    /// From the words behind this option.
    AfterOption(&'static str),
    /// From this option's value, a whole command line.
    Line(&'static str),
}

struct Spec {
    names: &'static [&'static str],
    /// One of these must be among the first words, if there are any.
    subcommands: &'static [&'static str],
    inner: Inner,
}

const fn spec(
    names: &'static [&'static str],
    subcommands: &'static [&'static str],
    inner: Inner,
) -> Spec {
    Spec { names, subcommands, inner }
}

const GATEWAYS: &[Spec] = &[
    spec(&["mcp-context-protector", "mcp-context-protector.sh"], &[], Inner::Line("--command")),
    spec(&["docker", "docker-mcp"], &["mcp gateway run", "gateway run"], Inner::Configured),
    spec(&["thv", "toolhive"], &["run", "proxy", "mcp"], Inner::Configured),
    spec(&["mcp-scan", "snyk-agent-scan"], &["proxy"], Inner::Configured),
    spec(&["smithery"], &["run"], Inner::Configured),
    spec(&["mcp-shield"], &["run", "serve", "proxy", "wrap", "stdio"], Inner::AfterDashes),
    spec(&["invariant-gateway"], &[], Inner::AfterOption("--exec")),
    spec(
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

const GUARD_VALUES: &[&str] =
    &["--server", "--config", "-c", "-s", "--log-level", "--log-format", "--listen", "--state"];

/// Whether a program of this name is a gateway and little else.
pub(super) fn is_gateway(name: &str) -> bool {
    name == "mcp-guard" || GATEWAYS.iter().any(|g| g.names.contains(&name) && name != "docker")
}

/// Peels a gateway off.
pub(super) fn peel(peeler: &mut Peeler<'_>, name: &str) -> Step {
    if name == "mcp-guard" {
        return guard(peeler);
    }
    let end = peeler.rest.end;
    let (_, first) = options::leading(
        &peeler.launch.words,
        peeler.rest.clone(),
        gnu(&["--config", "-c", "--context"]),
    );
    let follows = |path: &str| {
        path.split(' ')
            .enumerate()
            .all(|(i, word)| first + i < end && peeler.word(first + i) == word)
    };
    let found = GATEWAYS.iter().filter(|g| g.names.contains(&name)).find_map(|gateway| {
        let subcommand = gateway.subcommands.iter().find(|path| follows(path));
        (gateway.subcommands.is_empty() || subcommand.is_some())
            .then_some((gateway.inner, subcommand))
    });
    let Some((inner, subcommand)) = found else { return Step::Unknown };
    let line = matches!(inner, Inner::Line(_));
    let inner = match inner {
        Inner::Configured => None,
        Inner::AfterDashes => peeler.find(first..end, "--"),
        Inner::AfterOption(option) | Inner::Line(option) => {
            peeler.find(peeler.rest.clone(), option)
        }
    };
    let wrapper = subcommand.map_or_else(|| name.to_owned(), |path| format!("{name} {path}"));
    peeler.wrap(Gateway, wrapper);
    match inner.filter(|at| at + 1 < end) {
        Some(at) if line => {
            let value = peeler.launch.words.get(at + 1).cloned();
            let words = value.map(|word| split_command(word, true, Shell::Posix));
            peeler.enter_words(words.unwrap_or_default());
            Step::Peeled
        }
        Some(at) => {
            peeler.enter(at + 1..end);
            Step::Peeled
        }
        None => Step::Target,
    }
}

/// `mcp-guard serve [options] [-- command]`. A package of this name from a registry is not taken
/// for it: whoever owns the name there would be trusted to guard.
fn guard(peeler: &mut Peeler<'_>) -> Step {
    let end = peeler.rest.end;
    let (_, at) = options::leading(&peeler.launch.words, peeler.rest.clone(), gnu(GUARD_VALUES));
    if peeler.is_package()
        || at >= end
        || peeler.word(at) != "serve"
        || peeler.word(at.saturating_sub(1)) == "--"
    {
        return Step::Unknown;
    }
    peeler.wrap(Guard, "mcp-guard serve");
    match peeler.find(at + 1..end, "--") {
        Some(dashes) if dashes + 1 < end => {
            peeler.enter(dashes + 1..end);
            Step::Peeled
        }
        _ => Step::Target,
    }
}
