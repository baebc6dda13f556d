use super::super::{Encoding, LineEnding, Position, beginning, find, pointer};
use super::*;

fn parse(bytes: &[u8]) -> Document {
    Document::parse(bytes, Format::Json, &Limits::default())
}

fn utf16(text: &str, unit: fn(u16) -> [u8; 2]) -> Vec<u8> {
    std::iter::once(0xFEFF).chain(text.encode_utf16()).flat_map(unit).collect()
}

#[test]
fn every_encoding_gives_the_same_tree() {
    let text = "{\"é😀\": [1, \"ü\"]}";
    let bom = [b"\xEF\xBB\xBF", text.as_bytes()].concat();
    for (bytes, encoding, offset) in [
        (text.as_bytes().to_vec(), Encoding::Utf8, 10),
        (bom, Encoding::Utf8Bom, 13),
        (utf16(text, u16::to_le_bytes), Encoding::Utf16Le, 16),
        (utf16(text, u16::to_be_bytes), Encoding::Utf16Be, 16),
    ] {
        let document = parse(&bytes);
        assert_eq!(document.encoding(), encoding);
        assert_eq!(document.text(), text);
        assert_eq!(roots(&document), "{\"é😀\":[1,\"ü\"]}");
        assert_eq!(document.problems(), &[]);
        assert_eq!(document.roots()[0].entries()[0].value.span.start, 11);
        assert_eq!(
            document.file_offset(9),
            offset
                - 1
                - usize::from(encoding == Encoding::Utf16Le || encoding == Encoding::Utf16Be)
        );
    }
}

#[test]
fn what_is_no_text_is_not_analysed() {
    for (bytes, place) in [
        (&b"{\"a\": \"\xFF\"}"[..], "byte 8"),
        (b"\xEF\xBB\xBF{\xC3}", "byte 5"),
        (b"{\"a\0\"}", "byte 4"),
        (b"\xFF\xFE{\0\0\0", "byte 5"),
        (b"\xFF\xFE{\0\x00\xD8}\0", "byte 5"),
        (b"\xFE\xFF\0{\0", "byte 5"),
    ] {
        let document = parse(bytes);
        assert_eq!((document.text(), document.roots()), ("", &[][..]));
        let problem = only(&document, ProblemKind::Encoding);
        assert!(problem.message.contains(place), "{place}: {}", problem.message);
    }
}

#[test]
fn damage_in_a_text_is_told_at_its_place_and_the_rest_is_read() {
    let blank = " ".repeat(80);
    for (damage, shown, place) in [
        (&b"\xFF"[..], "?", "byte 9"),
        (b"\0", "?", "byte 9"),
        (b"\xF0\x9F", "??", "byte 9"),
        (b"x\xFF\0", "x??", "byte 10"),
    ] {
        let bytes = [b"{\"a\":\n \"", damage, b"\", \"b\": 1}", blank.as_bytes()].concat();
        let document = parse(&bytes);
        assert_eq!(document.text().len(), bytes.len());
        assert_eq!(roots(&document), format!("{{\"a\":\"{shown}\",\"b\":1}}"));
        let problem = only(&document, ProblemKind::Encoding);
        assert!(problem.message.contains(place), "{place}: {}", problem.message);
        let position = document.position(problem.span.unwrap().start);
        assert_eq!(position.line, 2);
        assert_eq!(position.column, 3 + shown.find('?').unwrap());
    }
    let whole = format!("{{\"a\": \"~\"}}{blank}");
    for unit in [u16::to_le_bytes as fn(u16) -> [u8; 2], u16::to_be_bytes] {
        let mut bytes = utf16(&whole, unit);
        bytes[16..18].copy_from_slice(&unit(0xD800));
        let document = parse(&bytes);
        assert_eq!(roots(&document), "{\"a\":\"?\"}");
        let problem = only(&document, ProblemKind::Encoding);
        assert!(problem.message.contains("byte 17"), "{}", problem.message);
        assert_eq!(document.slice(problem.span.unwrap()), "?");
        assert_eq!(document.file_offset(problem.span.unwrap().start), 16);
    }
}

#[test]
fn a_look_at_the_beginning_decodes_it() {
    let text = "[a]\nb = 1\n";
    for bytes in [
        text.as_bytes().to_vec(),
        [b"\xEF\xBB\xBF", text.as_bytes()].concat(),
        utf16(text, u16::to_le_bytes),
        utf16(text, u16::to_be_bytes),
    ] {
        assert_eq!(beginning(&bytes, 4096), text);
        assert!(text.starts_with(&beginning(&bytes, 5)), "{:?}", beginning(&bytes, 5));
    }
}

