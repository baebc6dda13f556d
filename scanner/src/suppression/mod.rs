//! Findings that somebody has accepted: by a comment beside them, or by an entry of the settings.
//! They are set aside and not lost, and what suppresses nothing is a finding itself.

mod comment;
mod list;
pub mod remark;
#[cfg(test)]
mod tests;

use std::collections::HashMap;

use mcp_guard_detect::nearest::nearest;

use crate::facts::kinds::{Context, Suppression};
use crate::finding::{Anchor, Because, Finding, Judge, LateFact, SetAside};
use crate::rules::{Persona, Rule};
use crate::scanned::FileReport;
use crate::settings::Date;

pub use list::{BadList, IgnoreList, Reach};
pub use remark::remarks;

/// What may suppress a finding, and who wants to see what is left.
#[derive(Debug)]
pub struct Suppressions<'a> {
    /// Who judges what suppresses nothing.
    pub judge: &'a Judge,
    /// Every rule there is, in force or not.
    pub rules: &'a [&'static Rule],
    /// For whom the findings are told. The judge may have seen more.
    pub persona: Persona,
    /// Today.
    pub today: Option<Date>,
    /// The entries of the settings.
    pub lists: &'a [IgnoreList],
    /// Comments and entries count. Otherwise they only are no findings themselves.
    pub obeyed: bool,
}

impl Suppressions<'_> {
    /// Sets aside what is suppressed, tells what suppresses nothing, and drops what the persona
    /// does not want to see. To be called once all findings are there.
    pub fn apply(&self, files: &mut Vec<FileReport>) {
        if self.obeyed {
            for file in files.iter_mut().filter(|file| !file.remarks.is_empty()) {
                self.by_comments(file);
            }
            if !self.lists.is_empty() {
                self.by_lists(files);
            }
        }
        for file in files.iter_mut() {
            file.findings.retain(|finding| finding.persona <= self.persona);
            file.set_aside.retain(|aside| aside.finding.persona <= self.persona);
        }
    }

    fn by_comments(&self, file: &mut FileReport) {
        let remarks = std::mem::take(&mut file.remarks);
        // What is accepted, by line and rule. Of several comments the first gives the reason.
        let mut accepted: HashMap<(usize, &str), Accepted<'_>> = HashMap::new();
        for remark in &remarks {
            let Some(reason) = remark.reason() else { continue };
            let (stands, _) = remark.place.region.start();
            for (&line, rule) in
                remark.lines().iter().flat_map(|line| remark.rules().iter().map(move |r| (line, r)))
            {
                let entry = Accepted { reason, line: stands, used: false };
                accepted.entry((line, rule.as_str())).or_insert(entry);
            }
        }
        set_aside(file, |finding| {
            let key = (finding.region.start().0, finding.rule.id.as_ref());
            let accepted = accepted.get_mut(&key)?;
            accepted.used = true;
            Some(Because::Comment { reason: accepted.reason.to_owned(), line: accepted.line })
        });
        // What could not be read may hold what the comment is about.
        let whole = file.is_whole();
        for remark in &remarks {
            let is_used = |rule: &str| {
                let mut lines = remark.lines().iter();
                lines.any(|line| accepted.get(&(*line, rule)).is_some_and(|found| found.used))
            };
            // A comment names rules, and a pattern is the name of none.
            let standing = |rule: &str| match rule.contains(['*', '?', '[', '{']) {
                true => Standing::Unknown { near: None },
                false => self.standing(rule),
            };
            for fact in remark.facts(is_used, whole, standing) {
                self.tell(file, fact, &remark.context, &remark.place);
            }
        }
        file.findings.sort_by_key(|finding| finding.region.bytes.start);
    }

    fn by_lists(&self, files: &mut Vec<FileReport>) {
        let mut met: Vec<Vec<bool>> =
            self.lists.iter().map(|list| vec![false; list.entries.len()]).collect();
        for file in files.iter_mut() {
            let (path, place) = (file.path.clone(), file.place.clone());
            set_aside(file, |finding| {
                let mut because = None;
                for (list, met) in self.lists.iter().zip(&mut met) {
                    for (entry, met) in list.entries.iter().zip(met) {
                        if !list.reaches(&place) || !entry.fits(finding, &path, &place) {
                            continue;
                        }
                        *met = true;
                        if entry.counts_on(self.today) {
                            because = because.or_else(|| Some(list.because(entry)));
                        }
                    }
                }
                because
            });
        }
        for (list, met) in self.lists.iter().zip(&met) {
            let told: Vec<(Suppression, &Anchor)> = list
                .entries
                .iter()
                .zip(met)
                .filter_map(|(entry, met)| {
                    let expired = !entry.counts_on(self.today);
                    let standing = self.standing(&entry.ignore.rule);
                    let unread = || {
                        files.iter().any(|file| {
                            !file.is_whole()
                                && list.reaches(&file.place)
                                && entry.may_be_about(&file.path, &file.place)
                        })
                    };
                    let unused = !expired && !met && list.whole && !unread();
                    let fact = if expired { Some(entry.expired()) } else { None };
                    let fact = fact.or_else(|| {
                        (unused && standing == Standing::InForce).then(|| entry.unused())
                    });
                    Some((fact?, &entry.place))
                })
                .collect();
            if told.is_empty() {
                continue;
            }
            let index = list.file(files);
            if let Some(file) = files.get_mut(index) {
                for (fact, place) in told {
                    self.tell(file, fact, &list.context, place);
                }
                file.findings.sort_by_key(|finding| finding.region.bytes.start);
            }
        }
    }

    fn tell(&self, file: &mut FileReport, fact: Suppression, context: &Context, place: &Anchor) {
        let related = Vec::new();
        let fact = LateFact { detail: fact.into(), context, place, related };
        file.findings.extend(self.judge.late(fact));
    }

    /// What a rule is that a suppression names.
    fn standing(&self, rule: &str) -> Standing<'_> {
        if self.judge.applies(rule) {
            return Standing::InForce;
        }
        let ids = self.rules.iter().map(|rule| rule.id.as_ref());
        if list::names_any(rule, ids.clone()) {
            Standing::NotChosen
        } else {
            Standing::Unknown { near: nearest(rule, ids) }
        }
    }
}

/// What a rule is that a suppression names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Standing<'a> {
    InForce,
    NotChosen,
    Unknown { near: Option<&'a str> },
}

/// What the comments accept on a line.
struct Accepted<'a> {
    reason: &'a str,
    /// Where the comment stands.
    line: usize,
    used: bool,
}

/// Moves the findings for which there is a reason.
fn set_aside(file: &mut FileReport, mut because: impl FnMut(&Finding) -> Option<Because>) {
    if file.findings.is_empty() {
        return;
    }
    let findings = std::mem::take(&mut file.findings);
    for finding in findings {
        match because(&finding) {
            Some(because) => file.set_aside.push(SetAside { finding, because, is_new: false }),
            None => file.findings.push(finding),
        }
    }
}
