use std::ops::Range;

use super::placeholder::{find, is_whole, rfind};

/// A URL as configuration files hold it: possibly with placeholders, possibly broken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Url<'a> {
    /// As written; compare without regard to case. May be a placeholder.
    pub scheme: &'a str,
    /// What stands before the `@`.
    pub user_info: Option<UserInfo<'a>>,
    /// As written, without the brackets of an IPv6 address. Empty when missing.
    pub host: &'a str,
    /// The port, if it is written as a number that is one. [`Spans::port`] tells a missing port from another one.
    pub port: Option<u16>,
    /// From the first slash on, without query and fragment. Empty when missing.
    pub path: &'a str,
    /// Names and values as written, in order. A parameter without `=` has an empty value.
    pub query: Vec<(&'a str, &'a str)>,
    /// What stands after the `#`.
    pub fragment: Option<&'a str>,
    /// Where the parts are.
    pub spans: Spans,
}

/// User name and password of a URL, as written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UserInfo<'a> {
    /// What stands before the first colon.
    pub user: &'a str,
    /// What stands after the first colon, if there is one.
    pub password: Option<&'a str>,
}

/// The byte range of each part of a [`Url`] in the parsed text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Spans {
    /// Of the scheme, without the colon.
    pub scheme: Range<usize>,
    /// Of the user name.
    pub user: Option<Range<usize>>,
    /// Of the password.
    pub password: Option<Range<usize>>,
    /// Of the host, without brackets.
    pub host: Range<usize>,
    /// Of what stands where a port stands, number or not, without the colon.
    pub port: Option<Range<usize>>,
    /// Of the path.
    pub path: Range<usize>,
    /// Of the name and the value of each query parameter.
    pub query: Vec<(Range<usize>, Range<usize>)>,
    /// Of the fragment, without `#`.
    pub fragment: Option<Range<usize>>,
}

/// Takes a URL apart. `None` if the text has no scheme, or no slashes after it.
///
/// For `http`, `https`, `ws`, `wss` and `ftp` the text is read as the WHATWG URL standard reads it, which is what
/// clients do: a backslash is a slash, and any number of slashes starts the host. Delimiters inside of a placeholder
/// are part of it. Surrounding white space does not count.
#[must_use]
pub fn parse(text: &str) -> Option<Url<'_>> {
    let start = text.len() - text.trim_ascii_start().len();
    let end = text.trim_ascii_end().len();
    let colon = find(text, start, end, |byte| matches!(byte, b':' | b'/' | b'\\' | b'?' | b'#'))?;
    let scheme = text.get(start..colon)?;
    if !is_scheme(scheme) {
        return None;
    }
    let special =
        ["http", "https", "ws", "wss", "ftp"].iter().any(|name| scheme.eq_ignore_ascii_case(name));
    let authority = colon + 1 + slashes(text.get(colon..end)?, special)?;
    let authority_end = find(text, authority, end, |byte| {
        matches!(byte, b'/' | b'?' | b'#') || special && byte == b'\\'
    })
    .unwrap_or(end);

    let (user, password, host_start) = user_info(text, authority, authority_end);
    let (host, port) = host_and_port(text, host_start, authority_end);
    let hash = find(text, authority_end, end, |byte| byte == b'#').unwrap_or(end);
    let question = find(text, authority_end, hash, |byte| byte == b'?').unwrap_or(hash);
    let spans = Spans {
        scheme: start..colon,
        user,
        password,
        host,
        port,
        path: authority_end..question,
        query: parameters(text, question + 1, hash),
        fragment: (hash < end).then_some(hash + 1..end),
    };
    let part = |span: &Range<usize>| text.get(span.clone()).unwrap_or_default();
    Some(Url {
        scheme,
        user_info: spans
            .user
            .as_ref()
            .map(|user| UserInfo { user: part(user), password: spans.password.as_ref().map(part) }),
        host: part(&spans.host),
        port: spans
            .port
            .as_ref()
            .map(part)
            .filter(|port| is_digits(port))
            .and_then(|port| port.parse().ok()),
        path: part(&spans.path),
        query: spans.query.iter().map(|(name, value)| (part(name), part(value))).collect(),
        fragment: spans.fragment.as_ref().map(part),
        spans,
    })
}

fn is_scheme(text: &str) -> bool {
    let mut bytes = text.bytes();
    is_whole(text)
        || bytes.next().is_some_and(|first| first.is_ascii_alphabetic())
            && bytes.all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.'))
}

/// How many slashes follow the colon that `text` starts with.
fn slashes(text: &str, special: bool) -> Option<usize> {
    let rest = text.get(1..)?;
    if special {
        let count = rest.bytes().take_while(|byte| matches!(byte, b'/' | b'\\')).count();
        (count > 0).then_some(count)
    } else {
        rest.starts_with("//").then_some(2)
    }
}

type Span = Range<usize>;

/// User, password and where the host starts.
fn user_info(text: &str, start: usize, end: usize) -> (Option<Span>, Option<Span>, usize) {
    let Some(at) = rfind(text, start, end, |byte| byte == b'@') else { return (None, None, start) };
    match find(text, start, at, |byte| byte == b':') {
        Some(colon) => (Some(start..colon), Some(colon + 1..at), at + 1),
        None => (Some(start..at), None, at + 1),
    }
}

fn host_and_port(text: &str, start: usize, end: usize) -> (Span, Option<Span>) {
    let authority = text.get(start..end).unwrap_or_default();
    if authority.starts_with('[') {
        let Some(length) = authority.find(']') else { return (start + 1..end, None) };
        let close = start + length;
        let port = authority
            .get(length + 1..)
            .unwrap_or_default()
            .starts_with(':')
            .then_some(close + 2..end);
        return (start + 1..close, port);
    }
    // An IPv6 address without its brackets is all host.
    if authority.parse::<std::net::Ipv6Addr>().is_ok() {
        return (start..end, None);
    }
    match rfind(text, start, end, |byte| byte == b':') {
        Some(colon) => (start..colon, Some(colon + 1..end)),
        None => (start..end, None),
    }
}

fn parameters(text: &str, start: usize, end: usize) -> Vec<(Span, Span)> {
    let mut found = Vec::new();
    let mut at = start;
    while at < end {
        let next = find(text, at, end, |byte| byte == b'&').unwrap_or(end);
        if next > at {
            found.push(match find(text, at, next, |byte| byte == b'=') {
                Some(equals) => (at..equals, equals + 1..next),
                None => (at..next, next..next),
            });
        }
        at = next + 1;
    }
    found
}

fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}
