//! Findings as SARIF results.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};

use super::model::{
    ArtifactChange, Fingerprints, Fix, Location, LogicalLocation, Message, Outcome, Replacement,
    ResultProperties, Suppression,
};
use super::place;
use super::rules::{level, rank};
use crate::finding::{Because, Finding, Related, visible};
use crate::fix::Safety;
use crate::report::Report;
use crate::scanned::FileReport;

/// A finding that is written down.
pub(super) struct Told<'a> {
    pub(super) file: &'a FileReport,
    pub(super) finding: &'a Finding,
    pub(super) known: Known<'a>,
}

/// What was known of a finding.
pub(super) enum Known<'a> {
    /// Nothing; it was looked for in a baseline or a revision if `compared`.
    New { compared: bool },
    /// Why it does not count.
    Aside(&'a Because),
}

/// The results. `rules` are the places of the rules in the tool's list.
pub(super) fn results<'a>(
    report: &'a Report,
    told: &[Told<'a>],
    rules: &HashMap<&str, usize>,
) -> Vec<Outcome<'a>> {
    let files: HashMap<&str, &FileReport> =
        report.files.iter().map(|file| (file.path.as_str(), file)).collect();
    told.iter()
        .zip(line_hashes(told))
        .map(|(one, hash)| {
            let Told { file, finding, known } = one;
            let related = related(report, finding, &files);
            let fixes =
                if known.is_suppressed() { Vec::new() } else { fixes(report, file, finding) };
            Outcome {
                rule_id: &finding.rule.id,
                rule_index: rules.get(finding.rule.id.as_ref()).copied().unwrap_or_default(),
                level: level(finding.severity),
                kind: "fail",
                message: Message::of(message(finding)),
                locations: [Location {
                    id: None,
                    physical_location: place::physical(report, file, finding.region),
                    logical_locations: logical(finding.server.as_deref(), &finding.pointer),
                    message: None,
                }],
                related_locations: related,
                partial_fingerprints: Fingerprints {
                    primary_location_line_hash: hash,
                    own: &finding.fingerprint,
                },
                baseline_state: known.baseline_state(),
                suppressions: known.suppressions(),
                fixes,
                rank: rank(finding.severity),
                properties: ResultProperties {
                    severity: finding.severity.name(),
                    confidence: finding.confidence.name(),
                    client: finding.client,
                    scope: finding.scope,
                    server: finding.server.as_deref(),
                    advisories: &finding.advisories,
                },
            }
        })
        .collect()
}

impl<'a> Known<'a> {
    fn is_suppressed(&self) -> bool {
        matches!(self, Self::Aside(because) if because.is_suppression())
    }

    fn baseline_state(&self) -> Option<&'static str> {
        match self {
            Self::New { compared: true } => Some("new"),
            Self::Aside(Because::Baseline | Because::Base) => Some("unchanged"),
            Self::New { compared: false } | Self::Aside(_) => None,
        }
    }

    fn suppressions(&self) -> Vec<Suppression<'a>> {
        let (kind, justification) = match self {
            Self::Aside(Because::Comment { reason, .. }) => ("inSource", reason.as_str()),
            Self::Aside(Because::Settings { reason, .. }) => ("external", reason.as_str()),
            Self::New { .. } | Self::Aside(_) => return Vec::new(),
        };
        vec![Suppression { kind, status: "accepted", justification }]
    }
}

/// What is told, with a link to each other place: GitHub shows places that the text links to.
fn message(finding: &Finding) -> Cow<'_, str> {
    let text = literal(&finding.message);
    if finding.related.is_empty() {
        return text;
    }
    let mut text = text.into_owned();
    for (id, related) in (1..).zip(&finding.related) {
        let label = related.message.replace('\\', "\\\\").replace('[', "\\[").replace(']', "\\]");
        text.push_str(&format!(" See [{}]({id}).", label.trim_end_matches('.')));
    }
    Cow::Owned(text)
}

