use std::ops::Range;

use super::placeholder::placeholder;
use super::reference::{points_elsewhere, references};

/// What a configured value is, seen as the place of a secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ValueClass {
    /// Nothing, or only the scheme word of a header.
    Empty,
    /// Names where the value is kept: a variable, a secret store, a command, a file.
    Reference,
    /// Stands for a value that somebody still has to put in.
    Placeholder,
    /// The value itself.
    Literal,
}

impl ValueClass {
    /// The word for it in rules and reports.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Empty => "empty",
            Self::Reference => "reference",
            Self::Placeholder => "placeholder",
            Self::Literal => "literal",
        }
    }
}

/// Tells what the value is. Quotes, header names and scheme words (`Bearer`) around it do not count;
/// of `${VAR:-default}` a literal default counts.
pub fn classify(value: &str) -> ValueClass {
    let core = core(value);
    let Some(text) = value.get(core) else { return ValueClass::Literal };
    if text.is_empty() {
        return ValueClass::Empty;
    }
    if points_elsewhere(text) {
        return ValueClass::Reference;
    }
    let references = references(text);
    if references.is_empty() {
        return if placeholder(text) { ValueClass::Placeholder } else { ValueClass::Literal };
    }
    let literal_default = references
        .iter()
        .filter_map(|reference| text.get(reference.default.clone()?))
        .any(|default| classify(default) == ValueClass::Literal);
    let mut rest = String::new();
    let mut from = 0;
    for reference in &references {
        rest.push_str(text.get(from..reference.span.start).unwrap_or_default());
        from = reference.span.end;
    }
    rest.push_str(text.get(from..).unwrap_or_default());
    let only_references = !rest.contains(char::is_alphanumeric) || is_label(&rest);
    if only_references && !literal_default { ValueClass::Reference } else { ValueClass::Literal }
}

/// Where in the value the secret itself would stand: without white space, quotes, scheme word, and
/// inside the default of a sole reference. None where nothing of it is literal.
pub(super) fn literal(value: &str) -> Option<Range<usize>> {
    let core = core(value);
    let text = value.get(core.clone())?;
    if text.is_empty() || points_elsewhere(text) {
        return None;
    }
    match references(text).as_slice() {
        [] => Some(core),
        [only] if only.span == (0..text.len()) => {
            let default = only.default.clone()?;
            let inner = literal(text.get(default.clone())?)?;
            let start = core.start + default.start;
            Some(start + inner.start..start + inner.end)
        }
        // `$P@ssw0rd` begins with no variable.
        [first, ..] if first.span.start == 0 && first.span.len() > 3 => None,
        _ => (classify(text) == ValueClass::Literal).then_some(core),
    }
}

/// A header name or scheme word that stands before a reference, as in `X-Api-Key: ${KEY}`.
fn is_label(rest: &str) -> bool {
    let rest = rest.trim();
    let name = rest.split_once([':', '=']).map_or(rest, |(name, _)| name);
    let scheme = rest.split_once([':', '=']).map_or("", |(_, scheme)| scheme).trim();
    let labelled = rest.len() > name.len();
    let word =
        |text: &str| text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte));
    labelled && word(name) && (scheme.is_empty() || is_scheme(scheme))
}

fn core(value: &str) -> Range<usize> {
    let mut span = trimmed(value, 0..value.len());
    let text = value.get(span.clone()).unwrap_or_default();
    if let Some((word, after)) = text.split_once([' ', '\t'])
        && is_scheme(word)
    {
        span = trimmed(value, span.end - after.len()..span.end);
    } else if is_scheme(text)
        && !text.eq_ignore_ascii_case("key")
        && !text.eq_ignore_ascii_case("token")
    {
        span = span.end..span.end;
    }
    span
}

/// The range without white space and one pair of quotes.
fn trimmed(value: &str, span: Range<usize>) -> Range<usize> {
    let text = value.get(span.clone()).unwrap_or_default();
    let start = span.start + (text.len() - text.trim_start().len());
    let text = text.trim();
    for quote in ['"', '\''] {
        if let Some(inner) = text.strip_prefix(quote).and_then(|text| text.strip_suffix(quote)) {
            return start + 1..start + 1 + inner.len();
        }
    }
    start..start + text.len()
}

fn is_scheme(word: &str) -> bool {
    ["bearer", "basic", "token", "apikey", "api-key", "key", "digest", "ssws", "bot"]
        .iter()
        .any(|scheme| word.eq_ignore_ascii_case(scheme))
}
