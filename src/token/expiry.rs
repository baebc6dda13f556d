//! Until when a key is valid.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

/// When a key expires: `90d` or `12h` from now on, at the beginning of a day in UTC, or at a time as
/// RFC 3339 writes it. In whole seconds, as a state keeps it.
pub(super) fn parse(text: &str, now: Timestamp) -> Result<Timestamp, &'static str> {
    let time = after(text, now).or_else(|| at(text)).ok_or(
        "this is neither a time to come nor a number of days or hours; write 90d, 12h, 2027-01-31 \
         or 2027-01-31T12:00:00Z",
    )?;
    Timestamp::from_second(time.as_second()).map_err(|_| "this time is too far away")
}

fn after(text: &str, now: Timestamp) -> Option<Timestamp> {
    let unit = text.chars().next_back()?;
    let hours = match unit {
        'h' => 1,
        'd' => 24,
        _ => return None,
    };
    let number = text.strip_suffix(unit).filter(|number| is_number(number))?;
    let seconds = number.parse::<i64>().ok()?.checked_mul(hours)?.checked_mul(60 * 60)?;
    now.checked_add(SignedDuration::from_secs(seconds)).ok()
}

/// Signs are for sums, and nobody waits for a key to expire a negative time from now.
fn is_number(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit())
}

fn at(text: &str) -> Option<Timestamp> {
    // What has the form of a day could have a time behind it, which would be left out.
    if text.len() == "2027-01-31".len() {
        let day: Date = text.parse().ok()?;
        return Some(day.to_zoned(TimeZone::UTC).ok()?.timestamp());
    }
    text.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::parse;
    use jiff::Timestamp;

    fn read(text: &str) -> Result<String, &'static str> {
        let now: Timestamp = "2026-11-30T10:20:30Z".parse().unwrap();
        parse(text, now).map(|time| time.to_string())
    }

    #[test]
    fn times_are_from_now_or_of_the_calendar() {
        for (text, wanted) in [
            ("90d", "2027-02-28T10:20:30Z"),
            ("12h", "2026-11-30T22:20:30Z"),
            ("0d", "2026-11-30T10:20:30Z"),
            ("2027-01-31", "2027-01-31T00:00:00Z"),
            ("2027-01-31T12:00:00Z", "2027-01-31T12:00:00Z"),
            ("2027-01-31T12:00:00.9+02:00", "2027-01-31T10:00:00Z"),
        ] {
            assert_eq!(read(text).as_deref(), Ok(wanted), "{text}");
        }
    }

    #[test]
    fn all_else_is_no_time() {
        for text in [
            "",
            "d",
            "h",
            "-1d",
            "+1d",
            "1.5d",
            "90",
            "90 d",
            "90D",
            "3m",
            "tomorrow",
            "never",
            "2027-02-30",
            "2027-1-1",
            "31.01.2027",
            "2027-01-31T12:00",
            "20270131",
            "é",
            "１d",
            "99999999999999999999d",
            "9223372036854775807h",
            "3000000d",
        ] {
            assert!(read(text).is_err(), "{text}: {:?}", read(text));
        }
    }
}
