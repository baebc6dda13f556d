//! Advisories of the OSV database (<https://google.github.io/osv.dev/api/>).

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use mcp_guard_scanner::online::{Release, Reported};
use serde_json::{Value, json};
use tokio::task::JoinSet;

use super::limits::Turns;
use super::record::{ecosystem, is_identifier, reported, unread};
use super::web::Web;

/// Versions in one query.
const BATCH: usize = 1000;
/// Pages of one query that are read.
const PAGES: usize = 20;

/// What OSV has told.
#[derive(Default)]
pub(super) struct Known {
    /// By release.
    pub(super) reported: BTreeMap<Release, Vec<Reported>>,
    /// What it has not told: the reason, and what it is the reason for.
    pub(super) unanswered: Vec<(String, String)>,
}

/// What is known against each release with an exact version.
pub(super) async fn ask(
    web: &Arc<Web>,
    base: &str,
    releases: &BTreeSet<Release>,
    turns: &Arc<Turns>,
) -> Known {
    let mut known = Known::default();
    let asked: Vec<(&Release, Value)> =
        releases.iter().filter_map(|release| Some((release, query(release)?))).collect();
    let mut ids: BTreeMap<&Release, BTreeSet<String>> = BTreeMap::new();
    for batch in asked.chunks(BATCH) {
        if let Err(error) = turns.ask(pages(web, base, batch, &mut ids)).await {
            known.unanswered.push((error, "known vulnerabilities".to_owned()));
        }
    }
    let all: BTreeSet<&String> = ids.values().flatten().collect();
    let mut details = JoinSet::new();
    for id in all {
        let (web, turns, id) = (Arc::clone(web), Arc::clone(turns), id.clone());
        let url = format!("{base}/v1/vulns/{id}");
        details.spawn(async move {
            let answer = turns.ask(detail(&web, url)).await;
            (id, answer)
        });
    }
    let mut records: BTreeMap<String, Value> = BTreeMap::new();
    while let Some(done) = details.join_next().await {
        match done {
            Ok((id, Ok(record))) => {
                records.insert(id, record);
            }
            Ok((id, Err(error))) => known.unanswered.push((error, id)),
            Err(_) => {}
        }
    }
    let told = |release: &Release, id: &String| match records.get(id) {
        Some(record) => reported(id, record, release),
        None => Some(unread(id)),
    };
    known.reported = ids
        .iter()
        .map(|(release, ids)| {
            ((*release).clone(), ids.iter().filter_map(|id| told(release, id)).collect())
        })
        .collect();
    known
}

async fn detail(web: &Web, url: String) -> Result<Value, String> {
    match web.json(web.client().get(url)).await? {
        (200, record) if record.is_object() => Ok(record),
        (200, _) => Err("OSV answers with something that is no JSON".to_owned()),
        (status, _) => Err(format!("OSV answers with status {status}")),
    }
}

/// The question about a release; `None` where there is nothing to ask.
fn query(release: &Release) -> Option<Value> {
    let version = release.version.as_deref()?;
    let ecosystem = ecosystem(release.ecosystem)?;
    Some(json!({ "package": { "ecosystem": ecosystem, "name": release.name }, "version": version }))
}

/// Asks about a batch, and again for those answers that have another page.
async fn pages<'r>(
    web: &Web,
    base: &str,
    batch: &[(&'r Release, Value)],
    ids: &mut BTreeMap<&'r Release, BTreeSet<String>>,
) -> Result<(), String> {
    let mut open: Vec<(&'r Release, Value)> = batch.to_vec();
    for _ in 0..PAGES {
        if open.is_empty() {
            return Ok(());
        }
        let queries: Vec<&Value> = open.iter().map(|(_, query)| query).collect();
        let request = web.client().post(format!("{base}/v1/querybatch"));
        let request = request
            .header("Content-Type", "application/json")
            .body(json!({ "queries": queries }).to_string());
        let (status, body) = web.json(request).await?;
        let results = body.get("results").and_then(Value::as_array);
        let Some(results) = results.filter(|results| status == 200 && results.len() == open.len())
        else {
            return Err(format!("OSV answers with status {status} and no results"));
        };
        let mut further = Vec::new();
        for ((release, query), result) in open.into_iter().zip(results) {
            let found = result.get("vulns").and_then(Value::as_array).into_iter().flatten();
            let found = found.filter_map(|one| one.get("id")?.as_str().map(str::to_owned));
            let known = ids.entry(release).or_default();
            known.extend(found.filter(|id| is_identifier(id)));
            if let Some(token) = result.get("next_page_token").filter(|token| token.is_string()) {
                let mut query = query;
                if let Some(query) = query.as_object_mut() {
                    query.insert("page_token".to_owned(), token.clone());
                }
                further.push((release, query));
            }
        }
        open = further;
    }
    Err("OSV answers without end".to_owned())
}
