use proptest::prelude::*;

use super::*;

fn yaml(text: &str) -> Document {
    let document = read(text, Format::Yaml);
    check_spans(&document, !text.contains('*'));
    document
}

const SAMPLE: &str = "\
# head
base: &base # anchor
  command: npx
  args: [-y, \"p\\tk\", 'it''s']
  env: {A: '1', ? b : 2}
servers:
  one:
    <<: *base
    command: !!str 12
  two:
  - |-
    line one
      line two # no

  - >
    folded
    text
  -
  - plain
    text
? [x, y]
: ~
";

#[test]
fn collections_scalars_and_merge_keys() {
    let document = yaml(SAMPLE);
    assert_eq!(document.problems(), &[]);
    assert_eq!(
        roots(&document),
        "{\"base\":{\"command\":\"npx\",\"args\":[\"-y\",\"p\\tk\",\"it's\"],\"env\":{\"A\":\"1\",\"b\":2}},\
         \"servers\":{\"one\":{\"command\":\"12\",\"args\":[\"-y\",\"p\\tk\",\"it's\"],\
         \"env\":{\"A\":\"1\",\"b\":2}},\"two\":[\"line one\\n  line two # no\",\"folded text\\n\",null,\
         \"plain text\"]},\"[x, y]\":null}"
    );
    let comments: Vec<_> = document.comments().iter().map(|span| document.slice(*span)).collect();
    assert_eq!(comments, ["# head", "# anchor"]);
}

#[test]
fn spans_of_collections_keys_and_scalars() {
    let document = yaml(SAMPLE);
    let root = &document.roots()[0];
    let slice = |pointer: &str| document.slice(root.at(pointer).unwrap().span);
    assert_eq!(slice("/base/args"), "[-y, \"p\\tk\", 'it''s']");
    assert_eq!(slice("/base/args/1"), "\"p\\tk\"");
    assert_eq!(slice("/servers/one"), "<<: *base\n    command: !!str 12");
    assert_eq!(slice("/servers/one/args/0"), "-y");
    assert_eq!(slice("/servers/two/0"), "|-\n    line one\n      line two # no");
    assert_eq!(slice("/servers/two/1"), ">\n    folded\n    text");
    assert_eq!(slice("/servers/two/2"), "");
    assert_eq!(document.slice(root.entries()[2].key_span), "[x, y]");
    let part = |pointer: &str, part: &str| {
        let node = root.at(pointer).unwrap();
        let at = node.as_str().unwrap().find(part).unwrap();
        document.slice(node.span_of(at..at + part.len())).to_owned()
    };
    assert_eq!(part("/base/args/1", "\t"), "\\t");
    assert_eq!(part("/base/args/2", "'s"), "''s");
    assert_eq!(part("/servers/two/0", "line two"), "line two");
    assert_eq!(part("/servers/two/1", "text"), "text");
    assert_eq!(part("/servers/two/3", "text"), "text");
}

#[test]
fn an_alias_keeps_the_spans_of_its_anchor() {
    let document = yaml("a: &x [1, \"s\"]\nb: *x\n");
    let root = &document.roots()[0];
    assert_eq!(root.get("a").unwrap(), root.get("b").unwrap());
}

#[test]
fn merge_keys() {
    for (text, tree) in [
        ("a: {<<: {x: 1, y: 2}, x: 3}", r#"{"a":{"x":3,"y":2}}"#),
        ("a: {<<: [{x: 1}, {x: 2, y: 3}]}", r#"{"a":{"x":1,"y":3}}"#),
        ("a: {<<: 1}", r#"{"a":{"<<":1}}"#),
        ("a: {\"<<\": {x: 1}}", r#"{"a":{"<<":{"x":1}}}"#),
    ] {
        let document = yaml(text);
        assert_eq!((roots(&document).as_str(), document.problems()), (tree, &[][..]), "{text}");
    }
}

#[test]
fn several_documents_are_several_roots() {
    let document = yaml("--- {a: 1}\n---\n- 2\n...\n---\nx\n");
    assert_eq!(roots(&document), r#"{"a":1} [2] "x""#);
}

#[test]
fn what_is_broken_is_read_around() {
    for (text, tree, problems) in [
        (
            "a:\n  b: 1\n  c: [2, 3\nd: [4, 5]\n---\ne: 5\n",
            r#"{"a":{"b":1},"d":[4,5]} {"e":5}"#,
            &["4:2 syntax"][..],
        ),
        ("a:\n  b: 1\n  c: 2\n\td: 3\ne: 4\n", r#"{"a":{"b":1,"c":2},"e":4}"#, &["4:1 syntax"]),
        ("a: 1\nb: c: d\n  x: y\ne: 2\n", r#"{"a":1,"e":2}"#, &["2:5 syntax"]),
        ("a: 1\nb: \"x\ne: 2\n", r#"{"a":1,"e":2}"#, &["2:4 syntax"]),
        ("a: @x\nb: `y`\nc: 1\n", r#"{"c":1}"#, &["1:4 syntax", "2:4 syntax"]),
        ("a: 'é: x\nb: 1", r#"{"b":1}"#, &["1:4 syntax"]),
        (
            "a:\n- b: [\"C:\\Users\\x\", \"D:\\w\\\"]\n  c: 1\n",
            r#"{"a":[{"b":["C:\\Users\\x","D:\\w\\"],"c":1}]}"#,
            &["2:10 syntax"],
        ),
        ("a: [1, 2, 3, 4", "{\"a\":[1,2,3]}", &["1:4 syntax"]),
    ] {
        let document = yaml(text);
        assert_eq!(
            (roots(&document).as_str(), places(&document)),
            (tree, problems.iter().map(ToString::to_string).collect()),
            "{text}"
        );
    }
}

#[test]
fn a_duplicate_key_is_kept_and_told() {
    let document = yaml("a:\n- b: 1\n  b: 2\n");
    assert_eq!(roots(&document), r#"{"a":[{"b":1,"b":2}]}"#);
    let problem = only(&document, ProblemKind::DuplicateKey);
    assert_eq!(problem.pointer.as_deref(), Some("/a/0/b"));
    assert_eq!(places(&document), ["3:3 duplicate-key"]);
}

#[test]
fn aliases_that_lead_nowhere() {
    let document = yaml("a: *x\nb: &y [*y]\n");
    assert_eq!(roots(&document), r#"{"a":null,"b":[null]}"#);
    assert_eq!(places(&document), ["1:4 syntax", "2:8 syntax"]);
}

#[test]
fn alias_bombs_are_bounded() {
    let mut text = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
    for n in 1..12 {
        let alias = format!("*a{}", n - 1);
        text += &format!("a{n}: &a{n} [{}]\n", [alias.as_str(); 10].join(", "));
    }
    let document = read(&text, Format::Yaml);
    only(&document, ProblemKind::AliasLimit);
    assert!(document.roots()[0].get("a2").is_some());

    // Each anchor as deep as allowed, one in the other.
    let mut text = String::new();
    for n in 0..400 {
        let inner = if n == 0 { "x".to_owned() } else { format!("*a{}", n - 1) };
        text += &format!("- &a{n} {}{inner}{}\n", "[".repeat(150), "]".repeat(150));
    }
    let document = read(&text, Format::Yaml);
    only(&document, ProblemKind::TooDeep);
}

#[test]
fn the_text_that_aliases_stand_for_is_bounded() {
    let limits = Limits { yaml_bytes: 2_000, ..Limits::default() };
    let long = "x".repeat(200);
    for value in [format!("\"{long}\""), format!("{{{long}: 1}}"), "1".repeat(200)] {
        let text = |aliases| format!("a: &a {value}\nb: [{}]\n", vec!["*a"; aliases].join(", "));
        let few = Document::parse(text(5).as_bytes(), Format::Yaml, &limits);
        assert_eq!(few.problems(), &[]);
        let many = Document::parse(text(20).as_bytes(), Format::Yaml, &limits);
        only(&many, ProblemKind::AliasLimit);
        assert!(many.roots()[0].get("b").unwrap().items().len() < 11);
    }
}

#[test]
fn depth_and_size_are_bounded() {
    let block: String = (0..300).map(|n| format!("{}a:\n", " ".repeat(n))).collect();
    for text in [
        "[".repeat(100_000),
        "{a: ".repeat(100_000),
        "- ".repeat(100_000),
        "? ".repeat(100_000),
        block,
    ] {
        assert!(!read(&text, Format::Yaml).problems().is_empty());
    }
    let limits = Limits { yaml_nodes: 10, ..Limits::default() };
    let document = Document::parse(b"[1,2,3,4,5,6,7,8,9,10,11]", Format::Yaml, &limits);
    only(&document, ProblemKind::TooLarge);
    assert_eq!(document.roots()[0].items().len(), 10);
}

#[test]
fn hostile_files_take_no_time() {
    let keys =
        |from: usize| (from..from + 20_000).map(|n| format!("  k{n}: 1\n")).collect::<String>();
    let document = read(&format!("a: &a\n{}b:\n{}  <<: *a\n", keys(0), keys(10_000)), Format::Yaml);
    assert_eq!(document.problems(), &[]);
    assert_eq!(document.roots()[0].get("b").unwrap().entries().len(), 30_000);
    for unit in [
        "---\na\tb: c\td: e\n\tf\n",
        "---\n[\n",
        "- &a b\n- *a\n",
        "*a ",
        "a: |\n x\n",
        "# c\n",
        "\t",
    ] {
        read(&unit.repeat((1 << 15) / unit.len()), Format::Yaml);
    }
}

#[test]
fn front_matter() {
    let text = "---\r\nname: é\r\nmcp: {a: 1}\r\n---\r\n# Title\n---\n";
    let document = read(text, Format::FrontMatter);
    check_spans(&document, true);
    assert_eq!(roots(&document), r#"{"name":"é","mcp":{"a":1}}"#);
    let root = &document.roots()[0];
    assert_eq!(document.slice(root.get("name").unwrap().span), "é");
    assert_eq!(document.slice(root.entry("mcp").unwrap().key_span), "mcp");

    let document = read("---\na: 1\nb: [\n---\n", Format::FrontMatter);
    assert_eq!(places(&document), ["3:4 syntax"]);
    for text in ["", "# Title\n", "---\nnot closed\n", " ---\na: 1\n---\n", "---\n---\n"] {
        let document = read(text, Format::FrontMatter);
        assert_eq!((document.roots(), document.problems()), (&[][..], &[][..]), "{text}");
    }
}

proptest! {
    #[test]
    fn nothing_panics(text in any::<String>()) {
        yaml(&text);
        check_spans(&read(&format!("---\n{text}\n---\n"), Format::FrontMatter), false);
    }

    #[test]
    fn no_soup_of_tokens_panics(
        parts in prop::collection::vec(prop::sample::select(&[
            "- ", "? ", ": ", "a", "b: ", "\n", "\n  ", "\n    ", "\t", "[", "]", "{", "}", ",", "&x ", "*x", "!!str ",
            "!t ", "|\n", ">-\n", "|2\n", "\"c\"", "'d'", "\"", "'", "\\", "# e", "---\n", "...\n", "<<: ", "~", "1",
            "é", "😀", "\r\n", "%YAML 1.2\n", "\u{feff}", "\u{85}", "\u{2028}",
        ][..]), 0..30)
    ) {
        yaml(&parts.concat());
    }

    #[test]
    fn damaged_yaml_is_still_read(at in 0..SAMPLE.len(), junk in "[\\PC\n]{0,3}", cut in 0..4usize) {
        let to = (at + cut).min(SAMPLE.len());
        yaml(&format!("{}{junk}{}", &SAMPLE[..at], &SAMPLE[to..]));
    }

    #[test]
    fn strings_survive_in_every_style(value in "\\PC{0,20}") {
        let text = format!("a: {}\nb: '{}'\n", serde_json::to_string(&value).unwrap(), value.replace('\'', "''"));
        let document = yaml(&text);
        prop_assert_eq!(document.problems(), &[]);
        let root = &document.roots()[0];
        prop_assert_eq!(root.get("a").and_then(Node::as_str), Some(value.as_str()));
        prop_assert_eq!(root.get("b").and_then(Node::as_str), Some(value.as_str()));
    }
}
