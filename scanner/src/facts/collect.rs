//! Gathers facts and the contexts they belong to.

use std::collections::BTreeSet;

use super::discretion::SecretValues;
use super::fact::{Fact, Facts};
use super::kinds::{Context, Detail};
use super::sameness::Sameness;
use super::shown::ShownServer;
use crate::online::Questions;
use crate::problem::Span;

/// Facts gathered so far; new ones belong to the context entered last.
pub(super) struct Collector {
    facts: Facts,
    current: usize,
    /// The secrets found so far.
    secrets: BTreeSet<String>,
}

impl Collector {
    /// A collector whose first context is the file.
    pub(super) fn new(file: Context) -> Self {
        Self {
            facts: Facts { contexts: vec![file], ..Facts::default() },
            current: 0,
            secrets: BTreeSet::new(),
        }
    }

    /// Goes on with a new context.
    pub(super) fn enter(&mut self, context: Context) {
        self.current = self.facts.contexts.len();
        self.facts.contexts.push(context);
    }

    /// Goes on with the context of the server of that index.
    pub(super) fn enter_again(&mut self, server: usize) {
        self.current = (server + 1).min(self.facts.contexts.len().saturating_sub(1));
    }

    /// Notes that this text is a secret.
    pub(super) fn keep_secret(&mut self, text: &str) {
        if !self.secrets.contains(text) {
            self.secrets.insert(text.to_owned());
        }
    }

    /// What is secret in the file, as far as it was found up to now; from here on no more is
    /// looked for.
    pub(super) fn secret_values(&mut self) -> SecretValues {
        self.facts.secrets = SecretValues::of(&std::mem::take(&mut self.secrets));
        self.facts.secrets.clone()
    }

    /// The context entered last.
    pub(super) fn context(&mut self) -> &mut Context {
        let current = self.current;
        #[expect(clippy::indexing_slicing, reason = "contexts are only ever added")]
        &mut self.facts.contexts[current]
    }

    pub(super) fn add(&mut self, detail: impl Into<Detail>, span: Span, pointer: &str) {
        self.add_to(self.current, detail, span, pointer);
    }

    /// Adds a fact of the context with that index: 0 for the file, n for the n-th server.
    pub(super) fn add_to(
        &mut self,
        context: usize,
        detail: impl Into<Detail>,
        span: Span,
        pointer: &str,
    ) {
        let detail = detail.into();
        self.facts.facts.push(Fact { detail, span, pointer: pointer.to_owned(), context });
    }

    /// Whether some of it was marked as not to be shown so far.
    pub(super) fn is_blotted(&self, span: Span) -> bool {
        self.facts.blots.touches(span)
    }

    /// The facts gathered so far.
    pub(super) fn facts(&self) -> &[Fact] {
        &self.facts.facts
    }

    /// What was marked as not to be shown so far, as it stands in the text.
    pub(super) fn blotted<'t>(&self, text: &'t str, most: usize) -> BTreeSet<&'t str> {
        self.facts.blots.texts(text, most)
    }

    pub(super) fn blot(&mut self, span: Span) {
        self.facts.blots.add(span);
    }

    /// Notes that something of the server entered last was too long; tells its context.
    pub(super) fn cut(&mut self) -> usize {
        self.facts.cut = true;
        self.current
    }

    pub(super) fn show(&mut self, server: ShownServer) {
        self.facts.servers.push(server);
    }

    pub(super) fn questions(&mut self) -> &mut Questions {
        &mut self.facts.questions
    }

    /// Notes by what the server entered last is compared, which its context tells in part.
    pub(super) fn compare_by(&mut self, of: impl FnOnce(&Context) -> Sameness) {
        let sameness = of(self.context());
        self.facts.sameness.push(sameness);
    }

    /// The servers whose contexts say they are guarded, by their index from 1.
    pub(super) fn is_guarded(&self, context: usize) -> bool {
        self.facts.contexts.get(context).is_some_and(|context| context.guarded)
    }

    /// Notes for comparisons which servers are given a broad root.
    fn note_roots(&mut self) {
        for fact in &self.facts.facts {
            let Detail::Root(root) = &fact.detail else { continue };
            let broad = matches!(root.class.as_deref(), Some("drive" | "home"));
            let server = fact.context.checked_sub(1);
            if broad && let Some(same) = server.and_then(|n| self.facts.sameness.get_mut(n)) {
                same.broad_root = true;
            }
        }
    }

    pub(super) fn finish(mut self) -> Facts {
        self.note_roots();
        self.facts.blots.settle();
        self.facts
    }
}
