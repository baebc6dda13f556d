//! Which findings were known before: at a base revision, or in a baseline.

use std::collections::{HashMap, VecDeque};

use crate::finding::{Because, Finding, SetAside};
use crate::rules::Severity;
use crate::scanned::FileReport;

type Waiting = VecDeque<usize>;

/// How a known finding was.
#[derive(Clone, Copy, Debug)]
pub struct Before<'b> {
    /// How bad it was.
    pub severity: Severity,
    /// What identified each of the several servers that it was about, sorted.
    pub parts: &'b [String],
}

impl Before<'_> {
    /// Whether a finding that it was is worse now: more severe, or about one more server.
    fn is_worse(self, now: &Finding) -> bool {
        now.severity > self.severity
            || now.parts.iter().any(|part| self.parts.binary_search(part).is_err())
    }
}

/// Findings that were known, each by its path and fingerprint. Each can be met once.
#[derive(Debug)]
pub struct Known<'k> {
    /// By fingerprint and path.
    by_place: HashMap<&'k str, HashMap<&'k str, Waiting>>,
    by_fingerprint: HashMap<&'k str, Waiting>,
    met: Vec<bool>,
}

impl<'k> Known<'k> {
    /// These findings, in this order.
    pub fn new(findings: impl IntoIterator<Item = (&'k str, &'k str)>) -> Self {
        let mut known =
            Self { by_place: HashMap::new(), by_fingerprint: HashMap::new(), met: Vec::new() };
        for (index, (path, fingerprint)) in findings.into_iter().enumerate() {
            let places = known.by_place.entry(fingerprint).or_default();
            places.entry(path).or_default().push_back(index);
            known.by_fingerprint.entry(fingerprint).or_default().push_back(index);
            known.met.push(false);
        }
        known
    }

    /// Those that `stays` picks are met where they lay, and nowhere else.
    pub fn hold(&mut self, stays: impl Fn(usize) -> bool) {
        for waiting in self.by_fingerprint.values_mut() {
            waiting.retain(|index| !stays(*index));
        }
    }

    /// For each of the findings the index of the known one that it is, if it was known. First
    /// those are met that lie where they lay, all of them, then those that have moved to another
    /// file: a file that was copied brings new findings, and the known ones stay where they were.
    pub fn meet(&mut self, findings: &[(&str, &str)]) -> Vec<Option<usize>> {
        let mut known: Vec<Option<usize>> = findings
            .iter()
            .map(|(path, fingerprint)| {
                let waiting = self.by_place.get_mut(*fingerprint)?.get_mut(*path)?;
                take(waiting, &mut self.met)
            })
            .collect();
        for (known, (_, fingerprint)) in known.iter_mut().zip(findings) {
            if known.is_none()
                && let Some(waiting) = self.by_fingerprint.get_mut(*fingerprint)
            {
                *known = take(waiting, &mut self.met);
            }
        }
        known
    }

    /// Sets aside the findings of these files that were known and have not become worse. `paths` says
    /// how each of the files is called among the known ones, `before` how a known one was.
    /// What is suppressed stays so, but it is not gone, and it is told whether it is new.
    pub fn set_aside<'b>(
        &mut self,
        files: &mut [FileReport],
        paths: &[String],
        because: &Because,
        before: impl Fn(usize) -> Option<Before<'b>>,
    ) {
        let pairs: Vec<(&str, &str)> = files
            .iter()
            .zip(paths)
            .flat_map(|(file, path)| {
                let aside = file.set_aside.iter().map(|aside| &aside.finding);
                let all = file.findings.iter().chain(aside);
                all.map(move |finding| (path.as_str(), finding.fingerprint.as_str()))
            })
            .collect();
        let mut known = self.meet(&pairs).into_iter();
        for file in files {
            let findings = std::mem::take(&mut file.findings);
            let suppressed = file.set_aside.len();
            for (finding, known) in findings.into_iter().zip(known.by_ref()) {
                match known.and_then(&before) {
                    Some(before) if !before.is_worse(&finding) => {
                        let because = because.clone();
                        file.set_aside.push(SetAside { finding, because, is_new: false });
                    }
                    _ => file.findings.push(finding),
                }
            }
            for (aside, known) in file.set_aside.iter_mut().take(suppressed).zip(known.by_ref()) {
                let before = known.and_then(&before);
                aside.is_new = *because == Because::Base
                    && aside.because.is_suppression()
                    && before.is_none_or(|before| before.is_worse(&aside.finding));
            }
        }
    }

    /// Which of the known findings were met, in the order in which they were given.
    #[must_use]
    pub fn met(&self) -> &[bool] {
        &self.met
    }
}

