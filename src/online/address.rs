//! Which addresses may be asked.

use mcp_guard_detect::host::{self, HostClass, classify};

/// The host of a URL with its port.
pub(super) fn host(url: &str) -> &str {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    rest.split('/').next().unwrap_or(rest)
}

/// Whether the host of a URL is one of the internet, as far as its spelling tells.
pub(super) fn is_public(url: &str) -> bool {
    host::parse(url).is_some_and(|url| is_public_host(url.host))
}

/// Whether a host or address is one of the internet, as far as its spelling tells.
pub(super) fn is_public_host(host: &str) -> bool {
    class(host) == HostClass::Public
}

/// Whether a host or address is the metadata service of a cloud, as far as its spelling tells.
pub(super) fn is_metadata(host: &str) -> bool {
    class(host) == HostClass::Metadata
}

fn class(host: &str) -> HostClass {
    classify(host.trim_start_matches('[').trim_end_matches(']'))
}

/// Hosts of the proxies that the environment names; they may well be private.
pub(super) fn proxies() -> Vec<String> {
    ["HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY", "https_proxy", "http_proxy", "all_proxy"]
        .iter()
        .filter_map(|name| std::env::var(name).ok())
        .filter_map(|proxy| {
            let full = if proxy.contains("://") { proxy } else { format!("http://{proxy}") };
            host::parse(&full).map(|url| url.host.to_ascii_lowercase())
        })
        .collect()
}
