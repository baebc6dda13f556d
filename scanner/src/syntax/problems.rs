//! Collecting problems without flooding the reader.

use crate::problem::{Problem, ProblemKind, Span};

/// More problems than this are not told one by one.
const MOST: usize = 100;
/// A key longer than this many characters is not told in a message.
const LONGEST_KEY: usize = 64;

/// The problems of one document, at most [`MOST`] of them.
#[derive(Debug, Default)]
pub(super) struct Problems(Vec<Problem>);

impl Problems {
    pub(super) fn push(&mut self, problem: Problem) {
        if self.0.len() < MOST {
            self.0.push(problem);
        }
    }

    /// Reports damage of one kind at its first place only: a file that lacks one comma often
    /// lacks many.
    pub(super) fn once(&mut self, kind: ProblemKind, message: &'static str, span: Span) {
        if !self.0.iter().any(|known| known.kind == kind && known.message == message) {
            self.push(Problem::new(kind, message).at(span));
        }
    }

    pub(super) fn syntax(&mut self, message: &'static str, span: Span) {
        self.once(ProblemKind::Syntax, message, span);
    }

    pub(super) fn duplicate(&mut self, key: &str, span: Span, pointer: String) {
        let message = if key.chars().count() > LONGEST_KEY {
            "the same key stands twice in one object; clients read only one of them".to_owned()
        } else {
            format!(
                "the key \"{}\" stands twice in one object; clients read only one of them",
                printable(key)
            )
        };
        self.push(Problem::new(ProblemKind::DuplicateKey, message).at(span).on(pointer));
    }

    /// Takes over what another collection holds.
    pub(super) fn append(&mut self, other: Self) {
        for problem in other.0 {
            self.push(problem);
        }
    }

    /// In the order of the document.
    pub(super) fn into_sorted(mut self) -> Vec<Problem> {
        self.0.sort_by_key(|problem| problem.span);
        self.0
    }
}

/// A text of the file, or of a library about it, with everything invisible escaped.
pub(super) fn printable(text: &str) -> String {
    let mut printable = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '\'' | '"' | '\\' => printable.push(character),
            _ => printable.extend(character.escape_debug()),
        }
    }
    printable
}
