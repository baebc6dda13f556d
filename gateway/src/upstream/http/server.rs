//! One server: the connections to it, and what all links to it share.

use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use http::header::{ACCEPT, CONNECTION, CONTENT_LENGTH, CONTENT_TYPE, LOCATION, TE, TRAILER};
use http::header::{TRANSFER_ENCODING, UPGRADE};
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use hyper::body::{Body, Frame, SizeHint};
use reqwest::{Client, Response};
use secrecy::{ExposeSecret, SecretString};
use tokio_util::sync::CancellationToken;
use url::{Host, Url};

use super::spec::HttpSpec;
use super::tools::Tools;
use super::trouble::{self, Trouble};
use crate::http::field::{
    LAST_EVENT_ID, MCP_METHOD, MCP_NAME, MCP_PARAM_PREFIX, MCP_PROTOCOL_VERSION, MCP_SESSION_ID,
};
use crate::service::ConnectError;

/// How often a request is sent on within one origin.
const REDIRECTS: usize = 3;

/// What one stream may hold back over HTTP/2, and all of them together, in bytes. A stream that nobody
/// takes from must not stop the others.
const STREAM_WINDOW: u32 = 256 << 10;
const CONNECTION_WINDOW: u32 = 32 << 20;

const JSON: HeaderValue = HeaderValue::from_static("application/json");
const EVENTS: HeaderValue = HeaderValue::from_static("text/event-stream");
const JSON_OR_EVENTS: HeaderValue = HeaderValue::from_static("application/json, text/event-stream");

/// One server.
pub(super) struct Server {
    client: Client,
    pub(super) spec: HttpSpec,
    /// Those of the configuration.
    fields: HeaderMap,
    secrets: Vec<SecretString>,
    pub(super) tools: Tools,
}

impl Server {
    pub(super) fn new(spec: HttpSpec) -> Result<Self, ConnectError> {
        let mut fields = HeaderMap::with_capacity(spec.headers.len());
        for (name, value) in &spec.headers {
            if is_of_transport(name) {
                tracing::debug!(
                    header = name.as_str(),
                    "the transport sets this header field itself"
                );
                continue;
            }
            let mut value = HeaderValue::from_str(value.expose_secret()).map_err(|_| {
                ConnectError(format!("the value for the header field {name} cannot be sent"))
            })?;
            value.set_sensitive(true);
            fields.append(name, value);
        }
        if !matches!(spec.url.scheme(), "http" | "https") {
            return Err(ConnectError("the server's address is neither http nor https".to_owned()));
        }
        let builder = Client::builder()
            .user_agent(concat!("mcp-guard/", env!("CARGO_PKG_VERSION")))
            .redirect(reqwest::redirect::Policy::none())
            .referer(false)
            .connect_timeout(spec.connect_timeout)
            .http2_initial_stream_window_size(STREAM_WINDOW)
            .http2_initial_connection_window_size(CONNECTION_WINDOW)
            // Bytes pass as they are, whatever other parts of the program want of the library.
            .no_gzip()
            .no_brotli()
            .no_zstd()
            .no_deflate();
        // A proxy cannot reach what listens on this machine only.
        let builder = if is_loopback(&spec.url) { builder.no_proxy() } else { builder };
        let client =
            builder.build().map_err(|error| ConnectError(Trouble::from(error).to_string()))?;
        let secrets = trouble::secrets(&spec.url, &spec.headers);
        Ok(Self { client, fields, secrets, tools: Tools::default(), spec })
    }

    /// Posts a message. `left` is cancelled when the message has gone to the connection.
    pub(super) async fn post(
        &self,
        url: &Url,
        mut fields: HeaderMap,
        message: &Bytes,
        left: Option<&CancellationToken>,
    ) -> Result<Response, Trouble> {
        fields.insert(ACCEPT, JSON_OR_EVENTS);
        fields.insert(CONTENT_TYPE, JSON);
        self.ask(Method::POST, url, fields, Some((message, left))).await
    }

    /// Opens an event stream.
    pub(super) async fn get(&self, mut fields: HeaderMap) -> Result<Response, Trouble> {
        fields.insert(ACCEPT, EVENTS);
        self.ask(Method::GET, &self.spec.url, fields, None).await
    }

    /// Ends a session.
    pub(super) async fn delete(&self, fields: HeaderMap) -> Result<Response, Trouble> {
        self.ask(Method::DELETE, &self.spec.url, fields, None).await
    }

    /// A text of the server, short and without secrets.
    pub(super) fn excerpt(&self, text: &str) -> String {
        trouble::excerpt(&trouble::masked(text, &self.secrets))
    }

    async fn ask(
        &self,
        method: Method,
        url: &Url,
        fields: HeaderMap,
        body: Option<(&Bytes, Option<&CancellationToken>)>,
    ) -> Result<Response, Trouble> {
        let mut all = self.fields.clone();
        all.extend(fields);
        let mut url = url.clone();
        for _ in 0..REDIRECTS {
            let mut request = self.client.request(method.clone(), url.clone()).headers(all.clone());
            request = match body {
                None => request,
                Some((bytes, None)) => request.body(bytes.clone()),
                Some((bytes, Some(left))) => {
                    let watched = Watched { bytes: Some(bytes.clone()), left: left.clone() };
                    request.body(reqwest::Body::wrap(watched))
                }
            };
            let response = request.send().await?;
            match next(&method, &url, &response) {
                Some(next) => url = next,
                None => return Ok(response),
            }
        }
        Err(Trouble::new("the server sends from one address to the next"))
    }
}

/// Where a request goes on to: within the same origin, whose credentials it bears, and as it is.
fn next(method: &Method, url: &Url, response: &Response) -> Option<Url> {
    let goes_on = match response.status() {
        StatusCode::TEMPORARY_REDIRECT | StatusCode::PERMANENT_REDIRECT => true,
        StatusCode::MOVED_PERMANENTLY | StatusCode::FOUND => method == Method::GET,
        _ => false,
    };
    let location = response.headers().get(LOCATION).filter(|_| goes_on)?.to_str().ok()?;
    url.join(location).ok().filter(|next| next.origin() == url.origin())
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

fn is_of_transport(name: &HeaderName) -> bool {
    const FRAMING: [HeaderName; 6] =
        [CONNECTION, CONTENT_LENGTH, TE, TRAILER, TRANSFER_ENCODING, UPGRADE];
    const MCP: [HeaderName; 7] = [
        ACCEPT,
        CONTENT_TYPE,
        LAST_EVENT_ID,
        MCP_METHOD,
        MCP_NAME,
        MCP_PROTOCOL_VERSION,
        MCP_SESSION_ID,
    ];
    FRAMING.contains(name) || MCP.contains(name) || name.as_str().starts_with(MCP_PARAM_PREFIX)
}

/// A message that says when it has gone to the connection.
struct Watched {
    bytes: Option<Bytes>,
    left: CancellationToken,
}

impl Body for Watched {
    type Data = Bytes;
    type Error = std::convert::Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        let frame = self.bytes.take().map(|bytes| Ok(Frame::data(bytes)));
        self.left.cancel();
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.bytes.is_none()
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.bytes.as_ref().map_or(0, |bytes| bytes.len() as u64))
    }
}
