//! How a key is shown that is kept as a hash.

use std::fmt;

use jiff::Timestamp;
use mcp_guard_gateway::state::{KeyRecord, Location};
use mcp_guard_scanner::facts::discreet;
use serde::Serialize;

use crate::failure::{Failure, one_line};
use crate::output;

/// Keys as JSON.
#[derive(Serialize)]
pub(super) struct Answer<'a> {
    schema: &'static str,
    state: String,
    tokens: Vec<Token<'a>>,
}

/// A key as JSON. Times are of RFC 3339, in UTC.
#[derive(Serialize)]
pub(super) struct Token<'a> {
    /// The key itself, where it was made just now.
    #[serde(skip_serializing_if = "Option::is_none")]
    key: Option<&'a str>,
    id: &'a str,
    last_four: &'a str,
    status: Status,
    created: String,
    expires: Option<String>,
    revoked: Option<String>,
    note: String,
}

/// Whether a key is accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
enum Status {
    Valid,
    Expired,
    Revoked,
}

impl<'a> Token<'a> {
    pub(super) fn of(record: &'a KeyRecord, key: Option<&'a str>, now: Timestamp) -> Self {
        let status = match (record.revoked, record.expires) {
            (Some(_), _) => Status::Revoked,
            (None, Some(end)) if end <= now => Status::Expired,
            (None, _) => Status::Valid,
        };
        Self {
            key,
            id: &record.id,
            last_four: &record.last_four,
            status,
            created: record.created.to_string(),
            expires: record.expires.map(|end| end.to_string()),
            revoked: record.revoked.map(|since| since.to_string()),
            // Somebody may have noted down what a note is no place for.
            note: discreet(&record.note).into_owned(),
        }
    }
}

impl<'a> Answer<'a> {
    pub(super) fn new(location: &Location, tokens: Vec<Token<'a>>) -> Self {
        Self { schema: "mcp-guard/tokens/v1", state: location.to_string(), tokens }
    }

    /// Prints it, and nothing else.
    pub(super) fn print(&self) -> Result<(), Failure> {
        output::print_exactly(|out| {
            serde_json::to_writer_pretty(&mut *out, self)?;
            writeln!(out)
        })
    }
}

/// Names a key: `ci (…3jZR)`.
pub(super) struct Named<'a>(pub(super) &'a KeyRecord);

impl fmt::Display for Named<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} (…{})", one_line(&self.0.id), one_line(&self.0.last_four))
    }
}

/// A time for people, to the minute, in UTC.
pub(super) fn minute(time: Timestamp) -> String {
    time.strftime("%Y-%m-%d %H:%M").to_string()
}

/// A note on one line, without what is hidden in it.
pub(super) fn note(record: &KeyRecord) -> String {
    one_line(&discreet(&record.note))
}
