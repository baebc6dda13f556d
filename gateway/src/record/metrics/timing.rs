//! A histogram of durations that is counted without a lock.

use std::fmt;
use std::iter::once;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use prometheus_client::encoding::{EncodeMetric, MetricEncoder, NoLabelSet};
use prometheus_client::metrics::{MetricType, TypedMetric};

/// Counts of durations up to each bound. Clones count together.
#[derive(Clone, Debug)]
pub(super) struct Timing(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    bounds: &'static [Duration],
    /// One for each bound, and one for what is above them all.
    counts: Box<[AtomicU64]>,
    nanoseconds: AtomicU64,
}

impl Timing {
    /// With these bounds, from the shortest to the longest.
    pub(super) fn new(bounds: &'static [Duration]) -> Self {
        let counts = (0..=bounds.len()).map(|_| AtomicU64::new(0)).collect();
        Self(Arc::new(Inner { bounds, counts, nanoseconds: AtomicU64::new(0) }))
    }

    pub(super) fn observe(&self, duration: Duration) {
        let Inner { bounds, counts, nanoseconds } = &*self.0;
        let above = bounds.iter().take_while(|bound| duration > **bound).count();
        if let Some(count) = counts.get(above) {
            count.fetch_add(1, Ordering::Relaxed);
        }
        let spent = u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX);
        nanoseconds.fetch_add(spent, Ordering::Relaxed);
    }
}

impl EncodeMetric for Timing {
    fn encode(&self, mut encoder: MetricEncoder<'_>) -> fmt::Result {
        let Inner { bounds, counts, nanoseconds } = &*self.0;
        let bounds = bounds.iter().map(Duration::as_secs_f64).chain(once(f64::INFINITY));
        let counts = counts.iter().map(|count| count.load(Ordering::Relaxed));
        let buckets: Vec<(f64, u64)> = bounds.zip(counts).collect();
        let all = buckets.iter().map(|(_, count)| count).sum();
        let sum = Duration::from_nanos(nanoseconds.load(Ordering::Relaxed)).as_secs_f64();
        encoder.encode_histogram::<NoLabelSet>(sum, all, &buckets, None)
    }

    fn metric_type(&self) -> MetricType {
        Self::TYPE
    }
}

impl TypedMetric for Timing {
    const TYPE: MetricType = MetricType::Histogram;
}
