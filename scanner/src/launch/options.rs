//! Options in front of the word that matters.

use std::ops::Range;

use super::part::Part;
use super::word::Word;

/// How a program writes its options.
#[derive(Clone, Copy, Debug)]
pub(super) struct Syntax {
    /// Options that take a value as the next word, with their dashes. A single letter may also
    /// have it attached (`-p80:80`).
    pub(super) values: &'static [&'static str],
    /// One dash begins a long name (`-tags`), so letters do not combine.
    pub(super) single_dash: bool,
    /// Long options that are not in `flags` take a value too.
    pub(super) flags: Option<&'static [&'static str]>,
}

/// Letters combine after one dash, `values` take a value, all others are switches.
pub(super) const fn gnu(values: &'static [&'static str]) -> Syntax {
    Syntax { values, single_dash: false, flags: None }
}

/// As [`gnu`], but one dash begins a long name.
pub(super) const fn single_dash(values: &'static [&'static str]) -> Syntax {
    Syntax { values, single_dash: true, flags: None }
}

/// One option as given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Given {
    /// The name with its dashes.
    pub(super) name: String,
    /// Its value; empty range for an option that should have one but ends the line.
    pub(super) value: Option<Part>,
    /// The word that holds the name.
    pub(super) word: usize,
}

/// The options at the start of `range`, and where the operands after them begin. Stops at the
/// first word that is no option, and behind `--`.
pub(super) fn leading(
    words: &[Word<'_>],
    range: Range<usize>,
    syntax: Syntax,
) -> (Vec<Given>, usize) {
    let mut given = Vec::new();
    let mut at = range.start;
    while at < range.end {
        let Some(text) = words.get(at).map(|w| w.text.as_ref()) else { break };
        if text == "--" {
            return (given, at + 1);
        }
        if !text.starts_with('-') || text == "-" {
            break;
        }
        at = option(words, at, range.end, syntax, &mut given);
    }
    (given, at.min(range.end))
}

/// Reads the option at `at`; returns where the next word begins.
pub(super) fn option(
    words: &[Word<'_>],
    at: usize,
    end: usize,
    syntax: Syntax,
    given: &mut Vec<Given>,
) -> usize {
    let Some(text) = words.get(at).map(|w| w.text.as_ref()) else { return at + 1 };
    let next_word = || {
        words
            .get(at + 1)
            .filter(|_| at + 1 < end)
            .map(|w| Part { word: at + 1, range: 0..w.text.len() })
    };
    let part = |start: usize| Some(Part { word: at, range: start..text.len() });
    let push = |given: &mut Vec<Given>, name: &str, value: Option<Part>| {
        given.push(Given { name: name.to_owned(), value, word: at });
    };
    let after = |value: &Option<Part>| if value.is_some() { at + 2 } else { at + 1 };
    if text.starts_with("--") || syntax.single_dash {
        if let Some((name, _)) = text.split_once('=') {
            push(given, name, part(name.len() + 1));
            return at + 1;
        }
        let takes = syntax.values.contains(&text)
            || syntax.flags.is_some_and(|flags| !flags.contains(&text));
        let value = if takes { next_word() } else { None };
        let next = after(&value);
        push(given, text, value);
        return next;
    }
    if text.contains(char::is_whitespace) && !syntax.values.iter().any(|v| text.starts_with(v)) {
        push(given, text, None);
        return at + 1;
    }
    for (offset, letter) in text.char_indices().skip(1) {
        let name = format!("-{letter}");
        if !syntax.values.contains(&name.as_str()) {
            push(given, &name, None);
            continue;
        }
        let rest = offset + letter.len_utf8();
        if rest < text.len() {
            let equals = usize::from(text.get(rest..).is_some_and(|r| r.starts_with('=')));
            push(given, &name, part(rest + equals));
            return at + 1;
        }
        let value = next_word();
        let next = after(&value);
        push(given, &name, value);
        return next;
    }
    at + 1
}

#[cfg(test)]
mod tests {
    use super::super::split::words;
    use super::super::token::Shell;
    use super::*;

    fn read(args: &[&str], syntax: Syntax) -> (Vec<(String, Option<String>)>, usize) {
        let words = words("x", args, Shell::Posix);
        let (given, next) = leading(&words, 1..words.len(), syntax);
        let given = given
            .into_iter()
            .map(|g| (g.name, g.value.map(|p| words[p.word].text[p.range].to_owned())))
            .collect();
        (given, next)
    }

    #[test]
    fn letters_combine_and_values_attach() {
        let syntax = gnu(&["-p", "--name", "-e"]);
        let args =
            ["-itp", "80:80", "--name=a", "-eA=b", "-e=C", "--rm", "--name", "c", "image", "-x"];
        let (given, next) = read(&args, syntax);
        let given: Vec<_> = given.iter().map(|(n, v)| (n.as_str(), v.as_deref())).collect();
        assert_eq!(
            given,
            [
                ("-i", None),
                ("-t", None),
                ("-p", Some("80:80")),
                ("--name", Some("a")),
                ("-e", Some("A=b")),
                ("-e", Some("C")),
                ("--rm", None),
                ("--name", Some("c")),
            ]
        );
        assert_eq!(next, 9);
        assert_eq!(read(&["-p"], syntax), (vec![("-p".to_owned(), None)], 2));
        assert_eq!(read(&["--", "-p"], syntax), (vec![], 2));
        assert_eq!(read(&["-", "-p"], syntax), (vec![], 1));
    }

    #[test]
    fn one_dash_may_begin_a_long_name() {
        let (given, next) = read(&["-tags", "a", "-mod=mod", "pkg"], single_dash(&["-tags"]));
        assert_eq!(given[0], ("-tags".to_owned(), Some("a".to_owned())));
        assert_eq!(given[1], ("-mod".to_owned(), Some("mod".to_owned())));
        assert_eq!(next, 4);
    }
}
