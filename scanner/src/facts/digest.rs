//! What tells one text from another without showing it.

use std::fmt::Write as _;

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
    let mut out = String::with_capacity(32);
    for byte in hash.finalize().iter().take(16) {
        // Writing to a String cannot fail.
        let _ = write!(out, "{byte:02x}");
    }
    out
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
