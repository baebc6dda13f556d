//! URLs: of remote servers, of the targets of bridges, and in values.

use std::borrow::Cow;
use std::ops::Range;

use mcp_guard_detect::host::{self, HostClass, classify};
use mcp_guard_detect::secret::{self, ValueClass};

use super::collect::Collector;
use super::command_line::CommandLine;
use super::hidden::Hidden;
use super::kinds::Url;
use super::secret::carries_credential;
use crate::client::{Located, Server, Transport};
use crate::vendor;
use crate::vendor::host::HostKind;

/// Whether the entry's URL is one at which a gateway of this tree listens.
pub(super) fn is_guarded(server: &Server<'_>, gateways: &[String]) -> bool {
    server.url.as_ref().and_then(|url| host::parse(&url.text)).is_some_and(|url| {
        let port = url.port.map(|port| format!(":{port}")).unwrap_or_default();
        let local = matches!(classify(url.host), HostClass::Loopback);
        gateways.iter().any(|gateway| {
            *gateway == format!("{}{port}", url.host)
                || local && gateway.rsplit_once(':').is_some_and(|(_, p)| format!(":{p}") == port)
        })
    })
}

/// Facts about the URLs of an entry.
pub(super) fn facts(
    collector: &mut Collector,
    server: &Server<'_>,
    line: &CommandLine<'_>,
    hidden: &Hidden,
) {
    if let Some(url) = &server.url {
        let whole = 0..url.text.len();
        if let Some(fact) = url_fact("server", url, whole.clone(), hidden) {
            let auth = auth_of_server(server, url, hidden);
            let declared = server.declared.as_ref().map(|(_, transport)| match transport {
                Transport::Sse => "sse",
                Transport::Ws => "ws",
                Transport::Stdio => "stdio",
                Transport::Http | Transport::Unknown => "http",
            });
            let fact =
                Url { auth: Some(auth.into()), declared: declared.map(Cow::Borrowed), ..fact };
            collector.add(fact, url.span_of(whole), &url.pointer);
        }
    }
    let bridge = line.launch.target.remote_url.as_ref().and_then(|part| line.locate(part));
    if let Some((value, range)) = &bridge
        && let Some(fact) = url_fact("bridge", value, range.clone(), hidden)
    {
        let auth = auth_of_bridge(line, value, range, hidden);
        let fact = Url { auth: Some(auth.into()), ..fact };
        collector.add(fact, value.span_of(range.clone()), &value.pointer);
    }
    for option in line.options() {
        let Some((value, range)) = line.locate(&option.value_part()) else { continue };
        let of_bridge = bridge.as_ref().is_some_and(|(other, part)| {
            other.pointer == value.pointer && part.start < range.end && range.start < part.end
        });
        if !of_bridge {
            in_value(collector, "argument", option.name(), value, range, hidden);
        }
    }
    for header in &server.headers {
        let (name, value) = (Some(header.name.as_ref()), &header.value);
        in_value(collector, "header", name, value, 0..value.text.len(), hidden);
    }
    for variable in &server.env {
        let value = &variable.value;
        let name = Some(variable.name.as_ref());
        in_value(collector, "environment", name, value, 0..value.text.len(), hidden);
    }
}

/// A value that is a URL, or a bare address of a metadata service.
fn in_value(
    collector: &mut Collector,
    role: &'static str,
    name: Option<&str>,
    value: &Located<'_>,
    range: Range<usize>,
    hidden: &Hidden,
) {
    let name = name.map(|name| Cow::Owned(name.to_owned()));
    let Some(text) = value.text.get(range.clone()) else { return };
    if let Some(fact) = url_fact(role, value, range.clone(), hidden) {
        let at = host::parse(text).map_or(0..text.len(), |url| url.spans.host);
        let span = value.span_of(range.start + at.start..range.start + at.end);
        collector.add(Url { name, ..fact }, span, &value.pointer);
    } else if text.len() < 80 && is_metadata_address(text) {
        let fact = Url {
            role: Some(role.into()),
            name,
            host: Some(Cow::Owned(text.to_owned())),
            host_class: Some(HostClass::Metadata.name().into()),
            auth: Some("none".into()),
            shown: Some(hidden.show(value, range.clone()).into()),
            ..Url::default()
        };
        collector.add(fact, value.span_of(range), &value.pointer);
    }
}

