//! Addresses of remote servers.

use std::fmt::Write;
use std::net::Ipv6Addr;

use mcp_guard_detect::host::{self, HostClass, Url};

/// The address without user information, with everything escaped that RFC 3987 wants escaped;
/// `None` where a part that is filled in later leaves no valid address.
pub(super) fn endpoint(url: &str) -> Option<String> {
    let parsed = host::parse(url)?;
    let is_address = parsed.host.parse::<Ipv6Addr>().is_ok();
    // A port that is no number, a scheme that is filled in later.
    let is_later = parsed.spans.port.is_some() && parsed.port.is_none()
        || !parsed.scheme.starts_with(|first: char| first.is_ascii_alphabetic());
    if is_later || !is_address && !is_name(parsed.host) {
        return None;
    }
    let (open, close) = if is_address { ("[", "]") } else { ("", "") };
    let mut out = format!("{}://{open}{}{close}", parsed.scheme.to_ascii_lowercase(), parsed.host);
    if let Some(port) = parsed.port {
        let _ = write!(out, ":{port}");
    }
    let rest = url.get(parsed.spans.path.start..).unwrap_or_default().trim_end();
    escape(rest, &mut out);
    Some(out)
}

/// Whether what is sent there leaves the machine, as far as the address tells.
pub(super) fn leaves_machine(url: &str) -> Option<bool> {
    let class = host::classify(host::parse(url).map(|Url { host, .. }| host)?);
    match class {
        HostClass::Loopback => Some(false),
        HostClass::Placeholder | HostClass::Invalid | HostClass::Wildcard => None,
        HostClass::Private
        | HostClass::Metadata
        | HostClass::Public
        | HostClass::SingleLabel
        | HostClass::Example => Some(true),
    }
}

fn is_name(host: &str) -> bool {
    let is_part = |c: char| c.is_alphanumeric() || matches!(c, '.' | '-' | '_');
    !host.is_empty() && host.chars().all(is_part)
}

fn escape(rest: &str, out: &mut String) {
    let mut in_fragment = false;
    for (at, character) in rest.char_indices() {
        let is_escape = || {
            let digits = rest.get(at + 1..at + 3).unwrap_or_default();
            digits.len() == 2 && digits.bytes().all(|byte| byte.is_ascii_hexdigit())
        };
        let stays = match character {
            '#' => !std::mem::replace(&mut in_fragment, true),
            '%' => is_escape(),
            // In place of a secret.
            '…' => true,
            c => c.is_ascii_alphanumeric() || "-._~!$&'()*+,;=:@/?".contains(c),
        };
        if stays {
            out.push(character);
            continue;
        }
        for byte in character.encode_utf8(&mut [0; 4]).bytes() {
            let _ = write!(out, "%{byte:02X}");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_valid_or_left_out() {
        for (url, wanted) in [
            ("https://a.example/mcp?x=…&y=1#z", Some("https://a.example/mcp?x=…&y=1#z")),
            ("HTTP://u:…@a.example:8080", Some("http://a.example:8080")),
            ("http://[::1]:1/a b%2f%zz#a#b", Some("http://[::1]:1/a%20b%2f%25zz#a%23b")),
            ("https://é.example/${X}\n", Some("https://é.example/$%7BX%7D")),
            ("https://${HOST}/mcp", None),
            ("https://a.example:${PORT}/mcp", None),
            ("https://[::zz]/", None),
            ("${SCHEME}://a.example/", None),
            ("localhost:1", None),
            ("", None),
        ] {
            assert_eq!(endpoint(url).as_deref(), wanted, "{url}");
        }
    }

    #[test]
    fn only_the_machine_itself_is_inside() {
        assert_eq!(leaves_machine("http://127.0.0.1:1/"), Some(false));
        assert_eq!(leaves_machine("http://10.0.0.1/"), Some(true));
        assert_eq!(leaves_machine("http://${HOST}/"), None);
        assert_eq!(leaves_machine("x"), None);
    }
}
