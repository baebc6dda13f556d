//! Facts in, findings out.

use super::excerpt::Excerpt;
use super::fingerprint::fingerprint;
use super::{Finding, Region};
use crate::facts::kinds::{Context, Detail, FactKind, View};
use crate::facts::{Blots, Fact, Facts, discreet};
use crate::problem::{ProblemKind, Span};
use crate::rules::rule::render;
use crate::rules::{Block, Persona, Rule, Severity};
use crate::syntax::Document;

/// The rules in force, sorted by the kind of fact they look at, and who they report to.
#[derive(Debug)]
pub struct Judge {
    by_kind: Vec<Vec<&'static Rule>>,
    persona: Persona,
    least: Severity,
}

/// What is judged.
#[derive(Clone, Copy, Debug)]
pub struct Subject<'a> {
    /// The facts of a file.
    pub facts: &'a Facts,
    /// The file itself; absent when it could not be read.
    pub document: Option<&'a Document>,
    /// Whether git tracks the file.
    pub tracked: &'a dyn Tracked,
}

/// Tells whether git tracks the file that is judged. Asked only when a finding depends on it.
pub trait Tracked: std::fmt::Debug {
    /// Whether git tracks the file.
    fn is_tracked(&self) -> bool;
}

impl Judge {
    /// A judge for these rules, who reports what `persona` wants to see from severity `least` on.
    #[must_use]
    pub fn new(
        rules: impl IntoIterator<Item = &'static Rule>,
        persona: Persona,
        least: Severity,
    ) -> Self {
        let mut by_kind = vec![Vec::new(); FactKind::ALL.len()];
        for rule in rules {
            for (kind, rules) in FactKind::ALL.iter().zip(&mut by_kind) {
                if rule.detect.iter().any(|block| block.fact == *kind) {
                    rules.push(rule);
                }
            }
        }
        Self { by_kind, persona, least }
    }

    /// The findings, in the order of the file. A rule speaks once about a place.
    #[must_use]
    pub fn findings(&self, subject: &Subject<'_>) -> Vec<Finding> {
        let Subject { facts, document, .. } = *subject;
        let mut findings: Vec<(Span, Finding)> = Vec::new();
        for fact in &facts.facts {
            let Some(context) = facts.contexts.get(fact.context) else { continue };
            let view = View { detail: &fact.detail, context };
            let rules = self.by_kind.get(fact.detail.kind() as usize);
            for rule in rules.into_iter().flatten() {
                let mut blocks =
                    rule.detect.iter().filter(|block| block.fact == fact.detail.kind());
                if let Some(block) = blocks.find(|block| block.condition.holds(&view))
                    && let Some(finding) = self.finding(rule, block, fact, &view, subject)
                {
                    findings.push((fact.span, finding));
                }
            }
        }
        findings.sort_by(|(a_span, a), (b_span, b)| {
            (a_span, &a.rule.id, &a.pointer, b.severity)
                .cmp(&(b_span, &b.rule.id, &b.pointer, a.severity))
        });
        findings.dedup_by(|(b_span, b), (a_span, a)| {
            a_span == b_span
                && a.rule.id == b.rule.id
                && a.server == b.server
                && a.pointer == b.pointer
        });
        let mut findings: Vec<Finding> = findings
            .into_iter()
            .map(|(span, finding)| match document {
                Some(document) => located(finding, document, span, &facts.blots),
                None => finding,
            })
            .collect();
        findings.sort_by_key(|finding| finding.region.bytes.start);
        findings
    }

    fn finding(
        &self,
        rule: &'static Rule,
        block: &Block,
        fact: &Fact,
        view: &View<'_>,
        subject: &Subject<'_>,
    ) -> Option<Finding> {
        let Context { client, scope, server, disabled, .. } = view.context;
        let mut severity = block.severity.unwrap_or(rule.severity);
        if rule.raise_when_tracked && subject.tracked.is_tracked() {
            severity = severity.raised();
        }
        if *disabled {
            severity = severity.lowered();
        }
        let confidence = block.confidence.unwrap_or(rule.confidence);
        let from = block.persona.unwrap_or(rule.persona);
        if severity < self.least || !self.persona.sees(severity, confidence, from) {
            return None;
        }
        let message = block.message.as_ref().unwrap_or(&rule.message);
        Some(Finding {
            rule,
            severity,
            confidence,
            message: one_line(&discreet(&render(message, view))),
            incomplete: is_incomplete(view.detail),
            client,
            scope,
            server: server.as_deref().map(|name| discreet(name).into_owned()),
            pointer: discreet(&fact.pointer).into_owned(),
            region: Region::default(),
            excerpt: None,
            fingerprint: fingerprint(&rule.id, view.context, &fact.pointer, view.detail),
        })
    }
}

fn located(mut finding: Finding, document: &Document, span: Span, blots: &Blots) -> Finding {
    finding.region = Region::of(document, span);
    finding.excerpt = Excerpt::of(document, span, blots);
    finding
}

/// Whether the fact is a gap that may have hidden something.
fn is_incomplete(detail: &Detail) -> bool {
    let duplicate = ProblemKind::DuplicateKey.name();
    matches!(detail, Detail::Gap(gap) if gap.kind.as_deref() != Some(duplicate))
}

/// A message as one line without control characters, whatever stood in the file.
fn one_line(message: &str) -> String {
    message.trim().chars().map(super::excerpt::visible).collect()
}
