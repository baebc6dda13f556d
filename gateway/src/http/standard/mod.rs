//! The header fields that mirror the body since revision 2026-07-28: `MCP-Protocol-Version`, `Mcp-Method`, `Mcp-Name`.
//!
//! They are for those who do not read the body. The gateway does, so it decides on the body, and refuses what would
//! make others decide on something else.

#[cfg(test)]
mod tests;

use http::{HeaderMap, HeaderName, HeaderValue};

use super::fault::{HeaderFault, HeaderProblem, single};
use super::field::{MCP_METHOD, MCP_NAME, MCP_PROTOCOL_VERSION};
use super::value;

/// What the body of a request says, as far as header fields mirror it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct BodyFacts<'b> {
    /// `method`.
    pub method: &'b str,
    /// The value that [`NameSource::of`] the method names.
    pub name: Option<&'b str>,
    /// `params._meta["io.modelcontextprotocol/protocolVersion"]`.
    pub protocol_version: Option<&'b str>,
}

/// Which member of `params` the field `Mcp-Name` mirrors.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NameSource {
    /// Of `tools/call` and `prompts/get`.
    Name,
    /// Of `resources/read`.
    Uri,
    /// Of the methods of the extension `io.modelcontextprotocol/tasks`.
    TaskId,
}

impl NameSource {
    /// The source for a method, `None` if it has no `Mcp-Name`.
    #[must_use]
    pub fn of(method: &str) -> Option<Self> {
        match method {
            "tools/call" | "prompts/get" => Some(Self::Name),
            "resources/read" => Some(Self::Uri),
            "tasks/get" | "tasks/update" | "tasks/cancel" => Some(Self::TaskId),
            _ => None,
        }
    }

    /// The member of `params`.
    #[must_use]
    pub const fn key(self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::Uri => "uri",
            Self::TaskId => "taskId",
        }
    }
}

/// Checks the fields of a message of revision 2026-07-28 against its body.
///
/// A request must have them all. The revision defines none for notifications, so there only a field that says
/// something else than the body is a fault. A member that is missing in the body is a matter of its parameters
/// (-32602) unless a field claims it. `Mcp-Name` of a method without a source is left alone: an extension may use it.
///
/// # Errors
///
/// The first fault, in the order `MCP-Protocol-Version`, `Mcp-Method`, `Mcp-Name`.
pub fn validate(
    headers: &HeaderMap,
    body: &BodyFacts<'_>,
    is_notification: bool,
) -> Result<(), HeaderFault> {
    let version = single(headers, &MCP_PROTOCOL_VERSION)?;
    match (version, body.protocol_version) {
        (Some(version), Some(expected)) => same_plain(&MCP_PROTOCOL_VERSION, version, expected)?,
        (None, _) if !is_notification => {
            return Err(HeaderFault::new(&MCP_PROTOCOL_VERSION, HeaderProblem::Missing));
        }
        _ => {}
    }
    match single(headers, &MCP_METHOD)? {
        Some(method) => same_plain(&MCP_METHOD, method, body.method)?,
        None if is_notification => {}
        None => return Err(HeaderFault::new(&MCP_METHOD, HeaderProblem::Missing)),
    }
    let name = single(headers, &MCP_NAME)?;
    if NameSource::of(body.method).is_none() {
        return Ok(());
    }
    let problem = match (name, body.name) {
        (Some(name), Some(expected)) => match value::decode(name) {
            Ok(text) if text == expected => return Ok(()),
            Ok(_) => HeaderProblem::Mismatch,
            Err(error) => error.into(),
        },
        (Some(_), None) => HeaderProblem::Unexpected,
        (None, Some(_)) if !is_notification => HeaderProblem::Missing,
        (None, _) => return Ok(()),
    };
    Err(HeaderFault::new(&MCP_NAME, problem))
}

fn same_plain(header: &HeaderName, found: &HeaderValue, expected: &str) -> Result<(), HeaderFault> {
    match value::plain(found) {
        Ok(text) if text == expected => Ok(()),
        Ok(_) => Err(HeaderFault::new(header, HeaderProblem::Mismatch)),
        Err(error) => Err(HeaderFault::new(header, error)),
    }
}

/// A method or a revision that no header field can hold, and that may not be encoded.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{header} cannot hold what the body says")]
pub struct Unwritable {
    /// The field, in lower case.
    pub header: HeaderName,
}

/// The fields for a request or notification that the gateway itself sends.
///
/// # Errors
///
/// If the method or the revision has other characters than visible ASCII, or white space at an end.
pub fn for_request(body: &BodyFacts<'_>) -> Result<HeaderMap, Unwritable> {
    let mut headers = HeaderMap::with_capacity(3);
    if let Some(version) = body.protocol_version {
        headers.insert(MCP_PROTOCOL_VERSION, plain(MCP_PROTOCOL_VERSION, version)?);
    }
    headers.insert(MCP_METHOD, plain(MCP_METHOD, body.method)?);
    if let Some(name) = body.name.filter(|_| NameSource::of(body.method).is_some()) {
        headers.insert(MCP_NAME, value::encode(name));
    }
    Ok(headers)
}

fn plain(header: HeaderName, text: &str) -> Result<HeaderValue, Unwritable> {
    match HeaderValue::from_str(text) {
        Ok(value) if value::plain(&value) == Ok(text) => Ok(value),
        _ => Err(Unwritable { header }),
    }
}
