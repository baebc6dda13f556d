//! `name=value` and `name: value` inside a longer text: command lines, headers, query strings, JSON, .env files.

use std::ops::Range;

use super::name::names_a_secret;

/// A name that says it holds a secret, and where its value stands.
pub(super) struct Assignment<'a> {
    pub(super) name: &'a str,
    pub(super) value: Range<usize>,
}

/// A longer value is cut here, so that a text of nothing but assignments costs linear time.
const LONGEST: usize = 4096;

/// The assignments to names of secrets in the text, from left to right, none inside the value of
/// another unless that is a URL.
pub(super) fn assignments(text: &str) -> impl Iterator<Item = Assignment<'_>> {
    let mut after = 0;
    text.bytes().enumerate().filter(|(_, byte)| matches!(byte, b'=' | b':')).filter_map(
        move |(at, sign)| {
            if at < after {
                return None;
            }
            let name = name_before(text, at)?;
            // A bare "key" is a field of everything; only `key=` in a query or on a command line says more.
            let bare = sign == b':'
                && ["key", "token", "auth", "pass", "secret"]
                    .contains(&name.to_ascii_lowercase().as_str());
            if bare || !names_a_secret(name) {
                return None;
            }
            let value = value_after(text, at + 1)?;
            let content = text.get(value.clone())?;
            if !content.contains("://") {
                after = value.end;
            }
            let loose = text.get(at + 1..value.start)?.ends_with([' ', '\t']);
            (!loose || is_data(content)).then_some(Assignment { name, value })
        },
    )
}

/// Tells a value from code and prose, as in `password: String`, where neither quotes nor a missing space do.
fn is_data(content: &str) -> bool {
    !content.contains("::")
        && !content.contains('(')
        && content.bytes().any(|byte| byte.is_ascii_digit())
}

fn name_before(text: &str, at: usize) -> Option<&str> {
    let before = text.get(..at)?;
    let before = before.strip_suffix(' ').unwrap_or(before);
    let before = before.strip_suffix(['"', '\'', '`']).unwrap_or(before);
    let before = before.strip_suffix('\\').unwrap_or(before);
    let name = before
        .rsplit(|letter: char| !(letter.is_ascii_alphanumeric() || "_-.".contains(letter)))
        .next()?;
    (2..=80).contains(&name.len()).then_some(name)
}

fn value_after(text: &str, at: usize) -> Option<Range<usize>> {
    let rest = text.get(at..text.floor_char_boundary(at.saturating_add(LONGEST)))?;
    // `://`, `==`, `::`, `=>` and the operators of `${NAME:-default}` assign nothing.
    if rest.starts_with("//")
        || rest.starts_with(['=', ':', '>', '-', '+', '?']) && !rest.starts_with("-----")
    {
        return None;
    }
    let skipped = rest.len() - rest.trim_start_matches([' ', '\t']).len();
    if skipped > 4 {
        return None;
    }
    let (mut start, mut rest) = (at + skipped, rest.get(skipped..)?);
    if let Some(inner) = rest.strip_prefix('\\').filter(|inner| inner.starts_with(['"', '\''])) {
        (start, rest) = (start + 1, inner);
    }
    for quote in ['"', '\'', '`'] {
        if let Some(inner) = rest.strip_prefix(quote) {
            let end = inner.find([quote, '\n'])?;
            let end = if inner.get(..end)?.ends_with('\\') { end - 1 } else { end };
            return (end > 0).then_some(start + 1..start + 1 + end);
        }
    }
    let mut end = word_end(rest);
    let scheme = ["bearer", "basic", "token", "apikey"]
        .iter()
        .any(|scheme| rest.get(..end).is_some_and(|word| word.eq_ignore_ascii_case(scheme)));
    if scheme && rest.get(end..)?.starts_with(' ') {
        end += 1 + word_end(rest.get(end + 1..)?);
    }
    (end > 0).then_some(start..start + end)
}

/// The end of the unquoted word at the start.
fn word_end(text: &str) -> usize {
    text.find(|letter: char| letter.is_whitespace() || ",;&\"'`<>)]}|\\".contains(letter))
        .unwrap_or(text.len())
}
