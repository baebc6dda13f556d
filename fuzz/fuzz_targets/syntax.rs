//! Reading a document: every span lies inside of the text, on character boundaries.
//!
//! The first byte picks the format, the rest is the file.
#![no_main]

use libfuzzer_sys::fuzz_target;
use mcp_guard_scanner::problem::Span;
use mcp_guard_scanner::syntax::{Document, Format, Limits, Node};

const FORMATS: [Format; 6] =
    [Format::Json, Format::Jsonc, Format::Json5, Format::Toml, Format::Yaml, Format::FrontMatter];

fuzz_target!(|data: &[u8]| {
    let Some((pick, bytes)) = data.split_first() else { return };
    let format = FORMATS[usize::from(*pick) % FORMATS.len()];
    let limits = Limits { yaml_nodes: 20_000, ..Limits::default() };
    let document = Document::parse(bytes, format, &limits);
    for root in document.roots() {
        check(&document, root);
    }
    for span in document.comments() {
        inside(&document, *span);
    }
    for problem in document.problems() {
        problem.span.inspect(|span| inside(&document, *span));
        assert!(!problem.message.chars().any(char::is_control), "{:?}", problem.message);
    }
});

fn check(document: &Document, root: &Node) {
    let mut open = vec![root];
    while let Some(node) = open.pop() {
        inside(document, node.span);
        if let Some(text) = node.as_str() {
            for (at, character) in text.char_indices().take(200) {
                let part = node.span_of(at..at + character.len_utf8());
                inside(document, part);
                assert!(node.span.contains(part), "{part:?} of {:?}", node.span);
            }
        }
        for entry in node.entries() {
            inside(document, entry.key_span);
            open.push(&entry.value);
        }
        open.extend(node.items());
    }
}

fn inside(document: &Document, span: Span) {
    let text = document.text();
    assert!(text.get(span.start..span.end).is_some(), "{span:?} of {}", text.len());
    let (start, end) = (document.position(span.start), document.position(span.end));
    assert!((start.line, start.column) <= (end.line, end.column), "{start:?} {end:?}");
}
