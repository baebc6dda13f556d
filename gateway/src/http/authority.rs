//! A host and a port as `Host`, `:authority` and `Origin` hold them.
//!
//! Read strictly, in the form that browsers send: what could be read in two ways is not read at all.

use std::fmt;
use std::net::{IpAddr, Ipv6Addr};

/// The longest name of the domain name system, in characters.
const LONGEST_NAME: usize = 253;

/// A host and, where it is written, a port.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Authority {
    /// Which host.
    pub host: Host,
    /// Which port, `None` for that of the scheme.
    pub port: Option<u16>,
}

/// A host in its one normal form.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Host {
    /// A name in lower case and ASCII, without a dot at the end.
    Name(Box<str>),
    /// An address; one that carries an IPv4 address is that address.
    Address(IpAddr),
}

impl Authority {
    /// Reads `host` or `host:port`. User information, a zone, escapes and an empty port are not read.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (host, port) = split(text)?;
        Some(Self { host: Host::parse(host)?, port: read_port(port)? })
    }

    /// The port, given the one of the scheme.
    #[must_use]
    pub fn port_or(&self, default: u16) -> u16 {
        self.port.unwrap_or(default)
    }
}

impl Host {
    /// Reads a name, an IPv4 address, or an IPv6 address in brackets.
    ///
    /// A name is checked and a number is an address as in the WHATWG URL standard.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        if let Some(inner) = text.strip_prefix('[') {
            let address: Ipv6Addr = inner.strip_suffix(']')?.parse().ok()?;
            return Some(Self::Address(address.to_canonical()));
        }
        let allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_');
        text.bytes().all(allowed).then(|| Self::of_url(text)).flatten()
    }

    /// Reads a name that a person wrote, which may have other letters than ASCII ones.
    pub(super) fn parse_written(text: &str) -> Option<Self> {
        let delimiter = |c: char| c.is_ascii() && !c.is_ascii_alphanumeric() && !".-_".contains(c);
        if text.is_ascii() {
            Self::parse(text)
        } else if text.contains(delimiter) {
            None
        } else {
            Self::of_url(text)
        }
    }

    fn of_url(text: &str) -> Option<Self> {
        let name = match url::Host::parse(text).ok()? {
            url::Host::Ipv4(address) => return Some(Self::Address(address.into())),
            url::Host::Ipv6(address) => return Some(Self::Address(address.to_canonical())),
            url::Host::Domain(name) => name,
        };
        let name = name.strip_suffix('.').unwrap_or(&name);
        let whole = name.len() <= LONGEST_NAME && name.split('.').all(|label| !label.is_empty());
        whole.then(|| Self::Name(name.into()))
    }

    /// Whether it is this machine by its spelling: `localhost`, `127.0.0.0/8` or `::1`.
    #[must_use]
    pub fn is_loopback(&self) -> bool {
        match self {
            Self::Name(name) => &**name == "localhost",
            Self::Address(address) => address.is_loopback(),
        }
    }
}

impl fmt::Display for Host {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Name(name) => formatter.write_str(name),
            Self::Address(IpAddr::V4(address)) => address.fmt(formatter),
            Self::Address(IpAddr::V6(address)) => write!(formatter, "[{address}]"),
        }
    }
}

impl fmt::Display for Authority {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.host.fmt(formatter)?;
        self.port.map_or(Ok(()), |port| write!(formatter, ":{port}"))
    }
}

/// The host and the text of the port, without the colon.
pub(super) fn split(text: &str) -> Option<(&str, Option<&str>)> {
    let host_end = if text.starts_with('[') {
        text.find(']')? + 1
    } else {
        text.find(':').unwrap_or(text.len())
    };
    match text.split_at_checked(host_end)? {
        (host, "") => Some((host, None)),
        (host, rest) => Some((host, Some(rest.strip_prefix(':')?))),
    }
}

/// `None` if what stands for a port is none.
#[expect(clippy::option_option, reason = "no port and a bad port are different answers")]
pub(super) fn read_port(text: Option<&str>) -> Option<Option<u16>> {
    let Some(digits) = text else { return Some(None) };
    let well = digits.bytes().all(|byte| byte.is_ascii_digit()) && digits.len() <= 5;
    digits.parse().ok().filter(|port| well && *port != 0).map(Some)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn normal(text: &str) -> Option<String> {
        Authority::parse(text).map(|authority| authority.to_string())
    }

    #[test]
    fn one_host_has_one_form() {
        for (text, form) in [
            ("LocalHost", "localhost"),
            ("localhost.", "localhost"),
            ("localhost.:80", "localhost:80"),
            ("Example.COM:8443", "example.com:8443"),
            ("XN--bcher-kva.example", "xn--bcher-kva.example"),
            ("a_b.example", "a_b.example"),
            ("127.0.0.1:1", "127.0.0.1:1"),
            ("127.0.0.1.", "127.0.0.1"),
            ("0x7f.1", "127.0.0.1"),
            ("[::1]:65535", "[::1]:65535"),
            ("[0:0::1]", "[::1]"),
            ("[::ffff:127.0.0.1]", "127.0.0.1"),
        ] {
            assert_eq!(normal(text).as_deref(), Some(form), "{text}");
        }
    }

    #[test]
    fn what_is_no_host_is_not_read() {
        for text in [
            "",
            ".",
            "..",
            "a..b",
            ".a",
            "a..",
            ":80",
            "a:",
            "a:0",
            "a:65536",
            "a:+1",
            "a:1:2",
            "a: 1",
            "a b",
            " a",
            "a ",
            "a/b",
            "a@b",
            "user:pw@a",
            "a,b",
            "%6cocalhost",
            "a%00",
            "b\u{fc}cher.example",
            "::1",
            "[::1",
            "[::1%25lo]",
            "[::1%lo]",
            "[::1]80",
            "[a]",
            "[127.0.0.1]",
            "256.1.1.1",
            "1.2.3.4.5",
            "a.1",
            "xn--",
            "xn--a.example",
            "a\\b",
            "a#",
            "a?",
            "*.a",
            "\u{ff11}27.0.0.1",
        ] {
            assert_eq!(normal(text), None, "{text:?}");
        }
        assert_eq!(normal(&["a"; 130].join(".")), None);
    }

    #[test]
    fn loopback_is_told_by_its_whole_spelling() {
        for text in
            ["localhost", "LOCALHOST.", "127.0.0.1", "127.255.0.9", "[::1]", "[::ffff:7f00:1]"]
        {
            assert!(Host::parse(text).unwrap().is_loopback(), "{text}");
        }
        for text in [
            "localhost.evil.com",
            "evil.localhost",
            "127.0.0.1.nip.io",
            "localhost1",
            "0.0.0.0",
            "[::]",
            "128.0.0.1",
            "xn--lcalhost-54a",
            "1270.0.0.1.example",
        ] {
            assert!(!Host::parse(text).is_some_and(|host| host.is_loopback()), "{text}");
        }
    }

    proptest! {
        #[test]
        fn the_normal_form_is_its_own(text in "[a-zA-Z0-9_.:\\[\\]-]{0,24}") {
            if let Some(authority) = Authority::parse(&text) {
                prop_assert_eq!(Authority::parse(&authority.to_string()), Some(authority));
            }
        }

        #[test]
        fn any_text_is_judged(text in "\\PC{0,30}") {
            let _ = Authority::parse(&text);
            let _ = Host::parse_written(&text);
        }
    }
}
