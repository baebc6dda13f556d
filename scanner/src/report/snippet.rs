//! How most findings look: a title and one line. They are laid out here, because there can be very
//! many of them and `annotate-snippets` takes a dozen times as long; it does all others, and says
//! in a test how these have to look.

use std::fmt::Write;

use super::text::{TextStyle, one_line};
use crate::finding::{Finding, is_plain};

/// Columns that stand before and after a line at the most.
const MARGIN: usize = 24;

/// Adds a finding that is nothing but a title and a line of plain text; tells whether it is one.
pub(super) fn write(out: &mut String, path: &str, finding: &Finding, style: TextStyle) -> bool {
    let Some(excerpt) = &finding.excerpt else { return false };
    let simple = !style.colour
        && !excerpt.cut
        && finding.related.is_empty()
        && finding.advisories.len() < 2
        && !excerpt.text.is_empty()
        && is_plain(&excerpt.text)
        && is_plain(&one_line(path))
        && finding.message.chars().all(|character| matches!(character, ' '..='~' | '…'))
        && excerpt.text.len() + MARGIN < style.width;
    if !simple {
        return false;
    }
    let (severity, rule) = (finding.severity.name(), &finding.rule.id);
    let (line, column) = (excerpt.line, excerpt.mark.start + 1);
    let gutter = line.checked_ilog10().map_or(1, |power| power as usize + 1);
    let carets = excerpt.mark.len().max(1);
    // Writing to a String cannot fail.
    let _ = write!(
        out,
        "{severity}[{rule}]: {}\n{:gutter$}--> {path}:{line}:{column}\n{:gutter$} |\n{line} | {}\n\
         {:gutter$} | {:before$}{:^<carets$}",
        finding.message,
        "",
        "",
        excerpt.text,
        "",
        "",
        "",
        before = excerpt.mark.start,
    );
    true
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use proptest::sample::Index;

    use super::*;
    use crate::finding::{Excerpt, Region};
    use crate::report::text::{group, renderer};
    use crate::rules::{Confidence, Persona, RULES, Severity};

    fn finding(message: &str, severity: Severity, excerpt: Excerpt) -> Finding {
        Finding {
            rule: RULES.first().unwrap(),
            severity,
            confidence: Confidence::High,
            message: message.to_owned(),
            advisories: Box::default(),
            incomplete: false,
            client: "c",
            scope: "s",
            server: None,
            pointer: String::new(),
            region: Region::default(),
            excerpt: Some(excerpt),
            related: Box::default(),
            fix: None,
            persona: Persona::Default,
            fingerprint: String::new(),
            parts: Box::default(),
        }
    }

    proptest! {
        #[test]
        fn looks_as_annotate_snippets_has_it(
            message in "[ -~…]{0,60}",
            path in "[a-z/. ]{1,30}",
            text in "[ -~]{1,140}",
            line in prop_oneof![1_usize..2000, Just(9), Just(10), Just(99_999)],
            (from, to) in any::<(Index, Index)>(),
            width in 40_usize..200,
            severity in proptest::sample::select(Severity::ALL),
        ) {
            let (from, to) = (from.index(text.len() + 1), to.index(text.len() + 1));
            let (start, end) = (from.min(to), from.max(to));
            let excerpt = Excerpt { line, text: text.clone(), cut: false, mark: start..end };
            let finding = finding(&message, severity, excerpt);
            let style = TextStyle { colour: false, width, verbose: false };
            let mut out = String::new();
            if write(&mut out, &path, &finding, style) {
                let wanted = renderer(style).render(&[group(&path, &finding, false)]);
                prop_assert_eq!(out, wanted);
            } else {
                prop_assert!(text.len() + MARGIN >= width && out.is_empty());
            }
        }
    }
}
