//! Secrets and connection strings in the values of an entry, and what of them must not be shown.

use std::borrow::Cow;
use std::ops::Range;

use mcp_guard_detect::Confidence;
use mcp_guard_detect::host::{HostClass, classify};
use mcp_guard_detect::secret::{self, ValueClass};

use super::collect::Collector;
use super::command_line::CommandLine;
use super::discretion::{is_default, is_switch};
use super::hidden::Hidden;
use super::kinds::{Dsn, Secret};
use super::{stray, unrecognised};
use crate::client::{Located, Server};
use crate::syntax::{Document, Format, Limits, Node, pointer};

/// What a value is called that is such a secret by its key.
const CLIENT_TITLE: &str = "OAuth client secret";
/// The format of Google's, told by its beginning whatever the name.
const GOOGLE_CLIENT: &str = "google-oauth-client-secret";
/// The format of a user name and a password in a header (RFC 7617, section 2).
const BASIC: &str = "basic-credentials";

/// Where a value stands, for rules.
#[derive(Clone, Copy)]
pub(super) struct Whereabouts<'a> {
    pub(super) location: &'static str,
    pub(super) name: Option<&'a str>,
    /// The host that the value is sent to, where it is sent to one.
    pub(super) host_class: Option<&'static str>,
}

impl Whereabouts<'_> {
    fn is_variable(&self) -> bool {
        ["environment", "client"].contains(&self.location)
    }
}

/// Facts about the secrets in an entry's values.
pub(super) fn facts(
    collector: &mut Collector,
    server: &Server<'_>,
    line: &CommandLine<'_>,
    hidden: &mut Hidden,
) {
    let host = server
        .url
        .as_ref()
        .and_then(|url| mcp_guard_detect::host::parse(&url.text).map(|url| classify(url.host)));
    let host_class = host.map(HostClass::name);
    let bridge = line.launch.target.remote_url.as_ref().and_then(|part| line.locate(part));
    for option in line.options() {
        let Some((value, range)) = line.locate(&option.value_part()) else { continue };
        let of_bridge = bridge
            .as_ref()
            .is_some_and(|(url, part)| url.pointer == value.pointer && *part == range);
        let location = if of_bridge { "url" } else { "argument" };
        // A flag alone is no value of its own name.
        let name = option.value.as_ref().and_then(|_| option.name());
        let at = Whereabouts { location, name, host_class: None };
        let text = value.text.get(range.clone()).unwrap_or_default();
        if client_information(collector, option.flag_name(), value, range.clone(), hidden) {
            continue;
        }
        look(collector, at, value, range.clone(), hidden);
        if text.contains("://") {
            parameters(collector, value, range, None, hidden);
        } else if is_joined(text) && !hidden.touches(value, &range) {
            look(collector, at, value, range.start + 2..range.end, hidden);
        }
        // What follows such a flag is no value of it, so that nothing was looked at but that.
        let joined = name.is_some() && is_joined(line.launch.word(option.word));
        let flag = line.locate(&line.whole(option.word)).filter(|_| joined);
        if let Some((flag, range)) = flag.filter(|(flag, range)| !hidden.touches(flag, range)) {
            let at = Whereabouts { location, name: None, host_class: None };
            look(collector, at, flag, range.start + 2..range.end, hidden);
        }
    }
    for (value, range) in super::curl::passwords(line) {
        let password = value.text.get(range.clone()).unwrap_or_default();
        let literal = secret::classify(password) == ValueClass::Literal;
        if !hidden.touches(value, &range) {
            let at = Whereabouts { location: "argument", name: Some("password"), host_class: None };
            look(collector, at, value, range.clone(), hidden);
        }
        // What was found before may be only the beginning of a quoted one.
        if literal {
            hide(collector, value, range, hidden);
        }
    }
    // Words apart may hide what they are together, and fields of a package hold no secret by right.
    let package = server.package.iter();
    let of_package = package.flat_map(|package| {
        [&package.registry, &package.identifier].into_iter().chain(&package.version)
    });
    let values = server.command.iter().chain(&server.args).chain(of_package);
    for value in values.filter(|value| secret::hint(value.text.as_ref())) {
        for found in secret::find(None, &value.text) {
            hide(collector, value, found.start..found.end, hidden);
        }
    }
    for variable in &server.env {
        let name = Some(variable.name.as_ref());
        let at = Whereabouts { location: "environment", name, host_class: None };
        look(collector, at, &variable.value, 0..variable.value.text.len(), hidden);
    }
    for header in &server.headers {
        let value = &header.value;
        let name = Some(header.name.as_ref());
        let at = Whereabouts { location: "header", name, host_class };
        look(collector, at, value, 0..value.text.len(), hidden);
        // A placeholder may be somebody's real, if poor, password.
        let class = secret::classify(&value.text);
        let written = matches!(class, ValueClass::Literal | ValueClass::Placeholder);
        if written && carries_credential(&header.name) {
            hide(collector, value, 0..value.text.len(), hidden);
        }
    }
    if let Some(url) = &server.url {
        let at = Whereabouts { location: "url", name: None, host_class };
        look(collector, at, url, 0..url.text.len(), hidden);
        parameters(collector, url, 0..url.text.len(), host_class, hidden);
    }
    if let Some((node, pointer)) = &server.oauth {
        credential_block(collector, node, pointer, host_class, hidden);
    }
    stray::under_other_keys(collector, server, host_class, hidden);
    unrecognised::hide(collector, server, hidden);
}