#[test]
fn an_empty_file_is_told() {
    for format in [Format::Json, Format::Jsonc, Format::Json5, Format::Toml, Format::Yaml] {
        for text in ["", " \r\n\t", "\u{feff}"] {
            let document = read(text, format);
            assert_eq!(only(&document, ProblemKind::Syntax).message, "the file is empty");
            assert!(document.roots().is_empty());
        }
    }
}

#[test]
fn a_large_file_is_not_read() {
    let limits = Limits { bytes: 10, ..Limits::default() };
    let document = Document::parse(b"{\"a\": 1111}", Format::Json, &limits);
    assert_eq!((document.text(), document.roots()), ("", &[][..]));
    only(&document, ProblemKind::TooLarge);
}

#[test]
fn both_sides_of_a_conflict_are_read_in_every_format() {
    for (format, text, tree) in [
        (Format::Yaml, "<<<<<<< HEAD\na: 1\n=======\nb: 2\n>>>>>>> x\n", r#"{"a":1,"b":2}"#),
        (
            Format::Toml,
            "<<<<<<< HEAD\r\na = 1\r\n=======\r\nb = 2\r\n>>>>>>> x\r\n",
            r#"{"a":1,"b":2}"#,
        ),
        (
            Format::Json,
            "<<<<<<< é\n{\"a\": 1}\n=======\n{\"b\": 2}\n>>>>>>> x\n",
            r#"{"a":1} {"b":2}"#,
        ),
    ] {
        let document = read(text, format);
        assert_eq!(roots(&document), tree);
        assert_eq!(places(&document)[0], "1:1 syntax");
        assert_eq!(document.text(), text);
    }
}

#[test]
fn lines_and_columns() {
    let document = parse("a\r\n\té😀x\n\nlast".as_bytes());
    for (offset, line, column, column_utf16) in [
        (0, 1, 1, 1),
        (2, 1, 3, 3),
        (3, 2, 1, 1),
        (4, 2, 2, 2),
        (5, 2, 2, 2),
        (6, 2, 3, 3),
        (10, 2, 4, 5),
        (11, 2, 5, 6),
        (12, 3, 1, 1),
        (13, 4, 1, 1),
        (17, 4, 5, 5),
        (99, 4, 5, 5),
    ] {
        assert_eq!(document.position(offset), Position { line, column, column_utf16 }, "{offset}");
    }
    assert_eq!(document.line(1), Some((Span::new(0, 1), "a")));
    assert_eq!(document.line(2), Some((Span::new(3, 11), "\té😀x")));
    assert_eq!(document.line(3), Some((Span::new(12, 12), "")));
    assert_eq!(document.line(4), Some((Span::new(13, 17), "last")));
    assert_eq!((document.line(0), document.line(5)), (None, None));
    assert_eq!(parse(b"1\n").line(2), Some((Span::new(2, 2), "")));
}

#[test]
fn line_ends() {
    for (text, ending) in [
        ("{}", LineEnding::Lf),
        ("{\n}\n", LineEnding::Lf),
        ("{\r\n}\r\n", LineEnding::CrLf),
        ("{\r\n}\n", LineEnding::Mixed),
    ] {
        assert_eq!(parse(text.as_bytes()).line_ending(), ending, "{text:?}");
    }
}

#[test]
fn pointers_name_nodes() {
    let document = parse(br#"{"a/b": {"m~n": [1, [2]]}, "": 3, "mcp.servers": {"x": 4, "x": 5}}"#);
    let root = &document.roots()[0];
    let number = |pointer: &str| root.at(pointer).and_then(Node::as_number);
    assert_eq!(root.at(""), Some(root));
    assert_eq!(number("/a~1b/m~0n/0"), Some("1"));
    assert_eq!(number("/a~1b/m~0n/1/0"), Some("2"));
    assert_eq!(number("/"), Some("3"));
    assert_eq!(number("/mcp.servers/x"), Some("5"));
    for pointer in ["a", "/a~1b/m~0n/00", "/a~1b/m~0n/+1", "/a~1b/m~0n/2", "/none", "//x"] {
        assert_eq!(root.at(pointer), None, "{pointer}");
    }

    let found = |pattern: &str| {
        let found = find(root, pattern);
        found.into_iter().map(|(at, node)| format!("{at} {}", plain(node))).collect::<Vec<_>>()
    };
    assert_eq!(found("/mcp.servers/*"), ["/mcp.servers/x 4", "/mcp.servers/x 5"]);
    assert_eq!(found("/*/m~0n/*"), ["/a~1b/m~0n/0 1", "/a~1b/m~0n/1 [2]"]);
    assert_eq!(found("/*/*/1"), ["/a~1b/m~0n/1 [2]"]);
    assert_eq!(found("").len(), 1);
    assert_eq!(found("none").len(), 0);
    for (key, segment) in [("a/b", "a~1b"), ("~1", "~01"), ("", "")] {
        assert_eq!(pointer::escape(key), segment);
        assert_eq!(pointer::unescape(segment), key);
    }
}
