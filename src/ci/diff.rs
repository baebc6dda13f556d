//! The diff of a file, as the API gives it.

use std::collections::BTreeMap;

/// The lines that a diff adds, by their number in the new file. What is no diff adds nothing.
pub(super) fn added(patch: &str) -> BTreeMap<u32, &str> {
    let mut added = BTreeMap::new();
    let mut next: Option<u32> = None;
    for line in patch.split('\n') {
        if line.starts_with("@@") {
            next = start(line);
            continue;
        }
        let Some(number) = next else { continue };
        match line.split_at_checked(1) {
            Some(("+", text)) => {
                added.insert(number, text);
                next = number.checked_add(1);
            }
            Some((" ", _)) => next = number.checked_add(1),
            // Removed, or a remark such as that the last line has no end.
            Some(("-" | "\\", _)) => {}
            None if line.is_empty() => {}
            Some(_) | None => next = None,
        }
    }
    added
}

/// The number of the first line of a hunk in the new file: `@@ -1,2 +3,4 @@ …`.
fn start(line: &str) -> Option<u32> {
    let ranges = line.strip_prefix("@@ -")?.split(" @@").next()?;
    let (_, new) = ranges.split_once(" +")?;
    new.split(',').next()?.parse().ok().filter(|number| *number > 0)
}

#[cfg(test)]
mod tests {
    use super::added;

    #[track_caller]
    fn is(patch: &str, expected: &[(u32, &str)]) {
        let found: Vec<(u32, &str)> = added(patch).into_iter().collect();
        assert_eq!(found, expected, "{patch}");
    }

    #[test]
    fn lines_that_are_added() {
        is("@@ -0,0 +1,2 @@\n+a\n+b", &[(1, "a"), (2, "b")]);
        is("@@ -1 +1 @@\n-a\n+b\n\\ No newline at end of file", &[(1, "b")]);
        is(
            "@@ -1,4 +1,4 @@ fn\n x\n-a\n+b\n y\n@@ -20,3 +20,4 @@\n z\n+++c\n+@@ -1 +1 @@\n w",
            &[(2, "b"), (21, "++c"), (22, "@@ -1 +1 @@")],
        );
        is("@@ -3,2 +3,0 @@\n-a\n-b", &[]);
    }

    #[test]
    fn what_is_no_diff_adds_nothing() {
        for text in [
            "",
            "+a",
            "@@",
            "@@ @@\n+a",
            "@@ -1 +x @@\n+a",
            "@@ -1 +0 @@\n+a",
            "@@ -1 +99999999999 @@\n+a",
            "@@ -1 +1 @@\né\n+a",
        ] {
            is(text, &[]);
        }
        is("@@ -1 +4294967295,2 @@\n+a\n+b", &[(u32::MAX, "a")]);
    }
}
