//! Whoever a call is judged, counted and recorded for.

use std::fmt;
use std::sync::{Arc, LazyLock};

/// How a principal was told from others.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PrincipalKind {
    /// By an API key.
    ApiKey,
    /// As the user who started the process.
    Local,
    /// Not at all.
    Anonymous,
}

/// Whoever a call is judged, counted and recorded for. Cheap to clone.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Principal {
    id: Arc<str>,
    kind: PrincipalKind,
}

impl Principal {
    /// The holder of an API key with this id.
    #[must_use]
    pub const fn api_key(id: Arc<str>) -> Self {
        Self { id, kind: PrincipalKind::ApiKey }
    }

    /// The user of this name who started the process: `local:NAME`.
    #[must_use]
    pub fn local(user: &str) -> Self {
        Self { id: format!("local:{user}").into(), kind: PrincipalKind::Local }
    }

    /// Anybody.
    #[must_use]
    pub fn anonymous() -> Self {
        static ID: LazyLock<Arc<str>> = LazyLock::new(|| super::id::ANONYMOUS.into());
        Self { id: Arc::clone(&ID), kind: PrincipalKind::Anonymous }
    }

    /// Its name in policies, limits and the audit log. No two kinds share one.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// How it was told from others.
    #[must_use]
    pub const fn kind(&self) -> PrincipalKind {
        self.kind
    }
}

impl fmt::Display for Principal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.id)
    }
}
