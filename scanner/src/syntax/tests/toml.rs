use proptest::prelude::*;

use super::*;

fn toml(text: &str) -> Document {
    let document = read(text, Format::Toml);
    check_spans(&document, false);
    document
}

const SAMPLE: &str = "\
# top
model = 'x' # a
a.b.\"c d\" = 1
[mcp_servers.one]
command = \"npx\"
args = [\"-y\", # why
  'p#g']
env = { A = \"1\", B.C = \"two\" }
when = 2020-01-01T00:00:00Z
text = \"\"\"
first # no
  sec\\tond\\
   third\"\"\"
[[list]]
n = 0x1F
[[list]]
[list.sub]
f = -1.5e3
[mcp_servers]
t = true
";

#[test]
fn all_kinds_of_tables_and_values() {
    let document = toml(SAMPLE);
    assert_eq!(document.problems(), &[]);
    assert_eq!(
        roots(&document),
        "{\"model\":\"x\",\"a\":{\"b\":{\"c d\":1}},\
         \"list\":[{\"n\":0x1F},{\"sub\":{\"f\":-1.5e3}}],\"mcp_servers\":{\"one\":{\"command\":\"npx\",\
         \"args\":[\"-y\",\"p#g\"],\"env\":{\"A\":\"1\",\"B\":{\"C\":\"two\"}},\
         \"when\":\"2020-01-01T00:00:00Z\",\"text\":\"first # no\\n  sec\\tondthird\"},\"t\":true}}"
    );
    let comments: Vec<_> = document.comments().iter().map(|span| document.slice(*span)).collect();
    assert_eq!(comments, ["# top", "# a", "# why"]);
}

#[test]
fn spans_of_keys_tables_and_values() {
    let document = toml(SAMPLE);
    let root = &document.roots()[0];
    let slice = |pointer: &str| document.slice(root.at(pointer).unwrap().span);
    assert_eq!(slice("/mcp_servers/one"), "[mcp_servers.one]");
    assert_eq!(slice("/mcp_servers/one/command"), "\"npx\"");
    assert_eq!(slice("/mcp_servers/one/args/1"), "'p#g'");
    assert_eq!(slice("/mcp_servers/one/env"), "{ A = \"1\", B.C = \"two\" }");
    assert_eq!(slice("/a/b"), "b");
    assert_eq!(slice("/list/1/sub"), "[list.sub]");
    let key = |pointer: &str, key: &str| {
        document.slice(root.at(pointer).unwrap().entry(key).unwrap().key_span)
    };
    assert_eq!(key("/mcp_servers", "one"), "one");
    assert_eq!(key("/a/b", "c d"), "\"c d\"");
    assert_eq!(key("/mcp_servers/one/env/B", "C"), "C");
    let text = root.at("/mcp_servers/one/text").unwrap();
    let at = text.as_str().unwrap().find("third").unwrap();
    assert_eq!(document.slice(text.span_of(at..at + 5)), "third");
    let at = text.as_str().unwrap().find('\t').unwrap();
    assert_eq!(document.slice(text.span_of(at..at + 1)), "\\t");
}

#[test]
fn a_table_that_is_only_implied_has_the_span_of_its_key() {
    let document = toml("[a.b]\nc = 1");
    let a = document.roots()[0].get("a").unwrap();
    assert_eq!(document.slice(a.span), "a");
}

#[test]
fn a_broken_table_is_left_out() {
    let document =
        toml("x = 1\n[a]\ny = 2\n[b]\nz = = 3\nv = 1\n[c]\nw = 4 # c\n[d]\nu = \"é\n[e]\nt = 5\n");
    assert_eq!(roots(&document), r#"{"x":1,"a":{"y":2},"c":{"w":4},"e":{"t":5}}"#);
    assert_eq!(places(&document), ["5:5 syntax", "10:7 syntax"]);
    assert_eq!(document.comments().len(), 1);
}

#[test]
fn the_table_with_what_is_not_closed_is_left_out() {
    for (broken, place) in [
        ("x = \"\"\"\nfoo", "2:5 syntax"),
        ("x = [\n \"a\", # ]", "2:5 syntax"),
        ("x = { a = \"}\"", "2:5 syntax"),
    ] {
        let document = toml(&format!("[a]\n{broken}\n[b]\ny = 1\n"));
        assert_eq!(roots(&document), r#"{"b":{"y":1}}"#);
        assert_eq!(places(&document), [place]);
    }
}

#[test]
fn a_windows_path_with_single_backslashes_is_read() {
    let document = toml("[a]\nx = [\"C:\\Users\\x\", \"C:\\dir\\\"] # \"\n\"y\" = 1\n");
    assert_eq!(roots(&document), r#"{"a":{"x":["C:\\Users\\x","C:\\dir\\"],"y":1}}"#);
    assert_eq!(places(&document), ["2:9 syntax"]);
}

#[test]
fn a_key_twice_is_an_error() {
    let document = toml("[a]\nx = 1\n[b]\ny = 1\ny = 2\n");
    assert_eq!(roots(&document), r#"{"a":{"x":1}}"#);
    assert_eq!(places(&document), ["5:1 syntax"]);
}

#[test]
fn a_hopeless_file_is_given_up() {
    let text: String = (0..40).map(|n| format!("[t{n}]\nx = = 1\n")).collect();
    let document = toml(&text);
    assert!(document.roots().is_empty());
    assert_eq!(document.problems().len(), 17);
}

#[test]
fn depth_is_bounded() {
    for text in [
        format!("a = {}", "[".repeat(100_000)),
        format!("a = {}", "{a=".repeat(100_000)),
        format!("a{} = 1", ".a".repeat(100_000)),
        format!("[a{}]", ".a".repeat(100_000)),
    ] {
        assert!(!toml(&text).problems().is_empty());
    }
    let limits = Limits { depth: 3, ..Limits::default() };
    let document = Document::parse(b"a = [[[[1]]], 2]", Format::Toml, &limits);
    assert_eq!(places(&document), ["1:8 too-deep"]);
    assert_eq!(roots(&document), r#"{"a":[[[null]],2]}"#);
}

#[test]
fn the_depth_of_the_parser_itself_is_told_as_one() {
    for text in [
        format!("a = {}{}\n", "[".repeat(90), "]".repeat(90)),
        format!("a = {}1{}\n", "{ b = ".repeat(90), " }".repeat(90)),
        format!("a{} = 1\n", ".b".repeat(90)),
        format!("[a{}]\n", ".b".repeat(90)),
    ] {
        let document = read(&format!("x = 1\n[t]\n{text}"), Format::Toml);
        let kinds: Vec<_> = document.problems().iter().map(|problem| problem.kind).collect();
        assert_eq!(kinds, [ProblemKind::TooDeep], "{text}");
        assert!(document.roots()[0].get("x").is_some());
    }
}

proptest! {
    #[test]
    fn nothing_panics(text in any::<String>()) {
        toml(&text);
    }

    #[test]
    fn no_soup_of_tokens_panics(
        parts in prop::collection::vec(prop::sample::select(&[
            "[", "]", "[[", "]]", "{", "}", "=", ".", ",", "\n", "\r\n", " ", "a", "b", "\"c\"", "'d'", "\"\"\"",
            "'''", "\"", "'", "\\", "# e", "1", "1.5", "true", "2020-01-01", "\"\\u00e9\"", "é", "[a]\n", "x = 1\n",
        ][..]), 0..30)
    ) {
        toml(&parts.concat());
    }

    #[test]
    fn damaged_toml_is_still_read(at in 0..SAMPLE.len(), junk in "[\\PC\n]{0,3}", cut in 0..4usize) {
        let to = (at + cut).min(SAMPLE.len());
        toml(&format!("{}{junk}{}", &SAMPLE[..at], &SAMPLE[to..]));
    }
}