/// Meets the first of these that was not met yet.
fn take(waiting: &mut Waiting, met: &mut [bool]) -> Option<usize> {
    while let Some(index) = waiting.pop_front() {
        if let Some(met) = met.get_mut(index)
            && !*met
        {
            *met = true;
            return Some(index);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::Known;

    type Pair = (&'static str, &'static str);

    #[test]
    fn what_stays_is_not_met_elsewhere() {
        let mut known = Known::new([("a", "x"), ("b", "y")]);
        known.hold(|index| index == 0);
        assert_eq!(known.meet(&[("c", "x"), ("c", "y")]), [None, Some(1)]);
        assert_eq!(known.meet(&[("a", "x")]), [Some(0)]);
    }

    fn meet(known: &[Pair], findings: &[Pair]) -> (String, String) {
        let mut before = Known::new(known.iter().copied());
        let marks =
            |marks: &[bool]| marks.iter().map(|mark| if *mark { '+' } else { '-' }).collect();
        let now: Vec<bool> = before.meet(findings).iter().map(Option::is_some).collect();
        (marks(&now), marks(before.met()))
    }

    #[test]
    fn each_known_finding_is_met_once() {
        let table: &[(&[Pair], &[Pair], &str, &str)] = &[
            (&[], &[("a", "1")], "-", ""),
            (&[("a", "1")], &[], "", "-"),
            (&[("a", "1")], &[("a", "1")], "+", "+"),
            (&[("a", "1")], &[("a", "1"), ("a", "1")], "+-", "+"),
            (&[("a", "1"), ("a", "1")], &[("a", "1")], "+", "+-"),
            // Moved, and copied: the copy is new, whatever the order.
            (&[("a", "1")], &[("b", "1")], "+", "+"),
            (&[("b", "1")], &[("a", "1"), ("b", "1")], "-+", "+"),
            (&[("a", "1"), ("b", "1")], &[("c", "1"), ("b", "1")], "++", "++"),
            (&[("a", "1")], &[("a", "2")], "-", "-"),
        ];
        for (known, findings, now, before) in table {
            assert_eq!(
                meet(known, findings),
                ((*now).to_owned(), (*before).to_owned()),
                "{known:?} {findings:?}"
            );
        }
    }

    proptest! {
        #[test]
        fn as_many_are_met_as_there_are_of_a_fingerprint(
            known in prop::collection::vec(("[ab]", "[12]"), 0..8),
            found in prop::collection::vec(("[ab]", "[12]"), 0..8),
        ) {
            let pairs = |list: &'static [(String, String)]| -> Vec<(&str, &str)> {
                list.iter().map(|(path, print)| (path.as_str(), print.as_str())).collect()
            };
            let (known, found): (&'static [_], &'static [_]) = (known.leak(), found.leak());
            let mut before = Known::new(pairs(known));
            let now: Vec<bool> = before.meet(&pairs(found)).iter().map(Option::is_some).collect();
            for print in ["1", "2"] {
                let of = |list: &[(String, String)]| list.iter().filter(|(_, p)| p == print).count();
                let met = now.iter().zip(found).filter(|(met, (_, p))| **met && p == print).count();
                prop_assert_eq!(met, of(known).min(of(found)));
            }
            prop_assert_eq!(
                before.met().iter().filter(|met| **met).count(),
                now.iter().filter(|met| **met).count()
            );
        }
    }
}
