//! The form of an API key: `mcpg_`, 43 characters, 6 characters.
//!
//! The 43 are 256 random bits in base64url without padding (RFC 4648 §5). The 6 are a checksum:
//! the CRC-32 (ISO-HDLC, that of zlib and PNG) of everything before it, in base 62 with the digits
//! `0-9A-Za-z`, the highest first. So a scanner of secrets can tell a key from a look-alike
//! without asking anybody, and the last four characters, which may be shown, start no option.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use secrecy::{ExposeSecret, SecretString};

use crate::state::StateError;

const PREFIX: &str = "mcpg_";
const CHECKSUM: usize = 6;
const DIGITS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// An API key that mcp-guard made. It is shown once and kept nowhere.
pub struct ApiKey(SecretString);

impl ApiKey {
    /// One of these random bits.
    #[must_use]
    pub fn new(random: &[u8; 32]) -> Self {
        let mut text = format!("{PREFIX}{}", URL_SAFE_NO_PAD.encode(random));
        let checksum = checksum(text.as_bytes());
        text.push_str(&checksum);
        Self(text.into())
    }

    /// A new one.
    ///
    /// # Errors
    ///
    /// If the system gives no random bytes.
    pub fn random() -> Result<Self, StateError> {
        let mut random = [0; 32];
        getrandom::fill(&mut random).map_err(StateError::Random)?;
        Ok(Self::new(&random))
    }

    /// The key itself, to be given to its holder.
    #[must_use]
    pub fn expose(&self) -> &str {
        self.0.expose_secret()
    }

    /// The last four characters, which may be shown.
    #[must_use]
    pub fn last_four(&self) -> &str {
        let text = self.expose();
        text.get(text.len().saturating_sub(4)..).unwrap_or_default()
    }
}

impl fmt::Debug for ApiKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ApiKey(…{})", self.last_four())
    }
}

fn checksum(bytes: &[u8]) -> String {
    let mut rest = u64::from(crc32(bytes));
    let mut digits = [b'0'; CHECKSUM];
    for digit in digits.iter_mut().rev() {
        let value = usize::try_from(rest % 62).unwrap_or_default();
        *digit = DIGITS.get(value).copied().unwrap_or(b'0');
        rest /= 62;
    }
    digits.iter().map(|digit| char::from(*digit)).collect()
}

fn crc32(bytes: &[u8]) -> u32 {
    let shifted = |crc: u32| if crc & 1 == 1 { (crc >> 1) ^ 0xedb8_8320 } else { crc >> 1 };
    !bytes
        .iter()
        .fold(u32::MAX, |crc, byte| (0..8).fold(crc ^ u32::from(*byte), |crc, _| shifted(crc)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_checksum_is_that_of_zlib_in_base_62() {
        assert_eq!(crc32(b"123456789"), 0xcbf4_3926);
        assert_eq!(checksum(b""), "000000");
        // 0xcbf43926 = 3 · 62⁵ + 45 · 62⁴ + 35 · 62³ + 27 · 62² + 22 · 62 + 14
        assert_eq!(checksum(b"123456789"), "3jZRME");
    }

    #[test]
    fn keys_have_one_form() {
        let key = ApiKey::new(&[0xff; 32]);
        assert_eq!(key.expose().len(), 5 + 43 + 6);
        assert!(key.expose().starts_with(&format!("mcpg_{}8", "_".repeat(42))));
        assert_eq!(key.last_four(), &key.expose()[50..]);
        assert!(key.last_four().chars().all(|c| c.is_ascii_alphanumeric()));
    }

    #[test]
    fn keys_differ_and_do_not_show() {
        let (one, other) = (ApiKey::random().unwrap(), ApiKey::random().unwrap());
        assert_ne!(one.expose(), other.expose());
        assert_eq!(format!("{one:?}"), format!("ApiKey(…{})", one.last_four()));
    }
}
