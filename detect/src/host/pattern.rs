use std::net::IpAddr;
use std::str::FromStr;

use super::address::from_normal;
use super::name::normal;

/// A pattern over hosts: `example.com` is that host, `*.example.com` the hosts below it, `.example.com` both, `*` any.
///
/// Case, escapes, port and trailing dot do not count; an address matches in every spelling.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HostPattern(Form);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Form {
    Any,
    Address(IpAddr),
    Exactly(String),
    Below(String),
    AtOrBelow(String),
}

/// Why a text is no [`HostPattern`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PatternError {
    /// Nothing, or nothing but dots and stars, is left of the pattern.
    #[error("the pattern names no host")]
    Empty,
    /// A `*` anywhere but in front.
    #[error("`*` can only stand for the labels in front, as in `*.example.com`")]
    Star,
    /// A character that no host has; a scheme or a path was probably left in.
    #[error("a host pattern has no scheme, path or white space")]
    Character,
}

/// Whether the host matches one of the patterns.
#[must_use]
pub fn host_in(host: &str, patterns: &[HostPattern]) -> bool {
    patterns.iter().any(matcher(host))
}

/// Tells of pattern after pattern whether the host matches it; the host is normalised only once.
pub fn matcher(host: &str) -> impl Fn(&HostPattern) -> bool {
    let host = normal(host);
    move |pattern| host.as_deref().is_some_and(|host| pattern.matches_normal(host))
}

impl HostPattern {
    /// Whether the host matches. A text that is no host matches nothing.
    #[must_use]
    pub fn matches(&self, host: &str) -> bool {
        normal(host).is_some_and(|host| self.matches_normal(&host))
    }

    fn matches_normal(&self, host: &str) -> bool {
        match &self.0 {
            Form::Any => !host.is_empty(),
            Form::Address(address) => from_normal(host) == Some(*address),
            Form::Exactly(name) => host == name,
            Form::Below(name) => is_below(host, name),
            Form::AtOrBelow(name) => host == name || is_below(host, name),
        }
    }
}

impl FromStr for HostPattern {
    type Err = PatternError;

    fn from_str(text: &str) -> Result<Self, PatternError> {
        let text = text.trim();
        if text == "*" {
            return Ok(Self(Form::Any));
        }
        let (form, name): (fn(String) -> Form, _) = if let Some(name) = text.strip_prefix("*.") {
            (Form::Below, name)
        } else if let Some(name) = text.strip_prefix('.') {
            (Form::AtOrBelow, name)
        } else {
            (Form::Exactly, text)
        };
        let name = normal(name).ok_or(PatternError::Character)?;
        if name.is_empty() {
            return Err(PatternError::Empty);
        }
        if name.contains('*') {
            return Err(PatternError::Star);
        }
        if name.chars().any(|c| c.is_whitespace() || c.is_control() || "/\\?#@".contains(c)) {
            return Err(PatternError::Character);
        }
        Ok(Self(match from_normal(&name) {
            Some(address) if text.trim_start_matches('.') == text && !text.starts_with('*') => {
                Form::Address(address)
            }
            _ => form(name.into_owned()),
        }))
    }
}

fn is_below(host: &str, name: &str) -> bool {
    host.strip_suffix(name)
        .and_then(|labels| labels.strip_suffix('.'))
        .is_some_and(|labels| !labels.is_empty())
}
