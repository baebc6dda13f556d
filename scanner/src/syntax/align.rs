//! Finds out which bytes of a literal each byte of its value came from, when the parser does not
//! tell.

use super::text::{Step, Text};

/// How a literal is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Notation {
    /// As it is, up to white space.
    Plain,
    /// With backslashes.
    Escapes,
    /// With two quotes for one.
    DoubledQuotes,
}

/// A text of the value `value`, written as `literal` with `lead` and `tail` bytes of delimiters.
/// Escapes, folded lines and stripped indentation are followed; if that fails, the text knows
/// only that it lies between its delimiters.
pub(super) fn align(
    literal: &str,
    lead: usize,
    tail: usize,
    notation: Notation,
    value: &str,
) -> Text {
    let end = literal.len().saturating_sub(tail);
    match literal.get(lead..end) {
        Some(inner) if inner == value => Text::verbatim(value, lead),
        Some(inner) => match (Walk { inner, value, lead, steps: Vec::new() }).steps(notation) {
            Some(steps) => Text::stepped(value, steps),
            None => Text::inside(value, lead, tail),
        },
        None => Text::inside(value, lead.min(literal.len()), 0),
    }
}

struct Walk<'t> {
    inner: &'t str,
    value: &'t str,
    lead: usize,
    steps: Vec<Step>,
}

impl Walk<'_> {
    fn mark(&mut self, value: usize, inner: usize) {
        let step = Step { value, node: self.lead + inner };
        if self.steps.last() != Some(&step) {
            self.steps.push(step);
        }
    }

    fn steps(mut self, notation: Notation) -> Option<Vec<Step>> {
        let (mut at, mut done) = (0, 0);
        self.mark(0, 0);
        while let Some(from) = self.inner.get(at..).and_then(|rest| rest.chars().next()) {
            let rest = self.inner.get(at..)?;
            let next = self.value.get(done..)?.chars().next();
            let (len, decoded) = match (from, notation) {
                ('\\', Notation::Escapes) => escape(rest)?,
                ('\'', Notation::DoubledQuotes) if rest.starts_with("''") => (2, Some('\'')),
                ('\n', _) if next == Some(' ') => (1, Some(' ')),
                (' ' | '\t' | '\r' | '\n', _) if next != Some(from) => (from.len_utf8(), None),
                _ => (from.len_utf8(), Some(from)),
            };
            let literally = len == from.len_utf8() && decoded == Some(from);
            if !literally {
                self.mark(done, at);
            }
            if let Some(decoded) = decoded {
                if next != Some(decoded) {
                    return None;
                }
                done += decoded.len_utf8();
            }
            at += len;
            if !literally {
                self.mark(done, at);
            }
        }
        self.mark(done, at);
        (done == self.value.len()).then_some(self.steps)
    }
}

/// The length of an escape of TOML or YAML and the character it stands for, if any.
fn escape(rest: &str) -> Option<(usize, Option<char>)> {
    let mut characters = rest.chars();
    characters.next();
    let character = match characters.next()? {
        'b' => '\u{8}',
        't' | '\t' => '\t',
        'n' => '\n',
        'f' => '\u{c}',
        'r' => '\r',
        'e' => '\u{1b}',
        'a' => '\u{7}',
        'v' => '\u{b}',
        '0' => '\0',
        'N' => '\u{85}',
        '_' => '\u{a0}',
        'L' => '\u{2028}',
        'P' => '\u{2029}',
        same @ ('"' | '\\' | '/' | ' ') => same,
        'x' => return code(rest, 2),
        'u' => return code(rest, 4),
        'U' => return code(rest, 8),
        '\n' | '\r' => {
            let blank = characters.as_str().trim_start_matches([' ', '\t', '\r', '\n']);
            return Some((rest.len() - blank.len(), None));
        }
        _ => return None,
    };
    Some((2, Some(character)))
}

fn code(rest: &str, digits: usize) -> Option<(usize, Option<char>)> {
    let number = u32::from_str_radix(rest.get(2..2 + digits)?, 16).ok()?;
    Some((2 + digits, Some(char::from_u32(number)?)))
}
