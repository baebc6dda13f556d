//! Secrets where none is expected: in the name of a server, in a key, in the tag of an image.

use std::borrow::Cow;

use mcp_guard_detect::secret;

/// Shorter words are no tokens.
const SHORTEST: usize = 16;

/// The text with each secret that a format tells cut down to its end.
#[must_use]
pub(crate) fn discreet(text: &str) -> Cow<'_, str> {
    if !holds_token_like(text) || !secret::hint(text) {
        return Cow::Borrowed(text);
    }
    let found = secret::find(None, text);
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
    use super::discreet;

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
