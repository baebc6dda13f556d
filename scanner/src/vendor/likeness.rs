//! Hosts that are made to look like those of a known service.

use std::borrow::Cow;
use std::sync::LazyLock;

use mcp_guard_detect::host::look;
use strsim::osa_distance;

use super::LISTS;
use super::host::{HostKind, KnownHost};

/// In what a host resembles another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Likeness {
    /// Its letters look the same.
    Letters,
    /// One letter is missing, too many, exchanged, or two are swapped.
    Spelling,
    /// It begins with the other's name and goes on: `github.com.example.net`.
    Beginning,
}

impl Likeness {
    /// The word for it in rules.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Letters => "letters",
            Self::Spelling => "spelling",
            Self::Beginning => "beginning",
        }
    }
}

/// Names with fewer letters than this are one letter apart by chance.
const SHORTEST_SPELLING: usize = 7;

struct Provider {
    known: &'static KnownHost,
    labels: usize,
    look: String,
}

static PROVIDERS: LazyLock<Vec<Provider>> = LazyLock::new(|| {
    LISTS
        .iter()
        .filter(|list| list.kind == HostKind::Provider)
        .flat_map(|list| list.hosts.iter())
        .filter_map(|known| {
            let (labels, look) = (known.host.split('.').count(), look(&known.host)?);
            Some(Provider { known, labels, look })
        })
        .collect()
});

/// The service whose host this looks like and is not. Names below a service's own are its own.
#[must_use]
pub fn likeness(host: &str) -> Option<(&'static KnownHost, Likeness)> {
    let host = plain(host);
    if PROVIDERS.iter().any(|provider| is_own(&host, &provider.known.host)) {
        return None;
    }
    let look = look(&host)?;
    PROVIDERS.iter().find_map(|provider| Some((provider.known, alike(&look, &host, provider)?)))
}

/// In lower case, without a dot at the end.
fn plain(host: &str) -> Cow<'_, str> {
    let host = host.trim().trim_end_matches('.');
    if host.bytes().any(|byte| byte.is_ascii_uppercase()) {
        Cow::Owned(host.to_ascii_lowercase())
    } else {
        Cow::Borrowed(host)
    }
}

fn is_own(host: &str, domain: &str) -> bool {
    host.strip_suffix(domain).is_some_and(|front| front.is_empty() || front.ends_with('.'))
}

fn alike(look: &str, host: &str, provider: &Provider) -> Option<Likeness> {
    let tail = tail(look, provider.labels)?;
    if tail == provider.look {
        return Some(Likeness::Letters);
    }
    let within = host.match_indices(provider.known.host.as_ref()).any(|(at, domain)| {
        let after = host.get(at + domain.len()..).unwrap_or_default();
        let before = host.get(..at).unwrap_or_default();
        (before.is_empty() || before.ends_with('.')) && after.starts_with('.')
    });
    if within {
        return Some(Likeness::Beginning);
    }
    let (name, zone) = tail.split_once('.')?;
    let (known, known_zone) = provider.look.split_once('.')?;
    let near = zone == known_zone
        && known.len() >= SHORTEST_SPELLING
        && name.len().abs_diff(known.len()) <= 1
        && osa_distance(name, known) == 1;
    near.then_some(Likeness::Spelling)
}

/// So many labels from the end.
fn tail(host: &str, labels: usize) -> Option<&str> {
    let mut dots = host.rmatch_indices('.').map(|(at, _)| at + 1);
    match dots.nth(labels.checked_sub(1)?) {
        Some(start) => host.get(start..),
        None => (host.split('.').count() == labels).then_some(host),
    }
}

#[cfg(test)]
mod tests {
    use super::{Likeness, likeness};

    #[test]
    fn imitations_are_told_and_originals_are_not() {
        for (host, name, how) in [
            ("api.g1thub.com", "github.com", Likeness::Letters),
            ("mcp.linear.app.contoso.net", "linear.app", Likeness::Beginning),
            ("github.com.contoso.net", "github.com", Likeness::Beginning),
            ("mcp.antropic.com", "anthropic.com", Likeness::Spelling),
            ("mcp.atlasian.com", "atlassian.com", Likeness::Spelling),
            ("api.githubcoplit.com", "githubcopilot.com", Likeness::Spelling),
            ("mcp.sIack.com", "slack.com", Likeness::Letters),
            ("gіthub.com", "github.com", Likeness::Letters),
            ("XN--GTHUB-N2E.com", "github.com", Likeness::Letters),
        ] {
            let found = likeness(host).map(|(known, how)| (known.host.as_ref(), how));
            assert_eq!(found, Some((name, how)), "{host}");
        }
        for host in [
            "github.com",
            "API.GitHub.com.",
            "mcp.linear.app",
            "motion.com",
            "contoso.com",
            "githubs.dev",
            "notgithub.com",
            "google.co.uk",
            "anthropic.contoso.com",
            "127.0.0.1",
            "",
            "..",
            "com",
        ] {
            assert!(likeness(host).is_none(), "{host}");
        }
    }
}
