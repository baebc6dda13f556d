//! The header fields that mirror a message of revision 2026-07-28.

use http::HeaderMap;

use crate::http::standard::{BodyFacts, NameSource, for_request};
use crate::message::{Message, meta};

/// The fields of a message that stands alone, but for those of a tool's arguments.
///
/// # Errors
/// If no field can hold what the message says.
pub(super) fn standing_alone(message: &Message) -> Result<HeaderMap, String> {
    let unclear = |fault| format!("its parameters are unclear: {fault}");
    let meta = message.meta().map_err(unclear)?;
    let version = meta.text(meta::PROTOCOL_VERSION);
    let name = match NameSource::of(message.method()) {
        Some(source) => message.members().map_err(unclear)?.text(source.key()),
        None => None,
    };
    let facts = BodyFacts {
        method: message.method(),
        name: name.as_deref(),
        protocol_version: version.as_deref(),
    };
    for_request(&facts).map_err(|fault| fault.to_string())
}
