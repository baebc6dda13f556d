//! The user's own settings as a floor under those of a repository.

use super::{FailOn, Settings};

impl FailOn {
    /// The one that fails more often.
    fn stricter(self, other: Self) -> Self {
        match (self.0, other.0) {
            (Some(a), Some(b)) => Self(Some(a.min(b))),
            (a, b) => Self(a.or(b)),
        }
    }
}

impl Settings {
    /// What counts where `self` are the settings of a repository and `floor` those of the user: of
    /// two words the stricter one, and a demand of either. A repository can add rules and select
    /// more of them, but not take away what the user selected, which is all where the user selects
    /// nothing. What only leaves out (`ignore`,
    /// `exclude`, `baseline`) is not joined here: it keeps to the files of its own file's tree.
    #[must_use]
    pub fn above(&self, floor: &Self) -> Self {
        let mut joined = self.clone();
        joined.fail_on = either(self.fail_on, floor.fail_on, FailOn::stricter);
        joined.min_severity = either(self.min_severity, floor.min_severity, Ord::min);
        joined.persona = either(self.persona, floor.persona, Ord::max);
        joined.require_guard |= floor.require_guard;
        if floor.select.is_empty() {
            joined.select.clear();
        } else {
            joined.select.extend(floor.select.iter().cloned());
        }
        joined
    }
}

fn either<T: Copy>(a: Option<T>, b: Option<T>, both: impl Fn(T, T) -> T) -> Option<T> {
    match (a, b) {
        (Some(a), Some(b)) => Some(both(a, b)),
        (a, b) => a.or(b),
    }
}
