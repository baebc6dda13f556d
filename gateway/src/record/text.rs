//! Names that somebody else chose, in the log.

use compact_str::CompactString;
use mcp_guard_detect::secret;

/// The most bytes of a name that are kept.
pub const LONGEST: usize = 256;

/// A name from a message: a method, a tool, a caller. It is cut when it is made, so that no caller
/// decides how much memory its name takes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Text {
    kept: CompactString,
    cut: bool,
}

impl Text {
    /// The first [`LONGEST`] bytes of a name, at the border of a character.
    #[must_use]
    pub fn new(name: &str) -> Self {
        let kept = name.get(..name.floor_char_boundary(LONGEST)).unwrap_or_default();
        Self { kept: kept.into(), cut: kept.len() < name.len() }
    }

    /// What is kept of it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.kept
    }

    /// Whether the name was longer.
    #[must_use]
    pub const fn is_cut(&self) -> bool {
        self.cut
    }

    /// Writes it as a JSON string of ASCII alone: whatever the name holds, it is no line end, moves
    /// no cursor and hides nothing from a reader. What looks like a secret is cut to its end.
    pub(super) fn write_json(&self, out: &mut Vec<u8>) {
        out.push(b'"');
        if may_hold_secret(&self.kept) {
            let mut at = 0;
            for found in secret::find_joined(&self.kept) {
                escape(self.kept.get(at..found.start).unwrap_or_default(), out);
                let found_text = self.kept.get(found.start..found.end).unwrap_or_default();
                escape(&secret::redact(found_text), out);
                at = found.end;
            }
            escape(self.kept.get(at..).unwrap_or_default(), out);
        } else {
            escape(&self.kept, out);
        }
        out.push(b'"');
    }
}

impl From<&str> for Text {
    fn from(name: &str) -> Self {
        Self::new(name)
    }
}

/// Whether it is worth looking: tokens are long and have digits, names of tools seldom do.
fn may_hold_secret(text: &str) -> bool {
    const SHORTEST: usize = 16;
    text.len() >= SHORTEST && text.bytes().any(|byte| byte.is_ascii_digit()) && secret::hint(text)
}

fn escape(text: &str, out: &mut Vec<u8>) {
    let plain = |byte: u8| matches!(byte, b' '..=b'~') && byte != b'"' && byte != b'\\';
    if text.bytes().all(plain) {
        out.extend_from_slice(text.as_bytes());
        return;
    }
    for c in text.chars() {
        match c {
            '"' => out.extend_from_slice(b"\\\""),
            '\\' => out.extend_from_slice(b"\\\\"),
            ' '..='~' => out.extend(u8::try_from(c)),
            _ => c.encode_utf16(&mut [0; 2]).iter().for_each(|unit| escape_unit(*unit, out)),
        }
    }
}

/// `\u` and four hexadecimal digits (RFC 8259, section 7).
fn escape_unit(unit: u16, out: &mut Vec<u8>) {
    out.extend_from_slice(b"\\u");
    let [high, low] = unit.to_be_bytes();
    push_hex(high, out);
    push_hex(low, out);
}

/// A byte as two hexadecimal digits.
pub(super) fn push_hex(byte: u8, out: &mut Vec<u8>) {
    let digit = |nibble: u8| if nibble < 10 { b'0' + nibble } else { b'a' + nibble - 10 };
    out.extend([digit(byte >> 4), digit(byte & 0xf)]);
}

#[cfg(test)]
mod tests {
    use mcp_guard_detect::secret::template;
    use proptest::prelude::{any, prop_assert, prop_assert_eq, proptest};

    use super::{LONGEST, Text, may_hold_secret};

    fn json(name: &str) -> String {
        let mut out = Vec::new();
        Text::new(name).write_json(&mut out);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn nothing_in_a_name_acts_on_a_terminal() {
        assert_eq!(json("read_file"), r#""read_file""#);
        assert_eq!(json("a\"b\\c"), r#""a\"b\\c""#);
        assert_eq!(json("\u{1b}[2J\r\n\u{9b}31m"), r#""\u001b[2J\u000d\u000a\u009b31m""#);
        assert_eq!(json("\u{202e}txt\u{200b}\u{7f}"), r#""\u202etxt\u200b\u007f""#);
        assert_eq!(json("\u{e0041}é"), r#""\udb40\udc41\u00e9""#);
    }

    #[test]
    fn a_long_name_is_cut_at_a_character() {
        let text = Text::new(&"é".repeat(LONGEST));
        assert!(text.is_cut());
        assert_eq!(text.as_str().len(), LONGEST);
        let text = Text::new(&format!("a{}", "é".repeat(LONGEST)));
        assert_eq!(text.as_str().len(), LONGEST - 1);
        let whole = "a".repeat(LONGEST);
        assert!(!Text::new(&whole).is_cut());
        assert_eq!(Text::new(&whole).as_str(), whole);
    }

    #[test]
    fn a_token_in_a_name_is_not_kept() {
        let token = template::expand("ghp_{base62:30}{github-crc32}", "log");
        let line = json(&format!("list {token} now"));
        assert!(!line.contains(&token[4..30]), "{line}");
        assert!(line.starts_with("\"list ") && line.ends_with(" now\""), "{line}");
    }

    proptest! {
        #[test]
        fn any_name_is_a_string_of_ascii_that_reads_back(name in any::<String>()) {
            let line = json(&name);
            prop_assert!(line.bytes().all(|byte| matches!(byte, b' '..=b'~')));
            let text = Text::new(&name);
            if !may_hold_secret(text.as_str()) {
                prop_assert_eq!(serde_json::from_str::<String>(&line).unwrap(), text.as_str());
            }
        }
    }
}
