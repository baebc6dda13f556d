//! Texts that are shown in Markdown as they are: what a repository holds must not format, link,
//! mention or close anything.

use crate::finding::visible;

/// Stands between a sign and what it would act on. GitHub looks for mentions and references in the
/// finished page, where neither a backslash nor an entity helps.
const APART: &str = "&#8203;";

/// A text of one line that shows itself and nothing else.
pub(super) fn plain(text: &str) -> String {
    escaped(text, Some(APART))
}

/// The same as code, where nothing is mentioned or referred to. Between backticks nothing else acts;
/// what would end them, or a cell of a table, goes into an element.
pub(super) fn code(text: &str) -> String {
    if text.is_empty() || text.trim() != text || text.contains(['`', '|', '\\']) {
        return format!("<code>{}</code>", escaped(text, None));
    }
    format!("`{}`", text.chars().map(visible).collect::<String>())
}

/// A sentence whose parts between backticks are code.
pub(super) fn sentence(text: &str) -> String {
    let parts: Vec<&str> = text.split('`').collect();
    if parts.len().is_multiple_of(2) {
        return plain(text);
    }
    let mut out = String::with_capacity(text.len() + 32);
    for (index, part) in parts.into_iter().enumerate() {
        match (index.is_multiple_of(2), part) {
            (true, part) => out.push_str(&plain(part)),
            (false, "") => out.push_str("\\`\\`"),
            (false, part) => out.push_str(&code(part)),
        }
    }
    out
}

fn escaped(text: &str, apart: Option<&str>) -> String {
    let mut out = String::with_capacity(text.len() + 16);
    let mut characters = text.chars().map(visible).peekable();
    while let Some(character) = characters.next() {
        match character {
            '`' | '*' | '_' | '[' | ']' | '~' => out.extend(['\\', character]),
            '\\' => out.push_str("&#92;"),
            '|' => out.push_str("&#124;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            '$' => out.push_str("&#36;"),
            '@' | '#' => {
                out.push(character);
                out.extend(apart);
            }
            // `https://` and `www.` become links, `GH-1` a reference.
            ':' if characters.peek() == Some(&'/') => out.extend([":", apart.unwrap_or(APART)]),
            '.' if ends_with(&out, "www") => out.extend([apart.unwrap_or(APART), "."]),
            '-' if ends_with(&out, "gh") => out.extend(["-", apart.unwrap_or_default()]),
            other => out.push(other),
        }
    }
    out
}

fn ends_with(text: &str, ending: &str) -> bool {
    let end = text.len().checked_sub(ending.len()).and_then(|at| text.get(at..));
    end.is_some_and(|end| end.eq_ignore_ascii_case(ending))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn nothing_in_a_text_acts() {
        for (text, shown) in [
            ("plain text, as it is: 1.2 (x)", "plain text, as it is: 1.2 (x)"),
            ("*a* _b_ ~c~ `d` [e](f) | \\", r"\*a\* \_b\_ \~c\~ \`d\` \[e\](f) &#124; &#92;"),
            ("<img src=x>&amp;", "&lt;img src=x&gt;&amp;amp;"),
            ("@everyone #12 o/r#3", "@&#8203;everyone #&#8203;12 o/r#&#8203;3"),
            ("https://x www.x GH-1", "https:&#8203;//x www&#8203;.x GH-&#8203;1"),
            ("$x$ a\nb\u{202e}", "&#36;x&#36; a\u{fffd}b\u{fffd}"),
        ] {
            assert_eq!(plain(text), shown, "{text:?}");
        }
    }

    #[test]
    fn code_ends_where_it_is_meant_to() {
        for (text, shown) in [
            ("a_b@1.2 </td> #1", "`a_b@1.2 </td> #1`"),
            ("a\nb\u{200b}", "`a\u{fffd}b\u{fffd}`"),
            ("a`b|c\\d<", r"<code>a\`b&#124;c&#92;d&lt;</code>"),
            ("", "<code></code>"),
            (" ", "<code> </code>"),
        ] {
            assert_eq!(code(text), shown, "{text:?}");
        }
    }

    #[test]
    fn what_stands_between_backticks_is_code() {
        assert_eq!(sentence("Server `a_b` runs."), "Server `a_b` runs.");
        // A name with backticks ends the code, and what follows does not act either.
        let broken = sentence("Server `a` @x `</code>` runs.");
        assert_eq!(broken, "Server `a` @&#8203;x `</code>` runs.");
        assert_eq!(sentence("an ` alone @x"), r"an \` alone @&#8203;x");
        assert_eq!(sentence("`` x"), r"\`\` x");
    }

    /// What a cell of a table becomes in the reader's browser.
    fn rendered(cell: &str) -> String {
        let mut options = comrak::Options::default();
        options.render.r#unsafe = true;
        let extension = &mut options.extension;
        (extension.table, extension.autolink, extension.strikethrough) = (true, true, true);
        (extension.math_dollars, extension.footnotes, extension.tasklist) = (true, true, true);
        let html = comrak::markdown_to_html(&format!("| x |\n|---|\n| -{cell}- |\n"), &options);
        let cells: Vec<&str> = html.split("<td>").collect();
        let [_, cell] = cells[..] else { panic!("one cell: {html}") };
        let cell = cell.split("</td>").next().unwrap();
        let cell = cell.strip_prefix('-').and_then(|cell| cell.strip_suffix('-'));
        cell.unwrap_or_else(|| panic!("one cell: {html}")).to_owned()
    }

    fn seen(html: &str) -> String {
        let text = html.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"");
        text.replace('\u{200b}', "").replace("&amp;", "&")
    }

    proptest! {
        #[test]
        fn a_reader_sees_the_text_and_nothing_else(
            text in "[ -~]{0,30}|([`*_|\\\\<>\\[\\]()@#$~&;:/.! a1]|www\\.|https://|é|😀|\n|\u{202e}){0,20}",
        ) {
            let wanted: String = text.chars().map(visible).collect();
            let shown = rendered(&plain(&text));
            prop_assert!(!shown.contains('<'), "{}", shown);
            prop_assert_eq!(seen(&shown), wanted.clone());
            let shown = rendered(&code(&text));
            let inner = shown.strip_prefix("<code>").and_then(|rest| rest.strip_suffix("</code>"));
            let inner = inner.unwrap_or_else(|| panic!("{shown}"));
            // An address is made a link even there; it leads nowhere else than it says.
            let inner = if inner.contains("<a href=\"mailto:") { return Ok(()) } else { inner };
            prop_assert!(!inner.contains('<'), "{}", shown);
            prop_assert_eq!(seen(inner), wanted.clone());
            let told = rendered(&sentence(&format!("Server `{text}` runs.")));
            let bare = told.replace("<code>", "").replace("</code>", "");
            prop_assert!(bare.contains("mailto:") || !bare.contains('<'), "{}", told);
        }
    }
}
