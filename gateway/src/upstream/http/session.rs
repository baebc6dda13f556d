//! What a server said when the session was opened.

use http::{HeaderMap, HeaderValue};

use crate::http::field::{MCP_PROTOCOL_VERSION, MCP_SESSION_ID};
use crate::http::session_id::SessionId;
use crate::message::Message;

/// The session on a link, as far as it goes into header fields.
#[derive(Clone, Debug, Default)]
pub(super) struct Session {
    /// What the server tells the session by, if it does.
    pub(super) id: Option<SessionId>,
    revision: Option<HeaderValue>,
    /// Whether the server has answered `initialize`.
    pub(super) is_open: bool,
}

impl Session {
    /// As the answer to `initialize` says; the id came in its header fields.
    pub(super) fn opened(id: Option<SessionId>, result: &Message) -> Self {
        let revision = result.members().ok().and_then(|members| members.text("protocolVersion"));
        // A revision that no field can hold is none, and the server will judge what lacks it.
        let revision = revision.and_then(|revision| HeaderValue::from_str(&revision).ok());
        Self { id, revision, is_open: true }
    }

    /// The fields of everything that is sent in the session.
    pub(super) fn fields(&self) -> HeaderMap {
        let mut fields = HeaderMap::with_capacity(4);
        if let Some(id) = &self.id {
            fields.insert(MCP_SESSION_ID, id.to_header());
        }
        if let Some(revision) = &self.revision {
            fields.insert(MCP_PROTOCOL_VERSION, revision.clone());
        }
        fields
    }
}
