//! A line of a server as it may stand in a log.

use std::ops::Range;

use mcp_guard_detect::secret::{assigned, find, redact};

/// The line with secrets redacted, and control characters and those that hide or reorder text
/// written out, so that it can neither end a log line nor steer a terminal.
pub(super) fn shown(line: &str) -> String {
    let mut shown = String::with_capacity(line.len());
    let mut rest = 0;
    for secret in secrets(line) {
        write_visible(line.get(rest..secret.start).unwrap_or_default(), &mut shown);
        write_visible(&redact(line.get(secret.clone()).unwrap_or_default()), &mut shown);
        rest = secret.end;
    }
    write_visible(line.get(rest..).unwrap_or_default(), &mut shown);
    shown
}

/// Where secrets stand, in order, none over another.
fn secrets(line: &str) -> Vec<Range<usize>> {
    let mut places: Vec<Range<usize>> = find(None, line)
        .into_iter()
        .map(|found| found.start..found.end)
        .chain(assigned(line))
        .collect();
    places.sort_unstable_by_key(|place| (place.start, place.end));
    let mut apart: Vec<Range<usize>> = Vec::with_capacity(places.len());
    for place in places {
        match apart.last_mut() {
            Some(last) if place.start < last.end => last.end = last.end.max(place.end),
            _ => apart.push(place),
        }
    }
    apart
}

fn write_visible(text: &str, into: &mut String) {
    for character in text.chars() {
        match character {
            '\t' => into.push('\t'),
            control if control.is_control() => into.extend(control.escape_default()),
            '\u{ad}'
            | '\u{61c}'
            | '\u{180e}'
            | '\u{200b}'..='\u{200f}'
            | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}'
            | '\u{feff}'
            | '\u{fff9}'..='\u{fffb}'
            | '\u{e0000}'..='\u{e0fff}' => into.extend(character.escape_unicode()),
            plain => into.push(plain),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::shown;

    #[test]
    fn what_steers_a_terminal_or_hides_is_written_out() {
        assert_eq!(
            shown("a\tb \u{1b}[31mred\r\u{202e}\u{7}é"),
            "a\tb \\u{1b}[31mred\\r\\u{202e}\\u{7}é"
        );
    }

    #[test]
    fn a_secret_is_redacted() {
        let token = format!("ghp_{}", "x7Kd93mQpL2vRt8sWz4Y".repeat(2).get(..36).unwrap());
        let line =
            shown(&format!("login with {token} as password=\"hunter2hunter2hunter2\" failed"));
        assert!(!line.contains(&token) && !line.contains("hunter2hunter2"), "{line}");
        assert!(line.starts_with("login with ") && line.ends_with(" failed"), "{line}");
    }

    proptest! {
        #[test]
        fn no_line_steers_anything(line in "\\PC*|(.|\\n)*") {
            let shown = shown(&line);
            let steers = |character: char| character.is_control() && character != '\t';
            prop_assert!(!shown.chars().any(steers));
        }
    }
}
