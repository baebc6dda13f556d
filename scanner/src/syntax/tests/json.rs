use proptest::prelude::*;

use super::*;

fn json(text: &str) -> Document {
    let document = read(text, Format::Json);
    check_spans(&document, true);
    document
}

#[track_caller]
fn broken(text: &str, tree: &str, problems: &[&str]) {
    let document = json(text);
    assert_eq!(roots(&document), tree, "{text}");
    assert_eq!(places(&document), problems, "{text} {:?}", document.problems());
}

#[test]
fn all_that_json5_and_jsonc_allow_is_no_problem() {
    for (text, tree) in [
        ("null", "null"),
        ("[1, -2.5e3, true, false, \"x\"]", "[1,-2.5e3,true,false,\"x\"]"),
        ("\u{a0}{a: 1, 'b': 'c', $d_1: .5,}", r#"{"a":1,"b":"c","$d_1":.5}"#),
        ("// a\n{ /* b */ \"a\": 0xFF, } // c", r#"{"a":0xFF}"#),
        ("{\"a\": 'it\\'s', b: \"\\x41\\u0042\\\n\"}", r#"{"a":"it's","b":"AB"}"#),
        (r#"["\ud83d\ude00", "\\\"\/\b\f\n\r\t"]"#, r#"["😀","\\\"/\u{8}\u{c}\n\r\t"]"#),
        ("{null: 1, true: 2, 3: 4}", r#"{"null":1,"true":2,"3":4}"#),
        ("[Infinity, -NaN, +1]", "[Infinity,-NaN,+1]"),
        ("{}", "{}"),
        ("[[],[{}],]", "[[],[{}]]"),
    ] {
        broken(text, tree, &[]);
    }
}

#[test]
fn comments_are_kept_with_their_signs() {
    let document = json("// é\n{/* b */\"a\": \"// no\"} //");
    let comments: Vec<_> = document.comments().iter().map(|span| document.slice(*span)).collect();
    assert_eq!(comments, ["// é", "/* b */", "//"]);
}

#[test]
fn damage_is_read_around() {
    for (text, tree, problems) in [
        ("# head\n{\"a\": 1}\n# foot", r#"{"a":1}"#, &["1:1 syntax"][..]),
        ("{\"a\": 1} trailing, garbage", r#"{"a":1}"#, &["1:10 syntax"]),
        ("{\"a\": 1}}", r#"{"a":1}"#, &["1:9 syntax"]),
        ("{\"a\": 1}\n{\"b\": 2}", r#"{"a":1} {"b":2}"#, &["2:1 syntax"]),
        ("\"a\": {\"b\": 1},\n\"c\": 2", r#"{"a":{"b":1},"c":2}"#, &["1:1 syntax"]),
        ("\"a\": {\"b\": 1}\n}", r#"{"a":{"b":1}}"#, &["1:1 syntax"]),
        ("mcpServers: {b: 1}", r#"{"mcpServers":{"b":1}}"#, &["1:1 syntax"]),
        ("Here is my config: {\"a\": 1}", r#"{"a":1}"#, &["1:1 syntax"]),
        ("{\"a\": 1\n \"b\": [1 2]}", r#"{"a":1,"b":[1,2]}"#, &["1:8 syntax"]),
        ("{\"a\": 1,, \"b\": 2}", r#"{"a":1,"b":2}"#, &["1:9 syntax"]),
        ("{\"a\" 1}", r#"{"a":1}"#, &["1:6 syntax"]),
        ("{\"a\":, \"b\": 2}", r#"{"a":null,"b":2}"#, &["1:6 syntax"]),
        ("{\"a\":}", r#"{"a":null}"#, &["1:6 syntax"]),
        ("{\"a\"}", r#"{"a":null}"#, &["1:5 syntax"]),
        ("{: 1}", r#"{"":1}"#, &["1:2 syntax"]),
        ("{{\"a\": 1}, {\"a\": 2}}", r#"{"":{"a":1},"":{"a":2}}"#, &["1:2 syntax"]),
        ("{\"a\": [1, 2}", r#"{"a":[1,2]}"#, &["1:12 syntax"]),
        ("[1, 2}", "[1,2]", &["1:6 syntax"]),
        ("{\"a\": {\"b\": [\"c\"", r#"{"a":{"b":["c"]}}"#, &["1:13 syntax"]),
        ("{\"a\": \"b", r#"{"a":"b"}"#, &["1:7 syntax"]),
        ("{\"a\": \"b}", r#"{"a":"b"}"#, &["1:7 syntax"]),
        ("{\"a\": [1], \"comm", r#"{"a":[1],"comm":null}"#, &["1:12 syntax"]),
        ("{\"a\": {\"b\":", r#"{"a":{"b":null}}"#, &["1:7 syntax"]),
        ("// nothing", "", &["1:1 syntax"]),
        (
            "{\"a\": \"npx,\n \"b\": [\"x\"],\n \"c\": 1}",
            r#"{"a":"npx","b":["x"],"c":1}"#,
            &["1:7 syntax"],
        ),
        ("{\"a\": \"x\ny\"}", r#"{"a":"x\ny"}"#, &["1:9 syntax"]),
        (r#"{"a": "C:\Users\x"}"#, r#"{"a":"C:\\Users\\x"}"#, &["1:10 syntax"]),
        (
            r#"{"a": "C:\Users\", "b": ["D:\w\"]}"#,
            r#"{"a":"C:\\Users\\","b":["D:\\w\\"]}"#,
            &["1:10 syntax"],
        ),
        (r#"{"a": "C:\new\\x"}"#, r#"{"a":"C:\new\\x"}"#, &[]),
        (
            "{\"a\": npx@latest, \"b\": /usr/bin/x}",
            r#"{"a":"npx@latest","b":"/usr/bin/x"}"#,
            &["1:7 syntax"],
        ),
        ("{\"a\": True, \"b\": 2024-01-01}", r#"{"a":"True","b":"2024-01-01"}"#, &["1:7 syntax"]),
        ("{@scope/x: 1}", r#"{"@scope/x":1}"#, &["1:2 syntax"]),
        ("{\"a\": 1 /* x", r#"{"a":1}"#, &["1:1 syntax", "1:9 syntax"]),
        ("[\"a\": 1]", r#"["a",1]"#, &["1:5 syntax"]),
    ] {
        broken(text, tree, problems);
    }
}

#[test]
fn both_sides_of_a_merge_conflict_are_read() {
    let text =
        "{\n<<<<<<< HEAD\n\"a\": 1\n||||||| base\n\"c\": 0\n=======\n\"b\": 2\n>>>>>>> other\n}";
    broken(text, r#"{"a":1,"c":0,"b":2}"#, &["2:1 syntax"]);
}

#[test]
fn a_duplicate_key_is_kept_and_told() {
    let document = json("{\"s\": [{\"a\": 1, \"b\": 2, \"a\": 3}]}");
    assert_eq!(roots(&document), r#"{"s":[{"a":1,"b":2,"a":3}]}"#);
    let problem = only(&document, ProblemKind::DuplicateKey);
    assert_eq!(problem.pointer.as_deref(), Some("/s/0/a"));
    assert_eq!(problem.span, Some(Span::new(24, 27)));
    assert!(problem.message.contains("\"a\""));
    assert_eq!(document.roots()[0].at("/s/0/a").unwrap().as_number(), Some("3"));

    let keys: String = (0..20).map(|n| format!("\"k{}\":1,", n % 19)).collect();
    let document = json(&format!("{{{keys}}}"));
    assert_eq!(document.problems().len(), 1);
    assert!(document.problems()[0].message.contains("k0"));
}

#[test]
fn a_message_holds_neither_long_keys_nor_control_characters() {
    let long = "k".repeat(65);
    let document = json(&format!("{{\"{long}\":1,\"{long}\":2,\"\\n\":1,\"\\n\":2}}"));
    assert_eq!(document.problems().len(), 2);
    assert!(document.problems().iter().all(|problem| !problem.message.contains(&long)));
}

#[test]
fn depth_is_bounded() {
    for text in ["[".repeat(100_000), "{\"a\":".repeat(100_000), "]".repeat(100_000)] {
        let document = json(&text);
        assert!(document.problems().len() <= 2, "{:?}", document.problems());
        drop(document);
    }
    let nested = format!("{}{}", "[".repeat(250), "]".repeat(250));
    let document = json(&format!("[{nested}, 7]"));
    assert_eq!(places(&document), ["1:201 too-deep"]);
    assert_eq!(document.roots()[0].items()[1].as_number(), Some("7"));
}

#[test]
fn spans_of_parts_of_a_string() {
    let document = json(
        r#"{"a": "http://é.example/x", "b": "C:\\tmp\\\u00e9 x", "c": "\
z"}"#,
    );
    let root = &document.roots()[0];
    let part = |key: &str, part: &str| {
        let node = root.get(key).unwrap();
        let at = node.as_str().unwrap().find(part).unwrap();
        document.slice(node.span_of(at..at + part.len())).to_owned()
    };
    assert_eq!(part("a", "é.example"), "é.example");
    assert_eq!(part("b", "tmp"), "tmp");
    assert_eq!(part("b", "\\tmp"), r"\\tmp");
    assert_eq!(part("b", "é x"), r"\u00e9 x");
    assert_eq!(part("c", "z"), "z");
    assert_eq!(document.slice(root.get("b").unwrap().span), r#""C:\\tmp\\\u00e9 x""#);
    assert_eq!(document.slice(root.entry("b").unwrap().key_span), "\"b\"");
}

#[test]
fn hostile_files_take_no_time() {
    let big = 1 << 18;
    for unit in [
        "\"\\\"\n",
        "a ",
        "# \n",
        "'",
        "/* */ a ",
        "\"a\n,",
        "1 ",
        ":",
        "\"a\" \"\\",
        "\\",
        "a:",
        "<<<<<<< \n",
    ] {
        let document = read(&unit.repeat(big / unit.len()), Format::Json);
        assert!(!document.problems().is_empty());
    }
}

fn same(node: &Node, value: &serde_json::Value) -> bool {
    match (&node.value, value) {
        (Value::Null, serde_json::Value::Null) => true,
        (Value::Bool(a), serde_json::Value::Bool(b)) => a == b,
        (Value::Number(a), serde_json::Value::Number(b)) => {
            // serde_json reads the last digit of a long fraction inexactly.
            let (a, b): (f64, f64) = (a.parse().unwrap(), b.as_f64().unwrap());
            (a - b).abs() <= 1e-12 * b.abs()
        }
        (Value::Text(a), serde_json::Value::String(b)) => a.as_str() == b,
        (Value::List(a), serde_json::Value::Array(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b))
        }
        (Value::Map(a), serde_json::Value::Object(b)) => {
            a.len() == b.len()
                && a.iter().all(|e| b.get(&*e.key).is_some_and(|b| same(&e.value, b)))
        }
        _ => false,
    }
}

/// The text of a node means the node: a map's, a list's and a string's brackets and quotes included.
fn check_slices(document: &Document, node: &Node) {
    let slice = document.slice(node.span);
    let value: serde_json::Value = serde_json::from_str(slice).unwrap();
    assert!(same(node, &value), "{slice}");
    for entry in node.entries() {
        let key: String = serde_json::from_str(document.slice(entry.key_span)).unwrap();
        assert_eq!(*entry.key, key);
        check_slices(document, &entry.value);
    }
    node.items().iter().for_each(|item| check_slices(document, item));
}

fn any_json() -> impl Strategy<Value = serde_json::Value> {
    let leaf = prop_oneof![
        Just(serde_json::Value::Null),
        any::<bool>().prop_map(Into::into),
        any::<i64>().prop_map(Into::into),
        any::<f64>().prop_map(Into::into),
        any::<String>().prop_map(Into::into),
    ];
    leaf.prop_recursive(5, 40, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Into::into),
            prop::collection::btree_map(any::<String>(), inner, 0..6)
                .prop_map(|map| serde_json::Value::Object(map.into_iter().collect())),
        ]
    })
}

#[test]
fn a_key_is_no_longer_than_anybody_writes_one() {
    let long = "ä".repeat(3_000);
    let texts = [
        (format!("{{\"{long}\": 1}}"), Format::Json),
        (format!("? {long}\n: 1\n"), Format::Yaml),
        (format!("\"{long}\" = 1\n"), Format::Toml),
        (format!("a = {{ \"{long}\" = 1 }}\n"), Format::Toml),
    ];
    for (text, format) in texts {
        let document = read(&text, format);
        only(&document, ProblemKind::TooLong);
        let root = &document.roots()[0];
        let entry = root.get("a").unwrap_or(root).entries().first().unwrap();
        assert!((1_000..=1_024).contains(&entry.key.len()), "{format:?}");
        assert!(entry.key_span.len() >= 6_000, "{format:?}");
    }
}

#[test]
fn of_many_problems_the_first_are_told_and_how_many_more() {
    let keys: Vec<String> = (0..500).map(|n| format!("\"k{n}\":1,\"k{n}\":2")).collect();
    let document = read(&format!("{{{}}}]", keys.join(",")), Format::Json);
    let problems = document.problems();
    assert_eq!(problems.len(), 101);
    let last = problems.last().unwrap();
    assert!(last.message.starts_with("401 more"), "{}", last.message);
    // A bracket that closes nothing is among them, and is worse than keys that stand twice.
    assert_eq!(last.kind, ProblemKind::Syntax);
}

proptest! {
    #[test]
    fn nothing_panics(text in any::<String>()) {
        check_spans(&read(&text, Format::Json), true);
    }

    #[test]
    fn no_soup_of_tokens_panics(
        parts in prop::collection::vec(prop::sample::select(&[
            "{", "}", "[", "]", ",", ":", "\"a\"", "'b'", "\"", "'", "\\", "\n", "\r\n", " ", "//", "/*", "*/",
            "#", "null", "true", "1", "-", "é", "😀", "\"\\u00e9\"", "\"\\q\"", "x", "<<<<<<< a\n", "=======\n",
            ">>>>>>> b\n", "\u{2028}",
        ][..]), 0..40)
    ) {
        check_spans(&read(&parts.concat(), Format::Json), true);
    }

    #[test]
    fn valid_json_gives_the_tree_of_serde_json(value in any_json(), pretty in any::<bool>()) {
        let text = if pretty { serde_json::to_string_pretty(&value) } else { serde_json::to_string(&value) }.unwrap();
        let document = json(&text);
        prop_assert_eq!(document.problems(), &[]);
        prop_assert_eq!(document.roots().len(), 1);
        prop_assert!(same(&document.roots()[0], &value), "{}", text);
        check_slices(&document, &document.roots()[0]);
    }

    #[test]
    fn damaged_json_is_still_read(value in any_json(), at in any::<prop::sample::Index>(), junk in "[\\PC\n]{0,3}", cut in 0..4usize) {
        let text = serde_json::to_string_pretty(&value).unwrap();
        let at = text.floor_char_boundary(at.index(text.len() + 1));
        let to = text.ceil_char_boundary((at + cut).min(text.len()));
        json(&format!("{}{junk}{}", &text[..at], &text[to..]));
    }

    #[test]
    fn what_json5_accepts_is_no_problem(value in any_json(), at in any::<prop::sample::Index>(), junk in "[ ,'\"{}\\[\\]:a1\\\\/.-]{1,2}") {
        let text = serde_json::to_string(&value).unwrap();
        let at = text.floor_char_boundary(at.index(text.len() + 1));
        let text = format!("{}{junk}{}", &text[..at], &text[at..]);
        let document = json(&text);
        let clean = document.problems().iter().all(|problem| problem.kind != ProblemKind::Syntax);
        match json5::from_str::<serde_json::Value>(&text) {
            // JSON5 takes an unknown escape for the character itself.
            Ok(_) if !text.contains('\\') => prop_assert!(clean, "{} {:?}", text, document.problems()),
            Err(error) if clean => {
                // serde_json holds no infinite numbers.
                prop_assert!(jsonc_parser::parse_to_ast(&text, &Default::default(), &Default::default()).is_ok(), "{text} {error}");
            }
            _ => {}
        }
    }
}
