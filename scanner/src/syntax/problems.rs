//! Collecting problems without flooding the reader.

use crate::problem::{Problem, ProblemKind, Span};

/// More problems than this are not told one by one.
const MOST: usize = 100;
/// A key longer than this many characters is not told in a message.
const LONGEST_KEY: usize = 64;

/// The problems of one document, at most [`MOST`] of them, and how many more there were.
#[derive(Debug, Default)]
pub(super) struct Problems {
    told: Vec<Problem>,
    untold: usize,
    /// The first that is not told, of those that lose content if there are any.
    next: Option<Problem>,
}

impl Problems {
    pub(super) fn push(&mut self, problem: Problem) {
        if self.told.len() < MOST {
            self.told.push(problem);
        } else {
            self.untold += 1;
            let graver =
                |next: &Problem| problem.kind.loses_content() && !next.kind.loses_content();
            if self.next.as_ref().is_none_or(graver) {
                self.next = Some(problem);
            }
        }
    }

    /// Reports damage of one kind at its first place only: a file that lacks one comma often
    /// lacks many.
    pub(super) fn once(&mut self, kind: ProblemKind, message: &'static str, span: Span) {
        if !self
            .told
            .iter()
            .chain(&self.next)
            .any(|known| known.kind == kind && known.message == message)
        {
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
        for problem in other.told.into_iter().chain(other.next) {
            self.push(problem);
        }
        self.untold += other.untold.saturating_sub(1);
    }

    /// In the order of the document; behind them one for all that are not told.
    pub(super) fn into_sorted(mut self) -> Vec<Problem> {
        self.told.sort_by_key(|problem| problem.span);
        self.told.extend(self.next.map(|next| Problem {
            message: format!("{} more problems like those before are not told", self.untold),
            pointer: None,
            ..next
        }));
        self.told
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
