//! What an error of the YAML parser is about, and where.

use granit_parser::{ErrorKind, ScanError};

use super::super::problems::printable;
use crate::problem::{Problem, ProblemKind, Span};

const UNCLOSED_QUOTE: &str = "this string is never closed; add the quote";
const TAB: &str = "YAML is indented with spaces; replace this tab";
pub(super) const TOO_DEEP: &str = "values are nested too deep here; what lies below was not read";

/// How many lines behind the place of an error the tab it is about is looked for.
const NEAR: usize = 100;

/// An error of the parser. Places are relative to its text.
pub(super) struct Failure {
    pub(super) problem: Problem,
    /// Where the parser gave up.
    pub(super) at: usize,
    /// Where what it gave up on begins.
    pub(super) culprit: usize,
}

/// Explains an error in `text`, of which the values up to `last_end` have been read.
pub(super) fn explain(error: &ScanError, text: &str, last_end: usize) -> Failure {
    let at = text.floor_char_boundary(error.marker().byte_offset().unwrap_or(last_end));
    let (kind, message, place) = match error.kind() {
        ErrorKind::RecursionLimitExceeded => (ProblemKind::TooDeep, TOO_DEEP.to_owned(), at),
        ErrorKind::TabNotAllowed
        | ErrorKind::TabInBlockIndentation
        | ErrorKind::TabInIndentation
        | ErrorKind::TabInPlainScalar
        | ErrorKind::TabAtBlockScalarStart => (ProblemKind::Syntax, TAB.to_owned(), tab(text, at)),
        ErrorKind::UnclosedQuotedScalar
        | ErrorKind::InvalidQuotedScalarIndent
        | ErrorKind::DocumentIndicatorInQuotedScalar => {
            (ProblemKind::Syntax, UNCLOSED_QUOTE.to_owned(), quote(text, last_end, at))
        }
        other => {
            let message = format!("the YAML is broken here: {}", printable(&other.to_string()));
            (ProblemKind::Syntax, message, at)
        }
    };
    let end = text.ceil_char_boundary((place + 1).min(text.len()));
    let problem = Problem::new(kind, message).at(Span::new(place, end));
    Failure { problem, at, culprit: place }
}

/// The first quote behind the last value, `at` at the latest.
fn quote(text: &str, last_end: usize, at: usize) -> usize {
    let before = text.get(last_end..at).unwrap_or_default();
    before.find(['"', '\'']).map_or(at, |quote| last_end + quote)
}

/// The tab in the indentation at or after `start`, where the parser may see it late.
fn tab(text: &str, start: usize) -> usize {
    let line = text.get(..start).and_then(|before| before.rfind('\n')).map_or(0, |at| at + 1);
    let mut at = line;
    for line in text.get(line..).unwrap_or_default().split_inclusive('\n').take(NEAR) {
        let spaces = line.len() - line.trim_start_matches(' ').len();
        if line.get(spaces..).is_some_and(|rest| rest.starts_with('\t')) {
            return at + spaces;
        }
        at += line.len();
    }
    start
}
