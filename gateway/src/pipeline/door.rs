//! Requests that are turned away before any message of them is read.

use std::sync::atomic::{AtomicI64, AtomicU32, Ordering};
use std::time::Duration;

use super::gate::Gate;
use crate::record::{Decision, Front, Text, Verdict};

/// How many lines a second are written about them: whoever knocks all the time must not fill the disk.
/// Metrics count every one.
const LINES: u32 = 10;

/// The principal and the method of a message that nobody has read.
const UNKNOWN: &str = "-";

/// How many lines were written in this second.
#[derive(Debug, Default)]
pub(super) struct Door {
    second: AtomicI64,
    lines: AtomicU32,
}

impl Door {
    fn may_write(&self, second: i64) -> bool {
        if self.second.swap(second, Ordering::Relaxed) != second {
            self.lines.store(0, Ordering::Relaxed);
        }
        self.lines.fetch_add(1, Ordering::Relaxed) < LINES
    }
}

impl Gate {
    /// Records that a request was turned away, because of this code of a refusal or name of a fault.
    pub fn turned_away(&self, front: Front, code: &'static str) {
        let time = self.time();
        let decision = Decision {
            time,
            request_id: self.name(time),
            principal: Text::new(UNKNOWN),
            front,
            session: None,
            server: None,
            method: Text::new(UNKNOWN),
            tool: None,
            verdict: Verdict::Refused { code, rule: None },
            latency: Duration::ZERO,
            bytes_in: 0,
            bytes_out: 0,
        };
        self.rules().counters.of(None).count(&decision);
        if self.door().may_write(time.as_second())
            && let Ok(place) = self.log().try_place()
        {
            place.record(decision);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_few_lines_a_second_are_written() {
        let door = Door::default();
        let written = |second| (0..1000).filter(|_| door.may_write(second)).count();
        assert_eq!([1, 1, 2].map(written), [10, 0, 10]);
    }
}
