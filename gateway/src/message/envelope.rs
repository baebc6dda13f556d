//! A message: its parts are told apart once, and its bytes stay as they came.

use std::fmt;
use std::ops::Range;

use bytes::{Bytes, BytesMut};
use compact_str::{CompactString, ToCompactString};

use super::id::Id;
use super::object::{Object, ObjectFault, place, text, unplaced};
use crate::protocol::Code;

/// A JSON-RPC message (JSON-RPC 2.0) as MCP uses it. The text is valid JSON in UTF-8 and holds one
/// object.
#[derive(Clone)]
pub struct Message {
    raw: Bytes,
    kind: Kind,
    id: Option<(Id, Range<usize>)>,
    method: CompactString,
    /// `params`, `result` or `error`.
    body: Option<Range<usize>>,
    versioned: bool,
    refused: Option<Code>,
}

/// What a message is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Asks for an answer.
    Request,
    /// Asks for none.
    Notification,
    /// Answers with `result`.
    Result,
    /// Answers with `error`.
    Error,
}

/// Why something is no message.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Malformed {
    /// It is no JSON: error -32700 (JSON-RPC 2.0, section 5.1).
    #[error("not JSON: {0}")]
    Syntax(String),
    /// It is JSON and no message: error -32600.
    #[error("{reason}")]
    Shape {
        /// What is wrong.
        reason: String,
        /// The identifier that the answer bears, if it could be read.
        id: Option<Id>,
    },
}

impl Message {
    /// Reads one message.
    ///
    /// # Errors
    /// If the bytes are no JSON in UTF-8, or no message.
    pub fn read(raw: Bytes) -> Result<Self, Malformed> {
        let parts = {
            let whole = str::from_utf8(&raw)
                .map_err(|error| Malformed::Syntax(format!("invalid UTF-8: {error}")))?;
            Parts::of(whole)?
        };
        Ok(Self {
            kind: parts.kind,
            id: parts.id,
            method: parts.method,
            body: parts.body,
            versioned: parts.versioned,
            refused: None,
            raw,
        })
    }

    /// One of our own making.
    pub(crate) fn made(json: String) -> Self {
        match Self::read(Bytes::from(json)) {
            Ok(message) => message,
            // Only what this crate composed comes here, and a composition that is no message is an
            // error of ours: it is told as one.
            Err(fault) => {
                debug_assert!(false, "{fault}");
                let raw = r#"{"jsonrpc":"2.0","id":null,"error":{"code":-32603,"message":"Internal error"}}"#;
                Self {
                    raw: Bytes::from_static(raw.as_bytes()),
                    kind: Kind::Error,
                    id: None,
                    method: CompactString::default(),
                    body: None,
                    versioned: true,
                    refused: None,
                }
            }
        }
    }

    /// Its bytes.
    #[must_use]
    pub const fn bytes(&self) -> &Bytes {
        &self.raw
    }

    /// Its text.
    #[must_use]
    pub fn json(&self) -> &str {
        // The bytes were found to be UTF-8 when they were read.
        str::from_utf8(&self.raw).unwrap_or_default()
    }

    /// What it is.
    #[must_use]
    pub const fn kind(&self) -> Kind {
        self.kind
    }

    /// Whether it answers a request.
    #[must_use]
    pub const fn is_answer(&self) -> bool {
        matches!(self.kind, Kind::Result | Kind::Error)
    }

    /// Its identifier: of a request and of an answer, unless that is `null`.
    #[must_use]
    pub fn id(&self) -> Option<&Id> {
        self.id.as_ref().map(|(id, _)| id)
    }

    /// Its method; empty for an answer.
    #[must_use]
    pub fn method(&self) -> &str {
        &self.method
    }

    /// The JSON of `params`, `result` or `error`.
    #[must_use]
    pub fn body(&self) -> Option<&str> {
        self.body.clone().and_then(|place| self.json().get(place))
    }

    /// Where `params`, `result` or `error` stands.
    #[must_use]
    pub fn body_place(&self) -> Option<Range<usize>> {
        self.body.clone()
    }

