//! The gateway's own name of a message, by which a refusal, a line of the log and a trace meet.

use std::fmt::{self, Debug, Display, Formatter};
use std::sync::atomic::{AtomicU64, Ordering};

use jiff::Timestamp;
use serde::{Serialize, Serializer};

/// A UUID of version 7 (RFC 9562, section 5.7): milliseconds since 1970, then what makes it unique.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RequestId(u128);

impl RequestId {
    /// Of a time, and of 74 bits that no other message of that millisecond has; the upper bits of
    /// `unique` are ignored. Times before 1970 count as 1970.
    #[must_use]
    pub fn new(time: Timestamp, unique: u128) -> Self {
        let milliseconds = u64::try_from(time.as_millisecond()).unwrap_or(0);
        let milliseconds = u128::from(milliseconds) & ((1 << 48) - 1);
        let above = (unique >> 62) & 0xfff;
        let below = unique & ((1 << 62) - 1);
        Self(milliseconds << 80 | 0x7 << 76 | above << 64 | 0b10 << 62 | below)
    }

    fn text(self) -> [u8; 36] {
        let mut text = [b'-'; 36];
        let digits = text.iter_mut().enumerate().filter(|(at, _)| !matches!(at, 8 | 13 | 18 | 23));
        for ((_, digit), shift) in digits.zip((0..32_u32).rev()) {
            let nibble = (self.0 >> (shift * 4)) & 0xf;
            let nibble = u8::try_from(nibble).unwrap_or_default();
            *digit = if nibble < 10 { b'0' + nibble } else { b'a' + nibble - 10 };
        }
        text
    }

    pub(super) fn write(self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.text());
    }
}

impl Display for RequestId {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(str::from_utf8(&self.text()).map_err(|_| fmt::Error)?)
    }
}

impl Debug for RequestId {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        Display::fmt(self, f)
    }
}

impl Serialize for RequestId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// Where a process takes its request ids from. It asks for randomness once and counts on from there
/// (RFC 9562, section 6.2, method 2): ids are unique across processes, and not secret.
#[derive(Debug)]
pub struct RequestIds {
    above: u128,
    next: AtomicU64,
}

impl RequestIds {
    /// Starts at random bytes, which each process must draw for itself.
    #[must_use]
    pub fn new(random: [u8; 16]) -> Self {
        let start = u128::from_be_bytes(random);
        let below = u64::try_from(start & u128::from(u64::MAX)).unwrap_or_default();
        Self { above: (start >> 64) << 62, next: AtomicU64::new(below) }
    }

    /// The next one.
    pub fn next(&self, time: Timestamp) -> RequestId {
        let below = self.next.fetch_add(1, Ordering::Relaxed) & ((1 << 62) - 1);
        RequestId::new(time, self.above | u128::from(below))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use jiff::Timestamp;

    use super::{RequestId, RequestIds};

    #[test]
    fn is_the_example_of_the_standard() {
        // RFC 9562, appendix A.6.
        let time = Timestamp::from_millisecond(0x017F_22E2_79B0).unwrap();
        let id = RequestId::new(time, 0xCC3 << 62 | 0x18C4_DC0C_0C07_398F);
        assert_eq!(id.to_string(), "017f22e2-79b0-7cc3-98c4-dc0c0c07398f");
        assert_eq!(serde_json::to_string(&id).unwrap(), format!("\"{id}\""));
    }

    #[test]
    fn a_time_before_1970_and_stray_bits_change_no_other_part() {
        let id = RequestId::new(Timestamp::MIN, u128::MAX);
        assert_eq!(id.to_string(), "00000000-0000-7fff-bfff-ffffffffffff");
    }

    #[test]
    fn no_two_are_the_same_even_where_the_count_wraps() {
        let ids = RequestIds::new([0xff; 16]);
        let time = Timestamp::from_second(1_800_000_000).unwrap();
        let drawn: BTreeSet<RequestId> = (0..1000).map(|_| ids.next(time)).collect();
        assert_eq!(drawn.len(), 1000);
        let others = RequestIds::new([7; 16]);
        assert!((0..1000).all(|_| !drawn.contains(&others.next(time))));
        let later = ids.next(Timestamp::from_second(1_800_000_001).unwrap());
        assert!(drawn.iter().all(|id| *id < later));
    }
}
