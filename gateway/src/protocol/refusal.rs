//! What the gateway answers itself: refusals of its own, and the faults of JSON-RPC and MCP.

use std::borrow::Cow;

use serde_json::{Map, Value, json};

use super::revision::{Era, Revision};
use crate::message::{Id, Malformed, Message};
use crate::record::RequestId;

/// Why the gateway refuses; the names are a contract.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Code {
    /// Nobody known is calling.
    Unauthorized,
    /// The tool is not for the caller.
    ToolDenied,
    /// No server is meant.
    NoRouteMatched,
    /// The server cannot be asked, or did not answer.
    UpstreamUnavailable,
}

impl Code {
    /// All of them.
    pub const ALL: [Self; 4] =
        [Self::Unauthorized, Self::ToolDenied, Self::NoRouteMatched, Self::UpstreamUnavailable];

    /// Its name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Unauthorized => "unauthorized",
            Self::ToolDenied => "tool_denied",
            Self::NoRouteMatched => "no_route_matched",
            Self::UpstreamUnavailable => "upstream_unavailable",
        }
    }

    /// The number of the error. Revision 2026-07-28 wants those of applications outside of the
    /// range that JSON-RPC reserves.
    #[must_use]
    pub const fn number(self, era: Era) -> i32 {
        let number = match self {
            Self::Unauthorized => -32001,
            Self::ToolDenied => -32003,
            Self::NoRouteMatched => -32005,
            Self::UpstreamUnavailable => -32007,
        };
        match era {
            Era::Session => number,
            Era::Stateless => number + 1000,
        }
    }

    /// The HTTP status on `/rpc`.
    #[must_use]
    pub const fn status(self) -> u16 {
        match self {
            Self::Unauthorized => 401,
            Self::ToolDenied => 403,
            Self::NoRouteMatched => 404,
            Self::UpstreamUnavailable => 502,
        }
    }

    const fn title(self) -> &'static str {
        match self {
            Self::Unauthorized => "Unauthorized",
            Self::ToolDenied => "Tool denied",
            Self::NoRouteMatched => "No route matched",
            Self::UpstreamUnavailable => "Upstream unavailable",
        }
    }
}

/// A refusal of the gateway.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// Why.
    pub code: Code,
    /// Why, in words for a person; no secrets.
    pub reason: String,
    /// The tool that was asked for.
    pub tool: Option<String>,
    /// The rule that decided.
    pub rule: Option<String>,
    /// The server that was asked for.
    pub server: Option<String>,
}

impl Refusal {
    /// Without details.
    #[must_use]
    pub fn new(code: Code, reason: impl Into<String>) -> Self {
        Self { code, reason: reason.into(), tool: None, rule: None, server: None }
    }

    /// The server cannot be asked, or did not answer.
    #[must_use]
    pub fn unavailable(server: &str, reason: impl Into<String>) -> Self {
        let server = Some(server.to_owned());
        Self { server, ..Self::new(Code::UpstreamUnavailable, reason) }
    }

    /// The error that answers a request.
    #[must_use]
    pub fn answer(&self, id: Option<&Id>, era: Era, request: RequestId) -> Message {
        let message = format!("{}: {}", self.code.title(), self.reason);
        let data = self.data(request);
        error(id, self.code.number(era), &message, Some(&data)).refusing(self.code)
    }

    /// The same as the result of a tool that failed, for hosts that hide errors of the protocol from
    /// the model.
    #[must_use]
    pub fn result(&self, id: &Id, era: Era, request: RequestId) -> Message {
        let text = format!("{}: {}", self.code.title(), self.reason);
        let mut result = json!({
            "content": [{ "type": "text", "text": text }],
            "isError": true,
            "_meta": self.data(request),
        });
        if let (Era::Stateless, Value::Object(members)) = (era, &mut result) {
            members.insert("resultType".to_owned(), Value::from("complete"));
        }
        answer(id, &result).refusing(self.code)
    }

    fn data(&self, request: RequestId) -> Value {
        let guard = json!({
            "code": self.code.name(),
            "reason": self.reason,
            "request_id": request.to_string(),
        });
        let mut data = Map::new();
        data.insert("guard".to_owned(), guard);
        for (name, value) in [("tool", &self.tool), ("rule", &self.rule), ("server", &self.server)]
        {
            if let Some(value) = value {
                data.insert(name.to_owned(), Value::from(value.as_str()));
            }
        }
        Value::Object(data)
    }
}

/// An error of JSON-RPC or of MCP itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// Its number.
    pub code: i32,
    /// What is wrong.
    pub message: Cow<'static, str>,
    /// Details that the protocol defines.
    pub data: Option<Value>,
}

