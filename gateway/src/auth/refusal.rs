//! Why nobody is behind a message.

use std::sync::Arc;

use crate::state::StateError;

use super::{Challenge, CredentialFault};

/// Why a caller was not identified. What it displays is for the log; a caller learns
/// [`Unauthorized::reason`].
#[derive(Debug, thiserror::Error)]
pub enum Unauthorized {
    /// It presents nothing.
    #[error("no credential was presented")]
    Missing,
    /// What it presents could not be read.
    #[error(transparent)]
    Malformed(#[from] CredentialFault),
    /// It is longer than any key.
    #[error("a credential of {0} bytes was presented")]
    TooLong(usize),
    /// It is none of the keys.
    #[error("the API key is not known")]
    Unknown,
    /// The key of this id was revoked.
    #[error("the API key of `{0}` was revoked")]
    Revoked(Arc<str>),
    /// The key of this id has expired.
    #[error("the API key of `{0}` has expired")]
    Expired(Arc<str>),
    /// Whether the key still counts could not be found out.
    #[error("API keys cannot be checked: {0}")]
    Unavailable(#[source] StateError),
}

impl Unauthorized {
    /// What the caller may know. A stranger does not learn which keys there were.
    #[must_use]
    pub const fn reason(&self) -> &'static str {
        match self {
            Self::Missing => "a credential is required",
            Self::Malformed(_) => "the credential is malformed, or several differ",
            Self::TooLong(_) | Self::Unknown | Self::Revoked(_) | Self::Expired(_) => {
                "the credential is not valid"
            }
            Self::Unavailable(_) => "the credential cannot be checked now",
        }
    }

    /// What the answer over HTTP asks for.
    #[must_use]
    pub const fn challenge(&self) -> Challenge {
        match self {
            // A valid key may be behind the last one: it is not to be thrown away.
            Self::Missing | Self::Unavailable(_) => Challenge::Missing,
            Self::Malformed(_) => Challenge::Malformed,
            Self::TooLong(_) | Self::Unknown | Self::Revoked(_) | Self::Expired(_) => {
                Challenge::Invalid
            }
        }
    }
}
