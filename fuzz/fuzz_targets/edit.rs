//! Editing a document: what is made is what was wanted, or nothing is made.
//!
//! The first byte picks the format, the second the place and the third the change; the rest is the
//! file.
#![no_main]

use libfuzzer_sys::fuzz_target;
use mcp_guard_scanner::edit::{Change, Content, apply, change, plan};
use mcp_guard_scanner::syntax::{Document, Format, Limits, Node, pointer};

const FORMATS: [Format; 6] =
    [Format::Json, Format::Jsonc, Format::Json5, Format::Toml, Format::Yaml, Format::FrontMatter];

fuzz_target!(|data: &[u8]| {
    let [format, place, kind, bytes @ ..] = data else { return };
    let format = FORMATS[usize::from(*format) % FORMATS.len()];
    let limits = Limits { yaml_nodes: 5_000, ..Limits::default() };
    let document = Document::parse(bytes, format, &limits);
    let Some(root) = document.roots().first() else { return };
    let mut places = Vec::new();
    collect(root, &mut places);
    let (at, node) = places[usize::from(*place) % places.len()].clone();
    let value = match kind >> 3 & 3 {
        0 => Content::from("it's \"new\": #1"),
        1 => Content::texts(["-y", "a, b"]),
        2 => Content::Map(vec![("k".into(), Content::Bool(true))]),
        _ => Content::Number("7".into()),
    };
    let wanted = match kind & 3 {
        0 => Change::Set { at, value },
        1 => Change::Set { at: format!("{at}/added"), value },
        2 => Change::Insert { at, index: node.items().len() / 2, value },
        _ => Change::Remove { at },
    };
    let Ok(edited) = change(&document, &wanted) else { return };
    let edits = plan(&document, &wanted).expect("a change that was made has a plan");
    assert_eq!(apply(document.text(), &edits).as_deref(), Some(edited.text()));
    for pair in edits.windows(2) {
        assert!(pair[0].span.end <= pair[1].span.start, "{edits:?}");
    }
    if let Change::Set { .. } = wanted {
        assert_eq!(plan(&edited, &wanted), Ok(Vec::new()), "{:?}", edited.text());
    }
});

fn collect<'d>(root: &'d Node, places: &mut Vec<(String, &'d Node)>) {
    let mut open = vec![(String::new(), root)];
    while let Some((at, node)) = open.pop() {
        if places.len() < 256 {
            for entry in node.entries() {
                let mut at = at.clone();
                pointer::push(&mut at, &entry.key);
                open.push((at, &entry.value));
            }
            for (index, item) in node.items().iter().enumerate() {
                open.push((format!("{at}/{index}"), item));
            }
        }
        places.push((at, node));
    }
}
