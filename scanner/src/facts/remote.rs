//! URLs: of remote servers, of the targets of bridges, and in values.

use std::borrow::Cow;
use std::ops::Range;

use mcp_guard_detect::host::{self, HostClass, classify};
use mcp_guard_detect::secret::{self, ValueClass};

use super::collect::Collector;
use super::command_line::{CommandLine, CommandOption};
use super::hidden::Hidden;
use super::kinds::Url;
use super::question;
use super::secret::carries_credential;
use crate::client::{Located, Server, Transport};
use crate::online::{Answers, Endpoint};
use crate::syntax::pointer;
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
    answers: Option<&Answers>,
) {
    if let Some(url) = &server.url {
        let whole = 0..url.text.len();
        let fact = url_fact("server", url, whole.clone(), hidden)
            .or_else(|| unusual("server", url, whole.clone(), hidden));
        if let Some(fact) = fact {
            let auth = auth_of_server(server, url, hidden);
            let declared = server.declared.as_ref().map(|(_, transport)| match transport {
                Transport::Sse => "sse",
                Transport::Ws => "ws",
                Transport::Stdio => "stdio",
                Transport::Http | Transport::Unknown => "http",
            });
            let headers = server.headers.iter().map(|header| header.name.to_string()).collect();
            let declared = declared.map(Cow::Borrowed);
            let fact = Url { auth: Some(auth.into()), headers, declared, ..fact };
            let fact = answered(fact, answers, question::askable(url, whole.clone(), hidden));
            collector.add(fact, url.span_of(whole), &url.pointer);
        }
    }
    let bridge = line.launch.target.remote_url.as_ref().and_then(|part| line.locate(part));
    if let Some((value, range)) = &bridge
        && let Some(fact) = url_fact("bridge", value, range.clone(), hidden)
            .or_else(|| unusual("bridge", value, range.clone(), hidden))
    {
        let auth = auth_of_bridge(line, value, range, hidden);
        let of_bridge = &line.launch.target.bridge_headers;
        let headers = of_bridge.iter().map(|header| header.name.clone()).collect();
        let fact = Url { auth: Some(auth.into()), headers, ..fact };
        let fact = answered(fact, answers, question::askable(value, range.clone(), hidden));
        collector.add(fact, value.span_of(range.clone()), &value.pointer);
    }
    authorization(collector, server, hidden);
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

/// The fact with how the server answers, where it was asked.
fn answered(fact: Url, answers: Option<&Answers>, asked: Option<String>) -> Url {
    let answer = answers.zip(asked).and_then(|(all, asked)| all.endpoints.get(&asked));
    let Some(endpoint) = answer else { return fact };
    #[expect(clippy::cast_precision_loss, reason = "servers have few tools")]
    let tools = match endpoint {
        Endpoint::ListsTools { count } => Some(*count as f64),
        _ => None,
    };
    Url { answer: Some(endpoint.name().into()), tools, ..fact }
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
    let likeness = (class == HostClass::Public).then(|| vendor::likeness(url.host)).flatten();
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
        headers: Vec::new(),
        auth: Some("none".into()),
        vendor: vendor.map(Cow::Borrowed),
        vendor_name: entry.map(|entry| entry.name.clone()),
        sse_only: known(HostKind::SseOnly).is_some(),
        tunnel: tunnel
            .map(|tunnel| if tunnel.severity.is_some() { "lasting" } else { "throw-away" }.into()),
        tunnel_name: tunnel.map(|tunnel| tunnel.name.clone()),
        answer: None,
        tools: None,
        declared: None,
        shown: Some(hidden.show(value, range).into()),
        reach: host::reach(text).map(|(_, reach)| reach.name().into()),
        form: Some(host::form(url.host).name().into()),
        resembles: likeness.map(|(known, _)| known.host.clone()),
        resemblance: likeness.map(|(_, how)| how.name().into()),
    })
}

/// What stands where a URL belongs and is none of a network service: `javascript:`, a UNC path.
fn unusual(
    role: &'static str,
    value: &Located<'_>,
    range: Range<usize>,
    hidden: &Hidden,
) -> Option<Url> {
    let (scheme, reach) = host::reach(value.text.get(range.clone())?)?;
    Some(Url {
        role: Some(role.into()),
        scheme: Some(scheme.into()),
        auth: Some("none".into()),
        shown: Some(hidden.show(value, range).into()),
        reach: Some(reach.name().into()),
        ..Url::default()
    })
}

/// The addresses of the OAuth settings that a client opens or calls. Those it is called back at are
/// its own.
fn authorization(collector: &mut Collector, server: &Server<'_>, hidden: &Hidden) {
    let Some((node, pointer)) = &server.oauth else { return };
    for entry in node.entries() {
        let key = entry.key.to_ascii_lowercase();
        let address = ["url", "uri", "endpoint", "issuer"].iter().any(|word| key.contains(word));
        let own = key.contains("redirect") || key.contains("callback");
        let Some(text) = entry.value.as_str().filter(|_| address && !own) else { continue };
        let mut pointer = pointer.clone();
        pointer::push(&mut pointer, &entry.key);
        let value = Located { text: Cow::Borrowed(text), node: &entry.value, begin: 0, pointer };
        let (role, whole) = ("authorization", 0..text.len());
        let fact = url_fact(role, &value, whole.clone(), hidden)
            .or_else(|| unusual(role, &value, whole.clone(), hidden));
        if let Some(fact) = fact {
            let name = Some(Cow::Owned(entry.key.to_string()));
            collector.add(Url { name, ..fact }, value.span_of(whole), &value.pointer);
        }
    }
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
    match strongest(headers.chain(of_url(value, range.clone(), hidden))) {
        "none" if line.options().iter().any(is_oauth_setting) => "oauth",
        told => told,
    }
}

/// Whether an option tells a bridge how to log in.
fn is_oauth_setting(option: &CommandOption) -> bool {
    matches!(
        option.flag_name(),
        Some("static-oauth-client-info" | "static-oauth-client-metadata" | "client-secret")
    )
}

/// Credentials inside of a URL: user information, parameters that are named or look like secrets.
fn of_url(value: &Located<'_>, range: Range<usize>, hidden: &Hidden) -> Vec<ValueClass> {
    let mut found = Vec::new();
    if hidden.touches(value, &range) {
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
