//! A command as one text, cut into words as a shell would.

/// The words of a command. Quotes hold together what they enclose; a backslash takes its meaning
/// from white space, a quote or another backslash, and stands for itself before anything else, as
/// in the paths of Windows. Nothing is expanded, and `${…}` is never cut.
pub(super) fn split(text: &str) -> Result<Vec<String>, &'static str> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut quote: Option<char> = None;
    let mut rest = text.chars().peekable();
    while let Some(character) = rest.next() {
        if character == '$' && rest.peek() == Some(&'{') {
            let word = word.get_or_insert_default();
            word.push('$');
            for inner in rest.by_ref() {
                word.push(inner);
                if inner == '}' {
                    break;
                }
            }
            continue;
        }
        match (character, quote) {
            ('\\', None | Some('"')) => {
                let escaped = rest.next_if(|next| {
                    matches!(next, '"' | '\\')
                        || quote.is_none() && (*next == '\'' || next.is_whitespace())
                });
                word.get_or_insert_default().push(escaped.unwrap_or('\\'));
            }
            (_, Some(open)) if character == open => quote = None,
            ('"' | '\'', None) => {
                quote = Some(character);
                word.get_or_insert_default();
            }
            (_, None) if character.is_whitespace() => words.extend(word.take()),
            _ => word.get_or_insert_default().push(character),
        }
    }
    if quote.is_some() {
        return Err("a quote of this command is never closed");
    }
    words.extend(word);
    Ok(words)
}

#[cfg(test)]
mod tests {
    use super::split;
    use proptest::prelude::*;

    #[test]
    fn words_are_those_of_a_shell() {
        for (text, words) in [
            ("", &[][..]),
            ("  npx  -y a@1 ", &["npx", "-y", "a@1"]),
            ("'/a b/c' \"d e\"f ''", &["/a b/c", "d ef", ""]),
            (r#"a\ b \"x \' "q\"r" 's\t'"#, &["a b", "\"x", "'", "q\"r", "s\\t"]),
            (r"C:\Users\x\run.exe --a", &[r"C:\Users\x\run.exe", "--a"]),
            ("run ${A:-x y} \"${B:-'}\"", &["run", "${A:-x y}", "${B:-'}"]),
            ("a $x ${open b", &["a", "$x", "${open b"]),
            ("tab\tnew\nline", &["tab", "new", "line"]),
        ] {
            assert_eq!(split(text).unwrap(), words, "{text}");
        }
        assert!(split("a 'b").is_err() && split("\"").is_err());
    }

    proptest! {
        #[test]
        fn what_is_quoted_comes_back(
            words in proptest::collection::vec("[^'$\\\\]*", 1..6)
        ) {
            let text = words.iter().map(|word| format!("'{word}'")).collect::<Vec<_>>().join(" ");
            prop_assert_eq!(split(&text).unwrap(), words);
        }

        #[test]
        fn nothing_panics(text in ".*") {
            let _ = split(&text);
        }
    }
}
