//! Header fields that a message, or the address of its server, stands for.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::{HeaderMap, HeaderValue};
use percent_encoding::percent_decode_str;
use url::Url;

use crate::http::standard::{BodyFacts, NameSource, for_request};
use crate::message::{Message, meta};

/// The fields of a message that stands alone, but for those of a tool's arguments.
///
/// # Errors
/// If no field can hold what the message says.
pub(super) fn standing_alone(message: &Message) -> Result<HeaderMap, String> {
    let unclear = |fault| format!("its parameters are unclear: {fault}");
    let meta = message.meta().map_err(unclear)?;
    let version = meta.text(meta::PROTOCOL_VERSION);
    let name = match NameSource::of(message.method()) {
        Some(source) => message.members().map_err(unclear)?.text(source.key()),
        None => None,
    };
    let facts = BodyFacts {
        method: message.method(),
        name: name.as_deref(),
        protocol_version: version.as_deref(),
    };
    for_request(&facts).map_err(|fault| fault.to_string())
}

/// Takes user and password out of an address, as the value of `Authorization` (RFC 7617).
pub(super) fn basic(url: &mut Url) -> Option<HeaderValue> {
    if url.username().is_empty() && url.password().is_none() {
        return None;
    }
    let mut text: Vec<u8> = percent_decode_str(url.username()).collect();
    text.push(b':');
    text.extend(percent_decode_str(url.password().unwrap_or_default()));
    // Neither fails for an address with a host, and what stays there is not sent.
    let _ = (url.set_username(""), url.set_password(None));
    let mut value = HeaderValue::try_from(format!("Basic {}", STANDARD.encode(text))).ok()?;
    value.set_sensitive(true);
    Some(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn credentials_of_an_address_go_into_the_header() {
        let mut url = Url::parse("http://me%40home:p%3A%C3%A4@localhost/mcp").unwrap();
        // printf 'me@home:p:ä' | base64
        assert_eq!(basic(&mut url).unwrap(), "Basic bWVAaG9tZTpwOsOk");
        assert_eq!(url.as_str(), "http://localhost/mcp");
        assert_eq!(basic(&mut url), None);
    }
}
