//! What servers are to one another: analyses over everything that one client has at one place.

mod bypass;
mod flow;
mod shadow;
mod view;

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, HashSet};

use crate::facts::kinds::{Context, Relation};
use crate::finding::{Anchor, Finding, Judge, LateFact, Related};
use crate::parallel;
use crate::scanned::{FileReport, ScannedServer};

use view::{Member, Views};

/// So many files or relations are worth several threads.
const MANY: usize = 16;

/// A server among all files of a run.
type Place = (usize, usize);

/// A relation of one server to others.
struct Told {
    of: Place,
    fact: Relation,
    /// The other servers, each with a word on what it is here.
    others: Vec<(Place, String)>,
}

/// Adds the findings about several servers to the files that they point at.
pub fn judge(judge: &Judge, files: &mut [FileReport]) {
    let relations = relations(files);
    let seen: &[FileReport] = files;
    let findings = parallel::map(relations, MANY, |told| (told.of.0, findings(judge, seen, &told)));
    let mut by_file: BTreeMap<usize, Vec<Finding>> = BTreeMap::new();
    for (file, found) in findings {
        by_file.entry(file).or_default().extend(found);
    }
    for (file, found) in by_file {
        if let Some(file) = files.get_mut(file).filter(|_| !found.is_empty()) {
            // No more room than it takes: all of them are kept.
            file.findings.reserve_exact(found.len());
            file.findings.extend(found);
            file.findings.sort_by_key(|finding| finding.region.bytes.start);
        }
    }
}

fn findings(judge: &Judge, files: &[FileReport], told: &Told) -> Vec<Finding> {
    let Some((file, server)) = at(files, told.of) else { return Vec::new() };
    let related = told.others.iter().filter_map(|(place, message)| {
        let (file, server) = at(files, *place)?;
        Some(Related {
            path: file.path.clone(),
            server: Some(server.shown.name.to_string()),
            message: message.clone(),
            pointer: server.shown.pointer.clone(),
            region: server.name,
        })
    });
    let related = related.collect();
    let pointer = server.shown.pointer.clone();
    let place = Anchor { pointer, region: server.name, excerpt: server.line.clone() };
    let context = context(file, server);
    let detail = told.fact.clone().into();
    judge.late(LateFact { detail, context: &context, place: &place, related })
}

/// What rules on several servers know of the one that a finding is about.
fn context(file: &FileReport, server: &ScannedServer) -> Context {
    let shown = &server.shown;
    Context {
        server: Some(shown.name.to_string()),
        transport: shown.transport,
        disabled: shown.disabled,
        guarded: shown.guarded,
        known_server: server.sameness.known_server,
        client: file.client,
        scope: shown.scope,
        file_name: file.path.rsplit('/').next().unwrap_or_default().to_owned(),
        ..Context::default()
    }
}

fn at(files: &[FileReport], (file, server): Place) -> Option<(&FileReport, &ScannedServer)> {
    let file = files.get(file)?;
    Some((file, file.servers.get(server)?))
}

/// Every relation once, however many clients see it.
fn relations(files: &[FileReport]) -> Vec<Told> {
    let views = Views::of(files);
    let mut known = HashSet::new();
    let mut is_new = |told: &Told| {
        let mut places: Vec<Place> = told.others.iter().map(|(place, _)| *place).collect();
        places.push(told.of);
        places.sort_unstable();
        known.insert((told.fact.relation.clone(), places))
    };
    let least = if files.len() < MANY { usize::MAX } else { 2 };
    let within = parallel::map(views.clients(), least, |client| {
        let told = views.of_client(&client).map(|view| {
            let told = shadow::within(&view).into_iter();
            let told = told.chain(bypass::within(&view)).chain(flow::within(&view));
            told.map(|mut told| {
                told.fact.seen_by = Some(view.client.into());
                told
            })
            .collect::<Vec<Told>>()
        });
        told.flatten().collect::<Vec<Told>>()
    });
    let mut found: Vec<Told> = within.into_iter().flatten().filter(&mut is_new).collect();
    for view in views.of_places() {
        found.extend(shadow::between(&view).into_iter().filter(&mut is_new));
    }
    found.sort_by_key(|told| told.of);
    found
}

/// What a server runs or reaches, in words that may be shown.
fn target(member: &Member<'_>) -> String {
    let shown = &member.server.shown;
    let named = match (&shown.image, &shown.package, &shown.url) {
        (Some(image), _, _) => Some(&**image),
        (None, Some(package), _) => Some(package.name.as_str()),
        (None, None, Some(url)) => Some(&**url),
        (None, None, None) => None,
    };
    named.or(shown.command.as_deref()).unwrap_or_default().to_owned()
}
