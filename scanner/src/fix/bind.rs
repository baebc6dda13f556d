//! Loopback in place of all interfaces.

use super::{Case, Proposal, Safety, part};
use crate::facts::kinds::Detail;

pub(super) fn propose(case: &Case<'_>) -> Option<Proposal> {
    let Detail::Bind(bind) = &case.fact.detail else { return None };
    let (node, range) = case.part()?;
    let old = node.as_str()?.get(range.clone())?;
    let publishes = bind.via.as_deref() == Some("publish");
    // Inside of a container loopback would be out of reach of the published port.
    if !publishes && case.context.containerised {
        return None;
    }
    let new = if publishes { published(old) } else { listening(old) }?;
    let changes = vec![part::replace(node, &case.fact.pointer, range, &new)?];
    let title = match publishes {
        true => format!("Publish the port on {LOOPBACK} only"),
        false => format!("Listen on {new} only"),
    };
    Some(Proposal { safety: Safety::Safe, title, then: None, changes, reference: None })
}

const LOOPBACK: &str = "127.0.0.1";

/// The address of an option or a variable.
fn listening(old: &str) -> Option<String> {
    let (before, address) = match old.split_once("://") {
        Some((scheme, rest)) => (format!("{scheme}://"), rest),
        None => (String::new(), old),
    };
    let port = ["0.0.0.0", "[::]", "*", ""].iter().find_map(|all| {
        let rest = address.strip_prefix(all)?;
        let digits = rest.strip_prefix(':').unwrap_or_default();
        let number = !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit());
        (rest.is_empty() || number).then_some(rest)
    });
    let port = if matches!(address, "::" | "0:0:0:0:0:0:0:0") { "" } else { port? };
    Some(format!("{before}{LOOPBACK}{port}"))
}

/// A port that a container publishes: `[ADDRESS:][PORT:]PORT[/PROTOCOL]`.
fn published(old: &str) -> Option<String> {
    let ports = ["0.0.0.0:", "[::]:", "*:", ":::"].iter().find_map(|all| old.strip_prefix(all));
    let ports = ports.unwrap_or(old);
    let (numbers, _) = ports.split_once('/').unwrap_or((ports, ""));
    let is_port = |port: &str| port.bytes().all(|b| b.is_ascii_digit() || b == b'-');
    match numbers.split(':').collect::<Vec<_>>().as_slice() {
        [container] if is_port(container) && !container.is_empty() => {
            Some(format!("{LOOPBACK}::{ports}"))
        }
        [host, container] if is_port(host) && is_port(container) && !container.is_empty() => {
            Some(format!("{LOOPBACK}:{ports}"))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::{listening, published};

    #[test]
    fn all_interfaces_become_loopback() {
        for (old, new) in [
            ("0.0.0.0", Some("127.0.0.1")),
            ("0.0.0.0:8000", Some("127.0.0.1:8000")),
            ("[::]:8000", Some("127.0.0.1:8000")),
            ("::", Some("127.0.0.1")),
            (":8080", Some("127.0.0.1:8080")),
            ("*", Some("127.0.0.1")),
            ("", Some("127.0.0.1")),
            ("http://0.0.0.0:80", Some("http://127.0.0.1:80")),
            ("0.0.0.0.nip.io", None),
            ("${HOST}", None),
            (":port", None),
        ] {
            assert_eq!(listening(old).as_deref(), new, "{old}");
        }
        for (old, new) in [
            ("8000:8000", Some("127.0.0.1:8000:8000")),
            ("0.0.0.0:80:8000/tcp", Some("127.0.0.1:80:8000/tcp")),
            ("8000", Some("127.0.0.1::8000")),
            ("[::]:80:80", Some("127.0.0.1:80:80")),
            ("8000-8010:8000-8010", Some("127.0.0.1:8000-8010:8000-8010")),
            ("${PORT}:80", None),
            ("10.0.0.1:80:80", None),
        ] {
            assert_eq!(published(old).as_deref(), new, "{old}");
        }
    }
}
