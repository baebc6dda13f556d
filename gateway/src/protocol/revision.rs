//! Revisions of the protocol.

use std::fmt;

/// A revision of the protocol (modelcontextprotocol.io, `specification/{revision}`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Revision {
    /// The first one, with the HTTP+SSE transport.
    V2024_11_05,
    /// Streamable HTTP and batches.
    V2025_03_26,
    /// No batches; elicitation and structured results.
    V2025_06_18,
    /// Tasks, elicitation by URL, polled streams.
    V2025_11_25,
    /// No sessions: every request stands by itself.
    V2026_07_28,
}

/// How a conversation is held.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Era {
    /// `initialize`, then a session in which both sides ask: revisions up to 2025-11-25.
    Session,
    /// Requests that stand by themselves: from 2026-07-28.
    Stateless,
}

impl Revision {
    /// All of them, oldest first.
    pub const ALL: [Self; 5] = [
        Self::V2024_11_05,
        Self::V2025_03_26,
        Self::V2025_06_18,
        Self::V2025_11_25,
        Self::V2026_07_28,
    ];
    /// The newest one with sessions.
    pub const LAST_WITH_SESSIONS: Self = Self::V2025_11_25;
    /// What an HTTP request without the version header speaks (2025-06-18, basic/transports).
    pub const UNSAID: Self = Self::V2025_03_26;

    /// The revision of this name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|revision| revision.name() == name)
    }

    /// Its name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::V2024_11_05 => "2024-11-05",
            Self::V2025_03_26 => "2025-03-26",
            Self::V2025_06_18 => "2025-06-18",
            Self::V2025_11_25 => "2025-11-25",
            Self::V2026_07_28 => "2026-07-28",
        }
    }

    /// How conversations are held in it.
    #[must_use]
    pub const fn era(self) -> Era {
        match self {
            Self::V2026_07_28 => Era::Stateless,
            _ => Era::Session,
        }
    }

    /// Whether messages may come in batches.
    #[must_use]
    pub const fn has_batches(self) -> bool {
        matches!(self, Self::V2025_03_26)
    }
}

impl fmt::Display for Revision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::{Era, Revision};

    #[test]
    fn names_are_their_own() {
        for revision in Revision::ALL {
            assert_eq!(Revision::named(revision.name()), Some(revision));
            assert_eq!(revision.era() == Era::Stateless, revision > Revision::LAST_WITH_SESSIONS);
        }
        assert_eq!(Revision::named("2026-07-29"), None);
    }
}
