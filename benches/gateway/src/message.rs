//! What an MCP server has to know of a message, borrowed from its bytes.

use std::borrow::Cow;

use serde::Deserialize;
use serde_json::value::RawValue;

/// The revision without sessions.
pub(crate) const MODERN: &str = "2026-07-28";

/// A request or notification.
#[derive(Deserialize)]
pub(crate) struct Message<'a> {
    #[serde(borrow)]
    pub(crate) id: Option<&'a RawValue>,
    #[serde(borrow, default)]
    pub(crate) method: Cow<'a, str>,
    #[serde(borrow, default)]
    pub(crate) params: Params<'a>,
}

#[derive(Default, Deserialize)]
pub(crate) struct Params<'a> {
    #[serde(borrow, default, rename = "protocolVersion")]
    pub(crate) protocol_version: Cow<'a, str>,
    #[serde(borrow, default)]
    pub(crate) name: Cow<'a, str>,
    #[serde(borrow, default)]
    pub(crate) arguments: Arguments<'a>,
    #[serde(borrow, default, rename = "_meta")]
    pub(crate) meta: Meta<'a>,
}

#[derive(Default, Deserialize)]
pub(crate) struct Arguments<'a> {
    #[serde(borrow)]
    pub(crate) text: Option<&'a RawValue>,
}

#[derive(Default, Deserialize)]
pub(crate) struct Meta<'a> {
    #[serde(borrow, default, rename = "io.modelcontextprotocol/protocolVersion")]
    pub(crate) protocol_version: Cow<'a, str>,
}

impl<'a> Message<'a> {
    pub(crate) fn parse(bytes: &'a [u8]) -> serde_json::Result<Self> {
        serde_json::from_slice(bytes)
    }

    /// Whether the message carries its own version, as those since 2026-07-28 do.
    pub(crate) fn is_modern(&self) -> bool {
        !self.params.meta.protocol_version.is_empty()
    }

    pub(crate) fn is_call(&self) -> bool {
        self.method == "tools/call"
    }
}

/// The id of a message and nothing else: what a hop looks at.
#[derive(Deserialize)]
pub(crate) struct Id<'a> {
    #[serde(borrow)]
    pub(crate) id: Option<&'a RawValue>,
}

impl<'a> Id<'a> {
    pub(crate) fn parse(bytes: &'a [u8]) -> serde_json::Result<Self> {
        serde_json::from_slice(bytes)
    }
}

/// `message` with the text of its id, which is a part of it, replaced.
pub(crate) fn with_id(message: &[u8], id: &RawValue, new: &str, out: &mut Vec<u8>) {
    let start = (id.get().as_ptr() as usize).saturating_sub(message.as_ptr() as usize);
    let (before, rest) = message.split_at(start.min(message.len()));
    let (_, after) = rest.split_at(id.get().len().min(rest.len()));
    out.extend_from_slice(before);
    out.extend_from_slice(new.as_bytes());
    out.extend_from_slice(after);
}

#[cfg(test)]
mod tests {
    use super::{Id, Message, with_id};

    #[test]
    fn the_id_is_replaced_where_it_stands() {
        let message = br#"{"params":{"id":7},"id": "seven" ,"method":"ping"}"#;
        let mut out = Vec::new();
        with_id(message, Id::parse(message).unwrap().id.unwrap(), "12", &mut out);
        assert_eq!(out, br#"{"params":{"id":7},"id": 12 ,"method":"ping"}"#);
    }

    #[test]
    fn the_era_is_told_by_the_message() {
        let modern = br#"{"id":1,"method":"tools/call","params":{"_meta":
            {"io.modelcontextprotocol/protocolVersion":"2026-07-28"}}}"#;
        assert!(Message::parse(modern).unwrap().is_modern());
        let session = br#"{"id":1,"method":"tools/call","params":{"_meta":{"progressToken":1}}}"#;
        assert!(!Message::parse(session).unwrap().is_modern());
    }
}
