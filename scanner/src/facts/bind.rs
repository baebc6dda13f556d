//! Addresses that a server is told to listen on.

use std::borrow::Cow;

use mcp_guard_detect::host::{HostClass, classify, parse};

use super::collect::Collector;
use super::command_line::CommandLine;
use super::kinds::Bind;
use super::setting::Placed;

/// Flags, without dashes, whose value is the address to listen on.
const FLAGS: &[&str] = &[
    "a",
    "addr",
    "address",
    "bind",
    "bind-addr",
    "bind-address",
    "bind-host",
    "hostname",
    "host",
    "http-addr",
    "http-address",
    "http-host",
    "listen",
    "listen-addr",
    "listen-address",
    "listen-host",
    "mcp-host",
    "server-host",
    "server.address",
    "server.host",
    "sse-host",
    "transport-host",
];

/// Words of variables that name a server to connect to.
const ELSEWHERE: &[&str] = &[
    "AMQP",
    "CASSANDRA",
    "CLICKHOUSE",
    "DATABASE",
    "DB",
    "DOCKER",
    "ELASTIC",
    "ELASTICSEARCH",
    "ES",
    "IMAP",
    "KAFKA",
    "LDAP",
    "MAIL",
    "MARIADB",
    "MILVUS",
    "MONGO",
    "MONGODB",
    "MQTT",
    "MSSQL",
    "MYSQL",
    "NEO4J",
    "OLLAMA",
    "OPENSEARCH",
    "ORACLE",
    "PG",
    "POSTGRES",
    "POSTGRESQL",
    "PROXY",
    "QDRANT",
    "RABBITMQ",
    "REDIS",
    "REMOTE",
    "SMTP",
    "SSH",
    "TARGET",
    "UPSTREAM",
    "WEAVIATE",
];

/// Facts about the addresses among the settings and the published ports.
pub(super) fn facts(collector: &mut Collector, line: &CommandLine<'_>, settings: &[Placed]) {
    let reachable = is_reachable(line);
    for Placed { setting, span, pointer, value: value_at } in settings {
        let (Some(name), Some(value)) = (setting.name.as_deref(), setting.value.as_deref()) else {
            continue;
        };
        let argument = setting.source.as_deref() == Some("argument");
        let binds = if argument {
            !setting.container_option && is_flag(name, setting.flag.as_deref())
        } else {
            is_variable(name)
        };
        let address = match value {
            // `--host ""` is every interface to most servers; an empty variable is an unset one.
            "" if argument => Some(""),
            value => address(value),
        };
        let Some(address) = address.filter(|_| binds) else { continue };
        let fact = Bind {
            address: Some(Cow::Owned(address.to_owned())),
            address_class: Some(class(address).name().into()),
            via: Some(if argument { "argument" } else { "environment" }.into()),
            name: Some(Cow::Owned(if argument {
                setting.flag.as_deref().unwrap_or(name).to_owned()
            } else {
                name.to_owned()
            })),
            published: reachable,
        };
        let (span, pointer) =
            value_at.as_ref().map_or((*span, pointer), |(span, pointer)| (*span, pointer));
        collector.add(fact, span, pointer);
    }
    published(collector, line);
}

/// Whether what listens in the server can be reached from outside: it runs in no container, or in
/// one with published ports.
pub(super) fn is_reachable(line: &CommandLine<'_>) -> bool {
    !line.is_containerised()
        || line.has_container_option("publish", |value| !on_loopback(value))
        || line.has_container_option("publish-all", |_| true)
        || line.has_container_option("network", |value| value == "host")
}

fn is_flag(name: &str, flag: Option<&str>) -> bool {
    let lower = name.to_ascii_lowercase().replace('_', "-");
    // A lone letter is a flag for the address only as `-H` (a header elsewhere) or `-a`.
    match flag {
        Some("-H") => true,
        Some("-h") => false,
        _ => FLAGS.contains(&lower.as_str()),
    }
}

