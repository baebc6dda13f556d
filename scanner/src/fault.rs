//! What is wrong with a file that somebody wrote for the scanner.

use std::borrow::Cow;
use std::fmt;

/// Something wrong with a rule or settings file. Shown as `LINE:COLUMN: what is wrong`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// Line, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
    /// What is wrong, and the nearest right word if there is one.
    pub message: String,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.line, self.column, self.message)
    }
}

/// What a reader of YAML or JSON complains about, without the text that it found: somebody may have
/// named the wrong file, and that holds whatever it holds.
pub(crate) fn without_text(message: &str) -> Cow<'_, str> {
    const FOUND: &str = "string \"";
    let Some(from) = message.find(FOUND) else { return Cow::Borrowed(message) };
    let start = from + FOUND.len();
    let rest = message.get(start..).unwrap_or_default();
    let mut escaped = false;
    let end = rest.char_indices().find_map(|(at, character)| {
        let closes = character == '"' && !escaped;
        escaped = character == '\\' && !escaped;
        closes.then_some(at + 1)
    });
    let before = message.get(..from).unwrap_or_default();
    let after = rest.get(end.unwrap_or(rest.len())..).unwrap_or_default();
    Cow::Owned(format!("{before}string{}", without_text(after)))
}

#[cfg(test)]
mod tests {
    use super::without_text;

    #[test]
    fn a_complaint_repeats_no_text() {
        for (told, shown) in [
            (
                "invalid type: string \"a b\", expected a map",
                "invalid type: string, expected a map",
            ),
            ("invalid value: string \"a\\\"b\", expected x", "invalid value: string, expected x"),
            ("at: string \"a\\\\\" and string \"b", "at: string and string"),
            ("missing field `id`", "missing field `id`"),
        ] {
            assert_eq!(without_text(told), shown, "{told}");
        }
    }
}
