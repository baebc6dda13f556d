//! What a scalar means: the core schema of YAML 1.2 (chapter 10.3).

use super::super::node::Value;

/// The value of a plain scalar without a tag; `None` if it is a string.
pub(super) fn plain(text: &str) -> Option<Value> {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => Some(Value::Null),
        "true" | "True" | "TRUE" => Some(Value::Bool(true)),
        "false" | "False" | "FALSE" => Some(Value::Bool(false)),
        _ => is_number(text).then(|| Value::Number(text.into())),
    }
}

/// The value of a scalar with a tag of the core schema; `None` if it is a string.
pub(super) fn tagged(text: &str, tag: &str) -> Option<Value> {
    match (tag, plain(text)?) {
        ("null", value @ Value::Null)
        | ("bool", value @ Value::Bool(_))
        | ("int" | "float", value @ Value::Number(_)) => Some(value),
        _ => None,
    }
}

fn is_number(text: &str) -> bool {
    let radix = |prefix: &str, allowed: fn(u8) -> bool| {
        text.strip_prefix(prefix).is_some_and(|rest| !rest.is_empty() && rest.bytes().all(allowed))
    };
    if radix("0x", |b| b.is_ascii_hexdigit()) || radix("0o", |b| matches!(b, b'0'..=b'7')) {
        return true;
    }
    if matches!(text, ".nan" | ".NaN" | ".NAN") {
        return true;
    }
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    if matches!(unsigned, ".inf" | ".Inf" | ".INF") {
        return true;
    }
    let (mantissa, exponent) = match unsigned.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent)),
        None => (unsigned, None),
    };
    let digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let exponent_is_fine = exponent.is_none_or(|exponent| {
        let exponent = exponent.strip_prefix(['-', '+']).unwrap_or(exponent);
        !exponent.is_empty() && digits(exponent)
    });
    digits(whole)
        && digits(fraction)
        && !(whole.is_empty() && fraction.is_empty())
        && exponent_is_fine
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_the_core_schema() {
        for text in [
            "0", "-12", "+3", "0o17", "0xfF", "1.", ".5", "-1.5e-3", "1e5", ".inf", "-.INF", ".nan",
        ] {
            assert_eq!(plain(text), Some(Value::Number(text.into())), "{text}");
        }
        for text in [
            "0x", "0o8", "1_000", "1e", ".", "-", "1.2.3", "0b1", "12:30", "yes", "on", "-0x1",
            "e5",
        ] {
            assert_eq!(plain(text), None, "{text}");
        }
    }

    #[test]
    fn a_tag_that_does_not_fit_gives_a_string() {
        assert_eq!(tagged("12", "int"), Some(Value::Number("12".into())));
        assert_eq!(tagged("12", "str"), None);
        assert_eq!(tagged("x", "int"), None);
    }
}
