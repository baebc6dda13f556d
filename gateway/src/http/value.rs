//! Text in `Mcp-Name` and `Mcp-Param-*`: as it is where a header field can hold it, else in Base64 between markers.
//!
//! Revision 2026-07-28, Streamable HTTP, "Value Encoding". The markers are case-sensitive.

use std::borrow::Cow;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::HeaderValue;

const PREFIX: &str = "=?base64?";
const SUFFIX: &str = "?=";

/// Why the value of a header field stands for no text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ValueError {
    /// A byte that is not visible ASCII, space or tab.
    #[error("has a character that a header field cannot hold")]
    Character,
    /// Between the markers is no Base64 with padding, or no UTF-8 in it.
    #[error("is marked as Base64 and is not, or is not UTF-8 in it")]
    Encoding,
}

/// The value that stands for the text.
///
/// White space at the ends would be lost on the way, so it is encoded; so is a text that looks encoded already.
#[must_use]
pub fn encode(text: &str) -> HeaderValue {
    let plain = is_plain(text).then(|| HeaderValue::from_str(text).ok()).flatten();
    plain.unwrap_or_else(|| {
        let marked = format!("{PREFIX}{}{SUFFIX}", STANDARD.encode(text));
        #[expect(clippy::expect_used, reason = "Base64 and the markers are visible ASCII")]
        HeaderValue::try_from(marked).expect("visible ASCII")
    })
}

/// The text that the value stands for. White space around the value is no part of it.
///
/// # Errors
///
/// If a byte is not allowed, or what is marked as Base64 is none.
pub fn decode(value: &HeaderValue) -> Result<Cow<'_, str>, ValueError> {
    let text = plain(value)?;
    let Some(encoded) = text.strip_prefix(PREFIX).and_then(|rest| rest.strip_suffix(SUFFIX)) else {
        return Ok(Cow::Borrowed(text));
    };
    let bytes = STANDARD.decode(encoded).map_err(|_| ValueError::Encoding)?;
    String::from_utf8(bytes).map(Cow::Owned).map_err(|_| ValueError::Encoding)
}

/// The value as it stands, for fields that are never encoded.
///
/// # Errors
///
/// If a byte is not allowed.
pub fn plain(value: &HeaderValue) -> Result<&str, ValueError> {
    let text = value.to_str().map_err(|_| ValueError::Character)?;
    Ok(text.trim_matches([' ', '\t']))
}

fn is_plain(text: &str) -> bool {
    let looks_encoded = text.starts_with(PREFIX) && text.ends_with(SUFFIX);
    let loses_ends = text.starts_with(' ') || text.ends_with(' ');
    !looks_encoded && !loses_ends && text.bytes().all(|byte| matches!(byte, b' '..=b'~'))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[track_caller]
    fn becomes(text: &str, value: &str) {
        assert_eq!(encode(text), value);
        assert_eq!(decode(&encode(text)).as_deref(), Ok(text));
    }

    fn read(value: &str) -> Result<String, ValueError> {
        decode(&HeaderValue::from_bytes(value.as_bytes()).unwrap()).map(Cow::into_owned)
    }

    #[test]
    fn a_text_that_fits_stays_as_it_is() {
        for text in ["eu-north", "two  words", "notes://a/%20b?c=1", "", "~!", "=?base64?", "?="] {
            becomes(text, text);
        }
    }

    #[test]
    fn a_text_that_does_not_fit_is_encoded() {
        becomes(" a", "=?base64?IGE=?=");
        becomes("a ", "=?base64?YSA=?=");
        becomes("a\tb", "=?base64?YQli?=");
        becomes("a\r\nb", "=?base64?YQ0KYg==?=");
        becomes("\u{7f}", "=?base64?fw==?=");
        becomes("\u{e9}", "=?base64?w6k=?=");
        becomes("=?base64?YQ==?=", "=?base64?PT9iYXNlNjQ/WVE9PT89?=");
        becomes("=?base64?=", "=?base64?PT9iYXNlNjQ/PQ==?=");
    }

    #[test]
    fn only_exact_markers_are_markers() {
        for text in ["=?BASE64?YQ==?=", "=?base64?YQ==", "YQ==?=", "x=?base64?YQ==?=", "=?base64?="]
        {
            assert_eq!(read(text).as_deref(), Ok(text));
        }
        assert_eq!(read("=?base64??=").as_deref(), Ok(""));
        assert_eq!(read(" \t=?base64?YQ==?= ").as_deref(), Ok("a"));
        assert_eq!(read(" a\tb ").as_deref(), Ok("a\tb"));
    }

    #[test]
    fn what_is_no_value_is_refused() {
        for text in ["=?base64?YQ?=", "=?base64?Y!==?=", "=?base64?YR==?=", "=?base64?/w==?="] {
            assert_eq!(read(text), Err(ValueError::Encoding), "{text}");
        }
        assert_eq!(read("\u{e9}"), Err(ValueError::Character));
    }

    proptest! {
        #[test]
        fn every_text_comes_back(text in "(=\\?base64\\?)?(?s).{0,20}(\\?=)?") {
            let value = encode(&text);
            prop_assert!(value.as_bytes().iter().all(|byte| matches!(byte, b' '..=b'~')));
            prop_assert_eq!(decode(&value).unwrap(), text);
        }

        #[test]
        fn every_value_is_read(bytes in proptest::collection::vec(any::<u8>(), 0..30)) {
            if let Ok(value) = HeaderValue::from_bytes(&bytes) {
                let _ = decode(&value);
            }
        }
    }
}
