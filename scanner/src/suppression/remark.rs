//! A comment that is addressed to the scanner, as it outlives its document.

use std::borrow::Cow;

use super::Standing;
use super::comment::{Comment, Directive, Flaw, comments};
use crate::facts::kinds::{Context, Suppression};
use crate::facts::{Blots, discreet};
use crate::finding::{Anchor, visible};
use crate::problem::Span;
use crate::syntax::Document;

/// A comment by which somebody accepts findings.
#[derive(Clone, Debug)]
pub struct Remark {
    /// Where it stands.
    pub(super) place: Anchor,
    /// The file it stands in.
    pub(super) context: Context,
    /// The lines it is about.
    lines: Vec<usize>,
    says: Says,
}

#[derive(Clone, Debug)]
enum Says {
    Accepted { rules: Vec<String>, reason: String },
    Nothing(Flaw),
}

/// The comments of a document that are addressed to the scanner.
#[must_use]
pub fn remarks(document: &Document, context: &Context, blots: &Blots) -> Vec<Remark> {
    let of = |Comment { span, lines, says }: Comment| Remark {
        place: Anchor::of(document, span, "", blots),
        context: context.clone(),
        lines,
        says: match says {
            Ok(Directive { rules, reason }) => {
                Says::Accepted { rules, reason: shown(document, reason, blots) }
            }
            Err(flaw) => Says::Nothing(flaw),
        },
    };
    comments(document).into_iter().map(of).collect()
}

/// A text of the document on one line, without what must not be shown.
fn shown(document: &Document, span: Span, blots: &Blots) -> String {
    let text = document.slice(span).char_indices();
    let text: String = text
        .map(|(at, character)| match character {
            _ if blots.hide(span.start + at) => '*',
            c if c.is_whitespace() => ' ',
            c => visible(c),
        })
        .collect();
    discreet(&text).into_owned()
}

impl Remark {
    /// The lines it is about, from 1.
    pub(super) fn lines(&self) -> &[usize] {
        &self.lines
    }

    /// The rules that are accepted; none if the comment does not count.
    pub(super) fn rules(&self) -> &[String] {
        match &self.says {
            Says::Accepted { rules, .. } => rules,
            Says::Nothing(_) => &[],
        }
    }

    /// The reason; none if the comment does not count.
    pub(super) fn reason(&self) -> Option<&str> {
        match &self.says {
            Says::Accepted { reason, .. } => Some(reason),
            Says::Nothing(_) => None,
        }
    }

    /// What is wrong with it. `is_used` tells whether a rule found something there, `whole` that all
    /// of the file was looked at.
    pub(super) fn facts<'s>(
        &self,
        is_used: impl Fn(&str) -> bool,
        whole: bool,
        standing: impl Fn(&str) -> Standing<'s>,
    ) -> Vec<Suppression> {
        let fact = |state: &'static str, rule: &str| Suppression {
            source: Some("comment".into()),
            state: Some(state.into()),
            rule: Some(Cow::Owned(rule.to_owned())),
            ..Suppression::default()
        };
        match &self.says {
            Says::Nothing(Flaw::Malformed) => {
                vec![Suppression { rule: None, ..fact("malformed", "") }]
            }
            Says::Nothing(Flaw::NoReason(rules)) => vec![fact("no-reason", &rules.join(", "))],
            Says::Accepted { rules, .. } => {
                let unused = rules.iter().filter(|rule| !is_used(rule));
                unused
                    .filter_map(|rule| match standing(rule) {
                        Standing::Unknown { near } => Some(Suppression {
                            near: near.map(|near| near.to_owned().into()),
                            ..fact("unknown-rule", rule)
                        }),
                        Standing::InForce if whole => Some(fact("unused", rule)),
                        Standing::InForce | Standing::NotChosen => None,
                    })
                    .collect()
            }
        }
    }
}