/// A text without links: brackets that would make one are escaped (SARIF 2.1.0, 3.11.6).
pub(super) fn literal(text: &str) -> Cow<'_, str> {
    if !text.contains("](") && !text.chars().any(|c| visible(c) != c) {
        return Cow::Borrowed(text);
    }
    let text: String = text.chars().map(visible).collect();
    Cow::Owned(text.replace('\\', "\\\\").replace('[', "\\[").replace(']', "\\]"))
}

fn related<'a>(
    report: &'a Report,
    finding: &'a Finding,
    files: &HashMap<&str, &'a FileReport>,
) -> Vec<Location<'a>> {
    let location = |(id, related): (usize, &'a Related)| Location {
        id: Some(id),
        physical_location: match files.get(related.path.as_str()) {
            Some(file) => place::physical(report, file, related.region),
            None => super::model::PhysicalLocation {
                artifact_location: place::shown(&related.path, None),
                region: None,
            },
        },
        logical_locations: logical(related.server.as_deref(), &related.pointer),
        message: Some(Message::of(literal(&related.message))),
    };
    (1..).zip(&finding.related).map(location).collect()
}

/// The value within its file.
fn logical<'a>(server: Option<&'a str>, pointer: &'a str) -> Vec<LogicalLocation<'a>> {
    if pointer.is_empty() {
        return Vec::new();
    }
    vec![LogicalLocation { name: server, fully_qualified_name: pointer, kind: "member" }]
}

/// `primaryLocationLineHash` of each finding as GitHub computes it. Several findings of a rule on a
/// line would be one alert there, so that each of them is told apart by its own fingerprint, whatever
/// the others are: if the first kept the plain one, its alert would go over to the next when it is
/// mended.
fn line_hashes(told: &[Told<'_>]) -> Vec<Option<String>> {
    let hash = |one: &Told<'_>| {
        let lines = one.file.lines.as_ref()?;
        Some(lines.hash(one.finding.region.start_line.max(1))?.to_string())
    };
    let key = |one: &Told<'_>, hash: &str| {
        (one.finding.rule.id.to_string(), one.file.path.clone(), hash.to_owned())
    };
    let plain: Vec<Option<String>> = told.iter().map(hash).collect();
    let mut count: HashMap<_, usize> = HashMap::new();
    for (one, hash) in told.iter().zip(&plain) {
        if let Some(hash) = hash {
            *count.entry(key(one, hash)).or_default() += 1;
        }
    }
    let mut taken = HashSet::new();
    let several = |(one, hash): (&Told<'_>, Option<String>)| {
        let hash = hash?;
        if count.get(&key(one, &hash)) == Some(&1) {
            return Some(hash);
        }
        let fingerprint = &one.finding.fingerprint;
        let own = format!("{hash}/{}", fingerprint.get(..8).unwrap_or(fingerprint));
        let mut nth = 1;
        let mut unique = own.clone();
        while !taken.insert(key(one, &unique)) {
            nth += 1;
            unique = format!("{own}.{nth}");
        }
        Some(unique)
    };
    told.iter().zip(plain).map(several).collect()
}

/// What can be done by program. What is only a suggestion is none.
fn fixes<'a>(report: &Report, file: &FileReport, finding: &'a Finding) -> Vec<Fix<'a>> {
    let Some(fix) = finding.fix.as_deref().filter(|fix| fix.safety != Safety::Display) else {
        return Vec::new();
    };
    let replacement = |one: &'a crate::fix::Replacement| {
        let deleted_region = place::whole(file, one.region)?;
        let inserted_content = Message::of(one.edit.text.as_str());
        Some(Replacement { deleted_region, inserted_content })
    };
    let Some(replacements) = fix.edits.iter().map(replacement).collect() else {
        return Vec::new();
    };
    let mut description = literal(&fix.title).into_owned();
    if let Some(then) = fix.then {
        description.push_str(". ");
        description.push_str(then);
    }
    let artifact_location = place::artifact(report, file);
    let changes = [ArtifactChange { artifact_location, replacements }];
    vec![Fix { description: Message::of(description), artifact_changes: changes }]
}
