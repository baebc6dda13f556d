//! `listen`, `http` and `limits`: where messages come from, and how much of them.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::time::Duration;

use super::keys::{HttpKeys, LimitKeys};
use super::reader::Reader;
use super::tree::Node;

/// Where the gateway listens for HTTP.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listen {
    /// A name or an address, an IPv6 one without its brackets.
    pub host: String,
    /// The port; 0 is one that is free.
    pub port: u16,
}

impl Listen {
    /// Reads `HOST:PORT`, or `:PORT` or `PORT` for the loopback interface.
    ///
    /// # Errors
    /// Why it is none.
    pub fn parse(text: &str) -> Result<Self, &'static str> {
        const WANTED: &str = "this is no address; write HOST:PORT, as in 127.0.0.1:8787";
        let (host, port) = text.rsplit_once(':').unwrap_or(("", text));
        let digits = !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit());
        let port = port.parse().ok().filter(|_| digits).ok_or(WANTED)?;
        let host = match host.strip_prefix('[') {
            None if host.is_empty() => Ipv4Addr::LOCALHOST.to_string(),
            None if is_host(host) => host.to_owned(),
            None => return Err(WANTED),
            Some(inner) => {
                let address = inner.strip_suffix(']').and_then(|inner| inner.parse().ok());
                let address: Ipv6Addr = address.ok_or(WANTED)?;
                address.to_string()
            }
        };
        Ok(Self { host, port })
    }

    /// Whether nobody but this machine can reach it.
    #[must_use]
    pub fn is_loopback(&self) -> bool {
        self.host.eq_ignore_ascii_case("localhost")
            || self.host.parse::<IpAddr>().is_ok_and(|address| address.to_canonical().is_loopback())
    }
}

impl fmt::Display for Listen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.host.contains(':') {
            write!(f, "[{}]:{}", self.host, self.port)
        } else {
            write!(f, "{}:{}", self.host, self.port)
        }
    }
}

fn is_host(text: &str) -> bool {
    text.len() <= 253
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.' | b'_'))
}

/// The HTTP front.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HttpFront {
    /// Values of `Host` that are accepted beside those of the loopback interface.
    pub allowed_hosts: Vec<String>,
    /// Values of `Origin` that are accepted, such as `https://app.example.com`.
    pub allowed_origins: Vec<String>,
    /// Bytes of a message.
    pub max_body: usize,
    /// How long the head of a request may take.
    pub header_timeout: Duration,
    /// How long the body of a request may take.
    pub body_timeout: Duration,
    /// After how long without a message a session ends.
    pub session_idle: Duration,
    /// How many sessions there are at once.
    pub max_sessions: usize,
    /// How long calls may take to end when the gateway stops.
    pub drain_timeout: Duration,
}

impl Default for HttpFront {
    fn default() -> Self {
        Self {
            allowed_hosts: Vec::new(),
            allowed_origins: Vec::new(),
            max_body: 16 << 20,
            header_timeout: Duration::from_secs(10),
            body_timeout: Duration::from_secs(30),
            session_idle: Duration::from_secs(30 * 60),
            max_sessions: 10_000,
            drain_timeout: Duration::from_secs(10),
        }
    }
}

/// Bounds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of a message over standard input and output.
    pub max_line: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { max_line: 64 << 20 }
    }
}

pub(super) fn listen<'d>(reader: &mut Reader<'d>, node: &'d Node) -> Option<Listen> {
    let text = reader.text(node)?;
    Listen::parse(&text).map_err(|message| reader.fault(node.at, message)).ok()
}

