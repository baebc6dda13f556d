//! One keep-alive connection of an MCP client over HTTP.

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, StatusCode, Uri, header};
use http_body_util::Full;
use hyper::client::conn::http1::{self, SendRequest};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tokio::task;

use crate::Failure;
use crate::question::{Dialect, INITIALIZED, negotiated, shortened};
use crate::server::whole;
use crate::sse;

pub(crate) struct Client {
    url: Uri,
    sender: SendRequest<Full<Bytes>>,
    /// Of every request.
    headers: HeaderMap,
    pub(crate) version: String,
}

/// What a client needs to know.
pub(crate) struct Target<'a> {
    pub(crate) url: &'a Uri,
    pub(crate) dialect: &'a Dialect,
    /// Plain JSON-RPC, without a session.
    pub(crate) rpc: bool,
    pub(crate) key: Option<&'a str>,
}

impl Client {
    /// Connects and opens the session, where there is one.
    pub(crate) async fn open(target: &Target<'_>) -> Result<Self, Failure> {
        let host = target.url.authority().ok_or("the URL has no host")?;
        let mut headers = HeaderMap::new();
        headers.insert(header::HOST, HeaderValue::from_str(host.as_str())?);
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        let accepted = HeaderValue::from_static("application/json, text/event-stream");
        headers.insert(header::ACCEPT, accepted);
        if let Some(key) = target.key {
            let mut value = HeaderValue::try_from(format!("Bearer {key}"))?;
            value.set_sensitive(true);
            headers.insert(header::AUTHORIZATION, value);
        }
        let sender = connect(target.url).await?;
        let version = target.dialect.revision().to_owned();
        let mut client = Self { url: target.url.clone(), sender, headers, version };
        if !target.rpc {
            client.begin(target.dialect).await?;
        }
        Ok(client)
    }

    async fn begin(&mut self, dialect: &Dialect) -> Result<(), Failure> {
        if dialect.modern {
            self.set("mcp-protocol-version", dialect.revision())?;
            self.set("mcp-method", dialect.opening_method())?;
        }
        let (answer, session) = self.post(dialect.opening().into()).await?;
        self.version = negotiated(&answer, dialect)?;
        if dialect.modern {
            self.set("mcp-method", "tools/call")?;
            return self.set("mcp-name", &dialect.tool);
        }
        if let Some(id) = session {
            self.headers.insert("mcp-session-id", id);
        }
        let version = self.version.clone();
        self.set("mcp-protocol-version", &version)?;
        if !dialect.skip_initialized {
            self.post(INITIALIZED.into()).await?;
        }
        Ok(())
    }

    fn set(&mut self, name: &'static str, value: &str) -> Result<(), Failure> {
        self.headers.insert(HeaderName::from_static(name), HeaderValue::from_str(value)?);
        Ok(())
    }

    pub(crate) fn is_open(&self) -> bool {
        !self.sender.is_closed()
    }

    /// Connects anew, in the same session.
    pub(crate) async fn reconnect(&mut self) -> Result<(), Failure> {
        self.sender = connect(&self.url).await?;
        Ok(())
    }

    /// Sends a message. The answer, empty for a notification, and the session that it opened.
    pub(crate) async fn post(
        &mut self,
        message: Bytes,
    ) -> Result<(Bytes, Option<HeaderValue>), Failure> {
        let mut request = Request::new(Full::new(message));
        *request.method_mut() = Method::POST;
        let path = self.url.path_and_query().map_or("/", |path| path.as_str());
        *request.uri_mut() = path.parse()?;
        *request.headers_mut() = self.headers.clone();
        self.sender.ready().await?;
        let (head, body) = self.sender.send_request(request).await?.into_parts();
        let mut body = whole(body).await?;
        if !head.status.is_success() {
            return Err(format!("status {}: {}", head.status, shortened(&body)).into());
        }
        let is_stream = head
            .headers
            .get(header::CONTENT_TYPE)
            .is_some_and(|kind| kind.as_bytes().starts_with(b"text/event-stream"));
        if is_stream && head.status != StatusCode::ACCEPTED {
            let missing = || format!("no response in the stream: {}", shortened(&body));
            body = sse::response(&body).ok_or_else(missing)?.into();
        }
        Ok((body, head.headers.get("mcp-session-id").cloned()))
    }
}

async fn connect(url: &Uri) -> Result<SendRequest<Full<Bytes>>, Failure> {
    let host = url.host().ok_or("the URL has no host")?;
    let stream = TcpStream::connect((host, url.port_u16().unwrap_or(80))).await?;
    stream.set_nodelay(true)?;
    let (sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
    task::spawn_local(async move {
        // Requests tell of its end.
        _ = connection.await;
    });
    Ok(sender)
}
