//! The rules as SARIF describes them, and what they refer to.

use std::borrow::Cow;
use std::collections::BTreeSet;

use super::model::{
    Component, Configuration, Descriptor, Message, Relationship, RuleProperties, Taxon,
    TaxonReference, Taxonomy,
};
use crate::report::address;
use crate::report::phrase::joined;
use crate::rules::{Confidence, Rule, Severity, page};

/// Characters that GitHub keeps of a description.
const DESCRIPTION: usize = 1024;
/// Tags that GitHub keeps of a rule.
const TAGS: usize = 10;

const CWE: usize = 0;
const OWASP: usize = 1;
const NAMES: [&str; 2] = ["CWE", "OWASP MCP Top 10"];

/// The taxonomies in the order in which rules name them.
pub(super) fn supported() -> Vec<Component> {
    NAMES.into_iter().enumerate().map(|(index, name)| Component { name, index }).collect()
}

/// All that the rules refer to.
pub(super) struct Taxa {
    cwe: Vec<String>,
    owasp: Vec<String>,
}

impl Taxa {
    pub(super) fn of(rules: &[&Rule]) -> Self {
        let references = || rules.iter().map(|rule| &rule.references);
        let cwe: BTreeSet<u32> =
            references().flat_map(|of| of.cwe.iter()).filter_map(|id| number(id)).collect();
        let owasp: BTreeSet<&str> =
            references().flat_map(|of| of.owasp_mcp.iter()).map(AsRef::as_ref).collect();
        Self {
            cwe: cwe.into_iter().map(|id| id.to_string()).collect(),
            owasp: owasp.into_iter().map(str::to_owned).collect(),
        }
    }

    fn relationships(&self, rule: &Rule) -> Vec<Relationship> {
        let cwe = rule.references.cwe.iter().filter_map(|id| number(id)).map(|id| id.to_string());
        let owasp = rule.references.owasp_mcp.iter().map(ToString::to_string);
        let ids =
            cwe.map(|id| (CWE, &self.cwe, id)).chain(owasp.map(|id| (OWASP, &self.owasp, id)));
        ids.filter_map(|(taxonomy, all, id)| {
            let index = all.iter().position(|other| *other == id)?;
            let name = NAMES.get(taxonomy)?;
            let tool_component = Component { name, index: taxonomy };
            let target = TaxonReference { id, index, tool_component };
            Some(Relationship { target, kinds: ["superset"] })
        })
        .collect()
    }

    pub(super) fn into_taxonomies(self) -> Vec<Taxonomy> {
        let cwe = Taxonomy {
            name: "CWE",
            organization: "MITRE",
            version: None,
            information_uri: "https://cwe.mitre.org/",
            is_comprehensive: false,
            short_description: Message::of("Common Weakness Enumeration"),
            taxa: taxa(self.cwe, |id| format!("https://cwe.mitre.org/data/definitions/{id}.html")),
        };
        let owasp = Taxonomy {
            name: "OWASP MCP Top 10",
            organization: "OWASP Foundation",
            version: Some("2025"),
            information_uri: "https://owasp.org/www-project-mcp-top-10/",
            is_comprehensive: false,
            short_description: Message::of("The ten most critical risks of MCP systems"),
            taxa: taxa(self.owasp, |_| "https://owasp.org/www-project-mcp-top-10/".to_owned()),
        };
        vec![cwe, owasp]
    }
}

fn taxa(ids: Vec<String>, page: impl Fn(&str) -> String) -> Vec<Taxon> {
    ids.into_iter().map(|id| Taxon { help_uri: page(&id), id }).collect()
}

fn number(cwe: &str) -> Option<u32> {
    cwe.strip_prefix("CWE-")?.parse().ok()
}

/// A rule, whatever was found. What is shown on a code host is tracked by git, so that rules which
/// are more severe there say so.
pub(super) fn descriptor<'a>(rule: &'a Rule, taxa: &Taxa) -> Descriptor<'a> {
    let severity = if rule.raise_when_tracked { rule.severity.raised() } else { rule.severity };
    Descriptor {
        id: &rule.id,
        name: pascal(&rule.id),
        short_description: Message::of(short(&rule.title)),
        full_description: Message::of(short(&rule.why)),
        help: Message {
            text: Cow::Owned(format!("{}\n\n{}", joined(&rule.why), joined(&rule.fix))),
            markdown: Some(page::help(rule)),
        },
        help_uri: address::page(rule),
        default_configuration: Configuration { level: level(severity) },
        relationships: taxa.relationships(rule),
        properties: RuleProperties {
            precision: precision(rule.confidence),
            problem_severity: match level(severity) {
                "note" => "recommendation",
                level => level,
            },
            security_severity: score(severity),
            tags: tags(rule),
        },
    }
}

fn tags(rule: &Rule) -> Vec<Cow<'_, str>> {
    let references = &rule.references;
    let cwe = references.cwe.iter().filter_map(|id| number(id));
    let cwe = cwe.map(|id| Cow::Owned(format!("external/cwe/cwe-{id:03}")));
    let owasp = references.owasp_mcp.iter().map(|id| {
        let id = id.split(':').next().unwrap_or_default();
        Cow::Owned(format!("external/owasp/{}", id.to_ascii_lowercase()))
    });
    let plain = ["security", "mcp"].into_iter().map(Cow::Borrowed);
    plain.chain(cwe).chain(owasp).take(TAGS).collect()
}

/// `level` of a result.
pub(super) const fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical | Severity::High => "error",
        Severity::Medium => "warning",
        Severity::Low | Severity::Info => "note",
    }
}

/// What GitHub reads the severity of an alert from: above 9 critical, from 7 high, from 4 medium.
const fn score(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical => "9.5",
        Severity::High => "8.0",
        Severity::Medium => "5.5",
        Severity::Low => "2.5",
        Severity::Info => "0.5",
    }
}

/// `rank` of a result, 0 to 100. GitLab goes by it before all else.
pub(super) const fn rank(severity: Severity) -> u8 {
    match severity {
        Severity::Critical => 95,
        Severity::High => 80,
        Severity::Medium => 55,
        Severity::Low => 25,
        Severity::Info => 5,
    }
}

const fn precision(confidence: Confidence) -> &'static str {
    match confidence {
        Confidence::High => "very-high",
        Confidence::Medium => "high",
        Confidence::Low => "medium",
    }
}

/// `pipe-to-shell` becomes `PipeToShell`.
fn pascal(id: &str) -> String {
    let mut name = String::with_capacity(id.len());
    for word in id.split('-') {
        let mut letters = word.chars();
        name.extend(letters.next().map(|first| first.to_ascii_uppercase()));
        name.push_str(letters.as_str());
    }
    name
}

/// A description with a full stop, as long as GitHub keeps it.
fn short(text: &str) -> String {
    let mut text = joined(text);
    if !text.ends_with(['.', '!', '?']) {
        text.push('.');
    }
    if text.chars().count() > DESCRIPTION {
        text = text.chars().take(DESCRIPTION - 1).chain(['…']).collect();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::{pascal, short};

    #[test]
    fn names_and_descriptions() {
        assert_eq!(pascal("pipe-to-shell"), "PipeToShell");
        assert_eq!(short("One\n  two\n"), "One two.");
        assert_eq!(short(&"ü".repeat(2000)).chars().count(), 1024);
    }
}
