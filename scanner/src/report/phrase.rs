//! Phrases that reports for people share.

use super::{Altered, AlteredBaseline, AtBase};
use crate::rules::Severity;

/// A paragraph on one line.
pub(super) fn joined(text: &str) -> String {
    // Nearly all paragraphs are lines of words with one blank between them.
    if text.contains("  ") || text.contains('\t') {
        return text.split_whitespace().collect::<Vec<_>>().join(" ");
    }
    let mut line = String::with_capacity(text.len());
    for part in text.lines().map(str::trim).filter(|part| !part.is_empty()) {
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(part);
    }
    line
}

/// The first sentence of a paragraph, on one line.
pub(super) fn first_sentence(text: &str) -> String {
    let line = joined(text);
    let end = line.match_indices(". ").map(|(at, _)| at + 1).find(|at| {
        // Not after `e.g.` and the like.
        !line.get(..*at).is_some_and(|head| head.ends_with("e.g.") || head.ends_with("i.e."))
    });
    match end {
        Some(end) => line.get(..end).unwrap_or(&line).to_owned(),
        None => line,
    }
}

/// What of the base could not be compared with, and why, if anything.
pub(super) fn gap(base: &AtBase) -> Option<String> {
    let revision = &base.revision;
    if base.missing.is_empty() {
        return None;
    }
    let reasons = base.missing.join("; ");
    Some(if base.commit.is_none() {
        // Which of them are of the change is as unknown as the rest.
        let settings = if base.altered.is_some() {
            " Settings and baselines of the repository do not count."
        } else {
            ""
        };
        format!(
            "There is nothing to compare with, so everything counts as new: {reasons}.{settings}"
        )
    } else {
        format!(
            "Not all of {revision} could be read, so that more counts as new than is: {reasons}."
        )
    })
}

/// Which settings and which baseline the change alters, and what counts. The names of files in it are
/// as they are.
pub(super) fn alteration(revision: &str, altered: &Altered) -> String {
    let settings = altered.is_of_settings().then(|| settings(revision, altered));
    let baseline = altered.baseline.as_ref().map(|altered| baseline(revision, altered));
    settings.into_iter().chain(baseline).collect::<Vec<_>>().join(" ")
}

fn baseline(
    revision: &str,
    AlteredBaseline { file, counts, unusable }: &AlteredBaseline,
) -> String {
    let counts = match (counts, unusable) {
        (Some(known), _) => format!("{known} counts"),
        (None, None) => format!("{revision} has none, so no baseline counts"),
        (None, Some(reason)) => {
            format!("that of {revision} cannot be used ({reason}), so no baseline counts")
        }
    };
    format!("The change alters the baseline {file}; {counts}.")
}

fn settings(revision: &str, Altered { keys, counts, unusable, .. }: &Altered) -> String {
    let keys: Vec<String> = keys.iter().map(|key| format!("scan.{key}")).collect();
    let counts = match (counts, unusable) {
        (Some(file), _) => format!("{file} counts"),
        (None, None) => format!("{revision} has none, so the defaults count"),
        (None, Some(reason)) => {
            format!("those of {revision} cannot be used ({reason}), so the defaults count")
        }
    };
    let altered = match keys.as_slice() {
        [] => "no setting that counts".to_owned(),
        keys => format!("settings: {}", keys.join(", ")),
    };
    format!("The change alters {altered}; {counts}.")
}

/// How many there are of each severity, the worst first, those left out of which there is none.
pub(super) fn by_severity(count: impl Fn(Severity) -> usize) -> String {
    let counts = Severity::ALL.iter().rev().map(|severity| (count(*severity), severity.name()));
    let told =
        counts.filter(|(count, _)| *count > 0).map(|(count, name)| format!("{count} {name}"));
    told.collect::<Vec<_>>().join(", ")
}

/// A number of things, in English: `1 finding`, `2 findings`.
#[must_use]
pub fn counted(number: usize, noun: &str) -> String {
    if number == 1 { format!("1 {noun}") } else { format!("{number} {noun}s") }
}

#[cfg(test)]
mod tests {
    use super::{first_sentence, joined};

    #[test]
    fn a_paragraph_is_one_line() {
        assert_eq!(joined(" One\ntwo three.\r\n\nFour \n"), "One two three. Four");
        assert_eq!(joined("One  two\tthree\n  four"), "One two three four");
    }

    #[test]
    fn one_sentence_on_one_line() {
        assert_eq!(first_sentence("One. Two.\n"), "One.");
        assert_eq!(first_sentence("Only\n  one"), "Only one");
        assert_eq!(first_sentence("Use x, e.g. y. Then z."), "Use x, e.g. y.");
    }
}
