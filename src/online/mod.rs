//! `--online`: asks OSV about versions, registries about packages, and remote servers whether they
//! answer to anyone. Besides it only `ci` opens a socket.

mod address;
mod cvss;
mod events;
mod limits;
mod osv;
mod probe;
mod record;
mod registry;
mod web;
mod words;

use std::collections::BTreeMap;
use std::sync::Arc;

use mcp_guard_scanner::online::{Answers, Published, Questions};
use tokio::task::JoinSet;
use tokio::time::Instant;

use crate::failure::Failure;
use limits::Turns;
use web::Web;

/// Where to ask.
#[derive(Clone, Debug)]
pub(crate) struct Places {
    osv: String,
    npm: String,
    pypi: String,
    /// Servers on this machine and its network are asked, too.
    private: bool,
}

impl Places {
    /// The public services, or those that `MCP_GUARD_OSV_URL`, `MCP_GUARD_NPM_URL` and
    /// `MCP_GUARD_PYPI_URL` name; `MCP_GUARD_PROBE_PRIVATE=1` has private addresses asked.
    pub(crate) fn of_environment() -> Self {
        let named = |name: &str, usual: &str| {
            let named = std::env::var(name).ok().filter(|value| !value.is_empty());
            named.unwrap_or_else(|| usual.to_owned()).trim_end_matches('/').to_owned()
        };
        Self {
            osv: named("MCP_GUARD_OSV_URL", "https://api.osv.dev"),
            npm: named("MCP_GUARD_NPM_URL", "https://registry.npmjs.org"),
            pypi: named("MCP_GUARD_PYPI_URL", "https://pypi.org"),
            private: std::env::var("MCP_GUARD_PROBE_PRIVATE").is_ok_and(|value| value == "1"),
        }
    }
}

/// Asks everything at once.
///
/// # Errors
/// There is no way to ask at all: the system's certificates or the proxy settings cannot be used.
pub(crate) fn ask(questions: &Questions, places: &Places) -> Result<Answers, Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|error| Failure::Online(error.to_string()))?;
    let answers = runtime.block_on(ask_all(questions, places));
    // A name that is still being resolved when the time is up is not waited for.
    runtime.shutdown_background();
    answers
}

async fn ask_all(questions: &Questions, places: &Places) -> Result<Answers, Failure> {
    let services = Arc::new(Web::of_services()?);
    let strangers = Arc::new(Web::of_strangers(places.private)?);
    let places = Arc::new(places.clone());
    let deadline = Instant::now() + limits::WHOLE;
    // Servers that are slow must not keep the services waiting.
    let (visits, turns) = (Arc::new(Turns::until(deadline)), Arc::new(Turns::until(deadline)));

    let open = questions.addresses.iter();
    let open = open.filter(|address| places.private || address::is_public(address));
    let (allotted, left) = limits::allotted(open);
    let mut probes = JoinSet::new();
    for address in allotted {
        let (web, visits, address) =
            (Arc::clone(&strangers), Arc::clone(&visits), address.to_owned());
        probes.spawn(async move {
            let answer = visits.ask(probe::ask(&web, &address)).await;
            (address, answer)
        });
    }
    let mut lookups = JoinSet::new();
    for release in &questions.packages {
        let (web, turns, release) = (Arc::clone(&services), Arc::clone(&turns), release.clone());
        let places = Arc::clone(&places);
        lookups.spawn(async move {
            let answer = turns.ask(registry::ask(&web, &places, &release)).await;
            (release, answer)
        });
    }

    let mut answers = Answers::default();
    let mut unanswered: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let known = osv::ask(&services, &places.osv, &questions.packages, &turns).await;
    while let Some(done) = lookups.join_next().await {
        let Ok((release, answer)) = done else { continue };
        let published = answer.unwrap_or_else(|error| {
            unanswered.entry(error).or_default().push(release.name.clone());
            Published::default()
        });
        answers.packages.insert(release, published);
    }
    for (release, advisories) in known.reported {
        answers.packages.entry(release).or_default().advisories = advisories;
    }
    for (error, what) in known.unanswered {
        unanswered.entry(error).or_default().push(what);
    }
    while let Some(done) = probes.join_next().await {
        let Ok((address, answer)) = done else { continue };
        match answer {
            Ok(endpoint) => {
                answers.endpoints.insert(address, endpoint);
            }
            Err(error) => {
                let host = address::host(&address).to_owned();
                unanswered.entry(error).or_default().push(host);
            }
        }
    }
    if !left.is_empty() {
        let reason = limits::reason(left.len());
        let hosts = left.iter().map(|address| address::host(address).to_owned());
        unanswered.entry(reason).or_default().extend(hosts);
    }
    answers.unanswered = unanswered.into_iter().map(|(error, what)| summed(&error, what)).collect();
    Ok(answers)
}

/// One line for everything that failed in the same way.
fn summed(error: &str, mut what: Vec<String>) -> String {
    const NAMED: usize = 3;
    what.sort_unstable();
    what.dedup();
    let more = what.len().saturating_sub(NAMED);
    what.truncate(NAMED);
    let more = if more == 0 { String::new() } else { format!(" and {more} more") };
    format!("{}{more}: {error}", what.join(", "))
}
