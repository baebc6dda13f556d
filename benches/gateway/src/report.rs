//! What a run measured, as JSON.

use std::io::{Write, stdout};
use std::time::Duration;

use serde::Serialize;

use crate::question::Dialect;
use crate::tally::Tally;
use crate::{Failure, Outcome};

#[derive(Serialize)]
pub(crate) struct Report {
    calls: usize,
    in_flight: usize,
    size: usize,
    revision: String,
    /// `wrong` and `failed`, those of the warm-up too.
    errors: u64,
    /// Successes that answer another question.
    wrong: u64,
    failed: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    first_fault: Option<String>,
    seconds: f64,
    per_second: f64,
    #[serde(flatten)]
    latency: Latency,
    /// From the start of the process or the first connection to the answer to the first request.
    opening_ms: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    tested: Option<Tested>,
}

/// Microseconds.
#[derive(Serialize)]
struct Latency {
    min_us: f64,
    p50_us: f64,
    p90_us: f64,
    p99_us: f64,
    p999_us: f64,
    max_us: f64,
}

/// The tested processes, without echo servers of this program.
#[derive(Serialize)]
struct Tested {
    processes: u32,
    cpu_us_per_call: f64,
    resident_kib_idle: u64,
    resident_kib: u64,
    peak_kib: u64,
}

impl Report {
    pub(crate) fn new(
        mut tally: Tally,
        dialect: &Dialect,
        in_flight: usize,
        negotiated: String,
        opening: Duration,
    ) -> Self {
        tally.latencies.sort_unstable();
        let seconds = tally.measured().as_secs_f64();
        let calls = tally.latencies.len();
        let tested = (tally.after.processes > 0).then(|| Tested {
            processes: tally.after.processes,
            cpu_us_per_call: rounded(
                micros(tally.after.cpu.saturating_sub(tally.before.cpu))
                    / count(calls + in_flight).max(1.0),
            ),
            resident_kib_idle: tally.idle.resident,
            resident_kib: tally.after.resident,
            peak_kib: tally.after.peak,
        });
        let at = |per_mille| rounded(micros(quantile(&tally.latencies, per_mille)));
        Self {
            calls,
            in_flight,
            size: dialect.size,
            revision: negotiated,
            errors: tally.wrong + tally.failed,
            wrong: tally.wrong,
            failed: tally.failed,
            first_fault: tally.first_fault.take(),
            seconds,
            per_second: if seconds > 0.0 { rounded(count(calls) / seconds) } else { 0.0 },
            latency: Latency {
                min_us: at(0),
                p50_us: at(500),
                p90_us: at(900),
                p99_us: at(990),
                p999_us: at(999),
                max_us: at(1000),
            },
            opening_ms: rounded(micros(opening) / 1000.0),
            tested,
        }
    }

    /// Prints the report. An error, if the run had errors.
    pub(crate) fn print(&self) -> Outcome {
        print(self)?;
        if self.errors == 0 {
            return Ok(());
        }
        Err(format!("{} of the answers were wrong, {} failed", self.wrong, self.failed).into())
    }
}

pub(crate) fn print(value: &impl Serialize) -> Result<(), Failure> {
    let mut output = stdout().lock();
    serde_json::to_writer(&mut output, value)?;
    output.write_all(b"\n")?;
    Ok(output.flush()?)
}

/// The value of sorted ones below or at which so many of a thousand are (nearest rank).
fn quantile(sorted: &[Duration], per_mille: usize) -> Duration {
    let rank = (sorted.len() * per_mille).div_ceil(1000).max(1);
    sorted.get(rank - 1).copied().unwrap_or_default()
}

fn micros(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1e6
}

/// To three places.
fn rounded(number: f64) -> f64 {
    (number * 1000.0).round() / 1000.0
}

fn count(number: usize) -> f64 {
    f64::from(u32::try_from(number).unwrap_or(u32::MAX))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::quantile;

    #[test]
    fn quantiles_are_nearest_ranks() {
        let sorted: Vec<_> = (1..=200).map(Duration::from_micros).collect();
        for (per_mille, expected) in [(0, 1), (500, 100), (990, 198), (999, 200), (1000, 200)] {
            assert_eq!(quantile(&sorted, per_mille), Duration::from_micros(expected));
        }
        assert_eq!(quantile(&[], 500), Duration::ZERO);
    }
}