/// Whether a value of this name is the secret of an OAuth client (RFC 6749, section 2.3.1).
fn is_oauth_client(name: &str) -> bool {
    let letters = name.bytes().filter(u8::is_ascii_alphanumeric);
    let name: Vec<u8> = letters.map(|byte| byte.to_ascii_lowercase()).collect();
    name.ends_with(b"clientsecret")
}

/// The secret in what mcp-remote and its like take as one JSON object (RFC 7591, section 3.2.1);
/// tells whether the value is one.
fn client_information(
    collector: &mut Collector,
    flag: Option<&str>,
    value: &Located<'_>,
    range: Range<usize>,
    hidden: &mut Hidden,
) -> bool {
    let text = value.text.get(range.clone()).unwrap_or_default();
    let named = flag.is_some_and(|flag| flag.eq_ignore_ascii_case("static-oauth-client-info"));
    if !named || !text.trim_start().starts_with('{') {
        return false;
    }
    let document = Document::parse(text.as_bytes(), Format::Json, &Limits::default());
    let entries = document.roots().iter().flat_map(Node::entries);
    for entry in entries.filter(|entry| is_oauth_client(&entry.key)) {
        let Some(secret) = entry.value.as_str() else { continue };
        let span = entry.value.span_of(0..secret.len());
        // Of a text with escapes the place is that of the whole value.
        let verbatim = text.get(span.start..span.end) == Some(secret);
        let at = if verbatim { span.start..span.end } else { 0..text.len() };
        let name = Some(entry.key.as_ref());
        let whereabouts = Whereabouts { location: "argument", name, host_class: None };
        look(collector, whereabouts, value, range.start + at.start..range.start + at.end, hidden);
    }
    true
}

/// A flag of one letter with its value behind it, as in `-pghp_…`.
fn is_joined(text: &str) -> bool {
    let flag = matches!(text.as_bytes(), [b'-', letter, ..] if letter.is_ascii_alphabetic());
    flag && text.len() > 16
}

/// Whether a header of this name proves who is calling.
pub(crate) fn carries_credential(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    secret::names_a_secret(&name)
        || ["authorization", "cookie", "x-api-key", "api-key", "apikey", "proxy-authorization"]
            .contains(&name.as_str())
}

/// Parameters of a URL whose names say that they are secret.
fn parameters(
    collector: &mut Collector,
    url: &Located<'_>,
    within: Range<usize>,
    host_class: Option<&'static str>,
    hidden: &mut Hidden,
) {
    let text = url.text.get(within.clone()).unwrap_or_default();
    let Some(parsed) = mcp_guard_detect::host::parse(text) else { return };
    if let (Some(user), Some(at)) = (&parsed.user_info, &parsed.spans.user)
        && user.password.is_none_or(|password| ["", "x-oauth-basic"].contains(&password))
        && user.user.len() >= 16
    {
        // A user without a password is a token.
        let range = at.start + within.start..at.end + within.start;
        if !hidden.touches(url, &range) {
            let at = Whereabouts { location: "url", name: Some("token"), host_class };
            look(collector, at, url, range, hidden);
        }
    }
    for ((name, _), (_, part)) in parsed.query.iter().zip(&parsed.spans.query) {
        let range = part.start + within.start..part.end + within.start;
        if !hidden.touches(url, &range) {
            let at = Whereabouts { location: "url", name: Some(name), host_class };
            look(collector, at, url, range, hidden);
        }
    }
}

/// Secrets in an OAuth block or another credential block.
fn credential_block(
    collector: &mut Collector,
    node: &Node,
    pointer: &str,
    host_class: Option<&'static str>,
    hidden: &mut Hidden,
) {
    let mut text = |node: &Node, name: &str, pointer: String| {
        if let Some(text) = node.as_str() {
            let value = Located { text: Cow::Borrowed(text), node, begin: 0, pointer };
            let at = Whereabouts { location: "oauth", name: Some(name), host_class };
            look(collector, at, &value, 0..value.text.len(), hidden);
        }
    };
    let key = pointer.rsplit('/').next().unwrap_or_default();
    text(node, key, pointer.to_owned());
    for entry in node.entries() {
        let mut below = pointer.to_owned();
        pointer::push(&mut below, &entry.key);
        text(&entry.value, &entry.key, below);
    }
}

