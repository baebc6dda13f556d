//! Single edits and what they make of a text.

use super::super::{Change, Refusal, apply, blank, change, plan, set as set_deep};
use super::{insert, json, read, remove, set};
use crate::syntax::Format;

#[track_caller]
fn check(format: Format, cases: &[(&str, Change, &str)]) {
    for (text, wanted, after) in cases {
        let document = read(text, format);
        match change(&document, wanted) {
            Ok(edited) => assert_eq!(edited.text(), *after, "{text:?} {wanted:?}"),
            Err(refusal) => {
                let edits = plan(&document, wanted);
                let made = edits.as_ref().ok().and_then(|edits| apply(text, edits));
                panic!("{text:?} {wanted:?}: {refusal}\n{edits:?}\n{made:?}");
            }
        }
    }
}

#[test]
fn json_scalars_keep_their_quotes_and_their_escapes() {
    check(
        Format::Json5,
        &[
            (r#"{"a": "b"}"#, set("/a", r#""c""#), r#"{"a": "c"}"#),
            (r"{a: 'b'}", set("/a", r#""it's""#), r"{a: 'it\'s'}"),
            (r#"{"a": "x\u0041y@1"}"#, set("/a", r#""xAy@2""#), r#"{"a": "x\u0041y@2"}"#),
            (r#"{"a": 1}"#, set("/a", r#""\"\n""#), r#"{"a": "\"\n"}"#),
            (r#"{"a": null}"#, set("/a", "[1, 2]"), r#"{"a": [1, 2]}"#),
            (r#"["\u0000", 1]"#, set("/1", "true"), r#"["\u0000", true]"#),
        ],
    );
}

#[test]
fn json_keys_and_items_go_with_their_commas_and_lines() {
    let lines = "{\n  // about a\n  \"a\": 1,\n  \"b\": 2, // about b\n  \"c\": 3\n}\n";
    check(
        Format::Jsonc,
        &[
            (lines, remove("/a"), "{\n  // about a\n  \"b\": 2, // about b\n  \"c\": 3\n}\n"),
            (lines, remove("/b"), "{\n  // about a\n  \"a\": 1,\n  \"c\": 3\n}\n"),
            (lines, remove("/c"), "{\n  // about a\n  \"a\": 1,\n  \"b\": 2 // about b\n}\n"),
            ("[1, 2, 3]", remove("/0"), "[2, 3]"),
            ("[1, 2, 3]", remove("/2"), "[1, 2]"),
            ("[1, 2, 3, ]", remove("/2"), "[1, 2, ]"),
            ("[ 1 ]", remove("/0"), "[]"),
            ("[\n  1,\n  2,\n]", remove("/1"), "[\n  1,\n]"),
            ("[\n  1,\n  2\n]", remove("/1"), "[\n  1\n]"),
            ("[\n  1, // one\n  2 // two\n]", remove("/1"), "[\n  1 // one\n]"),
            ("[/* one */ 1, 2]", remove("/0"), "[/* one */ 2]"),
            ("{\"a\": {\n  \"x\": 1 // x\n}}", remove("/a/x"), "{\"a\": {\n}}"),
            (
                "[{\r\n  \"a\": 1\r\n}, {\r\n  \"b\": 2\r\n}]",
                remove("/0"),
                "[{\r\n  \"b\": 2\r\n}]",
            ),
        ],
    );
}

#[test]
fn json_new_keys_and_items_look_like_their_neighbours() {
    check(
        Format::Jsonc,
        &[
            ("{}", set("/a", "1"), "{\n  \"a\": 1\n}"),
            ("{\"a\":1,\"b\":2}", set("/c", "{\"d\": [1]}"), "{\"a\":1,\"b\":2,\"c\":{\"d\":[1]}}"),
            ("{ \"a\": 1 }", set("/b", "2"), "{ \"a\": 1, \"b\": 2 }"),
            (
                "{\n\t\"a\": {}\n}",
                set("/a/b", "{\"c\": 1}"),
                "{\n\t\"a\": {\n\t\t\"b\": {\n\t\t\t\"c\": 1\n\t\t}\n\t}\n}",
            ),
            (
                "{\r\n  \"a\": 1 // one\r\n}",
                set("/b", "2"),
                "{\r\n  \"a\": 1, // one\r\n  \"b\": 2\r\n}",
            ),
            ("{\n  \"a\": 1, // one\n}", set("/b", "2"), "{\n  \"a\": 1, // one\n  \"b\": 2,\n}"),
            ("{\n  // nothing yet\n}", set("/b", "2"), "{\n  // nothing yet\n  \"b\": 2\n}"),
            ("[1, 2]", insert("", 0, "0"), "[0, 1, 2]"),
            ("[\n  1\n]", insert("", 0, "0"), "[\n  0,\n  1\n]"),
            ("[\n  1\n]", insert("", 1, "2"), "[\n  1,\n  2\n]"),
            ("[1 /* x */]", insert("", 1, "2"), "[1, 2 /* x */]"),
            ("[]", insert("", 0, "\"-y\""), "[\"-y\"]"),
        ],
    );
}

#[test]
fn yaml_blocks_are_edited_line_by_line() {
    let text = "a: 1 # one\nb:\n  - x\n  - y # why\nc:\n  d: e\n";
    check(
        Format::Yaml,
        &[
            (text, set("/a", "2"), "a: 2 # one\nb:\n  - x\n  - y # why\nc:\n  d: e\n"),
            (text, remove("/a"), "b:\n  - x\n  - y # why\nc:\n  d: e\n"),
            (text, remove("/b"), "a: 1 # one\nc:\n  d: e\n"),
            (text, remove("/b/1"), "a: 1 # one\nb:\n  - x\nc:\n  d: e\n"),
            (text, remove("/c/d"), "a: 1 # one\nb:\n  - x\n  - y # why\nc: {}\n"),
            (
                text,
                insert("/b", 0, "\"w\""),
                "a: 1 # one\nb:\n  - w\n  - x\n  - y # why\nc:\n  d: e\n",
            ),
            (
                text,
                insert("/b", 2, "\"z: 1\""),
                "a: 1 # one\nb:\n  - x\n  - y # why\n  - \"z: 1\"\nc:\n  d: e\n",
            ),
            (
                text,
                set("/c/f", "{\"g\": [1, \"yes\"]}"),
                "a: 1 # one\nb:\n  - x\n  - y # why\nc:\n  d: e\n  f:\n    g:\n      - 1\n      - \"yes\"\n",
            ),
            ("a:\n", set("/a", "{\"b\": \"c\"}"), "a:\n  b: c\n"),
            ("a: # later\n", set("/a", "\"b\""), "a: b # later\n"),
            ("a: 'it''s'\n", set("/a", "\"it's @1\""), "a: 'it''s @1'\n"),
            ("a: |\n  one\n  two\nb: 1\n", set("/a", "\"three\""), "a: three\nb: 1\n"),
            ("a: {b: c, d: [e]}\n", set("/a/d", "[\"f,g\"]"), "a: {b: c, d: [\"f,g\"]}\n"),
            ("a: {b: c, d: [e]}\n", remove("/a/b"), "a: {d: [e]}\n"),
            ("- name: a\n  cmd: b\n- name: c\n", remove("/0/name"), "- cmd: b\n- name: c\n"),
            (
                "- name: a\n  cmd: b\n- name: c\n",
                set("/1/cmd", "\"d\""),
                "- name: a\n  cmd: b\n- name: c\n  cmd: d\n",
            ),
            (
                "- name: a\n",
                insert("", 1, "{\"name\": \"b\", \"args\": []}"),
                "- name: a\n- name: b\n  args: []\n",
            ),
            ("a:\r\n- b\r\nc: d\r\n", insert("/a", 1, "\"e\""), "a:\r\n- b\r\n- e\r\nc: d\r\n"),
            ("a: {}\n", set("/a/b", "1"), "a:\n  b: 1\n"),
            ("# only this\n", set("", "{\"a\": {\"b\": 1}}"), "# only this\na:\n  b: 1\n"),
        ],
    );
    check(
        Format::FrontMatter,
        &[
            ("---\na: b\n---\n# A: b\n", set("/a", "\"c\""), "---\na: c\n---\n# A: b\n"),
            ("---\na: b\n---\ntext", set("/b", "[1]"), "---\na: b\nb:\n  - 1\n---\ntext"),
        ],
    );
}

#[test]
fn toml_tables_are_edited_section_by_section() {
    let text = "# top\nmodel = \"x\"\n\n[servers.a] # first\ncommand = 'npx'\nargs = [\n  \"-y\", # yes\n  \"a\",\n]\n\n[servers.a.env]\nK = \"v\"\n\n# second\n[servers.b]\nurl = \"u\"\n";
    let with = |from: &str, to: &str| text.replace(from, to);
    check(
        Format::Toml,
        &[
            (text, set("/servers/a/command", "\"uvx\""), &with("'npx'", "'uvx'")),
            (text, set("/servers/a/command", "\"it's\""), &with("'npx'", "\"it's\"")),
            (
                text,
                set("/servers/a/cwd", "\"/\""),
                &with("  \"a\",\n]\n", "  \"a\",\n]\ncwd = \"/\"\n"),
            ),
            (
                text,
                insert("/servers/a/args", 2, "\"b\""),
                &with("  \"a\",\n", "  \"a\",\n  \"b\",\n"),
            ),
            (text, remove("/servers/a/args/0"), &with("  \"-y\", # yes\n", "")),
            (
                text,
                remove("/servers/b"),
                &with("# second\n[servers.b]\nurl = \"u\"\n", "# second\n"),
            ),
            (text, remove("/servers/a/env/K"), &with("K = \"v\"\n", "")),
            (
                text,
                set("/servers/c", "{\"command\": \"c\", \"env\": {\"A b\": \"1\"}}"),
                &format!("{text}\n[servers.c]\ncommand = \"c\"\nenv = {{ \"A b\" = \"1\" }}\n"),
            ),
            (text, set("/effort", "1"), &with("model = \"x\"\n", "model = \"x\"\neffort = 1\n")),
            ("[a]\nb = 1\n", set("/c", "true"), "c = true\n\n[a]\nb = 1\n"),
            ("a.b = 1\n", set("/a/c", "2"), "a.b = 1\na.c = 2\n"),
            ("a = { b = 1 }\n", set("/a/c", "[2]"), "a = { b = 1, c = [2] }\n"),
            ("a = {}\n", set("/a/c", "2"), "a = { c = 2 }\n"),
            (
                "[[s]]\nname = \"a\"\n",
                insert("/s", 1, "{\"name\": \"b\"}"),
                "[[s]]\nname = \"a\"\n\n[[s]]\nname = \"b\"\n",
            ),
            (
                "[[s]]\nname = \"a\"\n\n[[s]]\nname = \"b\"\n",
                set("/s/0/args", "[\"x\"]"),
                "[[s]]\nname = \"a\"\nargs = [\"x\"]\n\n[[s]]\nname = \"b\"\n",
            ),
            (
                "[[s]]\nname = \"a\"\n\n[[s]]\nname = \"b\"\n",
                remove("/s/0"),
                "[[s]]\nname = \"b\"\n",
            ),
            ("", set("", "{\"a\": {\"b\": 1}}"), "[a]\nb = 1\n"),
        ],
    );
}

#[test]
fn what_is_not_certain_is_refused() {
    for (format, text, wanted, refusal) in [
        (Format::Json, "{\"a\": 1", set("/a", "2"), Refusal::Broken),
        (Format::Json, "{\"a\": 1, \"a\": 2}", set("/a", "3"), Refusal::Shared),
        (Format::Json, "{\"a\": 1}", remove("/b"), Refusal::NotThere),
        (Format::Json, "{\"a\": 1}", set("/b/c", "1"), Refusal::NotThere),
        (Format::Json, "[1]", insert("", 2, "1"), Refusal::NotThere),
        (Format::Toml, "a = 1", set("/a", "null"), Refusal::NoNull),
        (Format::Yaml, "a: &x\n  b: 1\nc: *x\n", set("/c/b", "2"), Refusal::Shared),
        (Format::Yaml, "a: &x\n  b: 1\nc: *x\n", set("/a/b", "2"), Refusal::Mismatch),
        (Format::Yaml, "a: &x\n  b: 1\nc:\n  <<: *x\n  d: 2\n", remove("/c/b"), Refusal::Shared),
        (Format::Yaml, "a: 1\n---\nb: 2\n", set("/a", "2"), Refusal::Broken),
    ] {
        let document = read(text, format);
        assert_eq!(change(&document, &wanted).err(), Some(refusal), "{text:?} {wanted:?}");
    }
}

#[test]
fn byte_order_marks_and_encodings_stay() {
    let utf16: Vec<u8> = "\u{feff}{\"ä\": 1}".encode_utf16().flat_map(u16::to_le_bytes).collect();
    let marked = "\u{feff}{\"ä\": 1}".as_bytes().to_vec();
    for bytes in [utf16, marked] {
        let document =
            crate::syntax::Document::parse(&bytes, Format::Json, &crate::syntax::Limits::default());
        assert_eq!(document.to_bytes(), bytes);
        let edited = change(&document, &set("/ä", "2")).unwrap();
        let back = change(&edited, &set("/ä", "1")).unwrap();
        assert_ne!(edited.to_bytes(), bytes);
        assert_eq!(back.to_bytes(), bytes);
    }
}

#[test]
fn a_value_is_set_with_few_edits_and_its_way_is_made() {
    let document = read(
        "{\n  \"s\": {\n    \"command\": \"npx\", // runs\n    \"args\": [\"-y\", \"x\"]\n  }\n}\n",
        Format::Jsonc,
    );
    let value = json(r#"{"command": "guard", "args": ["--", "npx", "-y", "x"], "cwd": "/"}"#);
    let edited = set_deep(&document, "/s", &value).unwrap();
    assert_eq!(
        edited.text(),
        "{\n  \"s\": {\n    \"command\": \"guard\", // runs\n    \"args\": [\"--\", \"npx\", \"-y\", \"x\"],\n    \"cwd\": \"/\"\n  }\n}\n"
    );
    assert_eq!(set_deep(&edited, "/s", &value).unwrap().text(), edited.text());
    for format in [
        Format::Json,
        Format::Jsonc,
        Format::Json5,
        Format::Toml,
        Format::Yaml,
        Format::FrontMatter,
    ] {
        let document = set_deep(&blank(format), "/a/b~1c", &value).unwrap();
        let found = document.roots().first().unwrap().at("/a/b~1c").unwrap();
        assert!(super::Content::from(found).same(&value), "{}", document.text());
    }
}
