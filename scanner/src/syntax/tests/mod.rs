//! Tests of whole documents.

mod document;
mod json;
mod toml;
mod yaml;

use super::{Document, Format, Limits, Node, Value};
use crate::problem::{Problem, ProblemKind, Span};

fn read(text: &str, format: Format) -> Document {
    Document::parse(text.as_bytes(), format, &Limits::default())
}

/// The tree in a form that is easy to compare: JSON without spans.
fn plain(node: &Node) -> String {
    match &node.value {
        Value::Null => "null".to_owned(),
        Value::Bool(value) => value.to_string(),
        Value::Number(number) => number.to_string(),
        Value::Text(text) => format!("{:?}", text.as_str()),
        Value::List(items) => {
            format!("[{}]", items.iter().map(plain).collect::<Vec<_>>().join(","))
        }
        Value::Map(entries) => {
            let entries = entries.iter().map(|e| format!("{:?}:{}", &*e.key, plain(&e.value)));
            format!("{{{}}}", entries.collect::<Vec<_>>().join(","))
        }
    }
}

fn roots(document: &Document) -> String {
    document.roots().iter().map(plain).collect::<Vec<_>>().join(" ")
}

/// "line:column kind" of each problem.
fn places(document: &Document) -> Vec<String> {
    let place = |problem: &Problem| {
        let span = problem.span.expect("a problem of the syntax has a place");
        let position = document.position(span.start);
        format!("{}:{} {}", position.line, position.column, problem.kind)
    };
    document.problems().iter().map(place).collect()
}

/// Every span lies inside the text, on character boundaries, and children inside their parents
/// unless `nested` is false.
#[track_caller]
fn check_spans(document: &Document, nested: bool) {
    let text = document.text();
    let inside = |span: Span| {
        assert!(span.start <= span.end, "{span:?}");
        assert!(text.get(span.start..span.end).is_some(), "{span:?} of {}", text.len());
    };
    let mut todo: Vec<(&Node, Span)> =
        document.roots().iter().map(|root| (root, Span::new(0, text.len()))).collect();
    while let Some((node, parent)) = todo.pop() {
        inside(node.span);
        assert!(!nested || parent.contains(node.span), "{:?} in {parent:?}", node.span);
        if let Some(value) = node.as_text() {
            let whole = value.span_of(node.span, 0..value.as_str().len());
            inside(whole);
            assert!(node.span.contains(whole));
            if value.is_verbatim() {
                // The span of a block scalar leaves out its last line breaks.
                let rest = value.as_str().strip_prefix(document.slice(whole));
                assert!(rest.is_some_and(|rest| rest.trim().is_empty()), "{value:?}");
            }
            for (at, c) in value.as_str().char_indices() {
                let part = value.span_of(node.span, at..at + c.len_utf8());
                inside(part);
                assert!(whole.contains(part), "{part:?} in {whole:?}");
            }
        }
        for entry in node.entries() {
            inside(entry.key_span);
            assert!(!nested || node.span.contains(entry.key_span), "{entry:?} in {:?}", node.span);
            todo.push((&entry.value, node.span));
        }
        todo.extend(node.items().iter().map(|item| (item, node.span)));
    }
    for span in document.comments() {
        inside(*span);
    }
    for problem in document.problems() {
        if let Some(span) = problem.span {
            inside(span);
        }
        assert!(!problem.message.chars().any(char::is_control), "{:?}", problem.message);
    }
}

#[track_caller]
fn only(document: &Document, kind: ProblemKind) -> &Problem {
    let [problem] = document.problems() else { panic!("{:?}", document.problems()) };
    assert_eq!(problem.kind, kind);
    problem
}
