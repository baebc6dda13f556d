//! The client of HTTP: its connections, and what comes back over them.

use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, Method, StatusCode, Uri};
use http_body_util::BodyExt as _;
use hyper::body::{Body, Frame, Incoming, SizeHint};
use hyper_util::client::legacy;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use thread_local::ThreadLocal;
use tokio_util::sync::CancellationToken;
use url::{Host, Url};

use super::trouble::Trouble;

/// What one stream may hold back over HTTP/2, and all of them together, in bytes. A stream that nobody
/// takes from must not stop the others.
const STREAM_WINDOW: u32 = 256 << 10;
const CONNECTION_WINDOW: u32 = 32 << 20;

/// Connections to a server.
pub(super) enum Client {
    /// It is on this machine, and neither TLS nor a proxy is between.
    Near(Box<Near>),
    /// It may be anywhere.
    Far(reqwest::Client),
}

/// Connections within this machine. Each thread has its own, so that no call is handed from one to another.
pub(super) struct Near {
    connector: HttpConnector,
    clients: ThreadLocal<legacy::Client<HttpConnector, Sent>>,
}

/// A response whose body is still to come.
pub(super) enum Response {
    Near(http::Response<Incoming>),
    Far(reqwest::Response),
}

impl Client {
    /// For requests to the origin of this URL. Redirections are not followed.
    pub(super) fn new(url: &Url, connect_timeout: Duration) -> Result<Self, Trouble> {
        if is_loopback(url) && url.scheme() == "http" {
            let mut connector = HttpConnector::new();
            connector.set_nodelay(true);
            connector.set_connect_timeout(Some(connect_timeout));
            return Ok(Self::Near(Box::new(Near { connector, clients: ThreadLocal::new() })));
        }
        let builder = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .referer(false)
            .connect_timeout(connect_timeout)
            .http2_initial_stream_window_size(STREAM_WINDOW)
            .http2_initial_connection_window_size(CONNECTION_WINDOW)
            // Bytes pass as they are, whatever other parts of the program want of the library.
            .no_gzip()
            .no_brotli()
            .no_zstd()
            .no_deflate();
        // A proxy cannot reach what listens on this machine only.
        let builder = if is_loopback(url) { builder.no_proxy() } else { builder };
        Ok(Self::Far(builder.build()?))
    }

    /// Sends a request. `left` is cancelled when the message has gone to the connection.
    pub(super) async fn send(
        &self,
        (method, url): (Method, &Url),
        headers: HeaderMap,
        body: Option<(&Bytes, Option<&CancellationToken>)>,
    ) -> Result<Response, Trouble> {
        let sent =
            body.map(|(bytes, left)| Sent { bytes: Some(bytes.clone()), left: left.cloned() });
        match self {
            Self::Near(near) => {
                let client = near.clients.get_or(|| {
                    legacy::Client::builder(TokioExecutor::new())
                        .pool_timer(TokioTimer::new())
                        .build(near.connector.clone())
                });
                let mut request = http::Request::new(sent.unwrap_or_default());
                *request.method_mut() = method;
                *request.uri_mut() = Uri::try_from(url.as_str())
                    .map_err(|_| Trouble::new("the server's address is no URI"))?;
                *request.headers_mut() = headers;
                Ok(Response::Near(client.request(request).await?))
            }
            Self::Far(client) => {
                let mut request = reqwest::Request::new(method, url.clone());
                *request.headers_mut() = headers;
                *request.body_mut() = sent.map(|sent| match sent {
                    // It can be sent anew where a connection turns out to be closed.
                    Sent { bytes, left: None } => bytes.unwrap_or_default().into(),
                    watched => reqwest::Body::wrap(watched),
                });
                Ok(Response::Far(client.execute(request).await?))
            }
        }
    }
}

impl Response {
    pub(super) fn status(&self) -> StatusCode {
        match self {
            Self::Near(response) => response.status(),
            Self::Far(response) => response.status(),
        }
    }

    pub(super) fn headers(&self) -> &HeaderMap {
        match self {
            Self::Near(response) => response.headers(),
            Self::Far(response) => response.headers(),
        }
    }

    /// The next piece of the body; `None` after the last one.
    pub(super) async fn chunk(&mut self) -> Result<Option<Bytes>, Trouble> {
        let response = match self {
            Self::Near(response) => response,
            Self::Far(response) => return Ok(response.chunk().await?),
        };
        loop {
            match response.body_mut().frame().await.transpose()?.map(Frame::into_data) {
                None => return Ok(None),
                Some(Ok(data)) => return Ok(Some(data)),
                // Trailers say nothing here.
                Some(Err(_)) => {}
            }
        }
    }
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

/// A message that says when it has gone to the connection.
#[derive(Default)]
pub(super) struct Sent {
    bytes: Option<Bytes>,
    left: Option<CancellationToken>,
}

impl Body for Sent {
    type Data = Bytes;
    type Error = std::convert::Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        let frame = self.bytes.take().map(|bytes| Ok(Frame::data(bytes)));
        if let Some(left) = &self.left {
            left.cancel();
        }
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.bytes.is_none()
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.bytes.as_ref().map_or(0, |bytes| bytes.len() as u64))
    }
}
