//! Numbers with a unit.

use std::time::Duration;

/// The longest time that may be said.
const LONGEST: Duration = Duration::from_secs(24 * 60 * 60);

/// A time as `500ms`, `60s`, `5m` or `2h`.
pub(super) fn duration(text: &str) -> Result<Duration, String> {
    let (number, unit) = parts(text);
    let milliseconds = match unit {
        "ms" => Some(1),
        "s" => Some(1000),
        "m" => Some(60_000),
        "h" => Some(3_600_000),
        _ => None,
    };
    let time = number
        .zip(milliseconds)
        .and_then(|(number, unit)| number.checked_mul(unit))
        .map(Duration::from_millis)
        .ok_or("this is no time; write a number and its unit, as in 500ms, 60s or 5m")?;
    if time.is_zero() || time > LONGEST {
        return Err("this must be longer than nothing, and 24h at most".to_owned());
    }
    Ok(time)
}

/// Bytes, as `65536`, `64KiB`, `16MiB`, `1GiB`, or in thousands as `64kB`, `16MB`.
pub(super) fn size(text: &str) -> Result<usize, String> {
    let (number, unit) = parts(text);
    let bytes = match unit.to_ascii_lowercase().as_str() {
        "" | "b" => Some(1),
        "kb" => Some(1000),
        "mb" => Some(1_000_000),
        "gb" => Some(1_000_000_000),
        "k" | "kib" => Some(1 << 10),
        "m" | "mib" => Some(1 << 20),
        "g" | "gib" => Some(1 << 30),
        _ => None,
    };
    let size = number
        .zip(bytes)
        .and_then(|(number, unit): (u64, u64)| number.checked_mul(unit))
        .and_then(|size| usize::try_from(size).ok())
        .ok_or("this is no size; write bytes with their unit, as in 64KiB or 16MiB")?;
    if !(1024..=1 << 30).contains(&size) {
        return Err("this must be from 1KiB to 1GiB".to_owned());
    }
    Ok(size)
}

fn parts(text: &str) -> (Option<u64>, &str) {
    let text = text.trim();
    let digits = text.len() - text.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    let (number, unit) = text.split_at(digits);
    (number.parse().ok(), unit.trim_start())
}

#[cfg(test)]
mod tests {
    use super::{duration, size};
    use std::time::Duration;

    #[test]
    fn times_carry_their_unit() {
        for (text, milliseconds) in
            [("500ms", 500), ("60s", 60_000), ("5m", 300_000), ("2h", 7_200_000), (" 1 s ", 1000)]
        {
            assert_eq!(duration(text), Ok(Duration::from_millis(milliseconds)), "{text}");
        }
        for text in ["", "60", "s", "0s", "25h", "-1s", "1.5s", "1d", "99999999999999999999h"] {
            assert!(duration(text).is_err(), "{text}");
        }
    }

    #[test]
    fn sizes_may_carry_a_unit() {
        for (text, bytes) in
            [("65536", 65536), ("64KiB", 65536), ("16MiB", 1 << 24), ("2MB", 2_000_000)]
        {
            assert_eq!(size(text), Ok(bytes), "{text}");
        }
        for text in ["", "MiB", "0", "1TB", "-1", "1.5MiB", "2GiB", "99999999999999999999"] {
            assert!(size(text).is_err(), "{text}");
        }
    }
}
