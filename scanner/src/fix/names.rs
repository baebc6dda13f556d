//! The variables that are to hold the secrets of a file.

use std::cell::RefCell;
use std::collections::BTreeMap;

/// So many numbers are tried behind a name that others have.
const MOST: usize = 1000;

/// Which secret of a file gets which name, so that no two different ones get the same.
#[derive(Debug, Default)]
pub(crate) struct Names<'a> {
    given: RefCell<BTreeMap<String, &'a str>>,
}

impl<'a> Names<'a> {
    /// The first of these names that no other secret has and that is free otherwise, or the last
    /// of them with a number.
    pub(super) fn take(
        &self,
        secret: &'a str,
        names: [String; 2],
        free: impl Fn(&str) -> bool,
    ) -> Option<String> {
        let mut given = self.given.borrow_mut();
        let last = names.last().cloned()?;
        let numbered = (2..MOST).map(|number| format!("{last}_{number}"));
        let name =
            names.into_iter().chain(numbered).filter(|name| !name.is_empty()).find(|name| {
                given.get(name).map_or_else(|| free(name), |known| *known == secret)
            })?;
        given.insert(name.clone(), secret);
        Some(name)
    }
}
