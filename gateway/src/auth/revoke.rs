//! Which key somebody means who names one to revoke it.

use crate::state::KeyRecord;

/// Why it is not clear which key to revoke.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NotRevocable<'a> {
    /// No key is called so.
    Unknown,
    /// Those that are were revoked before.
    Revoked(Vec<&'a KeyRecord>),
    /// More than one is.
    Ambiguous(Vec<&'a KeyRecord>),
}

/// The key that a name means: an id or last four characters, and if nothing is called so the
/// beginning of an id. Keys that were revoked are not meant.
///
/// # Errors
///
/// If it means none, or could mean several.
pub fn revocable<'a>(
    records: &'a [KeyRecord],
    name: &str,
) -> Result<&'a KeyRecord, NotRevocable<'a>> {
    if name.is_empty() {
        return Err(NotRevocable::Unknown);
    }
    let called = |matches: &dyn Fn(&KeyRecord) -> bool| -> Vec<&'a KeyRecord> {
        records.iter().filter(|record| matches(record)).collect()
    };
    let exactly = called(&|record| record.id == name || record.last_four == name);
    let all = match exactly.as_slice() {
        [] => called(&|record| record.id.starts_with(name)),
        _ => exactly,
    };
    let live: Vec<&KeyRecord> =
        all.iter().copied().filter(|record| record.revoked.is_none()).collect();
    match live.as_slice() {
        [one] => Ok(one),
        [] if all.is_empty() => Err(NotRevocable::Unknown),
        [] => Err(NotRevocable::Revoked(all)),
        _ => Err(NotRevocable::Ambiguous(live)),
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;
    use crate::state::Pepper;

    fn record(id: &str, last_four: &str, is_revoked: bool) -> KeyRecord {
        KeyRecord {
            hash: Pepper::new(&[1; 32]).hash(last_four),
            id: id.to_owned(),
            last_four: last_four.to_owned(),
            note: String::new(),
            created: Timestamp::UNIX_EPOCH,
            expires: None,
            revoked: is_revoked.then_some(Timestamp::UNIX_EPOCH),
        }
    }

    fn records() -> Vec<KeyRecord> {
        vec![
            record("ci", "aaaa", true),
            record("ci", "bbbb", false),
            record("ci-nightly", "cccc", false),
            record("ann", "dddd", false),
            record("ann", "eeee", false),
            record("anton", "ffff", false),
            record("old", "gggg", true),
            record("dddd", "hhhh", false),
        ]
    }

    #[test]
    fn a_name_means_one_key() {
        let records = records();
        for (name, last_four) in [
            ("ci", "bbbb"),
            ("bbbb", "bbbb"),
            ("ci-", "cccc"),
            ("eeee", "eeee"),
            ("ant", "ffff"),
            ("ddd", "hhhh"),
        ] {
            assert_eq!(revocable(&records, name).unwrap().last_four, last_four, "{name}");
        }
    }

    #[test]
    fn what_could_mean_several_means_none() {
        let records = records();
        for (name, candidates) in [
            ("ann", &["dddd", "eeee"][..]),
            ("an", &["dddd", "eeee", "ffff"]),
            ("dddd", &["dddd", "hhhh"]),
        ] {
            let Err(NotRevocable::Ambiguous(found)) = revocable(&records, name) else {
                panic!("{name}")
            };
            let found: Vec<&str> = found.iter().map(|record| record.last_four.as_str()).collect();
            assert_eq!(found, candidates, "{name}");
        }
    }

    #[test]
    fn nothing_is_revoked_by_accident() {
        let records = records();
        for name in ["", "CI", "bob", "bbb", "*", "aaaaa"] {
            assert_eq!(revocable(&records, name), Err(NotRevocable::Unknown), "{name:?}");
        }
        for name in ["aaaa", "old", "ol"] {
            let found = revocable(&records, name);
            assert!(matches!(found, Err(NotRevocable::Revoked(_))), "{name}");
        }
    }
}
