//! `mcp-guard: ignore[rule-id, …] reason` in a comment.

use mcp_guard_detect::nearest::nearest;

use crate::problem::Span;
use crate::syntax::Document;

const NAME: &str = "mcp-guard:";
const WORD: &str = "ignore";

/// A comment that is addressed to the scanner.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Comment {
    /// Where it stands.
    pub(super) span: Span,
    /// The lines it is about, from 1: those it stands on, and the next one if it stands alone.
    pub(super) lines: Vec<usize>,
    /// What it says.
    pub(super) says: Result<Directive, Flaw>,
}

/// What a comment says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Directive {
    /// The rules that are ignored.
    pub(super) rules: Vec<String>,
    /// Why, and where that stands in the document.
    pub(super) reason: Span,
}

/// Why a comment that is addressed to the scanner says nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Flaw {
    /// It gives no reason for these rules.
    NoReason(Vec<String>),
    /// It is not as it should be.
    Malformed,
}

/// The comments of a document that are addressed to the scanner.
pub(super) fn comments(document: &Document) -> Vec<Comment> {
    // Most files have no such comment, and that is soon seen.
    if document.comments().is_empty() || !names_us(document.text()) {
        return Vec::new();
    }
    let mut found = Vec::new();
    let mut below = None;
    for &span in document.comments().iter().rev() {
        let block = Block::of(document, span, below);
        if let Some(says) = read(document.slice(span), span.start) {
            // Between its first and its last line there is nothing else.
            let mut lines = vec![block.first, block.last];
            lines.extend(block.about);
            lines.dedup();
            found.push(Comment { span, lines, says });
        }
        below = Some(block);
    }
    found.reverse();
    found
}

/// Whether the name stands somewhere, in whatever letters.
fn names_us(text: &str) -> bool {
    text.match_indices(':').any(|(at, _)| after_name(text.get(..=at).unwrap_or_default()).is_some())
}

/// Whether a text ends with the name, and whether it is spelt as it should be.
fn after_name(text: &str) -> Option<bool> {
    let name = text.get(text.len().checked_sub(NAME.len())?..)?;
    name.eq_ignore_ascii_case(NAME).then(|| name == NAME)
}

/// What a comment says; nothing if it is not addressed to the scanner.
fn read(comment: &str, offset: usize) -> Option<Result<Directive, Flaw>> {
    let is_sign = |c: char| c.is_whitespace() || matches!(c, '/' | '*' | '#' | '!' | ';');
    let text = comment.trim_start_matches(is_sign);
    let (name, rest) = text.split_at_checked(NAME.len())?;
    let spelt_right = after_name(name)?;
    let rest = rest.trim_start();
    let word_end = rest.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(rest.len());
    let (word, rest) = rest.split_at_checked(word_end)?;
    let bracket = rest.trim_start().strip_prefix('[');
    if word != WORD || !spelt_right {
        // A sentence that begins with the name is none of ours; a misspelt word with brackets is.
        let lower = word.to_ascii_lowercase();
        let meant = (lower == WORD || nearest(&lower, [WORD]).is_some()) && bracket.is_some();
        return meant.then_some(Err(Flaw::Malformed));
    }
    let Some((rules, reason)) = bracket.and_then(|rest| rest.split_once(']')) else {
        return Some(Err(Flaw::Malformed));
    };
    let rules: Vec<String> = rules.split(',').map(|rule| rule.trim().to_owned()).collect();
    if rules.iter().any(String::is_empty) {
        return Some(Err(Flaw::Malformed));
    }
    let block = comment.trim_start().starts_with("/*");
    let reason = if block { reason.strip_suffix("*/").unwrap_or(reason) } else { reason };
    let is_lead = |c: char| c.is_whitespace() || matches!(c, ':' | '-' | '–' | '—');
    let bare = reason.trim_start_matches(is_lead).trim_end();
    if !bare.contains(char::is_alphanumeric) {
        return Some(Err(Flaw::NoReason(rules)));
    }
    let start = offset + (bare.as_ptr() as usize - comment.as_ptr() as usize);
    Some(Ok(Directive { rules, reason: Span::new(start, start + bare.len()) }))
}

/// The lines of a comment.
#[derive(Clone, Copy)]
struct Block {
    first: usize,
    last: usize,
    /// The line that it is about besides its own.
    about: Option<usize>,
}

impl Block {
    /// `below` is the next comment. Comments that stand alone one below the other are all about
    /// what follows the last of them.
    fn of(document: &Document, span: Span, below: Option<Self>) -> Self {
        let line_of = |offset| document.position(offset).line;
        let (first, last) = (line_of(span.start), line_of(span.end));
        let next = below.filter(|below| below.first == last + 1).and_then(|below| below.about);
        let about = stands_alone(document, span).then(|| next.unwrap_or(last + 1));
        Self { first, last, about }
    }
}

