//! One server: the connections to it, and what all links to it share.

use bytes::Bytes;
use http::header::{ACCEPT, AUTHORIZATION, CONNECTION, CONTENT_LENGTH, CONTENT_TYPE, LOCATION};
use http::header::{TE, TRAILER, TRANSFER_ENCODING, UPGRADE, USER_AGENT};
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use secrecy::{ExposeSecret, SecretString};
use tokio_util::sync::CancellationToken;
use url::Url;

use super::client::{Client, Response};
use super::fields;
use super::spec::HttpSpec;
use super::tools::Tools;
use super::trouble::{self, Trouble};
use crate::http::field::{
    LAST_EVENT_ID, MCP_METHOD, MCP_NAME, MCP_PARAM_PREFIX, MCP_PROTOCOL_VERSION, MCP_SESSION_ID,
};
use crate::service::ConnectError;

/// How often a request is sent on within one origin.
const REDIRECTS: usize = 3;

/// How many header fields come from elsewhere.
const FEW: usize = 6;

const OURSELVES: HeaderValue =
    HeaderValue::from_static(concat!("mcp-guard/", env!("CARGO_PKG_VERSION")));
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
    pub(super) fn new(mut spec: HttpSpec) -> Result<Self, ConnectError> {
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
        let client = Client::new(&spec.url, spec.connect_timeout)
            .map_err(|trouble| ConnectError(trouble.to_string()))?;
        let secrets = trouble::secrets(&spec.url, &spec.headers);
        if let Some(credentials) = fields::basic(&mut spec.url) {
            fields.entry(AUTHORIZATION).or_insert(credentials);
        }
        fields.entry(USER_AGENT).or_insert(OURSELVES);
        Ok(Self { client, fields, secrets, tools: Tools::default(), spec })
    }

    /// Posts a message. `left` is cancelled when the message has gone to the connection.
    pub(super) async fn post(
        &self,
        url: &Url,
        fields: &HeaderMap,
        message: &Bytes,
        left: Option<&CancellationToken>,
    ) -> Result<Response, Trouble> {
        let body = Some((message, left));
        Ok(self.ask(Method::POST, url, Some(JSON_OR_EVENTS), fields, body).await?.0)
    }

    /// Opens an event stream.
    pub(super) async fn get(&self, fields: &HeaderMap) -> Result<Response, Trouble> {
        Ok(self.open(fields).await?.0)
    }

    /// Opens an event stream, and says where it was found.
    pub(super) async fn open(&self, fields: &HeaderMap) -> Result<(Response, Url), Trouble> {
        self.ask(Method::GET, &self.spec.url, Some(EVENTS), fields, None).await
    }

    /// Ends a session.
    pub(super) async fn delete(&self, fields: &HeaderMap) -> Result<Response, Trouble> {
        Ok(self.ask(Method::DELETE, &self.spec.url, None, fields, None).await?.0)
    }

    /// A text of the server, short and without secrets.
    pub(super) fn excerpt(&self, text: &str) -> String {
        trouble::excerpt(&trouble::masked(text, &self.secrets))
    }

    async fn ask(
        &self,
        method: Method,
        url: &Url,
        accept: Option<HeaderValue>,
        fields: &HeaderMap,
        body: Option<(&Bytes, Option<&CancellationToken>)>,
    ) -> Result<(Response, Url), Trouble> {
        let mut url = url.clone();
        for _ in 0..REDIRECTS {
            // What the transport sets is never among the fields.
            let mut all = HeaderMap::with_capacity(self.fields.len() + fields.len() + FEW);
            for (name, value) in self.fields.iter().chain(fields) {
                all.append(name.clone(), value.clone());
            }
            if let Some(accept) = &accept {
                all.insert(ACCEPT, accept.clone());
            }
            if body.is_some() {
                all.insert(CONTENT_TYPE, JSON);
            }
            let response = self.client.send((method.clone(), &url), all, body).await?;
            match next(&method, &url, &response) {
                Some(next) => url = next,
                None => return Ok((response, url)),
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
