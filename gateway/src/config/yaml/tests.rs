use super::super::tree::{Node, Value};
use super::parse;

/// The tree as JSON, texts and numbers told apart.
fn json(node: &Node) -> serde_json::Value {
    match &node.value {
        Value::Null => serde_json::Value::Null,
        Value::Bool(value) => (*value).into(),
        Value::Number(number) => serde_json::json!({ "number": number }),
        Value::Text(text) => text.as_str().into(),
        Value::List(items) => items.iter().map(json).collect(),
        Value::Map(entries) => {
            let pairs = entries.iter().map(|entry| (entry.key.clone(), json(&entry.value)));
            pairs.collect::<serde_json::Map<_, _>>().into()
        }
    }
}

#[test]
fn scalars_mean_what_yaml_says() {
    let text = "a: [1, -1.5e3, 0x1f, 1_000, yes, 'true', true, ~, '', x: y, !!str 5, !!int 5]\n\
                b: |\n  two\n  lines\nc: \"\\u00e4\\t\"\nd:\n- e\n- f: 1.2.3\n";
    let document = parse(text.as_bytes()).unwrap();
    insta::assert_snapshot!(format!("{:#}", json(&document.root)));
}

#[test]
fn places_are_those_of_the_text() {
    let text = "ä: {b: [x, 'y']}\nc:\n  - d: |\n      z\n";
    let document = parse(text.as_bytes()).unwrap();
    let mut places = Vec::new();
    let mut todo = vec![&document.root];
    while let Some(node) = todo.pop() {
        places.push((node.at, node.kind()));
        match &node.value {
            Value::List(items) => todo.extend(items),
            Value::Map(entries) => todo.extend(entries.iter().map(|entry| &entry.value)),
            _ => {}
        }
    }
    places.sort_unstable();
    let shown: Vec<String> = places
        .iter()
        .map(|(at, kind)| {
            let fault = document.fault(*at, *kind);
            format!("{fault} {:?}", text[*at..].chars().next().unwrap())
        })
        .collect();
    insta::assert_snapshot!(shown.join("\n"));
}
