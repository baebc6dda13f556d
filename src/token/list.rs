//! `mcp-guard token list`.

use std::fmt::Write as _;

use jiff::Timestamp;
use mcp_guard_gateway::state::{KeyRecord, KeyStore as _};

use super::options::ListOptions;
use super::place;
use super::record::{Answer, Token, minute, note};
use crate::cli::Talk;
use crate::failure::{Failure, one_line, output_line};
use crate::output;

const HEADINGS: [&str; 6] =
    ["ID", "LAST FOUR", "CREATED (UTC)", "EXPIRES (UTC)", "REVOKED (UTC)", "NOTE"];

pub(super) async fn run(options: &ListOptions, now: Timestamp, talk: Talk) -> Result<(), Failure> {
    let location = place::location(&options.state)?;
    let records = match place::existing(&location).await? {
        Some(state) => {
            let keys = state.keys().await;
            state.close().await;
            keys?.records
        }
        None => Vec::new(),
    };
    if options.json {
        let tokens = records.iter().map(|record| Token::of(record, None, now)).collect();
        return Answer::new(&location, tokens).print();
    }
    if records.is_empty() {
        if talk != Talk::Quiet {
            output_line(&format!("there are no API keys in {location}"));
        }
        return Ok(());
    }
    output::print(&table(&records, now))
}

fn table(records: &[KeyRecord], now: Timestamp) -> String {
    let rows: Vec<[String; 6]> = std::iter::once(HEADINGS.map(str::to_owned))
        .chain(records.iter().map(|record| row(record, now)))
        .collect();
    let widths: Vec<usize> = (0..HEADINGS.len())
        .map(|column| {
            let cells = rows.iter().filter_map(|row| row.get(column));
            cells.map(|cell| cell.chars().count()).max().unwrap_or_default()
        })
        .collect();
    let mut out = String::new();
    for row in &rows {
        let mut line = String::new();
        for (cell, width) in row.iter().zip(&widths) {
            // Writing to a String cannot fail.
            let _ = write!(line, "{cell:width$}  ");
        }
        out.push_str(line.trim_end());
        out.push('\n');
    }
    out
}

fn row(record: &KeyRecord, now: Timestamp) -> [String; 6] {
    let nothing = || "-".to_owned();
    let expires = match record.expires {
        Some(end) if end <= now => format!("{} (expired)", minute(end)),
        Some(end) => minute(end),
        None => nothing(),
    };
    [
        one_line(&record.id),
        one_line(&record.last_four),
        minute(record.created),
        expires,
        record.revoked.map_or_else(nothing, minute),
        note(record),
    ]
}

#[cfg(test)]
mod tests {
    use mcp_guard_gateway::state::Pepper;

    use super::*;

    fn record(id: &str, expires: Option<i64>, revoked: Option<i64>) -> KeyRecord {
        let time = |second| Timestamp::from_second(second).unwrap();
        KeyRecord {
            hash: Pepper::new(&[1; 32]).hash(id),
            id: id.to_owned(),
            last_four: "3jZR".to_owned(),
            note: "a\nb\u{202e}".to_owned(),
            created: time(0),
            expires: expires.map(time),
            revoked: revoked.map(time),
        }
    }

    #[test]
    fn a_row_says_whether_the_key_still_counts() {
        let records = [
            record("ann", None, None),
            record("bob", Some(120), None),
            record("ci-nightly", Some(61), None),
            record("dan", Some(61), Some(5)),
        ];
        let now = Timestamp::from_second(61).unwrap();
        assert_eq!(
            table(&records, now),
            "\
ID          LAST FOUR  CREATED (UTC)     EXPIRES (UTC)               REVOKED (UTC)     NOTE
ann         3jZR       1970-01-01 00:00  -                           -                 a\u{fffd}b\u{fffd}
bob         3jZR       1970-01-01 00:00  1970-01-01 00:02            -                 a\u{fffd}b\u{fffd}
ci-nightly  3jZR       1970-01-01 00:00  1970-01-01 00:01 (expired)  -                 a\u{fffd}b\u{fffd}
dan         3jZR       1970-01-01 00:00  1970-01-01 00:01 (expired)  1970-01-01 00:00  a\u{fffd}b\u{fffd}
"
        );
        let answer = records.each_ref().map(|record| Token::of(record, None, now));
        let answer = serde_json::to_value(answer.as_slice()).unwrap();
        let statuses = [0, 1, 2, 3].map(|at| answer[at]["status"].as_str().unwrap().to_owned());
        assert_eq!(statuses, ["valid", "valid", "expired", "revoked"]);
    }
}
