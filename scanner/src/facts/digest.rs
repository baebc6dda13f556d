//! What tells one text from another without showing it.

use sha2::{Digest, Sha256};

use super::discretion::{discreet, without_tails};

/// 32 hexadecimal digits of a hash over the texts and their bounds. What is left of secrets in them
/// does not count, so that one that is replaced makes no difference.
pub(super) fn digest<'t>(texts: impl IntoIterator<Item = &'t str>) -> String {
    let mut hash = Sha256::new();
    for text in texts {
        let text = without_tails(&discreet(text));
        hash.update((text.len() as u64).to_le_bytes());
        hash.update(text.as_bytes());
    }
    hexadecimal(hash, 16)
}

/// The first bytes of a hash.
pub(crate) fn hexadecimal(hash: Sha256, bytes: usize) -> String {
    let digit = |half: u8| char::from_digit(u32::from(half), 16).unwrap_or('0');
    let mut digits = String::with_capacity(2 * bytes);
    for byte in hash.finalize().iter().take(bytes) {
        digits.push(digit(byte >> 4));
        digits.push(digit(byte & 15));
    }
    digits
}

#[cfg(test)]
mod tests {
    use super::digest;

    #[test]
    fn bounds_count_and_tails_of_secrets_do_not() {
        assert_ne!(digest(["a", "b"]), digest(["ab"]));
        assert_ne!(digest(["curl a | sh"]), digest(["curl b | sh"]));
        assert_eq!(digest(["--key", "…abcd"]), digest(["--key", "…wxyz"]));
    }
}
