//! Facts in, findings out.

use std::sync::Arc;

use globset::Glob;

use super::docket::Docket;
use super::excerpt::{Excerpt, push_visible};
use super::fingerprint::{fingerprint, parts};
use super::{Anchor, Finding, Region, Related};
use crate::facts::kinds::{Context, Detail, FactKind, View};
use crate::facts::{Blots, Fact, Facts, SecretValues};
use crate::fix::{self, Case, Fix, Names, Versions};
use crate::lock::FileLock;
use crate::problem::{ProblemKind, Span};
use crate::rules::rule::render;
use crate::rules::{Block, Persona, Rule, Severity};
use crate::syntax::Document;
use crate::world::Tracked;

/// The rules in force, sorted by the kind of fact they look at, and who they report to.
#[derive(Clone, Debug)]
pub struct Judge {
    by_kind: Arc<[Docket]>,
    persona: Persona,
    least: Severity,
    fixes: Option<Versions>,
    /// Rules whose findings are at least so severe.
    raised: Vec<(String, Severity)>,
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
    /// What was reviewed of it, where a lock file speaks for it.
    pub lock: Option<&'a FileLock<'a>>,
}

/// A fact that came to light after its file was scanned, such as one about several files.
#[derive(Clone, Debug)]
pub struct LateFact<'a> {
    /// What is so.
    pub detail: Detail,
    /// Its server and file.
    pub context: &'a Context,
    /// Where.
    pub place: &'a Anchor,
    /// Where else.
    pub related: Vec<Related>,
}

impl Judge {
    /// A judge for these rules, who reports what `persona` wants to see from severity `least` on.
    #[must_use]
    pub fn new(
        rules: impl IntoIterator<Item = &'static Rule>,
        persona: Persona,
        least: Severity,
    ) -> Self {
        let rules: Vec<&'static Rule> = rules.into_iter().collect();
        let by_kind = FactKind::ALL.iter().map(|kind| Docket::of(*kind, &rules)).collect();
        Self { by_kind, persona, least, raised: Vec::new(), fixes: None }
    }

    /// The same judge, to whom findings of a rule are at least so severe.
    #[must_use]
    pub fn raising(mut self, rule: &str, severity: Severity) -> Self {
        self.raised.push((rule.to_owned(), severity));
        self
    }

    /// The same judge, who sees what any persona wants to see.
    #[must_use]
    pub fn seeing_all(&self) -> Self {
        Self { persona: Persona::Auditor, ..self.clone() }
    }

    /// Whether a rule of this identifier or pattern is in force.
    #[must_use]
    pub fn applies(&self, pattern: &str) -> bool {
        let matcher = Glob::new(pattern).map(|glob| glob.compile_matcher());
        let mut rules = self.by_kind.iter().flat_map(Docket::rules);
        matcher.is_ok_and(|matcher| rules.any(|rule| matcher.is_match(rule.id.as_ref())))
    }

    /// The same judge, who also says of each finding what can be done about it by program, with
    /// the versions that somebody has chosen for packages.
    #[must_use]
    pub fn fixing(mut self, versions: Versions) -> Self {
        self.fixes = Some(versions);
        self
    }

    /// The findings, in the order of the file. A rule speaks once about a place.
    #[must_use]
    pub fn findings(&self, subject: &Subject<'_>) -> Vec<Finding> {
        let Subject { facts, document, .. } = *subject;
        let mut findings: Vec<(Span, Finding)> = Vec::new();
        let mut fixes = document.map_or(0, fix::most);
        let names = Names::default();
        for fact in &facts.facts {
            let Some(context) = facts.contexts.get(fact.context) else { continue };
            let view = View { detail: &fact.detail, context };
            let told = self.told(&view, &fact.pointer, subject.tracked, &facts.secrets);
            findings.extend(told.map(|mut finding| {
                if fixes > 0 {
                    finding.fix = self.fix(&finding, fact, context, subject, &names).map(Box::new);
                    fixes -= usize::from(finding.fix.is_some());
                }
                (fact.span, finding)
            }));
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
        // Those of all files are kept, so none takes more room than it needs.
        let mut located_findings = Vec::with_capacity(findings.len());
        located_findings.extend(findings.into_iter().map(|(span, finding)| match document {
            Some(document) => located(finding, document, span, &facts.blots),
            None => finding,
        }));
        let mut findings: Vec<Finding> = located_findings;
        findings.sort_by_key(|finding| finding.region.bytes.start);
        if let Some(document) = document {
            let mut fixes: Vec<&mut Option<Box<Fix>>> =
                findings.iter_mut().map(|finding| &mut finding.fix).collect();
            fix::verify(document, &mut fixes);
        }
        findings
    }

    /// What can be done about a finding, if anybody wants to know.
    fn fix<'s>(
        &'s self,
        finding: &Finding,
        fact: &'s Fact,
        context: &'s Context,
        subject: &Subject<'s>,
        names: &'s Names<'s>,
    ) -> Option<Fix> {
        let (versions, repair) = self.fixes.as_ref().zip(finding.rule.repair)?;
        let Subject { facts, document, lock, .. } = *subject;
        let (document, confidence) = (document?, finding.confidence);
        let blots = &facts.blots;
        let case = Case { document, fact, context, confidence, blots, versions, names, lock };
        fix::of(repair, &case)
    }

