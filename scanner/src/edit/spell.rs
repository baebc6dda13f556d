//! How scalars are written.

use crate::syntax::{Format, is_plain_yaml};

use super::content::Content;

/// How a string is quoted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Quotes {
    /// `"…"` with backslashes.
    Double,
    /// `'…'`: with backslashes in JSON5, with doubled quotes in YAML, with neither in TOML.
    Single,
    /// None, in YAML.
    Plain,
}

impl Quotes {
    /// Those of a literal; `None` if it is written in another way, over lines for instance.
    pub(super) fn of(literal: &str, format: Format) -> Option<Self> {
        let closed =
            |quote| literal.len() >= 2 && literal.starts_with(quote) && literal.ends_with(quote);
        let long = literal.starts_with("\"\"\"") || literal.starts_with("'''");
        match literal {
            _ if literal.contains('\n') || long && format == Format::Toml => None,
            _ if closed('"') => Some(Self::Double),
            _ if closed('\'') => Some(Self::Single),
            _ if is_yaml(format) && !literal.starts_with(['|', '>', '"', '\'']) => {
                Some(Self::Plain)
            }
            _ => None,
        }
    }
}

pub(super) const fn is_yaml(format: Format) -> bool {
    matches!(format, Format::Yaml | Format::FrontMatter)
}

/// The inside of a string between these quotes; `None` if they cannot hold it. Whether a string
/// can stand without quotes depends on all of it: see [`is_plain`].
pub(super) fn inside(text: &str, quotes: Quotes, format: Format) -> Option<String> {
    match quotes {
        Quotes::Double => Some(escaped(text, '"')),
        Quotes::Single => match format {
            Format::Json | Format::Jsonc | Format::Json5 => Some(escaped(text, '\'')),
            Format::Toml => {
                let fits = !text.contains('\'') && text.chars().all(is_printable);
                fits.then(|| text.to_owned())
            }
            Format::Yaml | Format::FrontMatter => {
                text.chars().all(is_printable).then(|| text.replace('\'', "''"))
            }
        },
        Quotes::Plain => Some(text.to_owned()),
    }
}

/// A whole string, in these quotes if they can hold it, else in double ones.
pub(super) fn string(text: &str, quotes: Quotes, format: Format, flow: bool) -> String {
    match quotes {
        Quotes::Plain if is_plain(text, flow) => text.to_owned(),
        Quotes::Single if let Some(inner) = inside(text, quotes, format) => format!("'{inner}'"),
        _ => format!("\"{}\"", escaped(text, '"')),
    }
}

/// A scalar as a new value of this format is written. TOML has no null.
pub(super) fn scalar(value: &Content, format: Format, flow: bool) -> Option<String> {
    let quotes = if is_yaml(format) { Quotes::Plain } else { Quotes::Double };
    Some(match value {
        Content::Null if format == Format::Toml => return None,
        Content::Null => "null".to_owned(),
        Content::Bool(flag) => flag.to_string(),
        Content::Number(number) => number.to_string(),
        Content::Text(text) => string(text, quotes, format, flow),
        Content::List(_) | Content::Map(_) => return None,
    })
}

/// A key as a new one of this format is written.
pub(super) fn key(key: &str, format: Format, flow: bool) -> String {
    let bare = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-');
    match format {
        Format::Toml if !key.is_empty() && key.bytes().all(bare) => key.to_owned(),
        Format::Yaml | Format::FrontMatter => string(key, Quotes::Plain, format, flow),
        _ => string(key, Quotes::Double, format, flow),
    }
}

/// Whether nothing in the character needs an escape. A tab is left out, because white space is
/// easily lost.
fn is_printable(character: char) -> bool {
    !character.is_control() && !matches!(character, '\u{2028}' | '\u{2029}' | '\u{feff}')
}

/// The escapes are those that JSON, JSON5, YAML and TOML share.
fn escaped(text: &str, quote: char) -> String {
    let mut out = String::with_capacity(text.len() + 8);
    for character in text.chars() {
        match character {
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            _ if character == quote => {
                out.push('\\');
                out.push(character);
            }
            _ if is_printable(character) => out.push(character),
            _ => out.push_str(&format!("\\u{:04x}", u32::from(character))),
        }
    }
    out
}

/// Words and numbers that YAML 1.1 or another reader takes for something else than a string.
fn is_misread(text: &str) -> bool {
    const WORDS: &[&str] =
        &["y", "n", "yes", "no", "on", "off", "true", "false", "null", "~", "<<", "="];
    let lower = text.to_ascii_lowercase();
    let numeric =
        text.trim_start_matches(['-', '+', '.']).starts_with(|c: char| c.is_ascii_digit())
            && text.bytes().all(|b| b.is_ascii_hexdigit() || b"_:.+-xXoOtTzZ ".contains(&b));
    WORDS.contains(&lower.as_str()) || numeric || lower.starts_with(".inf") || lower == ".nan"
}

/// Whether a string of YAML can stand without quotes.
pub(super) fn is_plain(text: &str, flow: bool) -> bool {
    let mut characters = text.chars();
    let Some(first) = characters.next() else { return false };
    let second = characters.next();
    let opens = match first {
        '-' | '?' | ':' => second.is_none_or(|c| c.is_whitespace() || ",[]{}".contains(c)),
        _ => "#&*!|>'\"%@`,[]{}".contains(first) || first.is_whitespace(),
    };
    let marker = text.starts_with("---") || text.starts_with("...");
    !opens
        && !marker
        && !text.ends_with(|c: char| c.is_whitespace() || c == ':')
        && text.chars().all(is_printable)
        && !text.contains(": ")
        && !text.contains(" #")
        && !(flow && text.contains([',', '[', ']', '{', '}', ':']))
        && is_plain_yaml(text)
        && !is_misread(text)
}