/// An address, with or without a port or path, and no mere word or number.
fn is_metadata_address(text: &str) -> bool {
    let host = text.split('/').next().unwrap_or(text);
    host.contains(['.', ':']) && classify(host) == HostClass::Metadata
}

fn url_fact(
    role: &'static str,
    value: &Located<'_>,
    range: Range<usize>,
    hidden: &Hidden,
) -> Option<Url> {
    let text = value.text.get(range.clone())?;
    let url = host::parse(text)?;
    let class = classify(url.host);
    let known = |kind| vendor::known(kind, url.host, url.path);
    let (vendor, entry) = match (known(HostKind::Public), known(HostKind::OauthDiscovery)) {
        (Some(entry), _) => (Some("public"), Some(entry)),
        (None, Some(entry)) => (Some("oauth"), Some(entry)),
        (None, None) => (None, None),
    };
    let tunnel = known(HostKind::Tunnel);
    let path_at = url.spans.path.start + range.start..url.spans.path.end + range.start;
    Some(Url {
        role: Some(role.into()),
        name: None,
        scheme: Some(url.scheme.to_ascii_lowercase().into()),
        host: Some(Cow::Owned(url.host.to_owned())),
        host_class: Some(class.name().into()),
        port: url.port.map(f64::from),
        path: Some(hidden.show(value, path_at).into()),
        query: url.query.iter().map(|(name, value)| format!("{name}={value}")).collect(),
        query_names: url.query.iter().map(|(name, _)| (*name).to_owned()).collect(),
        auth: Some("none".into()),
        vendor: vendor.map(Cow::Borrowed),
        vendor_name: entry.map(|entry| entry.name.clone()),
        sse_only: known(HostKind::SseOnly).is_some(),
        tunnel: tunnel
            .map(|tunnel| if tunnel.severity.is_some() { "lasting" } else { "throw-away" }.into()),
        tunnel_name: tunnel.map(|tunnel| tunnel.name.clone()),
        declared: None,
        shown: Some(hidden.show(value, range).into()),
    })
}

/// Whether requests to the server carry a credential, and whether it stands in the file.
fn auth_of_server(server: &Server<'_>, url: &Located<'_>, hidden: &Hidden) -> &'static str {
    let of_headers = server
        .headers
        .iter()
        .filter(|header| carries_credential(&header.name))
        .map(|header| secret::classify(&header.value.text));
    let all = of_headers.chain(of_url(url, 0..url.text.len(), hidden));
    match strongest(all) {
        "none" if server.oauth.is_some() => "oauth",
        "none" if server.credential_elsewhere => "reference",
        told => told,
    }
}

fn auth_of_bridge(
    line: &CommandLine<'_>,
    value: &Located<'_>,
    range: &Range<usize>,
    hidden: &Hidden,
) -> &'static str {
    let headers = line
        .launch
        .target
        .bridge_headers
        .iter()
        .filter(|header| carries_credential(&header.name))
        .map(|header| {
            header
                .value
                .as_ref()
                .map_or(ValueClass::Reference, |part| secret::classify(line.launch.text(part)))
        });
    strongest(headers.chain(of_url(value, range.clone(), hidden)))
}

/// Credentials inside of a URL: user information, parameters that are named or look like secrets.
fn of_url(value: &Located<'_>, range: Range<usize>, hidden: &Hidden) -> Vec<ValueClass> {
    let mut found = Vec::new();
    if hidden.touches(&value.pointer, &range) {
        found.push(ValueClass::Literal);
    }
    let text = value.text.get(range).unwrap_or_default();
    if let Some(url) = host::parse(text) {
        found.extend(url.user_info.iter().map(|user| {
            secret::classify(user.password.filter(|p| !p.is_empty()).unwrap_or(user.user))
        }));
        let named = url.query.iter().filter(|(name, _)| secret::names_a_secret(name));
        found.extend(named.map(|(_, value)| secret::classify(value)));
        // The whole URL, or its path, is kept elsewhere: it may be the secret.
        if secret::classify(url.path.trim_start_matches('/')) == ValueClass::Reference {
            found.push(ValueClass::Reference);
        }
    }
    found
}

fn strongest(classes: impl IntoIterator<Item = ValueClass>) -> &'static str {
    let mut told = "none";
    for class in classes {
        match class {
            ValueClass::Literal => return "literal",
            ValueClass::Reference | ValueClass::Placeholder => told = "reference",
            ValueClass::Empty => {}
        }
    }
    told
}
