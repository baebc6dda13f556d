//! Examples of secrets that no file has to hold: a template names the shape, the text is made from a seed.
//!
//! | piece | is |
//! |---|---|
//! | `{base62:N}`, `{alnum-lower:N}`, `{hex:N}`, `{HEX:N}`, `{base64:N}`, `{base64url:N}`, `{base32:N}`, `{base32-lower:N}`, `{bech32:N}`, `{digits:N}`, `{digits1:N}` | N characters of that alphabet (`digits1` begins with no zero) |
//! | `{uuid}` | a version 4 UUID |
//! | `{github-crc32}` | the checksum of the 30 characters before it |
//! | `{base64(…)}`, `{base64url(…)}` | the encoding of the template within |

use super::codec::{base62, base64_encode, crc32};
use super::format::formats;
use crate::nearest::nearest;

pub(super) const BASE64: &[u8; 64] =
    b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
pub(super) const BASE64URL: &[u8; 64] =
    b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/// The text with each `{{secret:FORMAT}}` replaced by a made-up secret of that format, so that
/// examples of rules need not hold one.
///
/// # Errors
/// When there is no such format, with the nearest one, or a place is not closed.
pub fn fill(text: &str) -> Result<String, String> {
    let mut filled = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("{{secret:") {
        let (id, behind) =
            after.split_once("}}").ok_or("`{{secret:` stands without `}}` behind it")?;
        let format = formats().iter().find(|format| format.id == id).ok_or_else(|| {
            let hint = match nearest(id, formats().iter().map(|format| format.id)) {
                Some(near) => format!("; did you mean `{near}`?"),
                None => String::new(),
            };
            format!("there is no secret format `{id}`{hint}")
        })?;
        filled.push_str(before);
        filled.push_str(&expand(format.example, id));
        rest = behind;
    }
    filled.push_str(rest);
    Ok(filled)
}

/// The template with its pieces made from the seed. The same seed gives the same text. Braces that
/// hold no piece stay as they are.
pub fn expand(template: &str, seed: &str) -> String {
    let mut random = Random::new(seed, template);
    expand_with(template, &mut random)
}

fn expand_with(template: &str, random: &mut Random) -> String {
    let mut text = String::new();
    let mut rest = template;
    while let Some(open) = rest.find('{') {
        let (before, at) = rest.split_at(open);
        text.push_str(before);
        match piece(at, &text, random) {
            Some((made, after)) => {
                text.push_str(&made);
                rest = after;
            }
            None => {
                text.push('{');
                rest = at.get(1..).unwrap_or_default();
            }
        }
    }
    text + rest
}

/// The text of the piece that stands at the start, and what follows the piece.
fn piece<'a>(at: &'a str, before: &str, random: &mut Random) -> Option<(String, &'a str)> {
    for (open, alphabet) in [("{base64(", BASE64), ("{base64url(", BASE64URL)] {
        if let Some((inner, after)) = at.strip_prefix(open).and_then(|inner| inner.split_once(")}"))
        {
            return Some((base64_encode(expand_with(inner, random).as_bytes(), alphabet), after));
        }
    }
    let (inner, after) = at.strip_prefix('{')?.split_once('}')?;
    let made = match inner.split_once(':') {
        Some((kind, count)) => random.text(alphabet(kind)?, count.parse().ok()?, kind == "digits1"),
        None if inner == "uuid" => random.uuid(),
        None if inner == "github-crc32" => {
            let covered = before.get(before.len().checked_sub(30)?..)?;
            String::from_utf8_lossy(&base62(crc32(covered.as_bytes()))).into_owned()
        }
        None => return None,
    };
    Some((made, after))
}

fn alphabet(kind: &str) -> Option<&'static [u8]> {
    Some(match kind {
        "base62" => b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789",
        "alnum-lower" => b"abcdefghijklmnopqrstuvwxyz0123456789",
        "hex" => b"0123456789abcdef",
        "HEX" => b"0123456789ABCDEF",
        "base64" => BASE64,
        "base64url" => BASE64URL,
        "base32" => b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567",
        "base32-lower" => b"abcdefghijklmnopqrstuvwxyz234567",
        "bech32" => b"QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L",
        "digits" | "digits1" => b"0123456789",
        _ => return None,
    })
}

/// The generator `SplitMix64`, seeded by the hash FNV-1a.
struct Random(u64);

impl Random {
    fn new(seed: &str, template: &str) -> Self {
        let hash = seed
            .bytes()
            .chain([0])
            .chain(template.bytes())
            .fold(0xcbf2_9ce4_8422_2325, |hash: u64, byte| {
                (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
            });
        Self(hash)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ mixed >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ mixed >> 31
    }

    /// Ends in a letter or digit, because tokens with word boundaries do in the tests of their shape.
    fn text(&mut self, alphabet: &[u8], count: usize, no_leading_zero: bool) -> String {
        let mut text = String::with_capacity(count);
        while text.len() < count {
            let place = usize::try_from(self.next() % u64::try_from(alphabet.len()).unwrap_or(1))
                .unwrap_or_default();
            let Some(&byte) = alphabet.get(place) else { break };
            let edge = text.is_empty() || text.len() + 1 == count;
            if edge && !byte.is_ascii_alphanumeric()
                || no_leading_zero && text.is_empty() && byte == b'0'
            {
                continue;
            }
            text.push(char::from(byte));
        }
        text
    }

    fn uuid(&mut self) -> String {
        let mut hex = |count| self.text(b"0123456789abcdef", count, false);
        format!("{}-{}-4{}-a{}-{}", hex(8), hex(4), hex(3), hex(3), hex(12))
    }
}

#[cfg(test)]
mod tests {
    use super::expand;

    #[test]
    fn expands_pieces() {
        assert_eq!(expand("ab{hex:8}", "x"), expand("ab{hex:8}", "x"));
        assert_ne!(expand("{hex:8}", "x"), expand("{hex:8}", "y"));
        assert_eq!(expand("{base62:30}{github-crc32}", "x").len(), 36);
        assert_eq!(expand("{uuid}", "x").len(), 36);
        assert_eq!(expand("{base64(foo:bar)}", "x"), "Zm9vOmJhcg");
        assert_eq!(expand("${HOME} {x} {", "x"), "${HOME} {x} {");
    }
}
