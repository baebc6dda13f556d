//! The outputs of the step.

use std::fs::OpenOptions;
use std::io::Write;
use std::path::Path;

use crate::failure::Failure;

/// The names of all outputs, in the order they are written.
pub(super) const NAMES: [&str; 11] = [
    "result",
    "reason",
    "findings",
    "new-findings",
    "fixed-findings",
    "accepted-findings",
    "highest-severity",
    "sarif-file",
    "json-file",
    "comment-url",
    "version",
];

/// The lines for the file that a runner reads, one for each name. A value with a line end would be
/// able to set any output, so that there is none such.
pub(super) fn lines(values: [&str; NAMES.len()]) -> Result<String, Failure> {
    let mut lines = String::new();
    for (name, value) in NAMES.iter().zip(values) {
        if value.chars().any(char::is_control) {
            let message =
                format!("the output `{name}` cannot hold a line end or control character");
            return Err(Failure::Usage(message));
        }
        lines.push_str(name);
        lines.push('=');
        lines.push_str(value);
        lines.push('\n');
    }
    Ok(lines)
}

/// Adds to a file that the runner made.
pub(super) fn append(path: &Path, text: &str) -> Result<(), Failure> {
    let mut options = OpenOptions::new();
    let file = options.append(true).create(true).open(path);
    file.and_then(|mut file| file.write_all(text.as_bytes()))
        .map_err(|source| Failure::Write { path: path.to_owned(), source })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_stays_within_its_line() {
        let good = ["pass", "x", "0", "0", "0", "0", "none", "/a b/é=x.sarif", "/b", "", "1.0.0"];
        let text = lines(good).unwrap();
        assert_eq!(text.lines().count(), NAMES.len());
        assert!(text.contains("\nsarif-file=/a b/é=x.sarif\n") && text.ends_with("\n"));
        for bad in ["a\nresult=pass", "a\rb", "a\u{85}b", "\u{1b}[2J"] {
            let mut values = good;
            values[7] = bad;
            let failure = lines(values).unwrap_err().to_string();
            assert!(failure.contains("sarif-file") && !failure.contains(bad), "{failure}");
        }
    }
}
