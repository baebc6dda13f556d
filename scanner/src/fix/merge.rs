//! Several fixes of one file at once.

use super::Fix;
use crate::edit::{self, Change, Edit};
use crate::syntax::Document;

/// How often a document is parsed to find out which of its fixes spoils the others.
fn attempts(document: &Document) -> usize {
    const WORK: usize = 16 << 20;
    (WORK / document.text().len().max(1)).clamp(1, 64)
}

/// What became of the fixes of a file.
#[derive(Clone, Debug)]
pub struct Merged {
    /// The document with those that were made.
    pub document: Document,
    /// Of each fix whether it was made. One that touches what another changes is not: it can be
    /// made when the document is looked at again.
    pub made: Vec<bool>,
}

/// Makes all fixes that do not touch each other.
#[must_use]
pub fn merge(document: &Document, fixes: &[&Fix]) -> Merged {
    let mut order: Vec<usize> = (0..fixes.len()).collect();
    let start =
        |index: &usize| fixes.get(*index).and_then(|fix| Some(fix.edits.first()?.edit.span));
    order.sort_by_key(start);
    let mut chosen: Vec<usize> = Vec::new();
    let mut taken: Vec<Edit> = Vec::new();
    let mut same: Vec<usize> = Vec::new();
    for index in order {
        let Some(fix) = fixes.get(index) else { continue };
        let edits: Vec<&Edit> = fix.edits.iter().map(|one| &one.edit).collect();
        if !edits.is_empty() && edits.iter().all(|edit| taken.contains(edit)) {
            // Two findings about one thing.
            same.push(index);
        } else if edits.iter().all(|edit| taken.iter().all(|other| apart(edit, other))) {
            chosen.push(index);
            taken.extend(edits.into_iter().cloned());
        }
    }
    let merged = |chosen: &[usize]| {
        let parts = || chosen.iter().filter_map(|index| fixes.get(*index));
        let edits: Vec<Edit> =
            parts().flat_map(|fix| fix.edits.iter().map(|one| one.edit.clone())).collect();
        // From the end of the text to its start, so that no index moves before its turn.
        let changes: Vec<&Change> = parts().rev().flat_map(|fix| &fix.changes).collect();
        edit::checked(document, &edits, changes).ok()
    };
    let mut made = vec![false; fixes.len()];
    let mut result = merged(&chosen);
    if result.is_none() {
        let mut good: Vec<usize> = Vec::new();
        for index in chosen.iter().take(attempts(document)) {
            good.push(*index);
            match merged(&good) {
                Some(document) => result = Some(document),
                None => {
                    good.pop();
                }
            }
        }
        chosen = good;
        same.clear();
    }
    for index in chosen.iter().chain(&same) {
        if let Some(made) = made.get_mut(*index) {
            *made = result.is_some();
        }
    }
    Merged { document: result.unwrap_or_else(|| document.clone()), made }
}

/// Whether two edits do not touch: their order would matter.
fn apart(one: &Edit, other: &Edit) -> bool {
    one.span.end < other.span.start || other.span.end < one.span.start
}
