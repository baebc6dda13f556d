//! Texts that are broken, in odd encodings or not configuration at all.

use super::*;

#[test]
fn an_empty_file() {
    for text in ["", " \n\t\n", "\u{feff}"] {
        incomplete(&scanned(".mcp.json", text.as_bytes()), "empty");
    }
    for file in ["librechat.yaml", ".codex/config.toml"] {
        let world = World::new();
        world.bytes(file, b"");
        let ran = world.run(&["scan", "--format", "json", file]);
        incomplete(&ran, "empty");
    }
}

#[test]
fn null_and_scalars_and_lists_at_the_root() {
    for text in ["null", "[]"] {
        incomplete(&scanned(".mcp.json", text.as_bytes()), "the whole file is");
    }
    for text in ["17", "true", "\"text\"", "[1, 2]", "[null]", "{\"mcpServers\": 17}"] {
        let ran = scanned(".mcp.json", text.as_bytes());
        let (_, line, column) = incomplete(&ran, "server");
        assert!(line == 1 && column >= 1, "{text}");
    }
    let ran = scanned(".mcp.json", br#"{"mcpServers": {"a": null, "b": [], "c": 1, "d": {}}}"#);
    let gaps = gaps(ran.ended(3));
    assert_eq!(gaps.len(), 4, "{gaps:?}");
}

#[test]
fn what_is_no_text() {
    for (bytes, word) in [
        (&b"\xff\xfe{\0\"\0\x00\xd8"[..], "UTF-16"),
        (b"\xff\xfe{", "UTF-16"),
        (b"\x7fELF\x02\x01\x01\0\0", "null character"),
    ] {
        let ran = scanned(".mcp.json", bytes);
        let (message, ..) = incomplete(&ran, word);
        assert!(message.contains("byte"), "{message}");
        assert_eq!(status(&ran), ["failed"]);
    }
}

#[test]
fn text_with_damage_in_it() {
    let good = GOOD.as_bytes();
    for (damage, word) in [
        (&b"\0"[..], "byte 19 is a null character"),
        (b"\xff", "not valid UTF-8 at byte 19"),
        (b"\xf0\x9f", "not valid UTF-8 at byte 19"),
    ] {
        let bytes = [&good[..18], damage, &good[18..]].concat();
        let ran = scanned(".mcp.json", &bytes);
        let (_, line, column) = incomplete(&ran, word);
        assert_eq!((line, column), (1, 19));
        assert_eq!(status(&ran), ["partial"]);
        assert_eq!(servers(&ran).len(), 1);
        assert!(ran.stdout.contains("unpinned-package"), "{}", ran.stdout);
    }
}

#[test]
fn standard_input_in_any_encoding_and_format() {
    let toml = "[mcp_servers.a]\ncommand = 'a-mcp'\n";
    let units = |order: fn(u16) -> [u8; 2]| -> Vec<u8> {
        format!("\u{feff}{toml}").encode_utf16().flat_map(order).collect()
    };
    for bytes in [
        toml.as_bytes().to_vec(),
        format!("\u{feff}{toml}").into_bytes(),
        units(u16::to_le_bytes),
        units(u16::to_be_bytes),
    ] {
        let world = World::new();
        let ran = world.run_with(&["scan", "--format", "json", "-"], &bytes);
        assert_eq!(servers(ran.ended(0)), ["a"]);
    }
}

#[test]
fn utf_16_and_byte_order_marks() {
    let units = |text: &str, order: fn(u16) -> [u8; 2]| -> Vec<u8> {
        format!("\u{feff}{text}").encode_utf16().flat_map(order).collect()
    };
    let text = "{\"mcpServers\":{\"gärten\":{\"command\":\"npx\",\"args\":[\"-y\",\"some-mcp\"]}}}";
    let column = text.chars().collect::<String>().split("some").next().unwrap().chars().count();
    let encodings = [
        text.as_bytes().to_vec(),
        format!("\u{feff}{text}").into_bytes(),
        units(text, u16::to_le_bytes),
        units(text, u16::to_be_bytes),
    ];
    for (bytes, mark) in encodings.iter().zip([0, 3, 2, 2]) {
        let ran = scanned(".mcp.json", bytes);
        assert_eq!(servers(ran.ended(0)), ["gärten"]);
        let json = ran.json();
        let finding = json["findings"].as_array().unwrap().iter();
        let finding = finding.clone().find(|f| f["rule"] == "unpinned-package").unwrap();
        assert_eq!(finding["span"]["start"]["line"], 1);
        assert_eq!(finding["span"]["start"]["column"], column + 1);
        let at = finding["span"]["bytes"][0].as_u64().unwrap();
        let before = text.split("some").next().unwrap();
        let wanted = if mark == 2 { 2 * column } else { before.len() } + mark;
        assert_eq!(at, wanted as u64);
    }
}

#[test]
fn windows_line_ends() {
    let text = GOOD.replace("\"args\"", "\r\n  \"args\"");
    let ran = scanned(".mcp.json", text.as_bytes());
    let json = ran.ended(0).json();
    let findings = json["findings"].as_array().unwrap();
    let start =
        &findings.iter().find(|f| f["rule"] == "unpinned-package").unwrap()["span"]["start"];
    assert_eq!((&start["line"], &start["column"]), (&2.into(), &17.into()));
    let world = World::new();
    world.bytes(".mcp.json", text.as_bytes());
    assert!(!world.run(&["scan", "."]).ended(0).stdout.contains('\r'));
    let yaml = "mcpServers:\r\n  a:\r\n    command: npx\r\n    args: [a-mcp]\r\n";
    assert_eq!(servers(&scanned("librechat.yaml", yaml.as_bytes())), ["a"]);
}

#[test]
fn equal_keys() {
    let text =
        r#"{"mcpServers":{"a":{"command":"/bin/a"},"a":{"command":"/bin/b","command":"/bin/c"}}}"#;
    let ran = scanned(".mcp.json", text.as_bytes());
    assert_eq!(servers(ran.ended(0)), ["a", "a", "a"]);
    let gaps = gaps(&ran);
    assert_eq!(gaps.len(), 2, "{gaps:?}");
    assert_eq!(gaps[0].2, 41);
}