fn is_variable(name: &str) -> bool {
    let upper = name.to_ascii_uppercase();
    // Where to find another server, not where to listen.
    let elsewhere = upper.split('_').any(|word| ELSEWHERE.contains(&word));
    if elsewhere {
        return false;
    }
    let ends = [
        "_HOST",
        "_BIND",
        "_BIND_ADDRESS",
        "_BIND_HOST",
        "_LISTEN",
        "_LISTEN_ADDR",
        "_LISTEN_ADDRESS",
        "_LISTEN_HOST",
        "_ADDR",
        "_ADDRESS",
        "_HOSTNAME",
    ];
    [
        "HOST",
        "BIND",
        "LISTEN",
        "ADDRESS",
        "ADDR",
        "BIND_ADDR",
        "BIND_ADDRESS",
        "LISTEN_ADDR",
        "LISTEN_ADDRESS",
        "ASPNETCORE_URLS",
    ]
    .contains(&upper.as_str())
        || ends.iter().any(|end| upper.ends_with(end))
}

/// The host part of an address to listen on; empty when all interfaces are implied.
pub(super) fn address(value: &str) -> Option<&str> {
    let value = value.trim();
    if let Some(url) = parse(value) {
        return value.get(url.spans.host.clone());
    }
    if let Some(rest) = value.strip_prefix('[') {
        return rest.split_once(']').map(|(address, _)| address);
    }
    if value.matches(':').count() > 1 {
        return Some(value);
    }
    match value.split_once(':') {
        Some((host, port))
            if port.bytes().all(|byte| byte.is_ascii_digit()) && !port.is_empty() =>
        {
            Some(host)
        }
        Some(_) => None,
        None if value.is_empty() || value.bytes().all(|byte| byte.is_ascii_digit()) => None,
        None => Some(value),
    }
}

pub(super) fn class(address: &str) -> HostClass {
    if address.is_empty() || address == "+" { HostClass::Wildcard } else { classify(address) }
}

/// Ports of a container that are published on the host: without an address, on all interfaces.
fn published(collector: &mut Collector, line: &CommandLine<'_>) {
    for option in &line.launch.target.container_options {
        let Some(part) = option.value.clone().filter(|_| option.name == "publish") else {
            continue;
        };
        let Some((value, range)) = line.locate(&part) else { continue };
        let address = published_on(line.launch.text(&part));
        let fact = Bind {
            address: Some(Cow::Owned(address.to_owned())),
            address_class: Some(class(address).name().into()),
            via: Some("publish".into()),
            name: Some("--publish".into()),
            published: true,
        };
        collector.add(fact, value.span_of(range), &value.pointer);
    }
}

/// The address that a port is published on; empty when none is given, which means all.
fn published_on(publish: &str) -> &str {
    match publish.rsplit_once(':').map(|(before, _)| before) {
        // `[::1]:8080:80`, `127.0.0.1:8080:80`, `127.0.0.1::80`
        Some(before) if before.contains(':') || before.contains('.') => {
            before.rsplit_once(':').map_or(before, |(host, _)| host).trim_matches(['[', ']'])
        }
        _ => "",
    }
}

fn on_loopback(publish: &str) -> bool {
    class(published_on(publish)) == HostClass::Loopback
}

#[cfg(test)]
mod tests {
    use super::{address, published_on};

    #[test]
    fn a_published_port_may_name_an_address() {
        assert_eq!(published_on("127.0.0.1:8080:80"), "127.0.0.1");
        assert_eq!(published_on("127.0.0.1::80"), "127.0.0.1");
        assert_eq!(published_on("[::1]:8080:80"), "::1");
        assert_eq!(published_on("8080:80"), "");
        assert_eq!(published_on("80"), "");
    }

    #[test]
    fn the_host_part_is_found_in_every_form() {
        assert_eq!(address("0.0.0.0"), Some("0.0.0.0"));
        assert_eq!(address("0.0.0.0:8080"), Some("0.0.0.0"));
        assert_eq!(address(":8080"), Some(""));
        assert_eq!(address("[::]:8080"), Some("::"));
        assert_eq!(address("::"), Some("::"));
        assert_eq!(address("http://0.0.0.0:3000"), Some("0.0.0.0"));
        assert_eq!(address("http://+:80"), Some("+"));
        assert_eq!(address("8080"), None);
        assert_eq!(address(""), None);
    }
}
