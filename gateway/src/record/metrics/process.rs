//! What the process itself is like.

use std::fmt;

use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric};
use prometheus_client::metrics::gauge::ConstGauge;
use prometheus_client::registry::Unit;

/// The memory of this process, read when it is asked for. Left out where the system does not tell
/// it in `/proc`.
#[derive(Debug)]
pub(super) struct Memory;

impl Collector for Memory {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> fmt::Result {
        let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
        let Some(bytes) = resident(&status) else { return Ok(()) };
        let gauge = ConstGauge::new(bytes);
        let (name, help) = ("process_resident_memory", "Resident memory of the gateway.");
        let kind = gauge.metric_type();
        gauge.encode(encoder.encode_descriptor(name, help, Some(&Unit::Bytes), kind)?)
    }
}

/// Bytes of resident memory, of the text of `/proc/self/status` (proc(5)).
fn resident(status: &str) -> Option<i64> {
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kibibytes: i64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    kibibytes.checked_mul(1024)
}

#[cfg(test)]
mod tests {
    use super::resident;

    #[test]
    fn is_read_from_the_status() {
        assert_eq!(resident("Name:\tx\nVmRSS:\t    5120 kB\nThreads:\t3\n"), Some(5 << 20));
        for text in ["", "VmRSS:", "VmRSS: 12 MB", "VmRSS: x kB", "VmRSS: 9223372036854775807 kB"] {
            assert_eq!(resident(text), None, "{text}");
        }
    }
}
