//! How a server is reached.

use std::fmt;
use std::time::Duration;

use http::HeaderName;
use secrecy::SecretString;
use url::Url;

/// How a server is reached over HTTP.
#[derive(Clone)]
pub struct HttpSpec {
    /// The MCP endpoint; with HTTP+SSE, where the event stream is.
    pub url: Url,
    /// Fields that go with every request. Those that the transport itself defines are not taken.
    pub headers: Vec<(HeaderName, SecretString)>,
    /// Which transport the server speaks.
    pub transport: Transport,
    /// How long a connection may take to come about.
    pub connect_timeout: Duration,
    /// Whether the link takes broken streams up again itself, for a client that cannot.
    pub resume: bool,
    /// The largest message that is taken from the server, in bytes.
    pub max_message: usize,
}

/// Which transport a server speaks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Transport {
    /// Streamable HTTP, or HTTP+SSE if the server does not take `initialize` (2025-03-26, basic/transports,
    /// "Backwards Compatibility").
    #[default]
    Auto,
    /// Streamable HTTP.
    Streamable,
    /// HTTP+SSE of 2024-11-05.
    Sse,
}

/// Path and query of a URL may be secret, as are values of headers.
impl fmt::Debug for HttpSpec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<&str> = self.headers.iter().map(|(name, _)| name.as_str()).collect();
        f.debug_struct("HttpSpec")
            .field("origin", &self.url.origin().ascii_serialization())
            .field("headers", &names)
            .field("transport", &self.transport)
            .field("connect_timeout", &self.connect_timeout)
            .field("resume", &self.resume)
            .field("max_message", &self.max_message)
            .finish()
    }
}
