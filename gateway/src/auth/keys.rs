//! The API keys that count: those of the configuration and those of the state.

#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use jiff::Timestamp;
use secrecy::{ExposeSecret, SecretString};
use tokio::sync::Mutex;
use tokio::time::{Instant, timeout};

use crate::state::{KeyHash, KeyRecord, KeyStore, Pepper, StateError};

use super::credentials::is_credential;
use super::{KeyId, KeyIdFault, Principal, Unauthorized};

/// Bytes of the longest credential that is looked at.
pub const MAX_KEY_BYTES: usize = 4096;

/// So old the keys of the state may be before one caller asks for them again.
const ASK_AFTER: Duration = Duration::from_millis(500);

/// So old they may be while it does. Together with one call this stays below a second, which is
/// how long a key may work after it was revoked.
const USE_UNTIL: Duration = Duration::from_millis(900);

/// What is older counts for nothing, even where nobody waits for the state.
const STALE: Duration = Duration::from_secs(5);

/// How long a caller waits for the state.
const PATIENCE: Duration = Duration::from_secs(2);

/// A key that the configuration holds.
#[derive(Clone, Debug)]
pub struct ConfiguredKey {
    /// What its holder is called.
    pub id: String,
    /// The key.
    pub key: SecretString,
}

/// Why keys cannot be used. The key itself stands in none of them.
#[derive(Debug, thiserror::Error)]
pub enum KeysError {
    /// An id that is none.
    #[error("API key `{id}`: {fault}")]
    Id {
        /// The id.
        id: String,
        /// Why it is none.
        fault: KeyIdFault,
    },
    /// A key that no caller could present.
    #[error("the API key of `{id}` is empty, or has spaces or other characters than visible ASCII")]
    Form {
        /// Whose it is.
        id: String,
    },
    /// A key that is too long.
    #[error("the API key of `{id}` has more than {MAX_KEY_BYTES} bytes")]
    TooLong {
        /// Whose it is.
        id: String,
    },
    /// One key for two holders.
    #[error("`{first}` and `{second}` have the same API key")]
    Shared {
        /// Whose it is.
        first: String,
        /// Whose it is too.
        second: String,
    },
    /// The state cannot be used.
    #[error(transparent)]
    State(#[from] StateError),
}

/// The API keys that count.
///
/// What is presented is hashed under the pepper and looked up by its hash. The time of the look-up
/// depends on hashes that nobody without the pepper can choose or compute, so it tells nothing of
/// the keys; the comparison at its end takes the same time for all of them.
#[derive(Debug)]
pub struct ApiKeys {
    pepper: Pepper,
    configured: HashMap<KeyHash, Arc<str>>,
    stored: Option<Stored>,
}

/// The keys of the state, as they were a moment ago.
#[derive(Debug)]
struct Stored {
    store: Arc<dyn KeyStore>,
    table: ArcSwap<Table>,
    asking: Mutex<()>,
}

#[derive(Debug)]
struct Table {
    /// When the state was asked.
    asked: Instant,
    revision: i64,
    holders: Arc<HashMap<KeyHash, Holder>>,
}

#[derive(Debug)]
struct Holder {
    id: Arc<str>,
    expires: Option<Timestamp>,
    is_revoked: bool,
}

impl ApiKeys {
    /// The keys of the configuration alone.
    ///
    /// # Errors
    ///
    /// If one of them cannot be used, or two are the same.
    pub fn configured(keys: &[ConfiguredKey]) -> Result<Self, KeysError> {
        let pepper = Pepper::random()?;
        Ok(Self { configured: hashed(keys, &pepper)?, pepper, stored: None })
    }

    /// The keys of the configuration and those of a store. The store is asked at once, and then
    /// when a key is presented and what is known of it is older than half a second.
    ///
    /// # Errors
    ///
    /// If a key of the configuration cannot be used, two are the same, or the store does not
    /// answer.
    pub async fn with_store(
        keys: &[ConfiguredKey],
        store: Arc<dyn KeyStore>,
    ) -> Result<Self, KeysError> {
        let pepper = store.pepper().clone();
        let configured = hashed(keys, &pepper)?;
        let table = ArcSwap::from_pointee(in_time(Table::read(&*store)).await?);
        let stored = Stored { store, table, asking: Mutex::new(()) };
        Ok(Self { pepper, configured, stored: Some(stored) })
    }

    /// Whose key this is, at this time.
    ///
    /// A key that the state knows is judged by the state, wherever else it stands: to revoke it
    /// there is enough. If the state does not answer nobody is identified, for any key could have
    /// been revoked.
    ///
    /// # Errors
    ///
    /// If it is no key, was revoked or has expired, or that cannot be found out within two seconds.
    pub async fn authenticate(
        &self,
        presented: &str,
        now: Timestamp,
    ) -> Result<Principal, Unauthorized> {
        if let Some(stored) = &self.stored {
            stored.holders().await.map_err(Unauthorized::Unavailable)?;
        }
        self.authenticate_now(presented, now)
    }

