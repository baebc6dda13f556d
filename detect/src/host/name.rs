use std::borrow::Cow;

/// The normal form of a host: lower case, ASCII digits and dots, no escapes, brackets, port, zone or trailing dot.
///
/// It follows the host parser of the WHATWG URL standard: one percent-decoding, the compatibility mappings of UTS 46
/// for digits, letters and dots, and tabs and line ends dropped. `None` if the escapes are no UTF-8.
pub(super) fn normal(host: &str) -> Option<Cow<'_, str>> {
    let host = without_port(host.trim());
    if host.bytes().all(is_plain) && !host.ends_with('.') {
        return Some(Cow::Borrowed(host));
    }
    let host = match host.strip_prefix('[') {
        Some(rest) => rest.strip_suffix(']').unwrap_or(rest),
        None => host,
    };
    let (host, decoded) = if host.contains(':') {
        // The `%` of an IPv6 address starts its zone.
        (host.split('%').next().unwrap_or_default(), None)
    } else {
        (host, decode(host)?)
    };
    let mut folded = String::with_capacity(host.len());
    for character in decoded.as_deref().unwrap_or(host).chars() {
        match fold(character) {
            Fold::To(mapped) => folded.push(mapped),
            Fold::Nothing => {}
            Fold::Itself => folded.extend(character.to_lowercase()),
        }
    }
    let length = folded.strip_suffix('.').map_or(folded.len(), str::len);
    Some(Cow::Owned(folded.get(..length).unwrap_or_default().to_owned()))
}

fn is_plain(byte: u8) -> bool {
    byte.is_ascii_lowercase()
        || byte.is_ascii_digit()
        || matches!(byte, b'.' | b'-' | b'_' | b':' | b'*')
}

fn without_port(host: &str) -> &str {
    let Some((name, port)) = host.rsplit_once(':') else { return host };
    let closed = name.ends_with(']') || !name.contains(':');
    if closed && port.bytes().all(|byte| byte.is_ascii_digit()) { name } else { host }
}

/// The text with its percent escapes resolved once; `Some(None)` if it has none.
#[expect(clippy::option_option, reason = "no escapes and bad escapes are different answers")]
fn decode(text: &str) -> Option<Option<String>> {
    if !text.contains('%') {
        return Some(None);
    }
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, after @ ..] = rest {
        let escaped = match rest {
            [b'%', high, low, ..] => {
                digit(*high).zip(digit(*low)).map(|(high, low)| high * 16 + low)
            }
            _ => None,
        };
        bytes.push(escaped.unwrap_or(*first));
        rest = if escaped.is_some() { after.get(2..).unwrap_or_default() } else { after };
    }
    String::from_utf8(bytes).ok().map(Some)
}

fn digit(byte: u8) -> Option<u8> {
    u8::try_from(char::from(byte).to_digit(16)?).ok()
}

/// What becomes of a character.
enum Fold {
    To(char),
    Nothing,
    Itself,
}

/// The compatibility mapping of one character, as far as it can spell an address or an ASCII name.
fn fold(character: char) -> Fold {
    let code = u32::from(character);
    let mapped = match code {
        // Tab, line ends, soft hyphen, zero-width characters and variation selectors vanish.
        0x09 | 0x0a | 0x0d | 0xad | 0x34f | 0x200b | 0x2060 | 0x2064 | 0xfeff | 0xfe00..=0xfe0f => {
            return Fold::Nothing;
        }
        // Dots of other scripts.
        0x3002 | 0xff61 => Some('.'),
        // Full width.
        0xff01..=0xff5e => char::from_u32(code - 0xfee0).map(|folded| folded.to_ascii_lowercase()),
        // Superscript and subscript digits.
        0xb9 => Some('1'),
        0xb2 | 0xb3 => char::from_digit(code - 0xb0, 10),
        0x2070 | 0x2074..=0x2079 => char::from_digit(code - 0x2070, 10),
        0x2080..=0x2089 => char::from_digit(code - 0x2080, 10),
        // Circled digits and letters.
        0x24ea => Some('0'),
        0x2460..=0x2468 => char::from_digit(code - 0x2460 + 1, 10),
        0x24b6..=0x24e9 => letter(code - 0x24b6),
        // Mathematical and segmented letters and digits.
        0x1d400..=0x1d6a3 => letter(code - 0x1d400),
        0x1d7ce..=0x1d7ff => char::from_digit((code - 0x1d7ce) % 10, 10),
        0x1fbf0..=0x1fbf9 => char::from_digit(code - 0x1fbf0, 10),
        _ => None,
    };
    mapped.map_or(Fold::Itself, Fold::To)
}

/// The letter at a place in a run of alphabets.
fn letter(offset: u32) -> Option<char> {
    char::from_u32(u32::from('a') + offset % 26)
}
