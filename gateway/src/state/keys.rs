//! API keys as a store keeps them.

use futures_util::future::BoxFuture;
use jiff::Timestamp;

use super::{KeyHash, Pepper, StateError};

/// What is kept of an API key. The key itself is not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyRecord {
    /// The hash of the key under the pepper of the store.
    pub hash: KeyHash,
    /// Whose key it is: the id of the principal. Several keys may have the same.
    pub id: String,
    /// The last four characters of the key. No two keys of a store have the same.
    pub last_four: String,
    /// What its maker wrote about it; may be empty.
    pub note: String,
    /// When it was made. Stores keep whole seconds.
    pub created: Timestamp,
    /// From when on it is refused.
    pub expires: Option<Timestamp>,
    /// Since when it is refused.
    pub revoked: Option<Timestamp>,
}

/// All keys of a store at one revision of them.
#[derive(Clone, Debug)]
pub struct Keys {
    /// The revision, at least: the keys may be those of a later one.
    pub revision: i64,
    /// The keys, the oldest first.
    pub records: Vec<KeyRecord>,
}

/// Where API keys are kept. Several processes may use one store at once.
pub trait KeyStore: std::fmt::Debug + Send + Sync {
    /// What hashes of this store are made with.
    fn pepper(&self) -> &Pepper;

    /// Adds a key, durably. Says `false` and adds nothing if its hash or last four characters
    /// are taken.
    fn add_key<'a>(&'a self, key: &'a KeyRecord) -> BoxFuture<'a, Result<bool, StateError>>;

    /// All keys, also those that are revoked or expired.
    fn keys(&self) -> BoxFuture<'_, Result<Keys, StateError>>;

    /// A number that is another one after each change of a key, whichever process made it.
    fn keys_revision(&self) -> BoxFuture<'_, Result<i64, StateError>>;

    /// Revokes a key, durably. Says `false` if there is none or it was revoked before.
    fn revoke_key(&self, hash: KeyHash, at: Timestamp) -> BoxFuture<'_, Result<bool, StateError>>;
}
