//! Encodings that tokens use: base64 in both alphabets, base62 of a CRC-32.

/// The bytes of base64 text, standard or URL-safe alphabet, padded or not. None if it is neither.
pub(super) fn base64_decode(text: &[u8]) -> Option<Vec<u8>> {
    let end = text.iter().rposition(|&byte| byte != b'=').map_or(0, |last| last + 1);
    let digits = text.get(..end)?;
    if digits.len() % 4 == 1 || text.len() - end > 2 {
        return None;
    }
    let mut bytes = Vec::with_capacity(digits.len() / 4 * 3 + 2);
    let (mut buffer, mut bits) = (0_u32, 0_u32);
    for &digit in digits {
        let value = match digit {
            b'A'..=b'Z' => digit - b'A',
            b'a'..=b'z' => digit - b'a' + 26,
            b'0'..=b'9' => digit - b'0' + 52,
            b'+' | b'-' => 62,
            b'/' | b'_' => 63,
            _ => return None,
        };
        buffer = (buffer << 6 | u32::from(value)) & 0xffff;
        bits += 6;
        if bits >= 8 {
            bits -= 8;
            bytes.push(buffer.wrapping_shr(bits).to_le_bytes()[0]);
        }
    }
    Some(bytes)
}

/// The text that base64 encodes, if it is UTF-8.
pub(crate) fn base64_text(text: &[u8]) -> Option<String> {
    String::from_utf8(base64_decode(text)?).ok()
}

/// Base64 of the bytes without padding.
pub(super) fn base64_encode(bytes: &[u8], alphabet: &[u8; 64]) -> String {
    let mut text = String::with_capacity(bytes.len() * 4 / 3 + 4);
    for chunk in bytes.chunks(3) {
        let mut group = [0_u8; 4];
        for (place, &byte) in group.iter_mut().skip(1).zip(chunk) {
            *place = byte;
        }
        let group = u32::from_be_bytes(group);
        for place in 0..=chunk.len() {
            let shift = 18 - 6 * u32::try_from(place).unwrap_or_default();
            let digit = usize::try_from(group >> shift & 63).unwrap_or_default();
            text.extend(alphabet.get(digit).map(|&digit| char::from(digit)));
        }
    }
    text
}

/// CRC-32 of ISO 3309, the one of zip and Ethernet.
pub(super) fn crc32(bytes: &[u8]) -> u32 {
    let mut crc = u32::MAX;
    for &byte in bytes {
        crc ^= u32::from(byte);
        for _ in 0..8 {
            crc = if crc & 1 == 1 { crc >> 1 ^ 0xedb8_8320 } else { crc >> 1 };
        }
    }
    !crc
}

/// The number in base 62 (`0-9A-Za-z`), six digits wide.
pub(super) fn base62(mut number: u32) -> [u8; 6] {
    let mut digits = [b'0'; 6];
    for place in digits.iter_mut().rev() {
        let digit = u8::try_from(number % 62).unwrap_or_default();
        *place = match digit {
            0..=9 => b'0' + digit,
            10..=35 => b'A' + digit - 10,
            _ => b'a' + digit - 36,
        };
        number /= 62;
    }
    digits
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{base62, base64_decode, base64_encode, crc32};
    use crate::secret::template::{BASE64, BASE64URL};

    #[test]
    fn known_values() {
        assert_eq!(crc32(b"123456789"), 0xcbf4_3926);
        assert_eq!(&base62(61), b"00000z");
        assert_eq!(&base62(u32::MAX), b"4gfFC3");
        assert_eq!(base64_decode(b"Zm9vOmJhcg==").as_deref(), Some(&b"foo:bar"[..]));
        assert_eq!(base64_decode(b"Zm9vOmJhcg").as_deref(), Some(&b"foo:bar"[..]));
        assert_eq!(base64_decode(b"Z"), None);
        assert_eq!(base64_decode(b"Zm9v!"), None);
    }

    proptest! {
        #[test]
        fn base64_round_trip(bytes: Vec<u8>) {
            for alphabet in [BASE64, BASE64URL] {
                let decoded = base64_decode(base64_encode(&bytes, alphabet).as_bytes());
                prop_assert_eq!(decoded.as_deref(), Some(&bytes[..]));
            }
        }
    }
}
