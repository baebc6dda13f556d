use std::ops::RangeInclusive;
use std::sync::OnceLock;

use regex::bytes::{Regex, RegexBuilder};

use super::check::Check;
use crate::Confidence;

/// The shape of one kind of secret, as `rules/secrets/` states it.
#[derive(Debug)]
pub struct Format {
    /// Stable name in kebab-case.
    pub id: &'static str,
    /// What it is, in words.
    pub title: &'static str,
    /// How sure a match is when its check holds.
    pub confidence: Confidence,
    /// Where the shape is documented.
    pub source: &'static str,
    /// A template of one, see [`super::template`].
    pub example: &'static str,
    pub(super) pattern: &'static str,
    /// The pattern without its large upper bounds: a fraction of the work to compile, and the same
    /// matches in texts of up to `loose_up_to` bytes.
    pub(super) loose: &'static str,
    pub(super) loose_up_to: usize,
    /// How many bytes the pattern can match.
    lengths: RangeInclusive<usize>,
    pub(super) group: usize,
    pub(super) context: &'static [&'static str],
    /// Whether a vendor has this shape. It says more than a shape of everybody over the same text.
    pub(super) vendor: bool,
    /// Whether only the whole value of a name that says it is a secret can match.
    pub(super) named: bool,
    pub(super) entropy: f64,
    pub(super) check: Option<Check>,
    regex: OnceLock<Option<Regex>>,
    loose_regex: OnceLock<Option<Regex>>,
}

/// All formats, in the order of the files and of the entries in them.
pub fn formats() -> &'static [Format] {
    &FORMATS
}

include!(concat!(env!("OUT_DIR"), "/secret_formats.rs"));

/// The keywords of all formats in lower case.
pub(super) fn keywords() -> &'static [&'static str] {
    &KEYWORDS
}

/// The formats (as places in [`formats`]) that a keyword calls for.
pub(super) fn called_by(keyword: usize) -> &'static [usize] {
    KEYWORD_FORMATS.get(keyword).copied().unwrap_or_default()
}

/// Left of a token stands no word character, unless it ends an escape such as `\n` or `%3D`.
const LEFT: &str = r"(?:\b{start-half}|\\[nrt]|%[0-9A-Fa-f]{2})";

impl Format {
    /// The regex that looks for this format in `text`, if the text is long enough, or for a format
    /// of named values just as long, that it could match. Compiling one takes longer than scanning
    /// many a file, and keywords are met far more often than secrets.
    ///
    /// It holds the pattern between token boundaries, or over the whole text if the format is for
    /// named values. Group 1 is the whole pattern; the groups of the pattern follow.
    pub(super) fn regex_for(&self, text: &str) -> Option<&Regex> {
        let most = if self.named { *self.lengths.end() } else { usize::MAX };
        if !(*self.lengths.start()..=most).contains(&text.len()) {
            None
        } else if text.len() <= self.loose_up_to {
            self.loose_regex.get_or_init(|| self.compile(self.loose)).as_ref()
        } else {
            self.regex.get_or_init(|| self.compile(self.pattern)).as_ref()
        }
    }

    /// Compiles a pattern of this format. `None` if it is none.
    pub(super) fn compile(&self, pattern: &str) -> Option<Regex> {
        let pattern = if self.named {
            format!(r"\A({pattern})\z")
        } else {
            format!(r"{LEFT}({pattern})(?:\b{{end-half}})")
        };
        RegexBuilder::new(&pattern).unicode(false).build().ok()
    }
}

#[cfg(test)]
mod tests {
    use super::formats;

    #[test]
    fn only_large_upper_bounds_are_loosened() {
        let format = |id| formats().iter().find(|format| format.id == id).unwrap();
        let token = format("anthropic-api-key");
        assert_eq!(token.loose, "sk-ant-api[0-9]{2}-[A-Za-z0-9_-]{80,}");
        assert_eq!(token.loose_up_to, 120);
        assert_eq!(format("brave-search-api-key").loose_up_to, 0);
    }
}
