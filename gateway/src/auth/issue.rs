//! Making a key.

use jiff::Timestamp;

use crate::state::{KeyRecord, KeyStore, StateError};

use super::{ApiKey, KeyId};

/// Characters of the longest note.
const NOTE: usize = 200;

/// Last four characters are 24 bits; so often no free ones are found only if something is wrong.
const TRIES: usize = 16;

/// What a key is to be.
#[derive(Clone, Debug)]
pub struct KeyRequest {
    /// Whose it is.
    pub id: KeyId,
    /// What its maker writes about it.
    pub note: String,
    /// From when on it is refused.
    pub expires: Option<Timestamp>,
}

/// A key that was made, and what is kept of it.
#[derive(Debug)]
pub struct Issued {
    /// The key, for its holder.
    pub key: ApiKey,
    /// What the store keeps.
    pub record: KeyRecord,
}

/// Why no key was made.
#[derive(Debug, thiserror::Error)]
pub enum IssueError {
    /// A note that is long or has control characters.
    #[error("a note has at most {NOTE} characters and no control characters")]
    Note,
    /// A key that would never work.
    #[error("the key would have expired already")]
    Expired,
    /// No free last four characters were found.
    #[error("no key was found that can be told from the others by its last four characters")]
    Crowded,
    /// The store cannot be used.
    #[error(transparent)]
    State(#[from] StateError),
}

/// Makes a key and keeps what is needed to know it again.
///
/// # Errors
///
/// If the request makes no sense, or the store cannot be used.
pub async fn issue(
    store: &dyn KeyStore,
    request: KeyRequest,
    now: Timestamp,
) -> Result<Issued, IssueError> {
    let KeyRequest { id, note, expires } = request;
    if note.chars().count() > NOTE || note.chars().any(char::is_control) {
        return Err(IssueError::Note);
    }
    if expires.is_some_and(|end| end <= now) {
        return Err(IssueError::Expired);
    }
    for _ in 0..TRIES {
        let key = ApiKey::random()?;
        let record = KeyRecord {
            hash: store.pepper().hash(key.expose()),
            id: id.as_str().to_owned(),
            last_four: key.last_four().to_owned(),
            note: note.clone(),
            created: now,
            expires,
            revoked: None,
        };
        if store.add_key(&record).await? {
            return Ok(Issued { key, record });
        }
    }
    Err(IssueError::Crowded)
}
