//! Patterns of paths, moved from the directory of a settings file to one that is scanned.

use globset::Glob;

/// The patterns, written for paths below `directory`, as they are meant below `root`. Both are whole
/// paths with forward slashes. A pattern without a slash is about a name anywhere and stays as it
/// is; one about what lies elsewhere falls away, and so does one about all of `root`: who names a
/// directory wants to have it scanned.
#[must_use]
pub fn patterns_below(patterns: &[String], directory: &str, root: &str) -> Vec<String> {
    patterns.iter().filter_map(|pattern| below(pattern, directory, root)).collect()
}

fn below(pattern: &str, directory: &str, root: &str) -> Option<String> {
    let bare = pattern.trim_start_matches("./").trim_end_matches('/');
    if !bare.contains('/') || directory == root {
        return Some(bare.to_owned());
    }
    let way = |from: &str, to: &str| {
        to.strip_prefix(from.trim_end_matches('/'))?.strip_prefix('/').map(str::to_owned)
    };
    if let Some(way) = way(root, directory) {
        return Some(format!("{}/{bare}", globset::escape(&way)));
    }
    let way = way(directory, root)?;
    let mut segments: Vec<&str> = bare.split('/').collect();
    for name in way.split('/') {
        let first = *segments.first()?;
        if first == "**" {
            break;
        }
        if !Glob::new(first).ok()?.compile_matcher().is_match(name) {
            return None;
        }
        segments.remove(0);
    }
    let rest = segments.join("/");
    match rest.as_str() {
        "" | "**" | "*" => None,
        // Without its directory it would be about a name anywhere.
        rest if !rest.contains('/') => Some(format!("/{rest}")),
        _ => Some(rest),
    }
}

#[cfg(test)]
mod tests {
    use super::below;

    #[test]
    fn patterns_move_with_their_directory() {
        for (pattern, directory, root, wanted) in [
            ("*.json", "/r", "/r/a", Some("*.json")),
            ("fixtures/", "/r", "/r/a", Some("fixtures")),
            ("a/b/**", "/r", "/r", Some("a/b/**")),
            ("./a/b/", "/r", "/r", Some("a/b")),
            ("a/b/**", "/r", "/r/a", Some("b/**")),
            ("a/b/c", "/r", "/r/a/b", Some("/c")),
            ("*/b/c/d", "/r", "/r/a/b", Some("c/d")),
            ("a/**", "/r", "/r/a", None),
            ("a/**/c", "/r", "/r/a/b", Some("**/c")),
            ("**/c", "/r", "/r/a/b", Some("**/c")),
            ("x/b", "/r", "/r/a", None),
            ("a/b", "/r/s", "/r", Some("s/a/b")),
            ("a/b", "/r/[s]", "/r", Some("[[]s[]]/a/b")),
            ("a/b", "/r", "/other", None),
            ("a/b", "/r", "/rest", None),
        ] {
            assert_eq!(below(pattern, directory, root).as_deref(), wanted, "{pattern} {root}");
        }
    }
}
