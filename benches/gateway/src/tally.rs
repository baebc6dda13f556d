//! Counting answers and their latencies.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use crate::process::{Usage, usage};
use crate::question::Verdict;

/// The answers of one run: a tenth more than asked for to warm up, and then one for each call that
/// waited while the processes were looked at.
pub(crate) struct Tally {
    warm_up: u64,
    skipped: u64,
    calls: u64,
    asked: u64,
    answered: Arc<AtomicU64>,
    pub(crate) latencies: Vec<Duration>,
    pub(crate) wrong: u64,
    pub(crate) failed: u64,
    pub(crate) first_fault: Option<String>,
    started: Option<Instant>,
    ended: Option<Instant>,
    /// The process to look at.
    watched: Option<u32>,
    /// When the session was open and nothing called yet.
    pub(crate) idle: Usage,
    pub(crate) before: Usage,
    pub(crate) after: Usage,
}

impl Tally {
    pub(crate) fn new(calls: u64, in_flight: u64, watched: Option<u32>) -> Self {
        Self {
            warm_up: calls / 10,
            skipped: in_flight,
            calls,
            asked: 0,
            answered: Arc::default(),
            latencies: Vec::with_capacity(usize::try_from(calls).unwrap_or(0)),
            wrong: 0,
            failed: 0,
            first_fault: None,
            started: None,
            ended: None,
            watched,
            idle: Usage::default(),
            before: Usage::default(),
            after: Usage::default(),
        }
    }

    /// The number of answers so far, for the watchdog.
    pub(crate) fn progress(&self) -> Arc<AtomicU64> {
        Arc::clone(&self.answered)
    }

    fn total(&self) -> u64 {
        self.warm_up + self.skipped + self.calls
    }

    pub(crate) fn look_idle(&mut self) {
        self.idle = self.look();
    }

    /// The number of the next call, while there is one.
    pub(crate) fn next(&mut self) -> Option<u64> {
        (self.asked < self.total()).then(|| {
            self.asked += 1;
            self.asked
        })
    }

    pub(crate) fn is_done(&self) -> bool {
        self.answered.load(Ordering::Relaxed) == self.total()
    }

    /// Counts an answer that came at `now` to a call of `sent`.
    pub(crate) fn count(&mut self, verdict: Verdict, sent: Instant, now: Instant) {
        // No one else writes.
        let answered = self.answered.load(Ordering::Relaxed) + 1;
        self.answered.store(answered, Ordering::Relaxed);
        self.fault(verdict);
        if self.started.is_some() {
            self.latencies.push(now - sent);
        }
        if answered == self.warm_up + 1 {
            self.before = self.look();
        }
        if answered == self.warm_up + self.skipped {
            self.started = Some(now.max(Instant::now()));
        }
        if answered == self.total() {
            self.ended = Some(now);
            self.after = self.look();
        }
    }

    /// Notes what was wrong with an answer, if anything was.
    pub(crate) fn fault(&mut self, verdict: Verdict) {
        let fault = match verdict {
            Verdict::Right => return,
            Verdict::Wrong(fault) => {
                self.wrong += 1;
                fault
            }
            Verdict::Failed(fault) => {
                self.failed += 1;
                fault
            }
        };
        self.first_fault.get_or_insert(fault);
    }

    fn look(&self) -> Usage {
        self.watched.map(usage).unwrap_or_default()
    }

    pub(crate) fn measured(&self) -> Duration {
        match (self.started, self.ended) {
            (Some(start), Some(end)) => end.saturating_duration_since(start),
            _ => Duration::ZERO,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use super::Tally;
    use crate::question::Verdict;

    #[test]
    fn what_warms_up_is_not_measured_but_judged() {
        let mut tally = Tally::new(20, 3, None);
        let start = Instant::now();
        let mut asked = 0;
        while let Some(number) = tally.next() {
            asked = number;
            let verdict = if number == 1 { Verdict::Wrong("w".to_owned()) } else { Verdict::Right };
            tally.count(verdict, start, start + Duration::from_millis(number));
        }
        assert_eq!((asked, tally.latencies.len()), (25, 20));
        assert_eq!((tally.wrong, tally.failed), (1, 0));
        assert!(tally.is_done());
    }
}
