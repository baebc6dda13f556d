//! Lines, indentation and comments of a text.

use crate::problem::Span;
use crate::syntax::Document;

/// A text with its comments.
#[derive(Clone, Copy)]
pub(super) struct Layout<'d> {
    pub(super) text: &'d str,
    comments: &'d [Span],
    /// How new lines end.
    pub(super) newline: &'static str,
}

impl<'d> Layout<'d> {
    pub(super) fn of(document: &'d Document) -> Self {
        let text = document.text();
        let first = text.split_once('\n').map_or("", |(line, _)| line);
        let windows = first.ends_with('\r');
        Self { text, comments: document.comments(), newline: if windows { "\r\n" } else { "\n" } }
    }

    pub(super) fn slice(&self, start: usize, end: usize) -> &'d str {
        self.text.get(start..end).unwrap_or_default()
    }

    pub(super) fn line_start(&self, at: usize) -> usize {
        self.slice(0, at).rfind('\n').map_or(0, |feed| feed + 1)
    }

    /// Before the line break of the line that holds `at`.
    pub(super) fn line_end(&self, at: usize) -> usize {
        let line = self.slice(at, self.text.len()).split('\n').next().unwrap_or_default();
        at + line.strip_suffix('\r').unwrap_or(line).len()
    }

    /// Behind the line break of the line that holds `at`.
    pub(super) fn next_line(&self, at: usize) -> usize {
        let rest = self.slice(at, self.text.len());
        rest.find('\n').map_or(self.text.len(), |feed| at + feed + 1)
    }

    /// The white space that begins the line which holds `at`.
    pub(super) fn indent(&self, at: usize) -> &'d str {
        let line = self.slice(self.line_start(at), at);
        line.get(..line.len() - line.trim_start_matches([' ', '\t']).len()).unwrap_or_default()
    }

    /// Bytes before `at` in its line.
    pub(super) fn column(&self, at: usize) -> usize {
        at - self.line_start(at)
    }

    /// Whether only white space stands before it in its line.
    pub(super) fn begins_line(&self, at: usize) -> bool {
        self.slice(self.line_start(at), at).trim_matches([' ', '\t']).is_empty()
    }

    /// Whether only white space, or nothing, stands from there to the end of the line.
    pub(super) fn ends_line(&self, at: usize) -> bool {
        self.slice(at, self.line_end(at)).trim().is_empty()
    }

    pub(super) fn is_blank(&self, start: usize, end: usize) -> bool {
        self.slice(start, end).trim().is_empty()
    }

    /// The first comment that ends behind `at`.
    fn comment_from(&self, at: usize) -> Option<Span> {
        self.comments.get(self.comments.partition_point(|comment| comment.end <= at)).copied()
    }

    /// Whether a comment stands between.
    pub(super) fn has_comment(&self, start: usize, end: usize) -> bool {
        self.comment_from(start).is_some_and(|comment| comment.start < end)
    }

    /// Behind the last comment that begins in the same line, with nothing but white space and other
    /// comments before it; `at` if there is none.
    pub(super) fn tail(&self, at: usize) -> usize {
        let mut end = at;
        while let Some(comment) = self.comment_from(end)
            && self.slice(end, comment.start).bytes().all(|byte| matches!(byte, b' ' | b'\t'))
        {
            end = comment.end;
            if self.slice(comment.start, comment.end).contains('\n') {
                break;
            }
        }
        // A comment to the end of the line may hold the carriage return.
        if self.slice(at, end).ends_with('\r') { end - 1 } else { end }
    }

    /// The first byte from `start` that is neither white space nor in a comment, before `end`.
    pub(super) fn skip(&self, start: usize, end: usize) -> usize {
        let mut at = start;
        loop {
            let rest = self.slice(at, end);
            at += rest.len() - rest.trim_start().len();
            match self.comment_from(at) {
                Some(comment) if comment.start <= at && at < end => at = comment.end,
                _ => return at.min(end.max(start)),
            }
        }
    }

    /// Where the byte stands between the two places, outside of comments.
    pub(super) fn find(&self, byte: char, start: usize, end: usize) -> Option<usize> {
        let mut at = start;
        loop {
            let found = at + self.slice(at, end).find(byte)?;
            match self.comment_from(found) {
                Some(comment) if comment.start <= found => at = comment.end,
                _ => return Some(found),
            }
        }
    }
}
