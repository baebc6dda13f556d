//! The report as SARIF 2.1.0 (OASIS), as GitHub code scanning and GitLab read it.

mod model;
mod place;
mod result;
mod rules;

use std::borrow::Cow;
use std::cmp::Reverse;
use std::collections::{BTreeMap, HashMap};
use std::io::{self, Write};

use model::{
    AutomationDetails, Base, Driver, Invocation, Log, Message, Notice, NoticeReference,
    Notification, Run, Tool,
};
use result::{Known, Told};

use super::{Report, plain};
use crate::rules::Rule;
use crate::scanned::Status;

/// Results that GitHub takes of a run; one more and it takes none of them.
const MOST: usize = 25_000;
const SCHEMA: &str = "https://json.schemastore.org/sarif-2.1.0.json";

/// What a SARIF report is like.
#[derive(Clone, Debug)]
pub struct SarifStyle {
    /// Tells several analyses of a commit apart: `runAutomationDetails.id` without its last part.
    pub category: String,
    /// Write down what is suppressed as well. GitHub would show it like anything else.
    pub include_suppressed: bool,
}

/// The category unless somebody names another.
pub const USUAL_CATEGORY: &str = "mcp-guard";

impl Default for SarifStyle {
    fn default() -> Self {
        Self { category: USUAL_CATEGORY.to_owned(), include_suppressed: false }
    }
}

/// Writes all findings, those that were known before among them: a code host compares by itself,
/// and takes what is missing for mended. All rules are listed, whatever was found.
///
/// Source: SARIF 2.1.0 with Errata 01; GitHub Docs, "SARIF support for code scanning".
///
/// # Errors
/// What the writer fails on.
pub fn write_sarif(report: &Report, style: &SarifStyle, out: &mut dyn Write) -> io::Result<()> {
    let all = listed(report);
    let index: HashMap<&str, usize> =
        all.iter().enumerate().map(|(index, rule)| (rule.id.as_ref(), index)).collect();
    let taxa = rules::Taxa::of(&all);
    let mut told = told(report, style);
    let left_out = told.len().saturating_sub(MOST);
    if left_out > 0 {
        told.sort_by_key(|one| Reverse(one.finding.severity));
        told.truncate(MOST);
    }
    let results = result::results(report, &told, &index);
    let log = Log {
        schema: SCHEMA,
        version: "2.1.0",
        runs: [Run {
            tool: Tool {
                driver: Driver {
                    name: report.tool,
                    version: report.version,
                    semantic_version: report.version,
                    information_uri: env!("CARGO_PKG_REPOSITORY"),
                    rules: all.iter().map(|rule| rules::descriptor(rule, &taxa)).collect(),
                    notifications: NOTICES.map(notice),
                    supported_taxonomies: rules::supported(),
                },
            },
            automation_details: AutomationDetails { id: format!("{}/", style.category) },
            column_kind: "utf16CodeUnits",
            original_uri_base_ids: bases(),
            invocations: [Invocation {
                // What it looked at is unsafe; it did look.
                execution_successful: true,
                tool_execution_notifications: notifications(report, left_out),
            }],
            results,
            taxonomies: taxa.into_taxonomies(),
        }],
    };
    plain::write_dense_json(&log, out)
}

/// The rules of the tool, and those of the user.
fn listed(report: &Report) -> Vec<&'static Rule> {
    let mut all = report.rules.clone();
    let found = report.findings().map(|(_, finding)| finding.rule);
    let aside = report.set_aside().map(|(_, aside)| aside.finding.rule);
    for rule in found.chain(aside) {
        if !all.iter().any(|known| known.id == rule.id) {
            all.push(rule);
        }
    }
    all
}

/// The findings, each file's in the order of the file.
fn told<'a>(report: &'a Report, style: &SarifStyle) -> Vec<Told<'a>> {
    let compared = report.base.is_some() || report.baseline.is_some();
    let mut told = Vec::new();
    for file in &report.files {
        let new = file.findings.iter().map(|finding| Told {
            file,
            finding,
            known: Known::New { compared },
        });
        let aside = file
            .set_aside
            .iter()
            .filter(|aside| style.include_suppressed || !aside.because.is_suppression());
        let aside = aside.map(|aside| Told {
            file,
            finding: &aside.finding,
            known: Known::Aside(&aside.because),
        });
        told.extend(new.chain(aside));
    }
    told
}

fn bases() -> BTreeMap<&'static str, Base> {
    let base = |text: &'static str| Base { description: Message::of(text) };
    BTreeMap::from([
        (place::ROOT, base("The root of the repository.")),
        (place::HOME, base("The home directory of the user.")),
    ])
}

const INCOMPLETE: usize = 0;
const LEFT_OUT: usize = 1;
/// Identifier and meaning.
const NOTICES: [(&str, &str); 2] = [
    ("incomplete-run", "Something could not be read, understood or found out."),
    ("left-out", "There are more results than code hosts take."),
];

fn notice((id, text): (&'static str, &'static str)) -> Notice {
    let text = || Message::of(text);
    Notice { id, short_description: text(), full_description: text(), help: text() }
}

fn notifications(report: &Report, left_out: usize) -> Vec<Notification<'_>> {
    let notification = |index: usize, text: Cow<'static, str>| Notification {
        descriptor: NoticeReference {
            id: NOTICES.get(index).map(|(id, _)| *id).unwrap_or_default(),
            index,
        },
        level: "warning",
        message: Message::of(text),
        locations: Vec::new(),
    };
    let mut told: Vec<Notification<'_>> = Vec::new();
    for file in report.incomplete() {
        let text = match file.status {
            Status::Failed => "The file could not be analysed.",
            Status::Partial | Status::Ok => "Not all of the file could be analysed.",
        };
        let location = model::Location {
            id: None,
            physical_location: model::PhysicalLocation {
                artifact_location: place::artifact(report, file),
                region: None,
            },
            logical_locations: Vec::new(),
            message: None,
        };
        let notification = notification(INCOMPLETE, Cow::Borrowed(text));
        told.push(Notification { locations: vec![location], ..notification });
    }
    for line in &report.unanswered {
        let text = format!("Not found out: {}.", result::literal(line));
        told.push(notification(INCOMPLETE, Cow::Owned(text)));
    }
    if left_out > 0 {
        let text = format!(
            "{left_out} results are left out, the least severe ones: code hosts refuse a run of \
             more than {MOST}."
        );
        told.push(notification(LEFT_OUT, Cow::Owned(text)));
    }
    told
}
