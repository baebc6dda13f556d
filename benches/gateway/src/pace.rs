//! When an echo server answers a call.

use std::time::Duration;

use clap::Args;

#[derive(Args, Clone, Copy, Debug)]
pub(crate) struct Pace {
    /// Answer each call after so many milliseconds
    #[arg(long, default_value_t = 0, value_name = "MS")]
    delay_ms: u32,
    /// Answer each call after a random part of the delay (of 10 ms, if none is given), so that
    /// answers come out of order
    #[arg(long)]
    shuffle: bool,
}

/// A sequence of delays, the same in every run.
pub(crate) struct Delays {
    longest: Duration,
    shuffle: bool,
    state: u64,
}

impl Pace {
    /// `None` if calls are to be answered at once.
    pub(crate) fn delays(self) -> Option<Delays> {
        let longest = match self.delay_ms {
            0 if self.shuffle => 10,
            given => given,
        };
        (longest > 0).then(|| Delays {
            longest: Duration::from_millis(u64::from(longest)),
            shuffle: self.shuffle,
            state: 0x9E37_79B9_7F4A_7C15,
        })
    }
}

impl Iterator for Delays {
    type Item = Duration;

    fn next(&mut self) -> Option<Duration> {
        if !self.shuffle {
            return Some(self.longest);
        }
        // Marsaglia's xorshift.
        self.state ^= self.state << 13;
        self.state ^= self.state >> 7;
        self.state ^= self.state << 17;
        let part = u32::try_from(self.state >> 44).unwrap_or(u32::MAX);
        Some(self.longest * part / (1 << 20))
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::Pace;

    #[test]
    fn a_shuffled_delay_is_a_part_of_the_longest() {
        let delays: Vec<_> =
            Pace { delay_ms: 20, shuffle: true }.delays().unwrap().take(1000).collect();
        assert!(delays.iter().all(|delay| *delay < Duration::from_millis(20)));
        let late = delays.iter().filter(|delay| **delay > Duration::from_millis(10)).count();
        assert!((400..600).contains(&late), "{late} of 1000 in the second half");
    }

    #[test]
    fn without_a_delay_nothing_waits() {
        assert!(Pace { delay_ms: 0, shuffle: false }.delays().is_none());
        let delay = Pace { delay_ms: 3, shuffle: false }.delays().unwrap().next();
        assert_eq!(delay, Some(Duration::from_millis(3)));
    }
}
