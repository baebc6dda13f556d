//! The secret that API keys are hashed with. Whoever has the database alone can neither try keys
//! against it nor put one in.

use std::fmt;
use std::path::Path;

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use std::hash::{Hash, Hasher};
use subtle::ConstantTimeEq;

use super::{StateError, private};

/// 32 random bytes: the key of HMAC-SHA-256 (RFC 2104) for everything that is kept as a hash.
#[derive(Clone)]
pub struct Pepper {
    // Ready to take input, so that the key is not processed for every hash.
    mac: Hmac<Sha256>,
}

/// The keyed hash of an API key.
#[derive(Clone, Copy)]
pub struct KeyHash([u8; 32]);

impl Pepper {
    /// Takes these bytes.
    #[must_use]
    pub fn new(bytes: &[u8; 32]) -> Self {
        // HMAC fills a short key up with zeros to a block of the hash.
        let mut block = [0; 64];
        block.iter_mut().zip(bytes).for_each(|(to, from)| *to = *from);
        Self { mac: Hmac::new(&block.into()) }
    }

    /// One that ends with this process.
    ///
    /// # Errors
    ///
    /// If the system gives no random bytes.
    pub fn random() -> Result<Self, StateError> {
        Ok(Self::new(&random()?))
    }

    /// The hash of an API key.
    #[must_use]
    pub fn hash(&self, key: &str) -> KeyHash {
        KeyHash(self.mac_of(b"api key", key.as_bytes()))
    }

    /// What a state remembers of the pepper, to know it again.
    pub(super) fn proof(&self) -> [u8; 32] {
        self.mac_of(b"pepper", b"")
    }

    fn mac_of(&self, purpose: &[u8], text: &[u8]) -> [u8; 32] {
        let mut mac = self.mac.clone();
        mac.update(purpose);
        mac.update(&[0]);
        mac.update(text);
        mac.finalize().into_bytes().into()
    }

    /// Reads the pepper from a file that belongs to its user alone, and makes it if there is none.
    pub(super) fn load_or_make(path: &Path) -> Result<Self, StateError> {
        private::file(path, &random()?)?;
        private::is_own(path)?;
        let bytes = std::fs::read(path).map_err(StateError::io(path))?;
        let found = bytes.len();
        let bytes: [u8; 32] = bytes
            .try_into()
            .map_err(|_| StateError::PepperLength { path: path.to_owned(), found })?;
        Ok(Self::new(&bytes))
    }
}

fn random() -> Result<[u8; 32], StateError> {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes).map_err(StateError::Random)?;
    Ok(bytes)
}

impl fmt::Debug for Pepper {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Pepper(…)")
    }
}

impl KeyHash {
    pub(super) const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    pub(super) const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Debug for KeyHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("KeyHash(…)")
    }
}

impl PartialEq for KeyHash {
    fn eq(&self, other: &Self) -> bool {
        self.0.ct_eq(&other.0).into()
    }
}

impl Eq for KeyHash {}

impl Hash for KeyHash {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.hash(state);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hash_is_hmac_sha_256_of_purpose_and_key() {
        let hash = Pepper::new(&[7; 32]).hash("some key");
        let mut plain = <Hmac<Sha256> as KeyInit>::new_from_slice(&[7; 32]).unwrap();
        plain.update(b"api key\0some key");
        assert_eq!(hash.0[..], plain.finalize().into_bytes()[..]);
    }

    #[test]
    fn hashes_depend_on_key_and_pepper() {
        let (one, other) = (Pepper::new(&[1; 32]), Pepper::new(&[2; 32]));
        assert_eq!(one.hash("a"), one.hash("a"));
        assert_ne!(one.hash("a"), one.hash("b"));
        assert_ne!(one.hash("a"), other.hash("a"));
        assert_ne!(one.proof(), other.proof());
        assert_ne!(one.hash("").0, one.proof());
    }

    #[test]
    fn debug_shows_no_byte() {
        let pepper = Pepper::new(&[0x41; 32]);
        let shown = format!("{pepper:?} {:?}", pepper.hash("a"));
        assert_eq!(shown, "Pepper(…) KeyHash(…)");
    }
}
