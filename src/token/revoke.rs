//! `mcp-guard token revoke`.

use std::fmt::Write as _;

use jiff::Timestamp;
use mcp_guard_gateway::auth::{NotRevocable, revocable};
use mcp_guard_gateway::state::{KeyRecord, KeyStore as _, Location, State};
use mcp_guard_scanner::nearest;

use super::options::RevokeOptions;
use super::place;
use super::record::{Named, minute, note};
use crate::cli::Talk;
use crate::failure::{Failure, one_line, output_line};

/// No id and no end of a key is as long.
const LONGEST: usize = 64;

pub(super) async fn run(
    options: &RevokeOptions,
    now: Timestamp,
    talk: Talk,
) -> Result<(), Failure> {
    if options.name.starts_with("mcpg_") || options.name.len() > LONGEST {
        // It may be the key itself, and is not repeated.
        let message = "name the key by its id or its last four characters, not by itself";
        return Err(Failure::Usage(message.to_owned()));
    }
    let location = place::location(&options.state)?;
    let Some(state) = place::existing(&location).await? else {
        return Err(unknown(&[], &options.name, &location));
    };
    let done = revoke(&state, &options.name, &location, now).await;
    state.close().await;
    let revoked = done?;
    if talk != Talk::Quiet {
        output_line(&format!("revoked {} in {location}", Named(&revoked)));
    }
    Ok(())
}

async fn revoke(
    state: &State,
    name: &str,
    location: &Location,
    now: Timestamp,
) -> Result<KeyRecord, Failure> {
    let records = state.keys().await?.records;
    let record = revocable(&records, name).map_err(|fault| match fault {
        NotRevocable::Unknown => unknown(&records, name, location),
        NotRevocable::Revoked(before) => already(&before),
        NotRevocable::Ambiguous(candidates) => ambiguous(name, &candidates),
    })?;
    if state.revoke_key(record.hash, now).await? {
        return Ok(record.clone());
    }
    Err(Failure::Usage(format!("{} was revoked by somebody else just now", Named(record))))
}

fn unknown(records: &[KeyRecord], name: &str, location: &Location) -> Failure {
    let hint = match nearest(name, records.iter().map(|record| record.id.as_str())) {
        Some(near) => format!("did you mean `{}`?", one_line(near)),
        None if records.is_empty() => "there are none at all".to_owned(),
        None => "`mcp-guard token list` lists them".to_owned(),
    };
    let name = one_line(name);
    Failure::Usage(format!("there is no API key `{name}` in {location}; {hint}"))
}

fn already(before: &[&KeyRecord]) -> Failure {
    let told: Vec<String> = before
        .iter()
        .map(|record| {
            let when = record.revoked.map(minute).unwrap_or_default();
            format!("{} was revoked before, at {when} UTC", Named(record))
        })
        .collect();
    Failure::Usage(told.join("\n       "))
}

fn ambiguous(name: &str, candidates: &[&KeyRecord]) -> Failure {
    let mut message = format!("`{}` could mean any of these; name one of them", one_line(name));
    for record in candidates {
        // Writing to a String cannot fail.
        let _ = write!(message, "\n       {} made {} UTC", Named(record), minute(record.created));
        let note = note(record);
        if !note.is_empty() {
            let _ = write!(message, ": {note}");
        }
    }
    Failure::Usage(message)
}