/// Whether nothing but white space stands beside a comment.
fn stands_alone(document: &Document, span: Span) -> bool {
    let text = document.text();
    let blank = [' ', '\t', '\r'];
    let before = text.get(..span.start).unwrap_or_default().trim_end_matches(blank);
    let after = text.get(span.end..).unwrap_or_default().trim_start_matches(blank);
    (before.is_empty() || before.ends_with('\n')) && (after.is_empty() || after.starts_with('\n'))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{Flaw, comments, read};
    use crate::syntax::{Document, Format, Limits};

    fn parse(text: &str, format: Format) -> Document {
        Document::parse(text.as_bytes(), format, &Limits::default())
    }

    #[test]
    fn a_comment_names_rules_and_a_reason() {
        for (text, rules, reason) in [
            ("// mcp-guard: ignore[a-b] reviewed", "a-b", "reviewed"),
            ("#mcp-guard:ignore[a] x", "a", "x"),
            ("# mcp-guard: ignore [a , b-c] : two of them ", "a b-c", "two of them"),
            ("/* mcp-guard: ignore[a] - in a block */", "a", "in a block"),
            ("/**\n * mcp-guard: ignore[a] on\n * two lines */", "a", "on\n * two lines"),
            ("// mcp-guard: ignore[a] see https://example.com/x", "a", "see https://example.com/x"),
            ("// mcp-guard: ignore[a] — ja, é", "a", "ja, é"),
        ] {
            let directive = read(text, 100).unwrap().unwrap();
            assert_eq!(directive.rules.join(" "), rules, "{text}");
            let (start, end) = (directive.reason.start - 100, directive.reason.end - 100);
            assert_eq!(&text[start..end], reason, "{text}");
        }
    }

    #[test]
    fn a_flaw_is_no_suppression() {
        let no_reason = |rule: &str| Flaw::NoReason(vec![rule.to_owned()]);
        for (text, flaw) in [
            ("// mcp-guard: ignore[a]", no_reason("a")),
            ("// mcp-guard: ignore[a] --", no_reason("a")),
            ("/* mcp-guard: ignore[a] */", no_reason("a")),
            ("// mcp-guard: ignore", Flaw::Malformed),
            ("// mcp-guard: ignore a because", Flaw::Malformed),
            ("// mcp-guard: ignore[] because", Flaw::Malformed),
            ("// mcp-guard: ignore[a,] because", Flaw::Malformed),
            ("// mcp-guard: ignore[a because", Flaw::Malformed),
            ("// mcp-guard: ingore[a] because", Flaw::Malformed),
            ("// MCP-GUARD: ignore[a] because", Flaw::Malformed),
            ("# Mcp-Guard: Ignore[a] because", Flaw::Malformed),
            ("// mcp-guard: IGNORE[a] because", Flaw::Malformed),
        ] {
            assert_eq!(read(text, 0), Some(Err(flaw)), "{text}");
        }
        for text in [
            "// a comment",
            "// see mcp-guard: ignore[a] x",
            "# mcp-guard: settings of this project",
            "# mcp-guard is a scanner",
            "# MCP-Guard: ignore what stands here",
            "# é:",
            "//",
            "",
        ] {
            assert_eq!(read(text, 0), None, "{text}");
        }
    }

    #[test]
    fn it_is_about_its_line_or_the_next() {
        let lines = |text: &str, format: Format| -> Vec<Vec<usize>> {
            comments(&parse(text, format)).into_iter().map(|comment| comment.lines).collect()
        };
        let jsonc = "{\n  // mcp-guard: ignore[a] x\n  \"k\": 1, // mcp-guard: ignore[b] x\n  \
                     \"s\": \"// mcp-guard: ignore[c] no comment\",\n  /* mcp-guard:\n ignore[d] x */\n}";
        assert_eq!(lines(jsonc, Format::Jsonc), [vec![2, 3], vec![3], vec![5, 6, 7]]);
        let stacked = "# mcp-guard: ignore[a] x\r\n# mcp-guard: ignore[b] x\r\nk = 1\r\n";
        assert_eq!(lines(stacked, Format::Toml), [vec![1, 3], vec![2, 3]]);
        let apart = "# mcp-guard: ignore[a] x\n\n# other\nk: 1 # mcp-guard: ignore[b] x\n";
        assert_eq!(lines(apart, Format::Yaml), [vec![1, 2], vec![4]]);
        let matter = "---\n# mcp-guard: ignore[a] x\nk: 1\n---\n# mcp-guard: ignore[b] a heading\n";
        assert_eq!(lines(matter, Format::FrontMatter), [vec![2, 3]]);
    }

    proptest! {
        #[test]
        fn nothing_panics(text in "(mcp-guard:|ignore|\\[|\\]|,| |/\\*|\\*/|//|#|é|x|\n){0,24}") {
            let _ = read(&text, 0);
            for format in [Format::Jsonc, Format::Toml, Format::Yaml] {
                let document = parse(&text, format);
                for comment in comments(&document) {
                    if let Ok(directive) = comment.says {
                        prop_assert!(!document.slice(directive.reason).is_empty());
                    }
                }
            }
        }
    }
}