    /// The same by what is known, without asking the state. It must be [kept
    /// fresh](Self::keep_fresh); what is older than five seconds identifies nobody.
    ///
    /// # Errors
    ///
    /// As [`Self::authenticate`].
    pub fn authenticate_now(
        &self,
        presented: &str,
        now: Timestamp,
    ) -> Result<Principal, Unauthorized> {
        if presented.len() > MAX_KEY_BYTES {
            return Err(Unauthorized::TooLong(presented.len()));
        }
        let hash = self.pepper.hash(presented);
        if let Some(stored) = &self.stored {
            let table = stored.table.load();
            if table.asked.elapsed() > STALE {
                return Err(Unauthorized::Unavailable(StateError::Slow));
            }
            if let Some(holder) = table.holders.get(&hash) {
                return holder.at(now);
            }
        }
        let id = self.configured.get(&hash).ok_or(Unauthorized::Unknown)?;
        Ok(Principal::api_key(Arc::clone(id)))
    }

    /// Asks the state again twice a second, for as long as it is polled.
    pub async fn keep_fresh(&self) {
        let Some(stored) = &self.stored else { return std::future::pending().await };
        loop {
            tokio::time::sleep(ASK_AFTER).await;
            if let Err(error) = stored.holders().await {
                tracing::error!("API keys cannot be checked: {error}");
            }
        }
    }
}

fn hashed(
    keys: &[ConfiguredKey],
    pepper: &Pepper,
) -> Result<HashMap<KeyHash, Arc<str>>, KeysError> {
    let mut hashed = HashMap::with_capacity(keys.len());
    for ConfiguredKey { id, key } in keys {
        let key = key.expose_secret();
        if key.len() > MAX_KEY_BYTES {
            return Err(KeysError::TooLong { id: id.clone() });
        }
        if !is_credential(key) {
            return Err(KeysError::Form { id: id.clone() });
        }
        let name = KeyId::parse(id).map_err(|fault| KeysError::Id { id: id.clone(), fault })?;
        match hashed.entry(pepper.hash(key)) {
            Entry::Vacant(free) => free.insert(name.into_text()),
            Entry::Occupied(taken) => {
                let first = taken.get().to_string();
                return Err(KeysError::Shared { first, second: id.clone() });
            }
        };
    }
    Ok(hashed)
}

impl Stored {
    /// The keys, asked for again if they are old. One caller asks; the others go on meanwhile with
    /// what is known, as long as it is recent enough, and then wait.
    async fn holders(&self) -> Result<Arc<HashMap<KeyHash, Holder>>, StateError> {
        let table = self.table.load_full();
        let age = table.asked.elapsed();
        if age < ASK_AFTER {
            return Ok(Arc::clone(&table.holders));
        }
        if age < USE_UNTIL {
            let Ok(_turn) = self.asking.try_lock() else {
                return Ok(Arc::clone(&table.holders));
            };
            return in_time(self.ask()).await;
        }
        in_time(async {
            let _turn = self.asking.lock().await;
            self.ask().await
        })
        .await
    }

    async fn ask(&self) -> Result<Arc<HashMap<KeyHash, Holder>>, StateError> {
        let known = self.table.load_full();
        if known.asked.elapsed() < ASK_AFTER {
            return Ok(Arc::clone(&known.holders));
        }
        let asked = Instant::now();
        let revision = self.store.keys_revision().await?;
        let table = if revision == known.revision {
            Table { asked, revision, holders: Arc::clone(&known.holders) }
        } else {
            Table::read(&*self.store).await?
        };
        let holders = Arc::clone(&table.holders);
        self.table.store(Arc::new(table));
        Ok(holders)
    }
}

async fn in_time<T>(answer: impl Future<Output = Result<T, StateError>>) -> Result<T, StateError> {
    timeout(PATIENCE, answer).await.unwrap_or(Err(StateError::Slow))
}

impl Table {
    async fn read(store: &dyn KeyStore) -> Result<Self, StateError> {
        let asked = Instant::now();
        let keys = store.keys().await?;
        let holder = |record: KeyRecord| {
            let KeyRecord { hash, id, expires, revoked, .. } = record;
            (hash, Holder { id: id.into(), expires, is_revoked: revoked.is_some() })
        };
        let holders = keys.records.into_iter().map(holder).collect();
        Ok(Self { asked, revision: keys.revision, holders: Arc::new(holders) })
    }
}

impl Holder {
    fn at(&self, now: Timestamp) -> Result<Principal, Unauthorized> {
        if self.is_revoked {
            return Err(Unauthorized::Revoked(Arc::clone(&self.id)));
        }
        if self.expires.is_some_and(|end| end <= now) {
            return Err(Unauthorized::Expired(Arc::clone(&self.id)));
        }
        Ok(Principal::api_key(Arc::clone(&self.id)))
    }
}
