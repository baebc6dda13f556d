//! String literals with escapes, and broken ones.

use super::super::text::{Step, Text};
use crate::problem::Span;

const BAD_ESCAPE: &str = "this backslash begins no known escape; write \\\\ for a backslash";
const LINE_BREAK: &str = "this string contains a line break; write \\n instead";
const UNCLOSED: &str = "this string is never closed; add the quote";

/// A string literal, with offsets relative to its opening quote.
pub(super) struct Literal {
    pub(super) text: Text,
    /// How many bytes it takes up, its quotes included.
    pub(super) len: usize,
    pub(super) damage: Vec<Damage>,
    /// Whether it ends at the end of its line for lack of a closing quote.
    pub(super) cut: bool,
}

/// The first of each kind of damage.
pub(super) struct Damage {
    pub(super) message: &'static str,
    pub(super) span: Span,
}

/// Reads the literal that `rest` begins with. With `one_line` it is not looked for beyond the end
/// of its line.
pub(super) fn read(rest: &str, one_line: bool) -> Literal {
    let mut damage = Vec::new();
    let quote = rest.chars().next().unwrap_or('"');
    let closing = closing(rest, quote, one_line);
    let (inner_end, len) = match closing {
        Closing::Quote(at) => (at, at + quote.len_utf8()),
        Closing::None(at) => {
            damage.push(Damage { message: UNCLOSED, span: Span::new(0, at) });
            (at, at)
        }
    };
    let cut = matches!(closing, Closing::None(_));
    let inner = rest.get(..inner_end).unwrap_or_default();
    let text = decode(inner, &mut damage);
    Literal { text, len, damage, cut }
}

enum Closing {
    /// The closing quote stands here.
    Quote(usize),
    /// There is none; the literal should end here.
    None(usize),
}

/// Looks for the closing quote. In a path whose backslashes were not doubled, a quote behind the
/// last of them closes the string, if what follows looks like it. A line break inside of the literal means that either the string
/// runs over several lines or its quote was forgotten. In the latter case the quote found next
/// opens another string, and nothing but punctuation stands before it on its line.
fn closing(rest: &str, quote: char, one_line: bool) -> Closing {
    let mut line_end = None;
    let mut line_start = 0;
    let mut escaped = false;
    let mut unknown = false;
    for (at, character) in rest.char_indices().skip(1) {
        if character == '\n' {
            if !escaped {
                line_end.get_or_insert(at);
            }
            line_start = at + 1;
            if one_line {
                break;
            }
        }
        if escaped {
            if character == quote && unknown && ends_value(rest.get(at + 1..).unwrap_or_default()) {
                return Closing::Quote(at);
            }
            unknown |= !"\"'\\/bfnrtv0xu\n\r\u{2028}\u{2029}".contains(character);
            // A line continuation may end with a carriage return and a line feed.
            escaped = character == '\r' && rest.as_bytes().get(at + 1) == Some(&b'\n');
        } else if character == '\\' {
            escaped = true;
        } else if character == quote {
            let before = rest.get(line_start..at).unwrap_or_default();
            let opens = before.chars().all(|c| c.is_whitespace() || "{}[],".contains(c));
            match line_end {
                Some(end) if opens => return Closing::None(forgotten(rest, end)),
                _ => return Closing::Quote(at),
            }
        }
    }
    Closing::None(forgotten(rest, line_end.unwrap_or(rest.len())))
}

/// Whether a value can end before `rest`.
fn ends_value(rest: &str) -> bool {
    let rest = rest.trim_start_matches([' ', '\t']);
    rest.is_empty() || rest.starts_with([',', '}', ']', '\r', '\n'])
}

/// Where a literal without closing quote ends on a line that ends at `line_end`: before the blanks
/// and the punctuation that would have followed the quote.
fn forgotten(rest: &str, line_end: usize) -> usize {
    let line = rest.get(1..line_end).unwrap_or_default();
    1 + line.trim_end().trim_end_matches([',', '}', ']']).trim_end().len()
}

/// Decodes `inner`, the literal without its closing quote.
fn decode(inner: &str, damage: &mut Vec<Damage>) -> Text {
    let body = inner.get(1..).unwrap_or_default();
    let mut report = |message, start, end| {
        if !damage.iter().any(|known: &Damage| known.message == message) {
            damage.push(Damage { message, span: Span::new(start, end) });
        }
    };
    let mut value = String::with_capacity(body.len());
    let mut steps = vec![Step { value: 0, node: 1 }];
    let mut at = 1;
    while let Some(rest) = inner.get(at..).filter(|rest| !rest.is_empty()) {
        let plain = rest.find('\\').unwrap_or(rest.len());
        let (run, tail) = rest.split_at(plain);
        if let Some(feed) = run.find('\n') {
            report(LINE_BREAK, at + feed, at + feed + 1);
        }
        value.push_str(run);
        at += plain;
        if tail.is_empty() {
            break;
        }
        if let Some((character, len)) = escape(tail) {
            steps.push(Step { value: value.len(), node: at });
            value.extend(character);
            at += len;
            steps.push(Step { value: value.len(), node: at });
        } else {
            let len = 1 + tail.chars().nth(1).map_or(0, char::len_utf8);
            report(BAD_ESCAPE, at, at + len);
            value.push('\\');
            at += 1;
        }
    }
    if steps.len() == 1 {
        return Text::verbatim(value, 1);
    }
    steps.push(Step { value: value.len(), node: inner.len() });
    Text::stepped(value, steps)
}

/// What the escape at the start of `tail` stands for, and its length in bytes. A line
/// continuation stands for nothing. `None` if JSON5 knows no such escape.
fn escape(tail: &str) -> Option<(Option<char>, usize)> {
    let mut characters = tail.chars();
    characters.next();
    let decoded = match characters.next()? {
        'b' => '\u{8}',
        'f' => '\u{c}',
        'n' => '\n',
        'r' => '\r',
        't' => '\t',
        'v' => '\u{b}',
        '0' if !characters.as_str().starts_with(|c: char| c.is_ascii_digit()) => '\0',
        same @ ('"' | '\'' | '\\' | '/') => same,
        'x' => return Some((char::from_u32(hex(tail, 2, 2)?), 4)),
        'u' => return unicode(tail),
        '\r' if characters.as_str().starts_with('\n') => return Some((None, 3)),
        line @ ('\n' | '\r' | '\u{2028}' | '\u{2029}') => return Some((None, 1 + line.len_utf8())),
        _ => return None,
    };
    Some((Some(decoded), 2))
}

/// `\uXXXX`, or two of them that form a surrogate pair. A lone surrogate, which JSON allows and
/// no text can hold, becomes U+FFFD.
fn unicode(tail: &str) -> Option<(Option<char>, usize)> {
    let first = hex(tail, 2, 4)?;
    if let Some(character) = char::from_u32(first) {
        return Some((Some(character), 6));
    }
    let second = tail.get(6..8).filter(|next| *next == "\\u").and_then(|_| hex(tail, 8, 4));
    if let Some(second @ 0xDC00..=0xDFFF) = second
        && first < 0xDC00
    {
        let scalar = 0x1_0000 + ((first - 0xD800) << 10) + (second - 0xDC00);
        return Some((char::from_u32(scalar), 12));
    }
    Some((Some(char::REPLACEMENT_CHARACTER), 6))
}

fn hex(tail: &str, from: usize, digits: usize) -> Option<u32> {
    let digits = tail.get(from..from + digits)?;
    digits.bytes().all(|b| b.is_ascii_hexdigit()).then(|| u32::from_str_radix(digits, 16).ok())?
}
