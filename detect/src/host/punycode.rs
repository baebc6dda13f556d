//! Punycode, the ASCII form of international names (RFC 3492).

/// What precedes the encoded part of a label (RFC 5890, section 2.3.2.1).
const PREFIX: &str = "xn--";

/// RFC 3492, section 5.
const BASE: u32 = 36;
const T_MIN: u32 = 1;
const T_MAX: u32 = 26;
const SKEW: u32 = 38;
const DAMP: u32 = 700;
const INITIAL_BIAS: u32 = 72;
const INITIAL_N: u32 = 128;

/// No label of the domain name system is longer, in bytes.
const LONGEST: usize = 63;

/// The label as it is read. `None` if it is not encoded, or not well.
pub(super) fn decode(label: &str) -> Option<String> {
    let encoded = label.strip_prefix(PREFIX).filter(|text| text.len() <= LONGEST)?;
    let (plain, digits) = encoded.rsplit_once('-').unwrap_or(("", encoded));
    let mut output: Vec<char> = plain.chars().collect();
    if digits.is_empty() || !plain.is_ascii() {
        return None;
    }
    let (mut n, mut i, mut bias) = (INITIAL_N, 0_u32, INITIAL_BIAS);
    let mut bytes = digits.bytes();
    while let Some(first) = bytes.next() {
        let (old, mut weight, mut k, mut byte) = (i, 1_u32, BASE, first);
        loop {
            let digit = digit(byte)?;
            i = i.checked_add(digit.checked_mul(weight)?)?;
            let threshold = k.saturating_sub(bias).clamp(T_MIN, T_MAX);
            if digit < threshold {
                break;
            }
            weight = weight.checked_mul(BASE - threshold)?;
            k += BASE;
            byte = bytes.next()?;
        }
        let length = u32::try_from(output.len()).ok()? + 1;
        bias = adapt(i - old, length, old == 0);
        n = n.checked_add(i / length)?;
        i %= length;
        output.insert(usize::try_from(i).ok()?, char::from_u32(n)?);
        i += 1;
    }
    Some(output.into_iter().collect())
}

fn digit(byte: u8) -> Option<u32> {
    match byte {
        b'a'..=b'z' => Some(u32::from(byte - b'a')),
        b'A'..=b'Z' => Some(u32::from(byte - b'A')),
        b'0'..=b'9' => Some(u32::from(byte - b'0') + 26),
        _ => None,
    }
}

/// RFC 3492, section 6.1.
fn adapt(delta: u32, points: u32, first: bool) -> u32 {
    let mut delta = if first { delta / DAMP } else { delta / 2 };
    delta += delta / points;
    let mut k = 0;
    while delta > (BASE - T_MIN) * T_MAX / 2 {
        delta /= BASE - T_MIN;
        k += BASE;
    }
    k + (BASE - T_MIN + 1) * delta / (delta + SKEW)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::decode;

    #[test]
    fn labels_are_read() {
        for (label, read) in [
            ("xn--mnchen-3ya", "münchen"),
            ("xn--bcher-kva", "bücher"),
            ("xn--e1afmkfd", "пример"),
            ("xn--fsqu00a", "例子"),
            ("xn--80ak6aa92e", "аррӏе"),
            // RFC 3492, section 7.1, (B) and (L).
            ("xn--ihqwcrb4cv8a8dqg056pqjye", "他们为什么不说中文"),
            ("xn--3B-ww4c5e180e575a65lsy2b", "3年b組金八先生"),
        ] {
            assert_eq!(
                decode(label).map(|text| text.to_lowercase()).as_deref(),
                Some(read),
                "{label}"
            );
        }
        for label in ["", "plain", "xn--", "xn--a-", "xn--!", "xn--99999999"] {
            assert_eq!(decode(label), None, "{label}");
        }
    }

    proptest! {
        #[test]
        fn any_label_is_read_or_refused(label in "xn--[a-zA-Z0-9é-]{0,70}") {
            let _ = decode(&label);
        }
    }
}
