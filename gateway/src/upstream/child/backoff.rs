//! How long to wait before a server that ended is started again.

use std::time::{Duration, Instant};

const FIRST: Duration = Duration::from_millis(200);
const LONGEST: Duration = Duration::from_secs(30);
/// A process that lived so long was not started in vain.
const SETTLED: Duration = Duration::from_secs(60);

/// A call waits so long for the next start; where that takes longer it is refused at once.
const SOON: Duration = Duration::from_secs(1);

/// Whether a call is to wait until then.
pub(crate) fn is_soon(until: Instant) -> bool {
    until.saturating_duration_since(Instant::now()) <= SOON
}

/// The life of a process that ended.
#[derive(Clone, Copy, Debug)]
pub struct Life {
    /// From its start to its end.
    pub lasted: Duration,
    /// Whether it answered anything.
    pub answered: bool,
}

/// The restart policy of one server: 200 ms after the first end, twice as long after each further
/// one, at most 30 s. A process that answered or lived for 60 s lets it begin anew.
#[derive(Clone, Copy, Debug, Default)]
pub struct Backoff {
    in_vain: u32,
}

impl Backoff {
    /// The wait before the next start, now that a process ended.
    pub fn after(&mut self, life: Life) -> Duration {
        if life.answered || life.lasted >= SETTLED {
            self.in_vain = 0;
        }
        let wait = FIRST.saturating_mul(2_u32.saturating_pow(self.in_vain)).min(LONGEST);
        self.in_vain = self.in_vain.saturating_add(1);
        wait
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{Backoff, Life};

    const IN_VAIN: Life = Life { lasted: Duration::from_millis(59_999), answered: false };

    fn waits(backoff: &mut Backoff, count: usize) -> Vec<u128> {
        (0..count).map(|_| backoff.after(IN_VAIN).as_millis()).collect()
    }

    #[test]
    fn the_wait_doubles_up_to_half_a_minute() {
        let expected = [200, 400, 800, 1600, 3200, 6400, 12_800, 25_600, 30_000, 30_000];
        assert_eq!(waits(&mut Backoff::default(), 10), expected);
    }

    #[test]
    fn a_life_that_was_good_for_something_begins_anew() {
        let good = [
            Life { lasted: Duration::from_secs(60), answered: false },
            Life { lasted: Duration::ZERO, answered: true },
        ];
        for life in good {
            let mut backoff = Backoff::default();
            waits(&mut backoff, 5);
            assert_eq!(backoff.after(life).as_millis(), 200);
            assert_eq!(waits(&mut backoff, 2), [400, 800]);
        }
    }

    #[test]
    fn a_server_that_never_starts_is_tried_for_ever() {
        let mut backoff = Backoff { in_vain: u32::MAX - 1 };
        assert_eq!(waits(&mut backoff, 3), [30_000; 3]);
    }
}
