//! How much of a server's words is logged.

use std::time::Duration;

use tokio::time::Instant;

/// What may be logged at once, in bytes.
const BURST: usize = 1024 * 1024;
/// What comes back each second, in bytes: at most 350 MB a day.
const PER_SECOND: usize = 4 * 1024;

/// A bucket of bytes: 1 MiB at once, 4 KiB a second on average. When it is empty, nothing is logged
/// until a quarter of it is back, so that what is logged then is a connected piece.
#[derive(Debug)]
pub(super) struct Budget {
    left: usize,
    /// Up to when the bucket was filled.
    filled: Instant,
    resting: bool,
    left_out: u64,
}

/// What becomes of a line.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    Log {
        /// How many lines before it were left out.
        left_out: u64,
    },
    LeaveOut,
}

impl Budget {
    pub(super) fn new(now: Instant) -> Self {
        Self { left: BURST, filled: now, resting: false, left_out: 0 }
    }

    pub(super) fn judge(&mut self, bytes: usize, now: Instant) -> Verdict {
        self.fill(now);
        if self.resting && self.left < BURST / 4 || self.left < bytes {
            self.resting = true;
            self.left_out += 1;
            return Verdict::LeaveOut;
        }
        self.resting = false;
        self.left -= bytes;
        Verdict::Log { left_out: std::mem::take(&mut self.left_out) }
    }

    /// How many lines were left out last.
    pub(super) fn left_out(&self) -> u64 {
        self.left_out
    }

    fn fill(&mut self, now: Instant) {
        let seconds = now.saturating_duration_since(self.filled).as_secs();
        let more = usize::try_from(seconds).unwrap_or(usize::MAX).saturating_mul(PER_SECOND);
        self.left = self.left.saturating_add(more).min(BURST);
        self.filled += Duration::from_secs(seconds);
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::time::Instant;

    use super::{BURST, Budget, PER_SECOND, Verdict};

    #[test]
    fn a_flood_is_logged_in_connected_pieces_and_bounded() {
        let start = Instant::now();
        let mut budget = Budget::new(start);
        let mut logged = 0;
        let mut left_out = 0;
        let mut pieces = 0;
        let mut lines = 0;
        // A line of 1,000 bytes each 10 ms for an hour.
        for number in 0..360_000 {
            lines += 1;
            let now = start + Duration::from_millis(number * 10);
            if let Verdict::Log { left_out: before } = budget.judge(1000, now) {
                logged += 1;
                left_out += before;
                pieces += u32::from(before > 0);
            }
        }
        assert!(logged * 1000 <= BURST + 3600 * PER_SECOND, "{logged}");
        assert!(logged * 1000 >= 3600 * PER_SECOND, "{logged}");
        assert_eq!(left_out + budget.left_out() + logged as u64, lines);
        assert!((30..=80).contains(&pieces), "{pieces}");
    }

    #[test]
    fn a_quiet_server_loses_nothing() {
        let start = Instant::now();
        let mut budget = Budget::new(start);
        for second in 0..10_000 {
            let verdict = budget.judge(PER_SECOND, start + Duration::from_secs(second));
            assert_eq!(verdict, Verdict::Log { left_out: 0 });
        }
    }
}
