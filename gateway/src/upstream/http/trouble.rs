//! What went wrong with a server, in words that a client may see.

use std::io::{self, ErrorKind};

use http::{HeaderMap, StatusCode};
use secrecy::{ExposeSecret, SecretString};
use url::Url;

use super::client::Response;

/// How much of a server's own words is told, in characters.
const LONGEST_EXCERPT: usize = 200;

/// Parts of addresses shorter than this are no secrets.
const SHORTEST_SEGMENT: usize = 16;

/// Why there is no response. The text holds no secrets and no address.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{text}")]
pub(super) struct Trouble {
    text: String,
    /// Whether no byte of the request has left.
    pub(super) unsent: bool,
}

impl Trouble {
    pub(super) fn new(text: impl Into<String>) -> Self {
        Self { text: text.into(), unsent: false }
    }
}

impl Trouble {
    /// `unsent` is whether no connection came about.
    fn of(error: &(dyn std::error::Error + 'static), unsent: bool) -> Self {
        // The innermost cause says most; the outer ones repeat the address.
        let mut cause = error;
        while let Some(inner) = cause.source() {
            cause = inner;
        }
        let late = cause.is::<tokio::time::error::Elapsed>()
            || cause.downcast_ref::<io::Error>().is_some_and(|e| e.kind() == ErrorKind::TimedOut);
        let text = match (unsent, late) {
            (true, true) => "no connection in time".to_owned(),
            (false, true) => "no answer in time".to_owned(),
            (_, false) => {
                let what = if unsent { "no connection" } else { "the connection broke" };
                if cause.is::<reqwest::Error>() {
                    what.to_owned()
                } else {
                    format!("{what} ({})", excerpt(&cause.to_string()))
                }
            }
        };
        Self { text, unsent }
    }
}

impl From<reqwest::Error> for Trouble {
    fn from(error: reqwest::Error) -> Self {
        if error.is_timeout() {
            let text =
                if error.is_connect() { "no connection in time" } else { "no answer in time" };
            return Self { text: text.to_owned(), unsent: error.is_connect() };
        }
        Self::of(&error, error.is_connect())
    }
}

impl From<hyper_util::client::legacy::Error> for Trouble {
    fn from(error: hyper_util::client::legacy::Error) -> Self {
        Self::of(&error, error.is_connect())
    }
}

impl From<hyper::Error> for Trouble {
    fn from(error: hyper::Error) -> Self {
        Self::of(&error, false)
    }
}

/// What a status means for whoever runs the gateway.
pub(super) fn status_words(status: StatusCode, headers: &HeaderMap) -> String {
    let words = match status {
        StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => {
            "the server refuses the gateway's credentials"
        }
        StatusCode::NOT_FOUND | StatusCode::GONE => "there is nothing at the server's address",
        StatusCode::METHOD_NOT_ALLOWED => "the server's address takes no such request",
        StatusCode::TOO_MANY_REQUESTS => "the server is asked too often",
        StatusCode::PAYLOAD_TOO_LARGE => "the message is too large for the server",
        status if status.is_redirection() && headers.contains_key(http::header::LOCATION) => {
            "the server sends elsewhere, and that is not followed"
        }
        status => status.canonical_reason().unwrap_or("an unknown status"),
    };
    format!("HTTP {}: {words}", status.as_u16())
}

/// What is told about a response that is no message.
pub(super) fn refusal(response_status: StatusCode, headers: &HeaderMap, said: &str) -> String {
    let words = status_words(response_status, headers);
    if said.is_empty() || said.starts_with('<') { words } else { format!("{words} ({said})") }
}

/// The start of a text, in one line of visible characters.
pub(super) fn excerpt(text: &str) -> String {
    let visible = |c: char| !c.is_control() && (c == ' ' || !c.is_whitespace());
    let line: String = text
        .split_whitespace()
        .flat_map(|word| word.chars().filter(|c| visible(*c)).chain([' ']))
        .take(LONGEST_EXCERPT + 1)
        .collect();
    let line = line.trim();
    match line.char_indices().nth(LONGEST_EXCERPT) {
        Some((end, _)) => format!("{}…", line.get(..end).unwrap_or_default()),
        None => line.to_owned(),
    }
}

/// The texts of a server's address and headers that must not be repeated.
pub(super) fn secrets(
    url: &Url,
    headers: &[(http::HeaderName, SecretString)],
) -> Vec<SecretString> {
    let mut texts: Vec<String> = Vec::new();
    for (_, value) in headers {
        let value = value.expose_secret();
        texts.push(value.to_owned());
        // The scheme before a token is no part of it.
        texts.extend(value.split_whitespace().skip(1).map(str::to_owned));
    }
    texts.extend(url.password().map(str::to_owned));
    texts.extend(url.query().map(str::to_owned));
    texts.extend(url.query_pairs().map(|(_, value)| value.into_owned()));
    let segments = url.path().split('/').filter(|part| part.len() >= SHORTEST_SEGMENT);
    texts.extend(segments.map(str::to_owned));
    texts.retain(|text| text.len() >= 4);
    // A text within another one would leave the rest of it.
    texts.sort_by_key(|text| std::cmp::Reverse(text.len()));
    texts.into_iter().map(SecretString::from).collect()
}

/// The text without these secrets.
pub(super) fn masked(text: &str, secrets: &[SecretString]) -> String {
    secrets
        .iter()
        .fold(text.to_owned(), |text, secret| text.replace(secret.expose_secret(), "[hidden]"))
}

/// Reads a body of at most `limit` bytes.
pub(super) async fn body(mut response: Response, limit: usize) -> Result<bytes::Bytes, Trouble> {
    let too_long = || Trouble::new(format!("the server's message is longer than {limit} bytes"));
    let Some(first) = response.chunk().await? else { return Ok(bytes::Bytes::new()) };
    if first.len() > limit {
        return Err(too_long());
    }
    let Some(second) = response.chunk().await? else { return Ok(first) };
    let mut whole = bytes::BytesMut::from(first);
    let mut next = Some(second);
    while let Some(chunk) = next {
        if whole.len() + chunk.len() > limit {
            return Err(too_long());
        }
        whole.extend_from_slice(&chunk);
        next = response.chunk().await?;
    }
    Ok(whole.freeze())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_excerpt_is_one_short_visible_line() {
        assert_eq!(excerpt(" a\r\n\u{1b}[1m b\t\u{200b}c "), "a [1m b \u{200b}c");
        assert_eq!(excerpt(&"x".repeat(200)), "x".repeat(200));
        assert_eq!(excerpt(&"é".repeat(300)), format!("{}…", "é".repeat(200)));
        assert_eq!(excerpt(""), "");
    }

    #[test]
    fn secrets_are_hidden_whole() {
        let url = Url::parse("https://u:passw@a.example/s/0123456789abcdef/mcp?key=k%20ey1&b=xy")
            .unwrap();
        let headers = [(http::header::AUTHORIZATION, SecretString::from("Bearer token-1"))];
        let secrets = secrets(&url, &headers);
        let text =
            "passw token-1 Bearer token-1 0123456789abcdef/mcp?key=k%20ey1&b=xy k ey1 Bearer xy";
        assert_eq!(
            masked(text, &secrets),
            "[hidden] [hidden] [hidden] [hidden]/mcp?[hidden] [hidden] Bearer xy"
        );
    }
}
