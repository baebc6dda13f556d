//! YAML 1.2 with merge keys.

mod failure;
mod merge;
mod reader;
mod schema;

use super::build::Tree;
use super::limits::Limits;
use super::problems::Problems;
use super::repair;
use crate::problem::Span;
use reader::read;

/// The roots and comments of `text`, which begins at `base` in its document. If it is broken, it is
/// read again without the lines of the error, and of all readings the one that holds most counts.
pub(super) fn parse(text: &str, base: usize, limits: &Limits, problems: &mut Problems) -> Tree {
    let mut best = read(text, base, limits);
    let mut failure = best.failure.take();
    let mut copy = if failure.is_some() { text.to_owned() } else { String::new() };
    let mut blanked = Vec::new();
    let mut attempts = repair::attempts(text.len());
    while attempts > 0
        && let Some(found) = failure.take()
    {
        attempts -= 1;
        if let Some(backslash) = repair::requote(&mut copy, found.at) {
            let span = Span::new(base + backslash.start, base + backslash.end);
            problems.syntax(repair::BACKSLASH, span);
        } else {
            problems.push(found.problem);
            let lines = block(&copy, found.culprit);
            copy = repair::blank(&copy, lines);
            blanked.push(Span::new(base + lines.start, base + lines.end));
        }
        let mut next = read(&copy, base, limits);
        failure = next.failure.take();
        if next.size >= best.size {
            best = next;
        }
    }
    if let Some(left) = failure {
        problems.push(left.problem);
    }
    problems.append(best.problems);
    Tree { roots: best.roots, comments: best.comments, blanked }
}

/// Whether a plain scalar of this text is a string, and no number, truth value or null.
pub(crate) fn is_plain(text: &str) -> bool {
    schema::plain(text).is_none()
}

/// From the line that holds `offset` up to the next one that is not indented deeper.
fn block(text: &str, offset: usize) -> Span {
    let start = text.get(..offset).and_then(|before| before.rfind('\n')).map_or(0, |at| at + 1);
    let indent = |line: &str| line.len() - line.trim_start().len();
    let mut lines = text.get(start..).unwrap_or_default().split_inclusive('\n');
    let first = lines.next().unwrap_or_default();
    let deeper = lines.take_while(|line| line.trim().is_empty() || indent(line) > indent(first));
    Span::new(start, start + first.len() + deeper.map(str::len).sum::<usize>())
}