    /// The members of `params`, `result` or `error`; none if it is missing.
    ///
    /// # Errors
    /// If it is no object, or names a member twice.
    pub fn members(&self) -> Result<Object<'_>, ObjectFault> {
        self.body().map_or_else(|| Ok(Object::default()), Object::from_json)
    }

    /// Whether it says that it is JSON-RPC 2.0.
    #[must_use]
    pub const fn is_versioned(&self) -> bool {
        self.versioned
    }

    /// The same as a refusal of this gateway.
    pub(crate) const fn refusing(mut self, code: Code) -> Self {
        self.refused = Some(code);
        self
    }

    /// Why this gateway refused the request that this answers. What a server says of itself is never
    /// that, whatever it looks like.
    pub(crate) const fn refused(&self) -> Option<Code> {
        self.refused
    }

    /// The same under another identifier; a notification stays as it is.
    #[must_use]
    pub fn with_id(&self, id: Id) -> Self {
        let Some((_, place)) = &self.id else { return self.clone() };
        let place = place.clone();
        let mut changed = self.clone();
        changed.raw = spliced(&self.raw, &place, id.json());
        let moved = |at: usize| {
            if at >= place.end { at - place.len() + id.json().len() } else { at }
        };
        changed.body = self.body.clone().map(|body| moved(body.start)..moved(body.end));
        let place = place.start..place.start + id.json().len();
        changed.id = Some((id, place));
        changed
    }

    /// The same answer under this identifier, also where it had none.
    #[must_use]
    pub(crate) fn answering(&self, id: &Id) -> Self {
        if self.id.is_some() || self.kind != Kind::Error {
            return self.with_id(id.clone());
        }
        let error = self.body().unwrap_or("{}");
        let made = Self::made(format!(r#"{{"jsonrpc":"2.0","id":{},"error":{error}}}"#, id.json()));
        Self { refused: self.refused, ..made }
    }

    /// The same with parts of its text replaced. The places must be in order and apart.
    ///
    /// # Errors
    /// If the result is no message.
    pub fn with(&self, edits: &[(Range<usize>, &str)]) -> Result<Self, Malformed> {
        if edits.is_empty() {
            return Ok(self.clone());
        }
        let grown: usize = edits.iter().map(|(_, text)| text.len()).sum();
        let mut text = String::with_capacity(self.raw.len() + grown);
        let mut end = 0;
        for (place, new) in edits {
            text.push_str(self.json().get(end..place.start).unwrap_or_default());
            text.push_str(new);
            end = place.end;
        }
        text.push_str(self.json().get(end..).unwrap_or_default());
        Ok(Self { refused: self.refused, ..Self::read(Bytes::from(text))? })
    }
}

impl fmt::Debug for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Bodies hold secrets.
        let id = self.id().map(Id::json);
        write!(f, "{:?} {:?} {id:?} ({} bytes)", self.kind, self.method, self.raw.len())
    }
}

fn spliced(raw: &Bytes, place: &Range<usize>, new: &str) -> Bytes {
    let mut bytes = BytesMut::with_capacity(raw.len() + new.len());
    bytes.extend_from_slice(raw.get(..place.start).unwrap_or_default());
    bytes.extend_from_slice(new.as_bytes());
    bytes.extend_from_slice(raw.get(place.end..).unwrap_or_default());
    bytes.freeze()
}

struct Parts {
    kind: Kind,
    id: Option<(Id, Range<usize>)>,
    method: CompactString,
    body: Option<Range<usize>>,
    versioned: bool,
}

impl Parts {
    fn of(whole: &str) -> Result<Self, Malformed> {
        let shape = |reason: String, id: Option<&Id>| Malformed::Shape { reason, id: id.cloned() };
        let object: Object<'_> = serde_json::from_str(whole).map_err(|error| {
            if error.is_data() {
                let reason = unplaced(&error);
                // What else stands there is the sender's, and not for a log.
                let of_type = reason.starts_with("invalid type");
                shape(if of_type { "a message is an object".to_owned() } else { reason }, None)
            } else {
                Malformed::Syntax(error.to_string())
            }
        })?;
        let id = match object.get("id") {
            None => None,
            // An answer to what could not be read.
            Some("null") if object.get("error").is_some() => None,
            Some(json) => match Id::from_json(json) {
                Some(id) => Some((id, place(whole, json))),
                None => {
                    let reason = "`id` is neither a string nor a number of reasonable length";
                    return Err(shape(reason.to_owned(), None));
                }
            },
        };
        let known = id.as_ref().map(|(id, _)| id);
        let (params, result, error) =
            (object.get("params"), object.get("result"), object.get("error"));
        let versioned = object.text("jsonrpc").as_deref() == Some("2.0");
        let (kind, method, body) = match (object.get("method"), result, error) {
            (Some(json), None, None) => {
                let method =
                    text(json).ok_or_else(|| shape("`method` is no string".to_owned(), known))?;
                let kind = if id.is_some() { Kind::Request } else { Kind::Notification };
                (kind, method.to_compact_string(), params)
            }
            (None, Some(_), None) if id.is_some() => {
                (Kind::Result, CompactString::default(), result)
            }
            (None, None, Some(_)) => (Kind::Error, CompactString::default(), error),
            (Some(_), _, _) => {
                return Err(shape("`method` stands beside `result` or `error`".to_owned(), known));
            }
            (None, Some(_), Some(_)) => {
                return Err(shape("`result` stands beside `error`".to_owned(), known));
            }
            (None, Some(_), None) => {
                return Err(shape("`result` without `id`".to_owned(), known));
            }
            (None, None, None) => {
                return Err(shape("no `method`, no `result` and no `error`".to_owned(), known));
            }
        };
        Ok(Self { kind, method, body: body.map(|json| place(whole, json)), id, versioned })
    }
}

#[cfg(test)]
mod tests;
