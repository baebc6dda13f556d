//! Any document, any change.

use proptest::prelude::*;

use super::super::{Change, Content, Refusal, apply, change, plan, set};
use super::read;
use crate::syntax::{Document, Format, pointer};

/// Choices of layout, repeated when they run out.
struct Choices<'a> {
    bytes: &'a [u8],
    next: usize,
}

impl Choices<'_> {
    fn of(&mut self, options: usize) -> usize {
        self.next += 1;
        usize::from(self.bytes[self.next % self.bytes.len()]) % options
    }
}

/// White space and perhaps a comment, between tokens of JSON.
fn gap(choices: &mut Choices<'_>) -> &'static str {
    const GAPS: [&str; 9] =
        ["", "", " ", "\n", "\n  ", " /* c, } */ ", " // d ] {\n", "\r\n", "\t"];
    GAPS[choices.of(GAPS.len())]
}

fn write_json(value: &Content, choices: &mut Choices<'_>, out: &mut String) {
    let mut list = |open: char, close: char, parts: Vec<String>, choices: &mut Choices<'_>| {
        out.push(open);
        for (at, part) in parts.iter().enumerate() {
            out.push_str(gap(choices));
            out.push_str(part);
            out.push_str(gap(choices));
            if at + 1 < parts.len() || choices.of(4) == 0 {
                out.push(',');
            }
        }
        out.push_str(gap(choices));
        out.push(close);
    };
    match value {
        Content::List(items) => {
            let parts: Vec<String> = items.iter().map(|item| text_json(item, choices)).collect();
            list('[', ']', parts, choices);
        }
        Content::Map(entries) => {
            let parts = entries
                .iter()
                .map(|(key, value)| {
                    let key = format!("{key:?}{}:{}", gap(choices), gap(choices));
                    format!("{key}{}", text_json(value, choices))
                })
                .collect();
            list('{', '}', parts, choices);
        }
        Content::Text(text) => out.push_str(&serde_json::to_string(&**text).unwrap()),
        Content::Number(number) => out.push_str(number),
        Content::Bool(flag) => out.push_str(if *flag { "true" } else { "false" }),
        Content::Null => out.push_str("null"),
    }
}

fn text_json(value: &Content, choices: &mut Choices<'_>) -> String {
    let mut out = String::new();
    write_json(value, choices, &mut out);
    out
}

/// YAML with blocks, brackets, comments and empty lines.
fn write_yaml(value: &Content, column: usize, choices: &mut Choices<'_>, out: &mut String) {
    let flow = |value: &Content| {
        serde_json::to_string(&to_json(value)).unwrap().replace(",", ", ").replace("\":", "\": ")
    };
    let indent = " ".repeat(column);
    let mut first = true;
    let mut line = |out: &mut String, choices: &mut Choices<'_>| {
        if !first {
            out.push_str([" # c", "", "", ""][choices.of(4)]);
            out.push('\n');
            out.push_str(["\n", "# d: e\n", "", ""][choices.of(4)]);
            out.push_str(&indent);
        }
        first = false;
    };
    match value {
        Content::Map(entries) if !entries.is_empty() && choices.of(4) > 0 => {
            for (key, value) in entries {
                line(out, choices);
                out.push_str(&format!("{}:", flow(&Content::Text(key.clone()))));
                below(value, column, choices, out);
            }
        }
        Content::List(items) if !items.is_empty() && choices.of(4) > 0 => {
            for item in items {
                line(out, choices);
                out.push_str("- ");
                write_yaml(item, column + 2, choices, out);
            }
        }
        Content::Text(text)
            if choices.of(2) == 0
                && text.bytes().all(|b| b.is_ascii_alphabetic())
                && !text.is_empty() =>
        {
            out.push_str(&format!("'{text}'"));
        }
        other => out.push_str(&flow(other)),
    }
}

fn below(value: &Content, column: usize, choices: &mut Choices<'_>, out: &mut String) {
    let mut inner = String::new();
    let column = column + [2, 4][choices.of(2)];
    write_yaml(value, column, choices, &mut inner);
    let block = !inner.starts_with(['{', '[']) && (value_is_block(value));
    if block {
        out.push_str(&format!("{}\n{}", [" # e", ""][choices.of(2)], " ".repeat(column)));
    } else {
        out.push(' ');
    }
    out.push_str(&inner);
}

fn value_is_block(value: &Content) -> bool {
    !value.is_scalar() && !value.is_empty()
}

fn to_json(value: &Content) -> serde_json::Value {
    match value {
        Content::Null => serde_json::Value::Null,
        Content::Bool(flag) => (*flag).into(),
        Content::Number(number) => number.parse::<i64>().unwrap().into(),
        Content::Text(text) => (**text).into(),
        Content::List(items) => items.iter().map(to_json).collect(),
        Content::Map(entries) => {
            entries.iter().map(|(key, value)| (key.to_string(), to_json(value))).collect()
        }
    }
}

fn scalar() -> impl Strategy<Value = Content> {
    prop_oneof![
        Just(Content::Null),
        any::<bool>().prop_map(Content::Bool),
        (-9_999_i32..9_999).prop_map(|n| Content::Number(n.to_string().into())),
        prop_oneof![
            "[a-z]{0,6}",
            "\\PC{0,6}",
            Just("yes".to_owned()),
            Just("- a: b # c".to_owned()),
            Just("it's \"x\"\\\n\u{7f}\u{feff}".to_owned()),
            Just("1.0".to_owned()),
            Just(" x ".to_owned()),
        ]
        .prop_map(|text| Content::Text(text.into())),
    ]
}