pub(super) fn http<'d>(reader: &mut Reader<'d>, node: &'d Node) -> HttpFront {
    let keys: HttpKeys<'d> = reader.keys(node, "`http`");
    let usual = HttpFront::default();
    let mut time = |node: Option<&'d Node>, usual| {
        node.and_then(|node| reader.duration(node)).unwrap_or(usual)
    };
    let header_timeout = time(keys.header_timeout, usual.header_timeout);
    let body_timeout = time(keys.body_timeout, usual.body_timeout);
    let session_idle = time(keys.session_idle, usual.session_idle);
    let drain_timeout = time(keys.drain_timeout, usual.drain_timeout);
    let max_body = keys.max_body.and_then(|node| reader.size(node));
    let max_sessions = keys.max_sessions.and_then(|node| reader.number(node, 1, 1_000_000));
    HttpFront {
        allowed_hosts: keys.allowed_hosts.map(|node| hosts(reader, node)).unwrap_or_default(),
        allowed_origins: keys.allowed_origins.map(|node| origins(reader, node)).unwrap_or_default(),
        max_body: max_body.unwrap_or(usual.max_body),
        header_timeout,
        body_timeout,
        session_idle,
        max_sessions: max_sessions.unwrap_or(usual.max_sessions),
        drain_timeout,
    }
}

fn hosts<'d>(reader: &mut Reader<'d>, node: &'d Node) -> Vec<String> {
    let mut hosts = Vec::new();
    for (text, item) in reader.texts(node) {
        let named = if text.contains(':') || text.starts_with('[') {
            Listen::parse(&text).is_ok() && !text.starts_with(':')
                || text
                    .strip_prefix('[')
                    .and_then(|rest| rest.strip_suffix(']'))
                    .is_some_and(|inner| inner.parse::<Ipv6Addr>().is_ok())
        } else {
            is_host(&text)
        };
        if named {
            hosts.push(text.to_ascii_lowercase());
        } else {
            reader.fault(item.at, "this is no host; write a name, or a name and a port");
        }
    }
    hosts
}

fn origins<'d>(reader: &mut Reader<'d>, node: &'d Node) -> Vec<String> {
    let mut origins = Vec::new();
    for (text, item) in reader.texts(node) {
        let url = reqwest::Url::parse(&text).ok();
        // As browsers write it: no path, no default port, in lower case.
        let origin = url.filter(reqwest::Url::has_host).map(|url| match url.origin() {
            origin if origin.is_tuple() => origin.ascii_serialization(),
            _ => format!("{}://{}", url.scheme(), url.host_str().unwrap_or_default()),
        });
        match origin {
            Some(origin) if origin.eq_ignore_ascii_case(&text) => origins.push(origin),
            Some(origin) => reader
                .fault(item.at, format!("this is no origin as browsers send it; write `{origin}`")),
            None => reader.fault(item.at, "this is no origin; write it as https://HOST:PORT"),
        }
    }
    origins
}

pub(super) fn limits<'d>(reader: &mut Reader<'d>, node: &'d Node) -> Limits {
    let keys: LimitKeys<'d> = reader.keys(node, "`limits`");
    let max_line = keys.max_line.and_then(|node| reader.size(node));
    Limits { max_line: max_line.unwrap_or(Limits::default().max_line) }
}

#[cfg(test)]
mod tests {
    use super::Listen;

    #[test]
    fn a_port_alone_is_one_of_this_machine() {
        for (text, shown, loopback) in [
            ("127.0.0.1:8787", "127.0.0.1:8787", true),
            (":8787", "127.0.0.1:8787", true),
            ("8787", "127.0.0.1:8787", true),
            ("localhost:0", "localhost:0", true),
            ("[::1]:80", "[::1]:80", true),
            ("[::ffff:127.0.0.1]:80", "[::ffff:127.0.0.1]:80", true),
            ("0.0.0.0:80", "0.0.0.0:80", false),
            ("[::]:80", "[::]:80", false),
            ("gate.example.com:443", "gate.example.com:443", false),
        ] {
            let listen = Listen::parse(text).unwrap();
            assert_eq!((listen.to_string().as_str(), listen.is_loopback()), (shown, loopback));
        }
        for text in ["", ":", "host", "host:", "::1:80", "[::1]", "a b:1", "h:65536", "h:+1", "*:1"]
        {
            assert!(Listen::parse(text).is_err(), "{text}");
        }
    }
}