impl Fault {
    /// The text is no JSON (JSON-RPC 2.0, section 5.1).
    pub const PARSE_ERROR: i32 = -32700;
    /// The JSON is no request.
    pub const INVALID_REQUEST: i32 = -32600;
    /// There is no such method.
    pub const METHOD_NOT_FOUND: i32 = -32601;
    /// The parameters are wrong.
    pub const INVALID_PARAMS: i32 = -32602;
    /// The fault is on this side.
    pub const INTERNAL_ERROR: i32 = -32603;
    /// HTTP headers and body disagree (2026-07-28).
    pub const HEADER_MISMATCH: i32 = -32020;
    /// The request needs a capability that the client has not declared (2026-07-28).
    pub const MISSING_CAPABILITY: i32 = -32021;
    /// The revision is unknown (2026-07-28).
    pub const UNSUPPORTED_VERSION: i32 = -32022;

    /// Its name in the decision log.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self.code {
            Self::PARSE_ERROR => "parse_error",
            Self::INVALID_REQUEST => "invalid_request",
            Self::METHOD_NOT_FOUND => "method_not_found",
            Self::INVALID_PARAMS => "invalid_params",
            Self::HEADER_MISMATCH => "header_mismatch",
            Self::MISSING_CAPABILITY => "missing_capability",
            Self::UNSUPPORTED_VERSION => "unsupported_version",
            _ => "internal_error",
        }
    }

    /// Without details.
    #[must_use]
    pub fn new(code: i32, message: impl Into<Cow<'static, str>>) -> Self {
        Self { code, message: message.into(), data: None }
    }

    /// The revision is none of those that are supported here (2026-07-28,
    /// `UnsupportedProtocolVersionError`).
    #[must_use]
    pub fn unsupported_version(requested: &str, supported: &[Revision]) -> Self {
        let supported: Vec<&str> = supported.iter().map(|revision| revision.name()).collect();
        Self {
            data: Some(json!({ "supported": supported, "requested": requested })),
            ..Self::new(Self::UNSUPPORTED_VERSION, "Unsupported protocol version")
        }
    }

    /// The error that answers a request; the identifier is `null` where it could not be read.
    #[must_use]
    pub fn answer(&self, id: Option<&Id>) -> Message {
        error(id, self.code, &self.message, self.data.as_ref())
    }
}

impl Malformed {
    /// The error that answers it.
    #[must_use]
    pub fn answer(&self) -> Message {
        match self {
            Self::Syntax(_) => {
                Fault::new(Fault::PARSE_ERROR, format!("Parse error: {self}")).answer(None)
            }
            Self::Shape { id, .. } => {
                let message = format!("Invalid request: {self}");
                Fault::new(Fault::INVALID_REQUEST, message).answer(id.as_ref())
            }
        }
    }
}

/// An answer with this result.
#[must_use]
pub(crate) fn answer(id: &Id, result: &Value) -> Message {
    Message::made(format!(r#"{{"jsonrpc":"2.0","id":{},"result":{result}}}"#, id.json()))
}

fn error(id: Option<&Id>, code: i32, message: &str, data: Option<&Value>) -> Message {
    let mut error = Map::new();
    error.insert("code".to_owned(), Value::from(code));
    error.insert("message".to_owned(), Value::from(message));
    if let Some(data) = data {
        error.insert("data".to_owned(), data.clone());
    }
    let id = id.map_or("null", Id::json);
    Message::made(format!(r#"{{"jsonrpc":"2.0","id":{id},"error":{}}}"#, Value::Object(error)))
}

#[cfg(test)]
mod tests {
    use super::{Code, Era, Fault, Id, Refusal, RequestId};

    #[test]
    fn a_refusal_in_both_numberings() {
        let refusal = Refusal {
            tool: Some("delete_file".to_owned()),
            rule: Some("policies.deny: files.delete_*".to_owned()),
            ..Refusal::new(Code::ToolDenied, "delete_file of files is denied")
        };
        let request = RequestId::new(jiff::Timestamp::UNIX_EPOCH, 7);
        let id = Id::from_json("1.0").unwrap();
        insta::assert_snapshot!(
            [
                refusal.answer(Some(&id), Era::Session, request),
                refusal.answer(Some(&id), Era::Stateless, request),
                refusal.result(&id, Era::Session, request),
                refusal.result(&id, Era::Stateless, request),
                Refusal::unavailable("files", "no answer within 60 s").answer(
                    None,
                    Era::Session,
                    request
                ),
                Fault::new(Fault::METHOD_NOT_FOUND, "Method not found")
                    .answer(Some(&Id::text("a"))),
            ]
            .map(|message| message.json().to_owned())
            .join("\n")
        );
    }

    #[test]
    fn numbers_of_the_newer_revision_keep_out_of_the_reserved_range() {
        for code in Code::ALL {
            assert!(!(-32768..=-32000).contains(&code.number(Era::Stateless)));
        }
    }
}