/// Looks at one value: connection strings first, then secrets outside of their passwords.
pub(super) fn look(
    collector: &mut Collector,
    at: Whereabouts<'_>,
    value: &Located<'_>,
    range: Range<usize>,
    hidden: &mut Hidden,
) {
    let Some(text) = value.text.get(range.clone()) else { return };
    if text.is_empty() {
        return;
    }
    let moved = |inner: &Range<usize>| inner.start + range.start..inner.end + range.start;
    let name = at.name.map(|name| Cow::Owned(name.to_owned()));
    let mut password = None;
    if let Some(dsn) = secret::dsn(text)
        && (secret::classify(dsn.password) == ValueClass::Literal || is_default(dsn.password))
    {
        let place = moved(&(dsn.password_start..dsn.password_end));
        // The password of a web address is user information, which other rules speak of.
        let web = ["http", "https", "ws", "wss"].iter().any(|s| dsn.scheme.eq_ignore_ascii_case(s));
        let class = classify(dsn.host);
        if !web {
            let fact = Dsn {
                scheme: Some(dsn.scheme.to_ascii_lowercase().into()),
                user: (!dsn.user.is_empty()).then(|| dsn.user.to_owned().into()),
                host: Some(dsn.host.to_owned().into()),
                host_class: Some(class.name().into()),
                default_password: is_default(dsn.password),
                location: Some(at.location.into()),
                name: name.clone(),
            };
            collector.add(fact, value.span_of(place.clone()), &value.pointer);
            hide(collector, value, place.clone(), hidden);
            password = Some(place);
        }
    }
    let found = secret::find(at.name, text);
    let none_found = found.is_empty() && password.is_none();
    for found in found {
        let place = moved(&(found.start..found.end));
        if password.as_ref().is_some_and(|p| p.start < place.end && place.start < p.end) {
            continue;
        }
        let shown = secret::redact(value.text.get(place.clone()).unwrap_or_default());
        let named = at.name.is_some_and(is_oauth_client);
        // The key says what it is where the text alone does not.
        let vague = named && !at.is_variable() && found.confidence == Confidence::Low;
        let (title, certainty) = match vague {
            true => (CLIENT_TITLE, Confidence::Medium),
            false => (title(found.format, text), found.confidence),
        };
        let fact = Secret {
            format: Some(found.format.id.into()),
            title: Some(title.into()),
            location: Some(at.location.into()),
            name: name.clone(),
            certainty: Some(certainty.name().into()),
            host_class: at.host_class.map(Into::into),
            default_password: found.format.id == BASIC
                && secret::basic_password(value.text.get(place.clone()).unwrap_or_default())
                    .is_some_and(|password| is_default(&password)),
            shown: Some(shown.into()),
            oauth_client: named || found.format.id == GOOGLE_CLIENT,
        };
        collector.add(fact, value.span_of(place.clone()), &value.pointer);
        hide(collector, value, place, hidden);
    }
    let literal = || secret::classify(text) == ValueClass::Literal && !is_switch(text);
    if none_found && at.name.is_some_and(secret::names_a_secret) && literal() {
        if !at.is_variable() && at.name.is_some_and(is_oauth_client) {
            // The key says what it is, whatever it looks like.
            let fact = Secret {
                format: Some("oauth-client-secret".into()),
                title: Some(CLIENT_TITLE.into()),
                location: Some(at.location.into()),
                name,
                certainty: Some(Confidence::Medium.name().into()),
                host_class: at.host_class.map(Into::into),
                shown: Some(secret::redact(text).into()),
                oauth_client: true,
                ..Secret::default()
            };
            collector.add(fact, value.span_of(range.clone()), &value.pointer);
        }
        hide(collector, value, range, hidden);
    }
}

pub(super) fn hide(
    collector: &mut Collector,
    value: &Located<'_>,
    range: Range<usize>,
    hidden: &mut Hidden,
) {
    collector.blot(value.span_of(range.clone()));
    collector.keep_secret(value.text.get(range.clone()).unwrap_or_default());
    hidden.add(value, range);
}

/// What a secret is called. A password in a web address is in no connection string.
fn title(format: &secret::Format, text: &str) -> &'static str {
    let web = || text.starts_with("http://") || text.starts_with("https://");
    if format.id == "dsn-password" && web() { "Password in a URL" } else { format.title }
}
