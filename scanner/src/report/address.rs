//! Addresses in reports: pages of rules, and paths as URIs have them.

use crate::rules::{RULES, Rule};

/// Where the documentation is.
const DOCS: &str = concat!(env!("CARGO_PKG_REPOSITORY"), "/blob/main/docs");

/// The page about a rule, if it is a built-in one.
pub(super) fn page(rule: &Rule) -> Option<String> {
    let is_ours = RULES.iter().any(|ours| ours.id == rule.id);
    is_ours.then(|| format!("{DOCS}/rules.md#{}", rule.id))
}

/// The page that says how findings are accepted.
pub(super) fn accepting() -> String {
    format!("{DOCS}/suppressing.md")
}

/// A path as a URI has it (RFC 3986): what is not plain is percent-encoded, in UTF-8.
pub(super) fn encoded(path: &str) -> String {
    let mut uri = String::with_capacity(path.len());
    for byte in path.bytes() {
        if byte.is_ascii_alphanumeric() || b"/-._~".contains(&byte) {
            uri.push(char::from(byte));
        } else {
            let digit =
                |nibble: u8| char::from(nibble + if nibble < 10 { b'0' } else { b'A' - 10 });
            uri.extend(['%', digit(byte >> 4), digit(byte & 15)]);
        }
    }
    uri
}

#[cfg(test)]
mod tests {
    use super::encoded;

    #[test]
    fn paths_are_encoded() {
        assert_eq!(encoded("a b/ü#?%:[x](1).json"), "a%20b/%C3%BC%23%3F%25%3A%5Bx%5D%281%29.json");
    }
}
