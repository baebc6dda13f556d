//! A server that is called over HTTP.

use http::{HeaderName, HeaderValue};
use mcp_guard_detect::secret::names_a_secret;
use reqwest::Url;

use super::keys::ServerKeys;
use super::reader::{Reader, shown};
use super::server::HttpSpec;
use super::tree::{Entry, Node};

/// Headers that belong to the transport.
const OWN_HEADERS: [&str; 13] = [
    "accept",
    "connection",
    "content-length",
    "content-type",
    "host",
    "keep-alive",
    "last-event-id",
    "mcp-protocol-version",
    "mcp-session-id",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
];

pub(super) fn http<'d>(
    reader: &mut Reader<'d>,
    url: &'d Node,
    keys: &ServerKeys<'d>,
) -> Option<HttpSpec> {
    let address = address(reader, url);
    let transport = keys.transport.and_then(|node| reader.word(node));
    let entries = keys.headers.map(|node| reader.named(node, "`headers`")).unwrap_or_default();
    let mut headers: Vec<(HeaderName, HeaderValue)> = Vec::new();
    for entry in entries {
        let Some((name, value)) = header(reader, entry) else { continue };
        if headers.iter().any(|(known, _)| *known == name) {
            reader.fault(entry.key_at, format!("the header `{name}` stands here a second time"));
        }
        headers.push((name, value));
    }
    Some(HttpSpec { url: address?, headers, transport: transport.unwrap_or_default() })
}

fn address<'d>(reader: &mut Reader<'d>, node: &'d Node) -> Option<Url> {
    let text = reader.text(node)?;
    let Ok(url) = Url::parse(&text) else {
        reader.fault(node.at, "this is no URL; write it as https://HOST/PATH");
        return None;
    };
    if !matches!(url.scheme(), "http" | "https") || !url.has_host() {
        reader.fault(node.at, "a server is called by http:// or https:// only");
        return None;
    }
    if !url.username().is_empty() || url.password().is_some() {
        reader.fault(node.at, "a URL holds no user and no password; put them into `headers`");
        return None;
    }
    if url.fragment().is_some() {
        reader.fault(node.at, "the part from `#` on is never sent; take it away");
        return None;
    }
    Some(url)
}

fn header<'d>(reader: &mut Reader<'d>, entry: &'d Entry) -> Option<(HeaderName, HeaderValue)> {
    let Entry { key, key_at, value } = entry;
    let Ok(name) = HeaderName::from_bytes(key.as_bytes()) else {
        reader.fault(*key_at, format!("`{}` is no name of a header", shown(key)));
        return None;
    };
    if OWN_HEADERS.contains(&name.as_str()) {
        reader.fault(*key_at, format!("the gateway sends the header `{name}` itself"));
        return None;
    }
    let text = reader.raw_text(value)?;
    if is_credential(&name) && is_empty_credential(&text) {
        reader.fault(value.at, format!("the credential in `{name}` is empty"));
        return None;
    }
    let Ok(mut header) = HeaderValue::from_str(text.trim()) else {
        reader.fault(value.at, format!("the value of `{name}` holds what no header can"));
        return None;
    };
    header.set_sensitive(true);
    Some((name, header))
}

fn is_credential(name: &HeaderName) -> bool {
    matches!(name.as_str(), "authorization" | "proxy-authorization" | "cookie")
        || names_a_secret(name.as_str())
}

/// Whether nothing stands there, or only the word that says which kind of credential it is.
fn is_empty_credential(text: &str) -> bool {
    const SCHEMES: [&str; 5] = ["basic", "bearer", "digest", "token", "apikey"];
    let text = text.trim();
    text.is_empty() || SCHEMES.contains(&text.to_ascii_lowercase().as_str())
}
