//! What the answer 401 asks for.

/// The value of `WWW-Authenticate` (RFC 6750 §3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Challenge {
    /// Nothing was presented.
    Missing,
    /// What was presented could not be read, or contradicts itself.
    Malformed,
    /// What was presented proves nobody.
    Invalid,
}

impl Challenge {
    /// The value of the header.
    #[must_use]
    pub const fn value(self) -> &'static str {
        match self {
            Self::Missing => r#"Bearer realm="mcp-guard""#,
            Self::Malformed => r#"Bearer realm="mcp-guard", error="invalid_request""#,
            Self::Invalid => r#"Bearer realm="mcp-guard", error="invalid_token""#,
        }
    }
}
