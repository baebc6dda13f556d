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
    pub(super) pattern: &'static str,
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
    pub(super) fn regex_for(&self, text: &str) -> Option<&Regex> {
        let most = if self.named { *self.lengths.end() } else { usize::MAX };
        (*self.lengths.start()..=most).contains(&text.len()).then(|| self.regex()).flatten()
    }

    /// The pattern between token boundaries, or over a whole value if the format is for named values.
    /// Group 1 is the whole pattern; the groups of the pattern follow. Compiled when first asked for.
    pub(super) fn regex(&self) -> Option<&Regex> {
        let compile = || {
            let pattern = self.pattern;
            let pattern = if self.named {
                format!(r"\A({pattern})\z")
            } else {
                format!(r"{LEFT}({pattern})(?:\b{{end-half}})")
            };
            RegexBuilder::new(&pattern).unicode(false).build().ok()
        };
        self.regex.get_or_init(compile).as_ref()
    }
}
