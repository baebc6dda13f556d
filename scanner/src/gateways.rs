//! The gateway configurations that lie among the files of a run, and whom they vouch for.

use std::collections::HashMap;
use std::path::PathBuf;

use mcp_guard_detect::host::{HostClass, classify};

use crate::item::Item;
use crate::scan::Scanner;
use crate::source::Candidate;
use crate::syntax::{Document, Format, Node};

/// The gateway configurations among the candidates. One vouches for the files in its directory and
/// below; the user's own for all.
#[derive(Default)]
pub(crate) struct Gateways {
    /// The addresses to listen on, by the real path of the directory.
    of_trees: HashMap<PathBuf, Vec<String>>,
    /// The addresses of the user's own; absent if there is none.
    of_user: Option<Vec<String>>,
}

impl Gateways {
    /// Finds them.
    pub(crate) fn of(items: &[Item<'_>], scanner: &Scanner) -> Self {
        let mut gateways = Self::default();
        for item in items {
            let candidate = item.candidate;
            let named = candidate.path.file_name().is_some_and(|name| name == "mcp-guard.yaml");
            if candidate.problem.is_some() || !named {
                continue;
            }
            let Ok((bytes, _)) = item.read(scanner.limits.bytes) else { continue };
            let document = Document::parse(&bytes, Format::Yaml, &scanner.limits);
            let Some(root) = document.roots().first().filter(|root| is_gateway(root)) else {
                continue;
            };
            let addresses = match candidate.claim {
                Some(_) => gateways.of_user.get_or_insert_default(),
                None => match candidate.directory() {
                    Some(directory) => gateways.of_trees.entry(directory).or_default(),
                    None => continue,
                },
            };
            let listen = root.get("listen").and_then(|node| node.as_str());
            addresses.extend(listen.filter(|address| is_local(address)).map(str::to_owned));
        }
        gateways
    }

    /// Whether a gateway configuration speaks for the candidate, and the addresses of those that
    /// do. What lies in a tree never speaks for a file of the user.
    pub(crate) fn of_file(&self, candidate: &Candidate) -> (bool, Vec<String>) {
        let mut beside = candidate.claim.is_some() && self.of_user.is_some();
        let mut addresses = self.of_user.clone().unwrap_or_default();
        if candidate.claim.is_none()
            && !self.of_trees.is_empty()
            && let Some(directory) = candidate.directory()
        {
            for of_tree in directory.ancestors().filter_map(|above| self.of_trees.get(above)) {
                beside = true;
                addresses.extend(of_tree.iter().cloned());
            }
        }
        (beside, addresses)
    }
}

/// Whether the file configures a gateway: it may hold nothing but settings of the scanner.
fn is_gateway(root: &Node) -> bool {
    root.entries().iter().any(|entry| !matches!(&*entry.key, "version" | "scan"))
}

/// Whether a gateway can listen at `host:port`: on this machine or its network. Otherwise any
/// server on the internet could be declared to be the gateway.
fn is_local(address: &str) -> bool {
    let host = match address.rsplit_once(':') {
        Some((host, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => host,
        _ => address,
    };
    let host = host.trim_start_matches('[').trim_end_matches(']');
    host.is_empty()
        || matches!(classify(host), HostClass::Loopback | HostClass::Private | HostClass::Wildcard)
}

#[cfg(test)]
mod tests {
    use super::is_local;

    #[test]
    fn a_gateway_listens_on_this_machine_or_its_network() {
        for address in [
            "127.0.0.1:8710",
            "localhost:8710",
            "[::1]:8710",
            ":8710",
            "0.0.0.0:8710",
            "[::]:1",
            "192.168.1.2:80",
            "10.0.0.1",
        ] {
            assert!(is_local(address), "{address}");
        }
        for address in
            ["api.evil.io:443", "https://api.evil.io", "8.8.8.8:80", "169.254.169.254:80"]
        {
            assert!(!is_local(address), "{address}");
        }
    }
}
