//! Text patterns with `*` and `?`.

/// Whether `text` matches `pattern`, in which `*` stands for any run of characters (none and `/`
/// included) and `?` for one. Takes time proportional to the product of the lengths at worst.
#[must_use]
pub(crate) fn matches(pattern: &str, text: &str, caseless: bool) -> bool {
    let same = |a: char, b: char| if caseless { a.eq_ignore_ascii_case(&b) } else { a == b };
    // What stands at the very end settles most comparisons.
    if let Some(last) = pattern.chars().next_back().filter(|last| !matches!(last, '*' | '?'))
        && !text.chars().next_back().is_some_and(|found| same(last, found))
    {
        return false;
    }
    let mut rest_pattern = pattern.chars();
    let mut rest_text = text.chars();
    // Where to go on after the latest `*` when what follows it does not match here.
    let mut retry: Option<(std::str::Chars<'_>, std::str::Chars<'_>)> = None;
    loop {
        let mut ahead = rest_pattern.clone();
        match ahead.next() {
            Some('*') => {
                rest_pattern = ahead;
                retry = Some((rest_pattern.clone(), rest_text.clone()));
                continue;
            }
            Some(wanted) => {
                let mut text_ahead = rest_text.clone();
                if let Some(found) = text_ahead.next()
                    && (wanted == '?' || same(wanted, found))
                {
                    rest_pattern = ahead;
                    rest_text = text_ahead;
                    continue;
                }
            }
            None if rest_text.as_str().is_empty() => return true,
            None => {}
        }
        let Some((after_star, mut skipped)) = retry.take() else { return false };
        if skipped.next().is_none() {
            return false;
        }
        rest_pattern = after_star.clone();
        rest_text = skipped.clone();
        retry = Some((after_star, skipped));
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::matches;

    #[test]
    fn stars_and_question_marks() {
        assert!(matches("", "", false));
        assert!(!matches("", "a", false));
        assert!(matches("*", "", false));
        assert!(matches("a*c", "abbc", false));
        assert!(!matches("a*c", "abbd", false));
        assert!(matches("*_HOST", "MCP_HOST", false));
        assert!(!matches("*_HOST", "mcp_host", false));
        assert!(matches("*_HOST", "mcp_host", true));
        assert!(matches("a?c", "aéc", false));
        assert!(!matches("a?c", "ac", false));
        assert!(matches("*a*b*", "xxaxxbxx", false));
        assert!(!matches("*a*b*a", "xxaxxbxx", false));
    }

    proptest! {
        #[test]
        fn agrees_with_a_regex(pattern in "[ab*?]{0,8}", text in "[ab]{0,12}") {
            let regex = format!("^{}$", pattern.replace('*', ".*").replace('?', "."));
            let expected = regex::Regex::new(&regex).unwrap().is_match(&text);
            prop_assert_eq!(matches(&pattern, &text, false), expected);
        }
    }
}
