//! How bad, how sure, and for whom.

pub use mcp_guard_detect::Confidence;

use crate::compiled::{ToRust, compiled};

compiled! {
    /// How bad a finding is, from least to most.
    pub enum Severity {
        /// Worth knowing; nothing to do.
        Info = "info",
        /// A weakness that needs another one to matter.
        Low = "low",
        /// A weakness that is likely to matter one day.
        Medium = "medium",
        /// Can be used against the user as it stands.
        High = "high",
        /// Is being used against users, or hands over the machine or an account.
        Critical = "critical",
    }

    /// Who wants to see how much.
    pub enum Persona {
        /// Everybody: what is at least of low severity and medium confidence.
        Default = "default",
        /// Those who want informational and less sure findings too.
        Pedantic = "pedantic",
        /// Those who want everything.
        Auditor = "auditor",
    }
}

impl ToRust for Confidence {
    fn to_rust(&self) -> String {
        format!("::mcp_guard_detect::Confidence::{self:?}")
    }
}

impl Severity {
    /// One step worse.
    #[must_use]
    pub const fn raised(self) -> Self {
        match self {
            Self::Info => Self::Low,
            Self::Low => Self::Medium,
            Self::Medium => Self::High,
            Self::High | Self::Critical => Self::Critical,
        }
    }

    /// One step less bad.
    #[must_use]
    pub const fn lowered(self) -> Self {
        match self {
            Self::Critical => Self::High,
            Self::High => Self::Medium,
            Self::Medium => Self::Low,
            Self::Low | Self::Info => Self::Info,
        }
    }
}

impl Persona {
    /// The first persona that sees a finding, if its rule speaks from `from` on.
    #[must_use]
    pub fn first(severity: Severity, confidence: Confidence, from: Self) -> Self {
        let needed = match (severity, confidence) {
            (Severity::Info, _) | (_, Confidence::Low) => Self::Pedantic,
            _ => Self::Default,
        };
        needed.max(from)
    }
}
