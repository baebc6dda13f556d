//! Advisories that a database on the network has, beside those that are compiled in.

use super::kinds::Advisory;
use crate::online::Reported;
use crate::rules::Severity;

/// The fact with what is reported besides. What was unconfirmed and is reported is firm.
pub(super) fn joined(mut fact: Advisory, reported: &[&Reported]) -> Advisory {
    if !fact.firm {
        fact = without_claims(fact);
    }
    let known = |id: &String, fact: &Advisory| fact.ids.contains(id);
    let fresh: Vec<&&Reported> = reported
        .iter()
        .filter(|one| !known(&one.id, &fact) && !one.aliases.iter().any(|id| known(id, &fact)))
        .collect();
    let fresh = distinct(&fresh);
    let Some(worst) = fresh.iter().copied().max_by_key(|one| one.severity) else { return fact };
    let severity = |word: &str| Severity::ALL.iter().copied().find(|one| one.name() == word);
    let before = fact.severity.as_deref().and_then(severity);
    if before.is_none_or(|before| worst.severity > before) {
        fact.severity = Some(worst.severity.name().into());
        fact.id = Some(worst.id.clone().into());
        fact.summary = Some(worst.summary.clone().into());
    }
    #[expect(clippy::cast_precision_loss, reason = "a package has few advisories")]
    let count = fact.count.unwrap_or_default() + fresh.len() as f64;
    let id = fact.id.as_deref().unwrap_or_default();
    fact.named = Some(if count > 1.0 {
        format!("{id} and {} more", count - 1.0).into()
    } else {
        id.to_owned().into()
    });
    fact.count = Some(count);
    fact.firm = true;
    for one in &fresh {
        fact.unconfirmed.retain(|id| *id != one.id && !one.aliases.contains(id));
        fact.ids.extend(std::iter::once(&one.id).chain(&one.aliases).cloned());
    }
    // A version that has one fault less may have the others.
    let fixes: Vec<&str> = fresh.iter().filter_map(|one| one.fixed.as_deref()).collect();
    fact.fixed = match (fixes.as_slice(), fresh.len(), before) {
        ([only], 1, None) => Some((*only).to_owned().into()),
        _ => None,
    };
    fact.remedy = Some(match &fact.fixed {
        Some(fixed) => format!("fixed in {fixed}").into(),
        None if fixes.is_empty() => "no fixed release known".into(),
        None => "fixed in a later release".into(),
    });
    fact
}

/// The fact of the same item without the advisories that nobody confirmed.
fn without_claims(fact: Advisory) -> Advisory {
    Advisory {
        severity: None,
        id: None,
        summary: None,
        count: None,
        unconfirmed: fact.ids,
        ids: Vec::new(),
        ..fact
    }
}

/// Each fault once, though several records tell of it.
fn distinct<'a>(reported: &[&&'a Reported]) -> Vec<&'a Reported> {
    let mut kept: Vec<&Reported> = Vec::new();
    for one in reported {
        let same = |other: &&Reported| {
            other.id == one.id || other.aliases.contains(&one.id) || one.aliases.contains(&other.id)
        };
        match kept.iter_mut().find(|other| same(other)) {
            // The record that knows how bad it is.
            Some(other) if one.severity > other.severity => *other = one,
            Some(_) => {}
            None => kept.push(one),
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reported(id: &str, aliases: &[&str], severity: Severity, fixed: Option<&str>) -> Reported {
        Reported {
            id: id.to_owned(),
            aliases: aliases.iter().map(|id| (*id).to_owned()).collect(),
            severity,
            summary: format!("summary of {id}"),
            malicious: false,
            fixed: fixed.map(str::to_owned),
        }
    }

    fn known(firm: bool) -> Advisory {
        Advisory {
            firm,
            severity: Some("high".into()),
            id: Some("CVE-2025-1".into()),
            count: Some(1.0),
            ids: vec!["CVE-2025-1".to_owned(), "GHSA-1".to_owned()],
            fixed: Some("2.0.0".into()),
            ..Advisory::default()
        }
    }

    #[test]
    fn what_is_known_is_not_counted_twice() {
        let same = reported("GHSA-1", &[], Severity::Critical, None);
        assert_eq!(joined(known(true), &[&same]), known(true));
        let fact = joined(known(false), &[&same]);
        assert_eq!((fact.firm, fact.count), (true, Some(1.0)));
        assert_eq!(fact.severity.as_deref(), Some("critical"));
        assert!(fact.unconfirmed == ["CVE-2025-1"] && fact.ids == ["GHSA-1"], "{fact:?}");
    }

    #[test]
    fn several_records_of_one_fault_are_one() {
        let one = reported("PYSEC-1", &["CVE-9"], Severity::Medium, None);
        let other = reported("GHSA-9", &["CVE-9", "PYSEC-1"], Severity::High, Some("3.0"));
        let fact = joined(Advisory::default(), &[&one, &other]);
        assert_eq!((fact.count, fact.named.as_deref()), (Some(1.0), Some("GHSA-9")));
        assert_eq!(fact.fixed.as_deref(), Some("3.0"));
        let third = reported("GHSA-8", &[], Severity::Low, Some("2.0"));
        let fact = joined(Advisory::default(), &[&one, &other, &third]);
        assert_eq!(fact.named.as_deref(), Some("GHSA-9 and 1 more"));
        assert_eq!(fact.remedy.as_deref(), Some("fixed in a later release"));
    }
}
