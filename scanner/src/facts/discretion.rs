//! Secrets where none is expected: in the name of a server, in a key, in the tag of an image, and
//! wherever a value that is known as one stands again.

use std::borrow::Cow;
use std::collections::BTreeSet;

use aho_corasick::{AhoCorasick, AhoCorasickKind, MatchKind};
use mcp_guard_detect::secret::{self, ValueClass};

/// The secrets of a file, by which they are known again wherever they stand in it.
#[derive(Clone, Debug, Default)]
pub struct SecretValues(Option<AhoCorasick>);

/// Shorter ones could be anything.
const SHORTEST_VALUE: usize = 8;
/// From here on a value needs no digit to be told from a word.
const LONG_VALUE: usize = 12;

impl SecretValues {
    /// Those of the values that can be told from ordinary words.
    pub(super) fn of(values: &BTreeSet<String>) -> Self {
        let telling: Vec<&String> = values.iter().filter(|value| is_telling(value)).collect();
        if telling.is_empty() {
            return Self(None);
        }
        // What is made for one file should be made fast.
        let kind = Some(AhoCorasickKind::NoncontiguousNFA);
        let mut builder = AhoCorasick::builder();
        Self(builder.match_kind(MatchKind::LeftmostLongest).kind(kind).build(telling).ok())
    }

    /// The text with each of them, and each secret that a format tells, cut down to its end.
    #[must_use]
    pub(crate) fn hide<'t>(&self, text: &'t str) -> Cow<'t, str> {
        let Some(values) = self.0.as_ref().filter(|values| values.is_match(text)) else {
            return discreet(text);
        };
        let mut out = String::with_capacity(text.len());
        values.replace_all_with(text, &mut out, |_, found, out| {
            out.push_str(&secret::redact(found));
            true
        });
        Cow::Owned(made_discreet(out))
    }

    /// The same for a text that is owned already.
    #[must_use]
    pub(super) fn hidden(&self, text: String) -> String {
        match self.hide(&text) {
            Cow::Borrowed(_) => text,
            Cow::Owned(hidden) => hidden,
        }
    }
}

/// Whether the value can be told from ordinary words wherever it stands.
pub(super) fn is_telling(value: &str) -> bool {
    let digit = value.bytes().any(|byte| byte.is_ascii_digit());
    value.len() >= SHORTEST_VALUE
        && (digit || value.len() >= LONG_VALUE)
        && !is_default(value)
        && !is_switch(value)
        && secret::classify(value) == ValueClass::Literal
}

/// A word that switches something on or off: `DANGEROUSLY_OMIT_AUTH=true` holds no secret.
pub(super) fn is_switch(text: &str) -> bool {
    const WORDS: &[&str] = &[
        "0", "1", "auto", "disabled", "enabled", "false", "n", "no", "none", "null", "off", "on",
        "optional", "required", "true", "y", "yes",
    ];
    WORDS.contains(&text.trim().to_ascii_lowercase().as_str())
}

/// Passwords that images and tutorials ship with.
pub(super) fn is_default(password: &str) -> bool {
    const DEFAULTS: &[&str] = &[
        "postgres",
        "root",
        "password",
        "admin",
        "mysql",
        "guest",
        "example",
        "test",
        "secret",
        "changeme",
        "minioadmin",
        "redis",
        "mongo",
    ];
    DEFAULTS.iter().any(|default| default.eq_ignore_ascii_case(password))
}

/// Shorter words are no tokens.
const SHORTEST: usize = 16;

/// The text with each secret that a format tells cut down to its end.
#[must_use]
pub fn discreet(text: &str) -> Cow<'_, str> {
    if !holds_token_like(text) || !secret::hint(text) {
        return Cow::Borrowed(text);
    }
    let found = secret::find_joined(text);
    if found.is_empty() {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    let mut at = 0;
    for found in found {
        out.push_str(text.get(at..found.start).unwrap_or_default());
        out.push_str(&secret::redact(text.get(found.start..found.end).unwrap_or_default()));
        at = found.end;
    }
    out.push_str(text.get(at..).unwrap_or_default());
    Cow::Owned(out)
}

/// The same for a text that is owned already.
#[must_use]
pub(super) fn made_discreet(text: String) -> String {
    match discreet(&text) {
        Cow::Borrowed(_) => text,
        Cow::Owned(discreet) => discreet,
    }
}

/// The text without what is shown of secrets in it: a secret that is replaced is the same finding.
#[must_use]
pub(crate) fn without_tails(text: &str) -> String {
    let mut out = String::new();
    let mut pieces = text.split('…');
    out.push_str(pieces.next().unwrap_or_default());
    for piece in pieces {
        out.push('…');
        let tail = piece.char_indices().nth(4).map_or(piece.len(), |(at, _)| at);
        out.push_str(piece.get(tail..).unwrap_or_default());
    }
    out
}

/// Whether there is a long word of letters and digits: nearly every text ends here.
fn holds_token_like(text: &str) -> bool {
    if text.len() < SHORTEST {
        return false;
    }
    let (mut length, mut letter, mut digit) = (0, false, false);
    text.bytes().any(|byte| {
        if byte.is_ascii_alphanumeric() || b"_-+.=".contains(&byte) {
            length += 1;
            letter |= byte.is_ascii_alphabetic();
            digit |= byte.is_ascii_digit();
        } else {
            (length, letter, digit) = (0, false, false);
        }
        length >= SHORTEST && letter && digit
    })
}

#[cfg(test)]
mod tests {
    use super::{SecretValues, discreet};

    #[test]
    fn a_known_value_is_hidden_wherever_it_stands() {
        let values = ["kJ8s7dHqL2mZ", "postgres", "changeme", "true", "short1", "wordsofsecret"];
        let values = SecretValues::of(&values.map(str::to_owned).into());
        for (text, shown) in [
            ("-pkJ8s7dHqL2mZ", "-p…"),
            ("bob:kJ8s7dHqL2mZ@db", "bob:…@db"),
            ("wordsofsecret", "…"),
            ("postgres changeme true short1", "postgres changeme true short1"),
        ] {
            assert_eq!(values.hide(text), shown, "{text}");
        }
        assert_eq!(SecretValues::default().hide("kJ8s7dHqL2mZ"), "kJ8s7dHqL2mZ");
    }

    #[test]
    fn a_token_that_is_part_of_a_name_is_cut() {
        let token = mcp_guard_detect::secret::template::expand("ghp_{base62:36}", "a");
        let shown = discreet(&format!("tracker-{token}")).into_owned();
        assert!(!shown.contains(&token[4..30]), "{shown}");
    }

    #[test]
    fn only_what_a_format_tells_is_cut() {
        let token = mcp_guard_detect::secret::template::expand("glpat-{base62:20}", "a");
        let text = format!("/mcpServers/{token}/env");
        let shown = discreet(&text);
        assert!(!shown.contains(&token[6..20]), "{shown}");
        assert!(shown.starts_with("/mcpServers/…") && shown.ends_with("/env"), "{shown}");
        for plain in
            ["", "/mcpServers/github/env/GITHUB_PERSONAL_ACCESS_TOKEN", "ä".repeat(40).as_str()]
        {
            assert_eq!(discreet(plain), plain);
        }
    }
}
