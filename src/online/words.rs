//! Texts of the network, before they go into facts and reports.

use mcp_guard_scanner::finding::visible;

/// Characters of a text that are kept.
const LONGEST: usize = 200;

/// A text as one line of visible characters.
pub(super) fn line(text: &str) -> String {
    let mut out = String::new();
    let mut length = 0;
    for word in text.split_whitespace() {
        let blank = usize::from(length > 0);
        if length + blank >= LONGEST {
            break;
        }
        if blank == 1 {
            out.push(' ');
        }
        length += blank;
        for character in word.chars().take(LONGEST - length) {
            out.push(visible(character));
            length += 1;
        }
    }
    out
}

/// Whether a text can be a version of any ecosystem.
pub(super) fn is_version(text: &str) -> bool {
    (1..=64).contains(&text.len())
        && text.bytes().any(|byte| byte.is_ascii_digit())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".+-_!~".contains(&byte))
}

#[cfg(test)]
mod tests {
    use super::{LONGEST, is_version, line};

    #[test]
    fn a_line_is_short_and_visible() {
        for (text, expected) in [
            ("Use  other\r\n\tpackage ", "Use other package"),
            ("a\u{1b}]0;x\u{7}b\u{202e}c\u{2028}d", "a\u{fffd}]0;x\u{fffd}b\u{fffd}c d"),
            ("", ""),
            ("\n\n", ""),
        ] {
            assert_eq!(line(text), expected);
        }
        assert_eq!(line(&"ä".repeat(1000)).chars().count(), LONGEST);
        assert_eq!(line(&"ab ".repeat(1000)).chars().count(), LONGEST);
    }

    #[test]
    fn versions() {
        for text in ["1.2.0", "v1.2.3-rc.1+build", "1!2.0.post1", "2025.7.1"] {
            assert!(is_version(text), "{text}");
        }
        for text in ["", "latest", "1.0 ; rm", "1.0\n", "1.\u{202e}0", "../1", &"1".repeat(65)] {
            assert!(!is_version(text), "{text:?}");
        }
    }
}
