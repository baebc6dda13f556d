use std::fmt;
use std::str::FromStr;

use crate::http::authority::{Authority, Host, read_port, split};

/// A host that requests may name: `mcp.example.com`, `mcp.example.com:8443`, or `*.example.com` for all below.
///
/// Without a port, any will do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AllowedHost {
    below: bool,
    host: Host,
    port: Option<u16>,
}

/// An origin: scheme, host and port (RFC 6454), such as `https://app.example.com` or `vscode-webview://id`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin {
    scheme: Box<str>,
    authority: Authority,
}

/// Why a text allows nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PatternError {
    /// It names no host.
    #[error("an allowed host is a host with or without a port, or `*.` and a domain")]
    Host,
    /// It names no origin.
    #[error("an allowed origin is a scheme, `://`, a host and perhaps a port, without path")]
    Origin,
}

impl AllowedHost {
    pub(super) fn matches(&self, named: &Authority) -> bool {
        // A request leaves the port of its scheme out, and a proxy may have changed the scheme.
        let port = match (self.port, named.port) {
            (None, _) | (Some(80 | 443), None) => true,
            (Some(port), named) => named == Some(port),
        };
        let host = match (&self.host, &named.host) {
            (Host::Name(domain), Host::Name(name)) if self.below => name
                .strip_suffix(&**domain)
                .and_then(|labels| labels.strip_suffix('.'))
                .is_some_and(|labels| !labels.is_empty()),
            (allowed, named) => !self.below && allowed == named,
        };
        host && port
    }
}

impl FromStr for AllowedHost {
    type Err = PatternError;

    fn from_str(text: &str) -> Result<Self, PatternError> {
        let text = text.trim();
        let (below, text) = text.strip_prefix("*.").map_or((false, text), |domain| (true, domain));
        let (host, port) = split(text).ok_or(PatternError::Host)?;
        let host = Host::parse_written(host).ok_or(PatternError::Host)?;
        let port = read_port(port).ok_or(PatternError::Host)?;
        if below && matches!(host, Host::Address(_)) {
            return Err(PatternError::Host);
        }
        Ok(Self { below, host, port })
    }
}

impl Origin {
    /// Reads what a browser sends. `null` is none, and neither is anything with a path or user information.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (scheme, rest) = text.split_once("://")?;
        let (host, port) = split(rest)?;
        Self::of(scheme, Host::parse(host)?, read_port(port)?)
    }

    fn of(scheme: &str, host: Host, port: Option<u16>) -> Option<Self> {
        let mut bytes = scheme.bytes();
        let well = bytes.next().is_some_and(|first| first.is_ascii_alphabetic())
            && bytes.all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.'));
        let scheme: Box<str> = well.then(|| scheme.to_ascii_lowercase().into())?;
        let port = port.filter(|port| default_port(&scheme) != Some(*port));
        Some(Self { scheme, authority: Authority { host, port } })
    }

    /// Whether it is a web page of this machine.
    pub(super) fn is_web_on_loopback(&self) -> bool {
        default_port(&self.scheme).is_some() && self.authority.host.is_loopback()
    }

    /// Whether it is a web page that the named host itself serves, at the same port.
    pub(super) fn is_served_by(&self, host: &Authority) -> bool {
        default_port(&self.scheme).is_some_and(|default| {
            self.authority.host == host.host
                && self.authority.port_or(default) == host.port_or(default)
        })
    }
}

impl FromStr for Origin {
    type Err = PatternError;

    fn from_str(text: &str) -> Result<Self, PatternError> {
        let text = text.trim();
        let read = || {
            let (scheme, rest) = text.strip_suffix('/').unwrap_or(text).split_once("://")?;
            let (host, port) = split(rest)?;
            Self::of(scheme, Host::parse_written(host)?, read_port(port)?)
        };
        read().ok_or(PatternError::Origin)
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}://{}", self.scheme, self.authority)
    }
}

fn default_port(scheme: &str) -> Option<u16> {
    match scheme {
        "http" => Some(80),
        "https" => Some(443),
        _ => None,
    }
}
