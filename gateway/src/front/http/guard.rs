//! What the header of a request must say before its body is looked at.

use http::header::{ACCEPT, CONTENT_TYPE};
use http::{HeaderMap, HeaderName};

use crate::http::field::MCP_PROTOCOL_VERSION;
use crate::protocol::Revision;

/// Whether the body is said to be JSON.
pub(super) fn is_json(headers: &HeaderMap) -> bool {
    let Ok(Some(value)) = one(headers, &CONTENT_TYPE) else { return false };
    let kind = value.split(';').next().unwrap_or_default();
    kind.trim().eq_ignore_ascii_case("application/json")
}

/// Whether the client takes an answer of this type. Without the field it takes any (RFC 9110,
/// section 12.5.1).
pub(super) fn accepts(headers: &HeaderMap, kind: &str) -> bool {
    let mut values = headers.get_all(ACCEPT).iter().peekable();
    if values.peek().is_none() {
        return true;
    }
    let family = kind.split('/').next().unwrap_or_default();
    values.filter_map(|value| value.to_str().ok()).flat_map(|value| value.split(',')).any(|range| {
        let mut parts = range.split(';').map(str::trim);
        let name = parts.next().unwrap_or_default();
        let fits = name == "*/*"
            || name.eq_ignore_ascii_case(kind)
            || name.strip_suffix("/*").is_some_and(|name| name.eq_ignore_ascii_case(family));
        fits && !parts.any(is_zero)
    })
}

/// Whether it is the weight 0, which means that this is not accepted.
fn is_zero(parameter: &str) -> bool {
    let weight = parameter.strip_prefix("q=").or_else(|| parameter.strip_prefix("Q="));
    weight.is_some_and(|weight| weight.trim().parse::<f32>().is_ok_and(|weight| weight <= 0.0))
}

/// What `MCP-Protocol-Version` says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Version {
    /// It is not there.
    Unsaid,
    /// A revision that is known.
    Known(Revision),
    /// Something else, as far as it can be told.
    Unknown(String),
}

impl Version {
    /// What it says.
    pub(super) fn of(headers: &HeaderMap) -> Self {
        match one(headers, &MCP_PROTOCOL_VERSION) {
            Ok(None) => Self::Unsaid,
            Ok(Some(name)) => {
                let name = name.trim();
                Revision::named(name).map_or_else(|| Self::Unknown(name.to_owned()), Self::Known)
            }
            Err(()) => Self::Unknown(String::new()),
        }
    }
}

/// The one value of a field; an error if there are more, or it is no text.
fn one<'h>(headers: &'h HeaderMap, name: &HeaderName) -> Result<Option<&'h str>, ()> {
    let mut values = headers.get_all(name).iter();
    let Some(value) = values.next() else { return Ok(None) };
    match (value.to_str(), values.next()) {
        (Ok(text), None) => Ok(Some(text)),
        _ => Err(()),
    }
}

#[cfg(test)]
mod tests {
    use http::header::{ACCEPT, CONTENT_TYPE};
    use http::{HeaderMap, HeaderValue};

    use super::{accepts, is_json};

    #[test]
    fn what_is_accepted() {
        for (value, json, events) in [
            ("application/json, text/event-stream", true, true),
            ("text/event-stream;q=0.5,Application/JSON", true, true),
            ("*/*", true, true),
            ("application/*, text/*;q=0.1", true, true),
            ("application/json", true, false),
            ("text/event-stream", false, true),
            ("application/json, text/event-stream;q=0", true, false),
            ("text/html", false, false),
            ("", false, false),
        ] {
            let headers = HeaderMap::from_iter([(ACCEPT, HeaderValue::from_static(value))]);
            assert_eq!(accepts(&headers, "application/json"), json, "{value}");
            assert_eq!(accepts(&headers, "text/event-stream"), events, "{value}");
        }
        assert!(accepts(&HeaderMap::new(), "application/json"));
    }

    #[test]
    fn what_is_json() {
        for (value, is) in [
            ("application/json", true),
            ("Application/Json; charset=utf-8", true),
            ("text/plain", false),
            ("application/jsonp", false),
            ("application/x-www-form-urlencoded", false),
        ] {
            let headers = HeaderMap::from_iter([(CONTENT_TYPE, HeaderValue::from_static(value))]);
            assert_eq!(is_json(&headers), is, "{value}");
        }
        let mut twice = HeaderMap::new();
        twice.append(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        twice.append(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        assert!(!is_json(&twice) && !is_json(&HeaderMap::new()));
    }
}