    /// What there is to say about a fact that came later.
    #[must_use]
    pub fn late(&self, fact: LateFact<'_>) -> Vec<Finding> {
        let LateFact { detail, context, place, related } = fact;
        let view = View { detail: &detail, context };
        // What it tells was taken from reports, which hold no secret.
        let secrets = SecretValues::default();
        let mut findings: Vec<Finding> =
            self.told(&view, &place.pointer, &false, &secrets).collect();
        for finding in &mut findings {
            finding.region = place.region;
            finding.excerpt.clone_from(&place.excerpt);
            finding.related = related.clone().into();
        }
        findings
    }

    /// For each rule on the kind of fact, the finding of the first block that holds.
    fn told(
        &self,
        view: &View<'_>,
        pointer: &str,
        tracked: &dyn Tracked,
        secrets: &SecretValues,
    ) -> impl Iterator<Item = Finding> {
        let docket = self.by_kind.get(view.detail.kind() as usize);
        let holding = docket.into_iter().flat_map(move |docket| docket.holding(view));
        holding.filter_map(move |(rule, block)| {
            self.finding(rule, block, view, pointer, tracked, secrets)
        })
    }

    fn finding(
        &self,
        rule: &'static Rule,
        block: &Block,
        view: &View<'_>,
        pointer: &str,
        tracked: &dyn Tracked,
        secrets: &SecretValues,
    ) -> Option<Finding> {
        let Context { client, scope, server, disabled, .. } = view.context;
        let mut severity = block.severity.unwrap_or(rule.severity);
        let raise = block.raise_when_tracked.unwrap_or(rule.raise_when_tracked);
        if raise && tracked.is_tracked() {
            severity = severity.raised();
        }
        if *disabled {
            severity = severity.lowered();
        }
        for (_, least) in self.raised.iter().filter(|(raised, _)| *raised == *rule.id) {
            severity = severity.max(*least);
        }
        let confidence = block.confidence.unwrap_or(rule.confidence);
        let persona = Persona::first(severity, confidence, block.persona.unwrap_or(rule.persona));
        if severity < self.least || self.persona < persona {
            return None;
        }
        let message = block.message.as_ref().unwrap_or(&rule.message);
        Some(Finding {
            rule,
            severity,
            confidence,
            message: one_line(&secrets.hide(&render(message, view))),
            advisories: advisories(view.detail).into(),
            incomplete: is_incomplete(view.detail),
            client,
            scope,
            server: server.as_deref().map(|name| secrets.hide(name).into()),
            pointer: secrets.hide(pointer).into_owned(),
            region: Region::default(),
            excerpt: None,
            related: Box::default(),
            fix: None,
            persona,
            fingerprint: fingerprint(&rule.id, view.context, pointer, view.detail, secrets),
            parts: parts(view.detail).into(),
        })
    }
}

fn located(mut finding: Finding, document: &Document, span: Span, blots: &Blots) -> Finding {
    finding.region = Region::of(document, span);
    finding.excerpt = Excerpt::of(document, span, blots);
    finding
}

fn advisories(detail: &Detail) -> Vec<String> {
    match detail {
        Detail::Advisory(advisory) => advisory.ids.clone(),
        _ => Vec::new(),
    }
}

/// Whether the fact is a gap that may have hidden something.
fn is_incomplete(detail: &Detail) -> bool {
    let duplicate = ProblemKind::DuplicateKey.name();
    matches!(detail, Detail::Gap(gap) if gap.kind.as_deref() != Some(duplicate))
}

/// A message as one line without control characters, whatever stood in the file.
fn one_line(message: &str) -> String {
    let message = message.trim();
    let mut line = String::with_capacity(message.len());
    push_visible(&mut line, message);
    line
}
