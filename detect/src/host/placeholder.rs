//! The parts of a text that stand for something filled in later: `${HOST}`, `{{ host }}`, `<host>`, `$HOST`, `%HOST%`.

/// The longest placeholder looked for, in bytes. It keeps a text of unclosed brackets linear.
const LONGEST: usize = 256;

/// The first byte in `from..to` that satisfies `stop` and is not inside of a bracketed placeholder.
///
/// `stop` must accept ASCII only, so that what it finds is a character boundary.
pub(super) fn find(text: &str, from: usize, to: usize, stop: impl Fn(u8) -> bool) -> Option<usize> {
    let bytes = text.as_bytes();
    let mut at = from;
    while at < to {
        let byte = *bytes.get(at)?;
        if let Some(end) = bracketed(bytes, at).filter(|end| *end <= to) {
            at = end;
        } else if stop(byte) {
            return Some(at);
        } else {
            at += 1;
        }
    }
    None
}

/// The last byte in `from..to` that satisfies `stop` and is not inside of a bracketed placeholder.
pub(super) fn rfind(
    text: &str,
    from: usize,
    to: usize,
    stop: impl Fn(u8) -> bool,
) -> Option<usize> {
    let mut last = None;
    let mut at = from;
    while let Some(found) = find(text, at, to, &stop) {
        last = Some(found);
        at = found + 1;
    }
    last
}

/// Whether the whole text is one placeholder.
pub(super) fn is_whole(text: &str) -> bool {
    !text.is_empty() && end(text.as_bytes(), 0) == Some(text.len())
}

/// What follows the last placeholder of a text, or nothing if it has none.
pub(super) fn tail(text: &str) -> Option<&str> {
    let bytes = text.as_bytes();
    let mut tail = None;
    let mut at = 0;
    while at < bytes.len() {
        if let Some(end) = end(bytes, at) {
            tail = text.get(end..);
            at = end;
        } else {
            at += 1;
        }
    }
    tail
}

/// Where the placeholder that starts at `at` ends.
fn end(bytes: &[u8], at: usize) -> Option<usize> {
    bracketed(bytes, at).or_else(|| match bytes.get(at)? {
        b'$' => {
            let name = name(bytes, at + 1);
            (name > 0).then_some(at + 1 + name)
        }
        b'%' => {
            let start = at + 1;
            let close = start + name(bytes, start);
            let closed = close > start && bytes.get(close) == Some(&b'%');
            // `%c3%a9` is two escapes, `%ADDRESS%` is a variable.
            (closed && !(is_escape(bytes, start) && is_escape(bytes, close + 1)))
                .then_some(close + 1)
        }
        _ => None,
    })
}

/// Where the bracketed placeholder that starts at `at` ends: `${…}`, `$(…)`, `{{…}}`, `{…}`, `<…>`.
fn bracketed(bytes: &[u8], at: usize) -> Option<usize> {
    let (open, close, start) = match (bytes.get(at)?, bytes.get(at + 1)) {
        (b'$', Some(b'{')) => (b'{', b'}', at + 1),
        (b'$', Some(b'(')) => (b'(', b')', at + 1),
        (b'{', _) => (b'{', b'}', at),
        (b'<', _) => (b'<', b'>', at),
        _ => return None,
    };
    let mut depth = 0_usize;
    for (offset, byte) in bytes.get(start..)?.iter().take(LONGEST).enumerate() {
        if *byte == open {
            depth += 1;
        } else if *byte == close {
            depth = depth.saturating_sub(1);
            if depth == 0 {
                return Some(start + offset + 1);
            }
        }
    }
    None
}

/// The length of the variable name at `at`: a letter or `_`, then letters, digits and `_`.
fn name(bytes: &[u8], at: usize) -> usize {
    let rest = bytes.get(at..).unwrap_or_default();
    match rest.first() {
        Some(first) if first.is_ascii_alphabetic() || *first == b'_' => rest
            .iter()
            .take(LONGEST)
            .take_while(|byte| byte.is_ascii_alphanumeric() || **byte == b'_')
            .count(),
        _ => 0,
    }
}

/// Whether two hexadecimal digits stand at `at`.
fn is_escape(bytes: &[u8], at: usize) -> bool {
    bytes.get(at..at + 2).is_some_and(|pair| pair.iter().all(u8::is_ascii_hexdigit))
}
