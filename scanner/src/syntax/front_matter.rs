//! Front matter: the YAML at the head of a Markdown file.

use crate::problem::Span;

/// What stands between a first line `---` and the next one. `None` if there is no front matter.
pub(super) fn find(text: &str) -> Option<Span> {
    let mut lines = text.split_inclusive('\n');
    let first = lines.next().filter(|line| line.trim_end() == "---")?;
    let mut end = first.len();
    for line in lines {
        if line.trim_end() == "---" {
            return Some(Span::new(first.len(), end));
        }
        end += line.len();
    }
    None
}
