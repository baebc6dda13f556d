//! Who is calling. Over HTTP that is whom a credential proves, over standard input and output the
//! user who started the process.

mod challenge;
mod credentials;
mod id;
mod issue;
mod key;
mod keys;
mod principal;
mod refusal;
mod revoke;

#[cfg(test)]
mod tests;

use http::HeaderMap;
use jiff::Timestamp;

pub use challenge::Challenge;
pub use credentials::{
    CredentialFault, MetaCredentials, Presented, from_headers, from_meta, presented,
};
pub use id::{KeyId, KeyIdFault};
pub use issue::{IssueError, Issued, KeyRequest, issue};
pub use key::ApiKey;
pub use keys::{ApiKeys, ConfiguredKey, KeysError, MAX_KEY_BYTES};
pub use principal::{Principal, PrincipalKind};
pub use refusal::Unauthorized;
pub use revoke::{NotRevocable, revocable};

/// How callers prove who they are.
#[derive(Debug)]
pub enum Auth {
    /// Not at all. Credentials are not looked at.
    None,
    /// By an API key.
    ApiKey {
        /// The keys that count.
        keys: Box<ApiKeys>,
        /// Whether one is needed over standard input and output too. One that is given there
        /// counts in any case.
        require_on_stdio: bool,
    },
}

/// Where a message came from.
#[derive(Clone, Copy, Debug)]
pub enum Origin<'a> {
    /// An HTTP request with these headers.
    Http(&'a HeaderMap),
    /// Standard input, from the user who started the process.
    Stdio(&'a Principal),
}

impl Auth {
    /// Who sent a message. `now` decides which keys have expired.
    ///
    /// # Errors
    ///
    /// If the caller proves nothing where it must, or what it presents is no proof. A caller over
    /// standard input that presents a wrong key is refused, not taken for the user.
    pub fn identify(
        &self,
        origin: Origin<'_>,
        meta: MetaCredentials<'_>,
        now: Timestamp,
    ) -> Result<Principal, Unauthorized> {
        match (self, origin) {
            (Self::None, Origin::Http(_)) => Ok(Principal::anonymous()),
            (Self::None, Origin::Stdio(user)) => Ok(user.clone()),
            (Self::ApiKey { keys, require_on_stdio }, origin) => {
                let presented = match origin {
                    Origin::Http(headers) => presented(headers, meta)?,
                    Origin::Stdio(_) => from_meta(meta)?,
                };
                match (presented, origin) {
                    (Some(key), _) => keys.authenticate_now(key.expose(), now),
                    (None, Origin::Stdio(user)) if !require_on_stdio => Ok(user.clone()),
                    (None, _) => Err(Unauthorized::Missing),
                }
            }
        }
    }
}
