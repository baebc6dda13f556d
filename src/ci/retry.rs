//! When a request is made again, and after how long.

use std::time::Duration;

/// How often a request is made at the most.
const TRIES: u32 = 3;
/// How long is waited in all.
const PATIENCE: Duration = Duration::from_secs(60);
/// The first pause after an error of the server; the next one is twice as long.
const FAULT: Duration = Duration::from_millis(500);
/// The first pause after a limit that does not say how long it lasts. What a limit says as a date
/// is not gone by, because the clocks may differ.
const LIMIT: Duration = Duration::from_secs(5);

/// What went wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Trouble {
    /// There was no answer, or half of one.
    Connection,
    /// There was an answer, and it is none of the API.
    Garbled,
    /// The server refused or failed with this status.
    Status(u16),
    /// There were too many requests; so many seconds are to be waited, if that was said.
    Limited(Option<u64>),
}

/// How long to wait before the next try, after `tries` tries and having waited `waited` in all;
/// nothing if there is to be none.
pub(super) fn pause(trouble: Trouble, tries: u32, waited: Duration) -> Option<Duration> {
    if tries >= TRIES {
        return None;
    }
    let doubled = |first: Duration| first * 2_u32.pow(tries.saturating_sub(1));
    let pause = match trouble {
        Trouble::Connection | Trouble::Status(500..) => doubled(FAULT),
        Trouble::Limited(Some(seconds)) => Duration::from_secs(seconds),
        Trouble::Limited(None) => doubled(LIMIT),
        Trouble::Garbled | Trouble::Status(_) => return None,
    };
    (waited.checked_add(pause)? <= PATIENCE).then_some(pause)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_tried_again() {
        let second = Duration::from_secs;
        let none = Duration::ZERO;
        for (trouble, tries, waited, expected) in [
            (Trouble::Connection, 1, none, Some(FAULT)),
            (Trouble::Connection, 2, FAULT, Some(FAULT * 2)),
            (Trouble::Connection, 3, none, None),
            (Trouble::Status(500), 1, none, Some(FAULT)),
            (Trouble::Status(503), 2, none, Some(FAULT * 2)),
            (Trouble::Status(599), 3, none, None),
            (Trouble::Status(400), 1, none, None),
            (Trouble::Status(401), 1, none, None),
            (Trouble::Status(403), 1, none, None),
            (Trouble::Status(404), 1, none, None),
            (Trouble::Status(422), 1, none, None),
            (Trouble::Garbled, 1, none, None),
            (Trouble::Limited(Some(1)), 1, none, Some(second(1))),
            (Trouble::Limited(Some(60)), 1, none, Some(second(60))),
            (Trouble::Limited(Some(61)), 1, none, None),
            (Trouble::Limited(Some(30)), 2, second(31), None),
            (Trouble::Limited(Some(u64::MAX)), 1, second(1), None),
            (Trouble::Limited(None), 1, none, Some(LIMIT)),
            (Trouble::Limited(None), 2, LIMIT, Some(LIMIT * 2)),
            (Trouble::Limited(None), 3, none, None),
        ] {
            assert_eq!(pause(trouble, tries, waited), expected, "{trouble:?} {tries} {waited:?}");
        }
    }
}
