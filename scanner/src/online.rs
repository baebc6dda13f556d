//! What can be asked about servers over a network, and what was answered. Asking is not this
//! crate's: the questions are handed out, the answers handed in.

use std::collections::{BTreeMap, BTreeSet};

use mcp_guard_detect::host::{self, HostClass, classify};

use crate::rules::Severity;

/// Everything there is to ask.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Questions {
    /// Remote servers, by what [`address`] makes of their URLs.
    pub addresses: BTreeSet<String>,
    /// Packages that a registry serves.
    pub packages: BTreeSet<Release>,
}

impl Questions {
    /// Adds those of another file.
    pub fn extend(&mut self, other: Self) {
        self.addresses.extend(other.addresses);
        self.packages.extend(other.packages);
    }
}

/// A package, and the version that is fixed, if one is.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Release {
    /// The registry's ecosystem, as rules call it: npm, pypi, golang, …
    pub ecosystem: &'static str,
    /// Its name as written.
    pub name: String,
    /// The exact version; `None` for a range, a tag or none.
    pub version: Option<String>,
}

/// What was answered. What was not asked or not answered is missing.
#[derive(Clone, Debug, Default)]
pub struct Answers {
    /// By address.
    pub endpoints: BTreeMap<String, Endpoint>,
    /// By package and version.
    pub packages: BTreeMap<Release, Published>,
    /// What could not be found out, each in one line without a secret.
    pub unanswered: Vec<String>,
}

/// How a remote server answers somebody without credentials.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Endpoint {
    /// With status 401. `metadata` says whether it also tells where to get a token (RFC 9728).
    DemandsAuthorization {
        /// Protected resource metadata was found.
        metadata: bool,
    },
    /// With the list of its tools.
    ListsTools {
        /// How many.
        count: usize,
    },
    /// It opens a session, but gives no tools away.
    OpensSession,
    /// With status 403.
    Refuses,
    /// With something that is not MCP.
    Other,
}

impl Endpoint {
    /// The word for it in rules.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::DemandsAuthorization { .. } => "demands-authorization",
            Self::ListsTools { .. } => "lists-tools",
            Self::OpensSession => "opens-session",
            Self::Refuses => "refuses",
            Self::Other => "other",
        }
    }
}

/// What a registry and a database of advisories say of a package.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Published {
    /// Whether there is such a package; `None` if nobody was asked.
    pub package: Option<bool>,
    /// Whether there is such a version of it; `None` if none was asked about.
    pub version: Option<bool>,
    /// The version that the registry gives to who names none.
    pub newest: Option<String>,
    /// Its publisher has given it up, in these words.
    pub deprecated: Option<String>,
    /// Hashes of what the registry serves for the version, or for the newest where none is fixed.
    pub integrity: Vec<String>,
    /// What is known against the version.
    pub advisories: Vec<Reported>,
}

/// An advisory as OSV has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reported {
    /// Its identifier.
    pub id: String,
    /// Other identifiers of the same fault.
    pub aliases: Vec<String>,
    /// How bad it is; medium where nothing tells.
    pub severity: Severity,
    /// One line.
    pub summary: String,
    /// The package was made to do harm.
    pub malicious: bool,
    /// A version that does not have the fault.
    pub fixed: Option<String>,
}

/// The address to ask at for a server with that URL: without user, query and fragment. `None` for
/// what is no HTTP URL, has a placeholder, or can be no server that others reach.
#[must_use]
pub fn address(url: &str) -> Option<String> {
    let parsed = host::parse(url)?;
    let scheme = parsed.scheme.to_ascii_lowercase();
    let reachable = matches!(
        classify(parsed.host),
        HostClass::Public | HostClass::Private | HostClass::SingleLabel | HostClass::Loopback
    );
    let plain = !url.contains(['$', '{', '}', '<', '>', '%', ' ']);
    if !matches!(scheme.as_str(), "http" | "https") || !reachable || !plain {
        return None;
    }
    let host = if parsed.host.contains(':') {
        format!("[{}]", parsed.host)
    } else {
        parsed.host.to_ascii_lowercase()
    };
    let port = parsed.port.map(|port| format!(":{port}")).unwrap_or_default();
    let path = if parsed.path.is_empty() { "/" } else { parsed.path };
    Some(format!("{scheme}://{host}{port}{path}"))
}

#[cfg(test)]
mod tests {
    use super::address;

    #[test]
    fn an_address_has_no_credential() {
        for (url, expected) in [
            ("https://A.Contoso.com/mcp?key=1#x", Some("https://a.contoso.com/mcp")),
            ("https://me:pass@a.contoso.com", Some("https://a.contoso.com/")),
            ("http://10.0.0.3:80/x", Some("http://10.0.0.3:80/x")),
            ("http://[::1]:8/x", Some("http://[::1]:8/x")),
            ("https://${HOST}/mcp", None),
            ("https://a.contoso.com/${KEY}/mcp", None),
            ("https://mcp.example.com/mcp", None),
            ("http://169.254.169.254/latest", None),
            ("wss://a.contoso.com/mcp", None),
            ("file:///etc/passwd", None),
            ("a.contoso.com/mcp", None),
        ] {
            assert_eq!(address(url).as_deref(), expected, "{url}");
        }
    }
}
