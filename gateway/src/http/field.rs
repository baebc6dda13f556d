//! The names of the header fields that MCP defines or that the gateway treats in its own way.

use http::HeaderName;

/// The method of the request, mirrored from the body.
pub const MCP_METHOD: HeaderName = HeaderName::from_static("mcp-method");

/// What the request is about, mirrored from the body.
pub const MCP_NAME: HeaderName = HeaderName::from_static("mcp-name");

/// The revision of the protocol that the message follows.
pub const MCP_PROTOCOL_VERSION: HeaderName = HeaderName::from_static("mcp-protocol-version");

/// The session of revisions 2025-03-26 to 2025-11-25.
pub const MCP_SESSION_ID: HeaderName = HeaderName::from_static("mcp-session-id");

/// What the names of fields that mirror an argument of a tool begin with.
pub const MCP_PARAM_PREFIX: &str = "mcp-param-";

/// The event after which a stream goes on.
pub const LAST_EVENT_ID: HeaderName = HeaderName::from_static("last-event-id");

/// An API key, where `Authorization` is not at hand.
pub const X_API_KEY: HeaderName = HeaderName::from_static("x-api-key");

/// The place in a trace (W3C Trace Context).
pub const TRACEPARENT: HeaderName = HeaderName::from_static("traceparent");

/// What vendors add to the place in a trace (W3C Trace Context).
pub const TRACESTATE: HeaderName = HeaderName::from_static("tracestate");

/// What travels with a trace (W3C Baggage).
pub const BAGGAGE: HeaderName = HeaderName::from_static("baggage");
