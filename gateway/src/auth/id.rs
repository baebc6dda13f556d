//! What the holder of an API key is called.

use std::fmt;
use std::sync::Arc;

/// What callers without a proof are called; no key may be.
pub(super) const ANONYMOUS: &str = "anonymous";

/// What the holder of an API key is called: 1 to 64 of `A-Z a-z 0-9 . _ - @`, a letter or digit
/// first, and not `anonymous`. So it stands in a log or a policy without quotes, and is never
/// taken for `local:NAME`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct KeyId(Arc<str>);

/// Why a text is no id of a key.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyIdFault {
    /// It has other characters, none, or too many.
    #[error(
        "an id has 1 to 64 letters, digits, `.`, `_`, `-` or `@`, and starts with a letter or digit"
    )]
    Form,
    /// It stands for callers without a key.
    #[error("`{ANONYMOUS}` stands for callers without a key; choose another id")]
    Reserved,
}

impl KeyId {
    /// Takes a text as an id.
    ///
    /// # Errors
    ///
    /// If it has not the form of one, or means something else.
    pub fn parse(text: &str) -> Result<Self, KeyIdFault> {
        let allowed = |c: char| c.is_ascii_alphanumeric() || "._-@".contains(c);
        let is_well_formed = text.len() <= 64
            && text.starts_with(|c: char| c.is_ascii_alphanumeric())
            && text.chars().all(allowed);
        match (is_well_formed, text.eq_ignore_ascii_case(ANONYMOUS)) {
            (false, _) => Err(KeyIdFault::Form),
            (true, true) => Err(KeyIdFault::Reserved),
            (true, false) => Ok(Self(text.into())),
        }
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    pub(super) fn into_text(self) -> Arc<str> {
        self.0
    }
}

impl fmt::Display for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::{KeyId, KeyIdFault};

    #[test]
    fn ids_need_no_quotes() {
        for text in ["ci", "agent-1", "ann@example.org", "7", &"a".repeat(64)] {
            assert_eq!(KeyId::parse(text).unwrap().as_str(), text);
        }
        for text in ["", "-a", ".a", "a b", "a\n", "local:ann", "é", "a,b", &"a".repeat(65)] {
            assert_eq!(KeyId::parse(text), Err(KeyIdFault::Form), "{text:?}");
        }
        assert_eq!(KeyId::parse("Anonymous"), Err(KeyIdFault::Reserved));
    }
}
