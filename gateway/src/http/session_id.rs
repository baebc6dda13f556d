//! The session id of revisions 2025-03-26 to 2025-11-25.
//!
//! It says which session a message belongs to and never who sent it.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http::{HeaderMap, HeaderValue};

use super::field::MCP_SESSION_ID;

/// The longest session id that is taken, in bytes.
const LONGEST: usize = 256;

/// The id of a session, ours or an upstream server's.
///
/// Who has it can try to use the session, so `Debug` shows its last four characters at most.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct SessionId(HeaderValue);

/// Why there is no session id in a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SessionIdError {
    /// There is more than one.
    #[error("the message has several session ids")]
    Repeated,
    /// It is empty, or longer than anyone needs.
    #[error("a session id has 1 to {LONGEST} characters")]
    Length,
    /// The specification allows 0x21 to 0x7E.
    #[error("a session id consists of visible ASCII characters")]
    Character,
}

impl SessionId {
    /// A new id of 256 random bits.
    ///
    /// # Errors
    ///
    /// If the system has no random bits to give.
    pub fn random() -> Result<Self, getrandom::Error> {
        let mut bits = [0; 32];
        getrandom::fill(&mut bits)?;
        let text = URL_SAFE_NO_PAD.encode(bits);
        #[expect(clippy::expect_used, reason = "Base64 is visible ASCII")]
        let mut value = HeaderValue::try_from(text).expect("visible ASCII");
        value.set_sensitive(true);
        Ok(Self(value))
    }

    /// The id that a message carries, `None` if it carries none.
    ///
    /// # Errors
    ///
    /// If there are several, or what is there cannot be an id.
    pub fn from_headers(headers: &HeaderMap) -> Result<Option<Self>, SessionIdError> {
        let mut values = headers.get_all(MCP_SESSION_ID).iter();
        let Some(value) = values.next() else { return Ok(None) };
        if values.next().is_some() {
            return Err(SessionIdError::Repeated);
        }
        Self::try_from(value).map(Some)
    }

    /// The id as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.0.to_str().unwrap_or_default()
    }

    /// The value for the header field, marked as sensitive.
    #[must_use]
    pub fn to_header(&self) -> HeaderValue {
        self.0.clone()
    }
}

impl TryFrom<&HeaderValue> for SessionId {
    type Error = SessionIdError;

    fn try_from(value: &HeaderValue) -> Result<Self, SessionIdError> {
        if !(1..=LONGEST).contains(&value.len()) {
            return Err(SessionIdError::Length);
        }
        if !value.as_bytes().iter().all(u8::is_ascii_graphic) {
            return Err(SessionIdError::Character);
        }
        let mut value = value.clone();
        value.set_sensitive(true);
        Ok(Self(value))
    }
}

impl fmt::Debug for SessionId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Four characters of a short id would be too much of it.
        let end = self.as_str().split_at_checked(self.0.len().saturating_sub(4));
        match end.filter(|(start, _)| start.len() >= 16) {
            Some((_, end)) => write!(formatter, "SessionId(…{end})"),
            None => formatter.write_str("SessionId(…)"),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use proptest::prelude::*;

    use super::*;

    fn read(text: &[u8]) -> Result<SessionId, SessionIdError> {
        SessionId::try_from(&HeaderValue::from_bytes(text).unwrap())
    }

    #[test]
    fn a_new_id_is_random_and_can_be_read_again() {
        let ids: HashSet<SessionId> = (0..100).map(|_| SessionId::random().unwrap()).collect();
        assert_eq!(ids.len(), 100);
        for id in ids {
            assert_eq!(URL_SAFE_NO_PAD.decode(id.as_str()).unwrap().len(), 32);
            let headers = HeaderMap::from_iter([(MCP_SESSION_ID, id.to_header())]);
            assert_eq!(SessionId::from_headers(&headers), Ok(Some(id)));
        }
    }

    #[test]
    fn what_no_id_can_be_is_refused() {
        assert_eq!(read(b""), Err(SessionIdError::Length));
        assert_eq!(read(&[b'a'; 257]), Err(SessionIdError::Length));
        for text in ["a b", "a\t", " a", "caf\u{e9}"] {
            assert_eq!(read(text.as_bytes()), Err(SessionIdError::Character), "{text:?}");
        }
        assert_eq!(read(&[b'~'; 256]).unwrap().as_str(), "~".repeat(256));
    }

    #[test]
    fn one_message_has_one_id() {
        let mut headers = HeaderMap::new();
        assert_eq!(SessionId::from_headers(&headers), Ok(None));
        headers.append(MCP_SESSION_ID, HeaderValue::from_static("a"));
        assert_eq!(SessionId::from_headers(&headers).unwrap().unwrap().as_str(), "a");
        headers.append(MCP_SESSION_ID, HeaderValue::from_static("a"));
        assert_eq!(SessionId::from_headers(&headers), Err(SessionIdError::Repeated));
    }

    #[test]
    fn debug_shows_the_end_at_most() {
        assert_eq!(format!("{:?}", read(b"0123456789abcdefWXYZ").unwrap()), "SessionId(…WXYZ)");
        assert_eq!(format!("{:?}", read(b"0123456789abcdef").unwrap()), "SessionId(…)");
        assert_eq!(format!("{:?}", read(b"abc").unwrap().to_header()), "Sensitive");
    }

    proptest! {
        #[test]
        fn every_visible_text_is_an_id(text in "[!-~]{1,256}") {
            let id = read(text.as_bytes()).unwrap();
            prop_assert_eq!(id.as_str(), text);
        }
    }
}
