//! How much of a report fits where only so much is taken.

use std::fmt::Write as _;

use super::Row;
use crate::report::phrase::by_severity;

/// What is told where rows are left out takes no more than this.
const NOTE: usize = 160;

/// What is left of the room, in UTF-16 code units.
pub(super) struct Room(Option<usize>);

impl Room {
    /// The room that is left beside these texts.
    pub(super) fn new(most: Option<usize>, texts: &[&str]) -> Self {
        let taken: usize = texts.iter().map(|text| units(text)).sum();
        Self(most.map(|most| most.saturating_sub(taken)))
    }

    /// One part of so many of what is left.
    pub(super) fn part(&self, of: usize) -> Self {
        Self(self.0.map(|left| left / of))
    }

    /// Takes so much, if there is so much.
    pub(super) fn take(&mut self, count: usize) -> bool {
        match &mut self.0 {
            None => true,
            Some(left) if *left >= count => {
                *left -= count;
                true
            }
            Some(_) => false,
        }
    }
}

pub(super) fn units(text: &str) -> usize {
    text.encode_utf16().count()
}

/// A table, folded if it has a title.
#[derive(Clone, Copy)]
pub(super) struct Table<'a> {
    pub(super) title: Option<&'a str>,
    pub(super) header: &'a str,
}

impl Table<'_> {
    /// Adds the table with the rows that fit, whole ones, and says what is left out.
    pub(super) fn fill(&self, out: &mut String, room: &mut Room, rows: Vec<Row>) {
        if rows.is_empty() {
            return;
        }
        let (open, close) = match self.title {
            Some(title) => (format!("<details><summary>{title}</summary>\n\n"), "\n</details>\n\n"),
            None => (String::new(), "\n"),
        };
        let frame = units(&open) + units(self.header) + units(close) + NOTE;
        let framed = room.take(frame);
        let mut left = Vec::new();
        let mut kept = String::new();
        for Row { severity, text } in rows {
            // Once something is left out, so is all that is less severe.
            if framed && left.is_empty() && room.take(units(&text)) {
                kept.push_str(&text);
            } else {
                left.push(severity);
            }
        }
        if !kept.is_empty() {
            out.push_str(&open);
            out.push_str(self.header);
            out.push_str(&kept);
            out.push_str(if left.is_empty() { close } else { "\n" });
        }
        if !left.is_empty() {
            let what = self.title.unwrap_or("findings");
            let of = |severity| left.iter().filter(|other| **other == severity).count();
            let left = by_severity(of);
            let close = if kept.is_empty() || self.title.is_none() { "" } else { close };
            let _ = write!(
                out,
                "Left out here, because there is no more room ({what}): {left}.\n\n{close}"
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::Severity;

    #[test]
    fn what_does_not_fit_is_left_out_and_told() {
        let table = Table { title: None, header: "| a |\n|---|\n" };
        let rows = |count: usize| {
            (0..count)
                .map(|_| Row { severity: Severity::High, text: "| 😀😀 |\n".to_owned() })
                .collect()
        };
        for most in [0, 100, 300, 301, 400, 1000, 100_000] {
            let (mut out, mut room) = (String::new(), Room::new(Some(most), &[]));
            table.fill(&mut out, &mut room, rows(100));
            let kept = out.matches("😀😀").count();
            assert!(units(&out) <= most.max(NOTE), "{most}: {}", units(&out));
            let left = 100 - kept;
            assert_eq!(out.contains("Left out"), left > 0, "{most}");
            assert!(left == 0 || out.contains(&format!(": {left} high.")), "{out}");
        }
    }

    #[test]
    fn a_folded_table_is_closed() {
        let table = Table { title: Some("2 findings"), header: "| a |\n|---|\n" };
        let rows = || vec![Row { severity: Severity::Low, text: "| x |\n".to_owned() }; 2];
        for most in [260, 261, 262, 263, 264, 265, 266, 267, 268, 270, 280] {
            let (mut out, mut room) = (String::new(), Room::new(Some(most), &[]));
            table.fill(&mut out, &mut room, rows());
            let count = |part: &str| out.matches(part).count();
            assert_eq!(count("<details>"), count("</details>"), "{most}: {out}");
        }
    }
}
