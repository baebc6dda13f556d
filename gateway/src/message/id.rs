//! Identifiers of requests.

use std::hash::{Hash, Hasher};

use compact_str::{CompactString, ToCompactString, format_compact};

/// The longest identifier that is taken, in bytes of JSON. It is kept for as long as the request is
/// in flight.
pub const LONGEST_ID: usize = 4096;

/// The identifier of a request: a JSON string or number (JSON-RPC 2.0, section 4; MCP forbids
/// `null`). Its spelling is kept, and two are equal when they mean the same string or number, because
/// a peer may spell it anew in its answer.
#[derive(Clone, Debug)]
pub struct Id {
    raw: CompactString,
    /// What it is compared by, where that is not its spelling.
    canonical: Option<CompactString>,
}

impl Id {
    /// From JSON, if it is a string or a number no longer than [`LONGEST_ID`].
    #[must_use]
    pub fn from_json(json: &str) -> Option<Self> {
        if json.len() > LONGEST_ID {
            return None;
        }
        let canonical = match json.as_bytes().first()? {
            b'"' if json.contains('\\') => {
                let text: String = serde_json::from_str(json).ok()?;
                Some(format_compact!("\"{text}\""))
            }
            b'"' => None,
            b'-' | b'0'..=b'9' => number(json),
            _ => return None,
        };
        Some(Self { raw: json.to_compact_string(), canonical })
    }

    /// A number of our own.
    #[must_use]
    pub fn number(value: u64) -> Self {
        Self { raw: value.to_compact_string(), canonical: None }
    }

    /// A string of our own.
    #[must_use]
    pub fn text(value: &str) -> Self {
        let raw = serde_json::Value::from(value).to_compact_string();
        Self::from_json(&raw).unwrap_or(Self { raw, canonical: None })
    }

    /// Its JSON, as it was spelled.
    #[must_use]
    pub fn json(&self) -> &str {
        &self.raw
    }

    /// Its value, if it is a whole number that was spelled as such.
    #[must_use]
    pub fn as_number(&self) -> Option<u64> {
        self.key().parse().ok()
    }

    fn key(&self) -> &str {
        self.canonical.as_deref().unwrap_or(&self.raw)
    }
}

impl PartialEq for Id {
    fn eq(&self, other: &Self) -> bool {
        self.key() == other.key()
    }
}

impl Eq for Id {}

impl Hash for Id {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.key().hash(state);
    }
}

/// Of numbers that are not plain integers: the significant digits and the exponent, or the integer
/// itself where it is short.
fn number(json: &str) -> Option<CompactString> {
    if json != "-0" && !json.contains(['.', 'e', 'E']) {
        return None;
    }
    let (negative, rest) = json.strip_prefix('-').map_or((false, json), |rest| (true, rest));
    let (mantissa, exponent) = rest.split_once(['e', 'E']).unwrap_or((rest, "0"));
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits = format!("{whole}{fraction}");
    let digits = digits.trim_start_matches('0');
    let significant = digits.trim_end_matches('0');
    if significant.is_empty() {
        return Some("0".into());
    }
    let sign = if negative { "-" } else { "" };
    let moved = i64::try_from(digits.len() - significant.len()).unwrap_or(i64::MAX);
    let places = i64::try_from(fraction.len()).unwrap_or(i64::MAX);
    // An exponent out of all reason is compared as it is spelled.
    let Some(exponent) = exponent.parse::<i64>().ok().filter(|exponent| exponent.abs() < 1 << 32)
    else {
        return Some(json.to_compact_string());
    };
    let exponent = exponent.saturating_add(moved).saturating_sub(places);
    match usize::try_from(exponent) {
        Ok(zeros) if zeros <= 64 => Some(format_compact!("{sign}{significant}{:0<zeros$}", "")),
        _ => Some(format_compact!("{sign}{significant}e{exponent}")),
    }
}

#[cfg(test)]
mod tests {
    use super::{Id, LONGEST_ID};

    fn id(json: &str) -> Id {
        Id::from_json(json).unwrap()
    }

    #[test]
    fn what_means_the_same_is_equal() {
        for (one, other) in [
            ("1", "1.0"),
            ("1", "1e0"),
            ("100", "1E2"),
            ("100", "10.0e+1"),
            ("0", "-0"),
            ("0", "0.000"),
            ("0.5", "5e-1"),
            ("-20", "-2e1"),
            ("9007199254740993", "9007199254740993.0"),
            (r#""a""#, r#""\u0061""#),
            (r#""""#, r#""""#),
        ] {
            assert_eq!(id(one), id(other), "{one} {other}");
        }
    }

    #[test]
    fn what_differs_is_not() {
        for (one, other) in [
            ("1", r#""1""#),
            ("1", "-1"),
            ("9007199254740993", "9007199254740992"),
            ("1e400", "1e401"),
            ("0.1", "0.10000000000000001"),
            (r#""a""#, r#""A""#),
            (r#""a\"""#, r#""a""#),
            ("1e99999999999999999999", "1e99999999999999999998"),
        ] {
            assert_ne!(id(one), id(other), "{one} {other}");
        }
    }

    #[test]
    fn the_spelling_is_kept() {
        for json in ["1.0", "-0", "1E+2", r#""\u0061\n""#, "18446744073709551617"] {
            assert_eq!(id(json).json(), json);
        }
        assert_eq!(Id::text("a\"b\n").json(), r#""a\"b\n""#);
        assert_eq!(Id::number(7).json(), "7");
    }

    #[test]
    fn nothing_else_is_an_identifier() {
        for json in ["null", "true", "[1]", "{}", ""] {
            assert!(Id::from_json(json).is_none(), "{json}");
        }
        let long = format!("\"{}\"", "x".repeat(LONGEST_ID));
        assert!(Id::from_json(&long).is_none());
    }
}
