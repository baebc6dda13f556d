//! `mcp-guard token create`.

use jiff::Timestamp;
use mcp_guard_gateway::auth::{Issued, KeyId, KeyRequest, issue};
use mcp_guard_gateway::state::{KeyRecord, KeyStore as _, Location, State};

use super::options::CreateOptions;
use super::record::{Answer, Named, Token, minute};
use super::{expiry, place};
use crate::cli::Talk;
use crate::failure::{Failure, output_line};
use crate::output;

/// What a key without an id is called, before its number.
const UNNAMED: &str = "token-";

pub(super) async fn run(
    options: &CreateOptions,
    now: Timestamp,
    talk: Talk,
) -> Result<(), Failure> {
    let expires = options.expires.as_deref().map(|text| expiry::parse(text, now)).transpose();
    let expires = expires.map_err(|fault| Failure::Usage(format!("--expires: {fault}")))?;
    let id = options.id.as_deref().map(KeyId::parse).transpose();
    let id = id.map_err(|fault| Failure::Usage(format!("--id: {fault}")))?;
    let location = place::location(&options.state)?;
    let state = State::open(&location).await?;
    let done = create(&state, &location, options, (id, expires), now).await;
    state.close().await;
    let record = done?;
    if talk != Talk::Quiet {
        let end = record.expires.map_or_else(
            || "does not expire".to_owned(),
            |end| format!("expires {} UTC", minute(end)),
        );
        output_line(&format!("made {}, which {end}, in {location}", Named(&record)));
        output_line("the key is shown this once; keep it where secrets are kept");
    }
    Ok(())
}

async fn create(
    state: &State,
    location: &Location,
    options: &CreateOptions,
    (id, expires): (Option<KeyId>, Option<Timestamp>),
    now: Timestamp,
) -> Result<KeyRecord, Failure> {
    let id = match id {
        Some(id) => id,
        None => next(&state.keys().await?.records)?,
    };
    let request = KeyRequest { id, note: options.note.clone(), expires };
    let Issued { key, record } =
        issue(state, request, now).await.map_err(|error| Failure::Usage(error.to_string()))?;
    let printed = if options.json {
        let token = Token::of(&record, Some(key.expose()), now);
        Answer::new(location, vec![token]).print()
    } else {
        output::print_exactly(|out| writeln!(out, "{}", key.expose()))
    };
    match printed {
        Ok(()) => Ok(record),
        Err(failure) => Err(taken_back(state, &record, failure, now).await),
    }
}

/// Revokes a key that nobody has received, and says why it was not.
async fn taken_back(
    state: &State,
    record: &KeyRecord,
    failure: Failure,
    now: Timestamp,
) -> Failure {
    let why = match failure {
        // Elsewhere a reader that leaves early has seen enough.
        Failure::BrokenPipe => "nobody reads it".to_owned(),
        Failure::Output(error) => error.to_string(),
        other => other.to_string(),
    };
    let then = match state.revoke_key(record.hash, now).await {
        Ok(_) => "it was revoked again".to_owned(),
        Err(error) => {
            format!("nor revoked: {error}; run `mcp-guard token revoke {}`", record.last_four)
        }
    };
    Failure::Usage(format!("the key {} could not be printed: {why}; {then}", Named(record)))
}

/// The next name for a key that was given none.
fn next(records: &[KeyRecord]) -> Result<KeyId, Failure> {
    let numbers = records.iter().filter_map(|record| record.id.strip_prefix(UNNAMED));
    let last = numbers.filter_map(|number| number.parse::<u32>().ok()).max().unwrap_or_default();
    let next = u64::from(last) + 1;
    KeyId::parse(&format!("{UNNAMED}{next}")).map_err(|fault| Failure::Usage(fault.to_string()))
}
