//! What a caller presents: a header of HTTP, or a member of `params._meta`.

#[cfg(test)]
mod tests;

use std::fmt;

use http::HeaderMap;
use http::header::{AUTHORIZATION, HeaderValue};

/// The other header that may carry a key.
const X_API_KEY: &str = "x-api-key";

/// A credential as it was presented. It shows only to who asks for it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Presented<'a>(&'a str);

/// The strings that a message carries in `params._meta`.
#[derive(Clone, Copy, Default)]
pub struct MetaCredentials<'a> {
    /// `_meta.api_key`.
    pub api_key: Option<&'a str>,
    /// `_meta.token`.
    pub token: Option<&'a str>,
}

/// Why what a caller presents is no credential.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CredentialFault {
    /// A header stands twice.
    #[error("header {0} stands more than once")]
    Repeated(&'static str),
    /// `Authorization` has another scheme than Bearer.
    #[error("header authorization has another scheme than Bearer")]
    Scheme,
    /// It is empty, or has characters that no credential has.
    #[error("the credential in {0} is empty, or has spaces or other characters than visible ASCII")]
    Syntax(&'static str),
    /// Two places carry different ones.
    #[error("the message carries credentials that differ")]
    Contradictory,
}

impl<'a> Presented<'a> {
    /// The credential itself.
    #[must_use]
    pub const fn expose(self) -> &'a str {
        self.0
    }

    fn new(text: &'a str, place: &'static str) -> Result<Self, CredentialFault> {
        if is_credential(text) { Ok(Self(text)) } else { Err(CredentialFault::Syntax(place)) }
    }
}

/// Whether a text can travel as a credential: visible ASCII, in every place alike.
pub(super) fn is_credential(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_graphic())
}

/// What a request presents in its headers and its message together. The same credential may stand
/// in several places.
///
/// # Errors
///
/// If one of them is malformed or two differ.
pub fn presented<'a>(
    headers: &'a HeaderMap,
    meta: MetaCredentials<'a>,
) -> Result<Option<Presented<'a>>, CredentialFault> {
    agreed(from_headers(headers)?, from_meta(meta)?)
}

/// What `Authorization: Bearer` (RFC 6750 §2.1) or `X-API-Key` presents.
///
/// # Errors
///
/// If one of them is malformed or stands twice, or the two differ.
pub fn from_headers(headers: &HeaderMap) -> Result<Option<Presented<'_>>, CredentialFault> {
    let bearer = only(headers, AUTHORIZATION.as_str(), "authorization")?.map(bearer).transpose()?;
    let key = only(headers, X_API_KEY, X_API_KEY)?
        .map(|value| Presented::new(text(value, X_API_KEY)?, X_API_KEY))
        .transpose()?;
    agreed(bearer, key)
}

/// What `params._meta` presents.
///
/// # Errors
///
/// If one of the two is malformed, or they differ.
pub fn from_meta(meta: MetaCredentials<'_>) -> Result<Option<Presented<'_>>, CredentialFault> {
    let read = |text: Option<_>, place| text.map(|text| Presented::new(text, place)).transpose();
    agreed(read(meta.api_key, "_meta.api_key")?, read(meta.token, "_meta.token")?)
}

fn agreed<'a>(
    one: Option<Presented<'a>>,
    other: Option<Presented<'a>>,
) -> Result<Option<Presented<'a>>, CredentialFault> {
    match (one, other) {
        (Some(one), Some(other)) if one != other => Err(CredentialFault::Contradictory),
        (one, other) => Ok(one.or(other)),
    }
}

fn only<'a>(
    headers: &'a HeaderMap,
    name: &str,
    shown: &'static str,
) -> Result<Option<&'a HeaderValue>, CredentialFault> {
    let mut values = headers.get_all(name).iter();
    match (values.next(), values.next()) {
        (_, Some(_)) => Err(CredentialFault::Repeated(shown)),
        (value, None) => Ok(value),
    }
}

fn bearer(value: &HeaderValue) -> Result<Presented<'_>, CredentialFault> {
    let value = text(value, "authorization")?;
    let (scheme, token) = value.split_once(' ').unwrap_or((value, ""));
    if !scheme.eq_ignore_ascii_case("bearer") {
        return Err(CredentialFault::Scheme);
    }
    Presented::new(token.trim_start_matches(' '), "authorization")
}

/// The text of a header, without the white space around it that HTTP does not count.
fn text<'a>(value: &'a HeaderValue, place: &'static str) -> Result<&'a str, CredentialFault> {
    let text = value.to_str().map_err(|_| CredentialFault::Syntax(place))?;
    Ok(text.trim_matches([' ', '\t']))
}

impl fmt::Debug for Presented<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Presented(…)")
    }
}

impl fmt::Debug for MetaCredentials<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = |text: Option<&str>| text.map(|_| "…");
        f.debug_struct("MetaCredentials")
            .field("api_key", &shown(self.api_key))
            .field("token", &shown(self.token))
            .finish()
    }
}