fn key() -> impl Strategy<Value = Box<str>> {
    prop_oneof!["[a-e]", "[a-e]{2}", Just("a b".to_owned()), Just("x/~y.z".to_owned())]
        .prop_map(Into::into)
}

fn content() -> impl Strategy<Value = Content> {
    scalar().prop_recursive(4, 24, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Content::List),
            prop::collection::btree_map(key(), inner, 0..4)
                .prop_map(|map| Content::Map(map.into_iter().collect())),
        ]
    })
}

fn root() -> impl Strategy<Value = Content> {
    prop::collection::btree_map(key(), content(), 1..5)
        .prop_map(|map| Content::Map(map.into_iter().collect()))
}

/// Every place of a value, the root first.
fn places(value: &Content, at: &str, found: &mut Vec<(String, usize, bool)>) {
    match value {
        Content::Map(entries) => {
            found.push((at.to_owned(), entries.len(), true));
            for (key, value) in entries {
                let mut at = at.to_owned();
                pointer::push(&mut at, key);
                places(value, &at, found);
            }
        }
        Content::List(items) => {
            found.push((at.to_owned(), items.len(), false));
            for (index, value) in items.iter().enumerate() {
                places(value, &format!("{at}/{index}"), found);
            }
        }
        _ => found.push((at.to_owned(), usize::MAX, false)),
    }
}

fn some_change(value: &Content, pick: usize, kind: usize, new: Content) -> Change {
    let mut found = Vec::new();
    places(value, "", &mut found);
    let (at, count, map) = found[pick % found.len()].clone();
    let scalar = count == usize::MAX;
    match kind % 4 {
        0 if at.is_empty() || (kind / 4).is_multiple_of(2) && map => {
            Change::Set { at: format!("{at}/new key"), value: new }
        }
        1 if !at.is_empty() => Change::Remove { at },
        2 if !map && !scalar => Change::Insert { at, index: (kind / 4) % (count + 1), value: new },
        _ if at.is_empty() => Change::Set { at: "/zz".to_owned(), value: new },
        _ => Change::Set { at, value: new },
    }
}

/// Makes the change, and looks at what it did.
fn check(document: &Document, wanted: &Change) -> Result<Option<Document>, TestCaseError> {
    let edited = match change(document, wanted) {
        Ok(edited) => edited,
        Err(Refusal::Shared | Refusal::NoNull) => return Ok(None),
        Err(refusal) => {
            let edits = plan(document, wanted);
            let made = edits.as_ref().ok().and_then(|edits| apply(document.text(), edits));
            return Err(TestCaseError::fail(format!(
                "{refusal}: {wanted:?}\n{}\n-- {edits:?}\n{}",
                document.text(),
                made.unwrap_or_default()
            )));
        }
    };
    // Every comment outside of the edits is still there.
    let edits = plan(document, wanted).unwrap();
    let kept = document.comments().iter().filter(|comment| {
        !edits.iter().any(|e| e.span.start < comment.end && comment.start < e.span.end)
    });
    let mut left: Vec<&str> = edited.comments().iter().map(|c| edited.slice(*c)).collect();
    for comment in kept {
        let text = document.slice(*comment).trim_end();
        let at = left.iter().position(|other| other.trim_end() == text);
        prop_assert!(at.is_some(), "{text:?} is gone from {:?}", edited.text());
        left.remove(at.unwrap());
    }
    // Once more changes nothing.
    if let Change::Set { .. } = wanted {
        prop_assert!(plan(&edited, wanted).unwrap().is_empty(), "{:?}", edited.text());
    }
    Ok(Some(edited))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]

    #[test]
    fn any_change_of_json(
        value in root(), new in content(), layout in prop::collection::vec(any::<u8>(), 1..64),
        pick in 0_usize..64, kind in 0_usize..64,
    ) {
        let text = text_json(&value, &mut Choices { bytes: &layout, next: 0 });
        let document = read(&text, Format::Json5);
        prop_assert!(document.problems().is_empty(), "{text:?} {:?}", document.problems());
        let wanted = some_change(&value, pick, kind, new);
        prop_assert!(check(&document, &wanted)?.is_some(), "{text:?} {wanted:?}");
    }

    #[test]
    fn any_change_of_yaml(
        value in root(), new in content(), layout in prop::collection::vec(any::<u8>(), 1..64),
        pick in 0_usize..64, kind in 0_usize..64,
    ) {
        let mut text = String::new();
        write_yaml(&value, 0, &mut Choices { bytes: &layout, next: 0 }, &mut text);
        if layout[0] % 2 == 0 { text.push('\n'); }
        let document = read(&text, Format::Yaml);
        prop_assume!(document.problems().is_empty());
        prop_assume!(Content::from(&document.roots()[0]).same(&value));
        let wanted = some_change(&value, pick, kind, new);
        check(&document, &wanted)?;
    }

    #[test]
    fn any_value_in_any_format(
        value in root(), new in content(), pick in 0_usize..64, kind in 0_usize..64,
        format in prop::sample::select(vec![
            Format::Json, Format::Toml, Format::Yaml, Format::FrontMatter,
        ]),
    ) {
        let document = match set(&super::super::blank(format), "", &value) {
            Ok(document) => document,
            Err(Refusal::NoNull) => return Ok(()),
            Err(refusal) => return Err(TestCaseError::fail(format!("{refusal}: {value:?}"))),
        };
        let wanted = some_change(&value, pick, kind, new.clone());
        check(&document, &wanted)?;
        if let Ok(other) = set(&document, "/new", &new) {
            let at = other.roots()[0].at("/new").unwrap();
            prop_assert!(Content::from(at).same(&new));
        }
    }
}
