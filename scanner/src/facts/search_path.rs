//! The directories in which a server finds programs by their names.

use std::borrow::Cow;
use std::ops::Range;

use mcp_guard_detect::path::shared_place;

use super::collect::Collector;
use super::command_line::CommandLine;
use super::hidden::Hidden;
use super::kinds::SearchPath;
use crate::client::{Located, Server};

/// Facts about the entries of `PATH`, wherever it is set.
pub(super) fn facts(
    collector: &mut Collector,
    server: &Server<'_>,
    line: &CommandLine<'_>,
    hidden: &Hidden,
) {
    // Inside of a container the directories are those of the image.
    if line.is_containerised() {
        return;
    }
    for variable in server.env.iter().filter(|variable| is_search_path(&variable.name)) {
        let value = &variable.value;
        entries(collector, &variable.name, value, 0..value.text.len(), hidden);
    }
    for assignment in &line.launch.target.assignments {
        if !is_search_path(&assignment.name) {
            continue;
        }
        if let Some((value, range)) = assignment.value.as_ref().and_then(|part| line.locate(part)) {
            entries(collector, &assignment.name, value, range, hidden);
        }
    }
}

/// Windows does not tell case apart in names of variables.
fn is_search_path(name: &str) -> bool {
    name.eq_ignore_ascii_case("path")
}

fn entries(
    collector: &mut Collector,
    variable: &str,
    value: &Located<'_>,
    range: Range<usize>,
    hidden: &Hidden,
) {
    let text = value.text.get(range.clone()).unwrap_or_default();
    if text.trim().is_empty() {
        return;
    }
    let windows = is_windows(text);
    let mut depth = 0_usize;
    let mut start = 0;
    let ends = text.char_indices().filter_map(|(at, c)| {
        match c {
            '{' => depth += 1,
            '}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        // The colon of `${env:PATH}` separates nothing.
        let separates = if windows { c == ';' } else { c == ':' && depth == 0 };
        separates.then_some(at)
    });
    for end in ends.chain([text.len()]) {
        let entry = text.get(start..end).unwrap_or_default();
        let place = range.start + start..range.start + end;
        // Windows skips empty entries.
        let skipped = windows && entry.is_empty();
        start = end + 1;
        if skipped {
            continue;
        }
        let fact = SearchPath {
            variable: Some(Cow::Owned(variable.to_owned())),
            directory: Some(hidden.show(value, place.clone()).into()),
            class: Some(class(entry).into()),
            place: shared_place(entry).map(|place| place.name().into()),
        };
        // An empty entry is shown by its separator.
        let shown = if place.is_empty() {
            place.start.saturating_sub(1)..place.end.min(range.end)
        } else {
            place
        };
        collector.add(fact, value.span_of(shown), &value.pointer);
    }
}

/// Whether the entries are separated by semicolons: a drive letter or `%VAR%` says so.
fn is_windows(text: &str) -> bool {
    let drive = |entry: &str| matches!(entry.as_bytes(), [letter, b':', b'\\' | b'/', ..] if letter.is_ascii_alphabetic());
    text.contains(';') && (text.contains('\\') || text.contains('%') || text.split(';').any(drive))
        || drive(text)
        || text.starts_with('%')
}

fn class(entry: &str) -> &'static str {
    let lower = entry.to_ascii_lowercase();
    let begins = |heads: &[&str]| heads.iter().any(|head| lower.starts_with(head));
    if entry.is_empty() {
        "empty"
    } else if begins(&["${workspacefolder", "${workspacepath", "${workspaceroot"]) {
        "workspace"
    } else if begins(&["~", "$home", "${home}", "${env:home}", "${userhome}", "%userprofile%"]) {
        "home"
    } else if begins(&["$", "%", "{", "<"]) {
        "reference"
    } else if begins(&["/", "\\"]) || lower.as_bytes().get(1) == Some(&b':') {
        "absolute"
    } else {
        "relative"
    }
}

#[cfg(test)]
mod tests {
    use super::{class, is_windows};

    #[test]
    fn entries_are_classed_by_their_beginning() {
        for (entry, expected) in [
            ("", "empty"),
            (".", "relative"),
            ("node_modules/.bin", "relative"),
            ("..\\bin", "relative"),
            ("${workspaceFolder}/bin", "workspace"),
            ("~/bin", "home"),
            ("${env:PATH}", "reference"),
            ("$PATH", "reference"),
            ("%PATH%", "reference"),
            ("/usr/bin", "absolute"),
            ("C:\\tools", "absolute"),
        ] {
            assert_eq!(class(entry), expected, "{entry}");
        }
    }

    #[test]
    fn the_separator_is_that_of_the_system() {
        for text in ["C:\\tools;C:\\Windows", "%PATH%;C:\\tools", "C:\\tools", "%PATH%;tools"] {
            assert!(is_windows(text), "{text}");
        }
        for text in ["/usr/bin:/bin", "", "a:b", "${env:PATH}:/opt/bin", "/a;b"] {
            assert!(!is_windows(text), "{text}");
        }
    }
}
