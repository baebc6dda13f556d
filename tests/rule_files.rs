//! Rule files of users: what is wrong with one is told with file, line, column and the nearest
//! name.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod support;

use std::fmt::Write;

use support::run::World;

/// A rule in which every key stands on a line of its own.
const RULE: &str = r#"id: house-list
title: Package that is not on the list
severity: high
confidence: high
detect:
  - fact: package
    match:
      ecosystem: npm
      name: { glob: "some-*" }
    severity: medium
    message: "Server `{server}` runs `{name}`."
  - fact: header
    match: { name: X-House }
message: "Server `{server}` uses {name}."
why: The house has a list.
fix: Take one from the list.
examples:
  - { file: .mcp.json, text: '{"mcpServers":{"a":{"command":"npx","args":["some-mcp"]}}}' }
counter_examples:
  - { file: .mcp.json, text: '{"mcpServers":{"a":{"command":"npx","args":["other-mcp"]}}}' }
"#;

/// A file to scan.
const CONFIGURATION: &str = r#"{"mcpServers":{"a":{"command":"npx","args":["some-mcp"]}}}"#;

#[test]
fn a_rule_without_references_is_a_rule() {
    let world = World::new();
    world.file("house/list.yml", RULE).file(".mcp.json", CONFIGURATION);
    let run = world.run(&["scan", "--rules", "house", "--select", "house-list", "."]);
    run.ended(0).says(&["medium[house-list]: Server `a` runs `some-mcp`."]);
    let told = world.run(&["rules", "--rules", "house", "house-list"]);
    told.ended(0).says(&["The house has a list."]);
    assert!(!told.stdout.contains("References"), "{}", told.stdout);
}

/// What is replaced in [`RULE`], and by what.
const FAULTS: [(&str, &str); 46] = [
    // Keys of the file.
    ("severity: high", "severty: high"),
    ("fix: Take", "hint: Take"),
    ("title: Package that is not on the list\n", ""),
    ("why: The house has a list.", "why:"),
    ("why: The house has a list.", "why: [The house]"),
    ("why: The house has a list.", "id: again"),
    ("severity: high", "severity: hihg"),
    ("severity: high", "severity: 3"),
    ("confidence: high", "confidence: sure"),
    ("confidence: high", "confidence: high\npersona: defualt"),
    ("confidence: high", "confidence: high\nraise_when_tracked: sometimes"),
    ("id: house-list", "id: House list"),
    ("id: house-list", "id: ''"),
    // Blocks.
    ("fact: package", "fact: pakage"),
    ("fact: package", "fact: zzz"),
    ("fact: package", "fact: [package]"),
    ("- fact: header\n    match: { name: X-House }", "- fact: header"),
    ("- fact: header\n    match: { name: X-House }", "- match: { name: X-House }"),
    (
        "- fact: header\n    match: { name: X-House }",
        "- match: { name: X-House }\n    fact: header",
    ),
    ("    severity: medium", "    severty: medium"),
    ("    severity: medium", "    severity: medum"),
    ("    severity: medium", "    fact: image"),
    // Fields.
    ("      name: {", "      nam: {"),
    ("      name: {", "      zzz: {"),
    ("      ecosystem: npm", "      ecosystem: npn"),
    ("      ecosystem: npm", "      ecosystem: 1.10"),
    ("      ecosystem: npm", "      disabled: no"),
    ("      ecosystem: npm", "      any: { ecosystem: npm }"),
    (
        "      ecosystem: npm",
        "      not:\n        any:\n        - ecosystem: npm\n        - ecosytem: pypi",
    ),
    ("      ecosystem: npm", "      name: other"),
    // Operators.
    ("{ glob:", "{ golb:"),
    ("{ glob:", "{ path_within:"),
    ("{ glob: \"some-*\" }", "{ glob: 5, regex: [a] }"),
    ("{ glob: \"some-*\" }", "\n        regex: 'some-('"),
    ("{ glob: \"some-*\" }", "\n        regex: '((a{100}){100}){100}'"),
    ("{ glob: \"some-*\" }", "\n        regex: '(?=some)'"),
    ("name: { glob: \"some-*\" }", "version: { version_in: { npm: 'not a range' } }"),
    ("name: { glob: \"some-*\" }", "version: { version_in: { nmp: '>=1' } }"),
    // Messages.
    ("\"Server `{server}` runs `{name}`.\"", "\"Server `{server}` runs `{nmae}`.\""),
    ("uses {name}", "uses {value}"),
    ("uses {name}", "uses {title}"),
    // Examples.
    (
        "  - { file: .mcp.json, text: '{\"mcpServers\":{\"a\":{\"command\":\"npx\",\"args\":[\"some-mcp\"]}}}' }\n",
        "  []\n",
    ),
    (
        "  - { file: .mcp.json, text: '{\"mcpServers\":{\"a\":{\"command\":\"npx\",\"args\":[\"some-mcp\"]}}}' }\n",
        "  - { file: .mcp.json }\n",
    ),
    // YAML.
    ("detect:", "detect: ["),
    ("why: The", "why:\tThe: x"),
    ("why: The house has a list.", "why: &a [*a]"),
];

/// A complaint whose list of everything there is, if it is long, is cut: lists grow.
fn shortened(complaint: &str) -> String {
    match complaint.match_indices(", ").nth(6) {
        Some(_) if complaint.contains("; there are ") || complaint.contains("; it has ") => {
            let (at, _) = complaint.match_indices(", ").nth(1).unwrap();
            format!("{}, …", &complaint[..at])
        }
        _ => complaint.to_owned(),
    }
}

#[test]
fn every_fault_has_a_place_and_the_nearest_name() {
    let world = World::new();
    let mut told = String::new();
    for (from, to) in FAULTS {
        assert!(RULE.contains(from), "{from}");
        world.file("house/rule.yaml", &RULE.replacen(from, to, 1)).file(".mcp.json", CONFIGURATION);
        let run = world.run(&["scan", "--rules", "house", "."]);
        assert_eq!((run.code, run.stdout.as_str()), (Some(2), ""), "{to}");
        let _ = writeln!(told, "{to}\n  -> {}", shortened(run.stderr.trim_end()));
        // A place of two numbers, and one line.
        let mut parts = run.stderr.trim_end().splitn(4, ':').skip(2);
        assert!(parts.next().is_some_and(|line| line.parse::<usize>().is_ok()), "{}", run.stderr);
        assert!(run.stderr.starts_with("error: house/rule.yaml:"), "{}", run.stderr);
        assert_eq!(run.stderr.lines().count(), 1, "{}", run.stderr);
    }
    insta::with_settings!({ omit_expression => true }, {
        insta::assert_snapshot!("faults", told);
    });
}

#[test]
fn examples_that_disagree_with_their_rule_are_told_by_rules_and_not_by_scan() {
    let world = World::new();
    let other = RULE.replace("\"some-*\"", "\"other-*\"");
    world.file("house/other.yaml", &other).file(".mcp.json", CONFIGURATION);
    world.run(&["scan", "--rules", "house", "."]).ended(0);
    let empty = RULE
        .replace("house-list", "empty")
        .replace("\"args\":[\"some-mcp\"]", "\"args\":[\"{{secret:github-pt}}\"]");
    world.bytes("house/empty.yaml", empty.as_bytes());
    let elsewhere =
        RULE.replace("house-list", "elsewhere").replacen("file: .mcp.json", "file: notes.json", 1);
    let elsewhere = elsewhere.replacen("\"mcpServers\"", "\"notes\"", 1);
    world.file("house/third.yaml", &elsewhere);
    insta::with_settings!({ omit_expression => true }, {
        let run = world.run(&["rules", "--rules", "house"]);
        insta::assert_snapshot!("examples", run.ended(2).whole());
    });
}

#[test]
fn everything_wrong_is_told_at_once() {
    let world = World::new();
    world
        .file("a/1.yaml", &RULE.replace("fact: package", "fact: pakage"))
        .file("a/2.yaml", RULE)
        .file("a/3.yaml", RULE)
        .file("a/4.yaml", &RULE.replace("id: house-list", "id: pipe-to-shell"))
        .file("a/5.yaml", "")
        .file("a/6.yaml", "- a\n- list\n")
        .file("a/7.yaml", &format!("{RULE}---\n{RULE}"))
        .file("a/notes.txt", "id: [")
        .file("a/8.yaml/inner.yaml", RULE)
        .bytes("a/9.yaml", b"id: \xff\xfe\n")
        .file("b/1.yaml", &RULE.replace("glob:", "globs:"))
        .file("c/readme.txt", "")
        .file(".mcp.json", CONFIGURATION);
    let mut args = vec!["scan"];
    for directory in ["a", "b", "c", "absent", "a/1.yaml"] {
        args.extend(["--rules", directory]);
    }
    insta::with_settings!({ omit_expression => true }, {
        insta::assert_snapshot!("several", world.run(&args).ended(2).whole());
    });
}

#[test]
fn a_rule_file_cannot_exhaust_the_reader() {
    let world = World::new();
    let deep = format!("{}a{}", "[".repeat(5_000), "]".repeat(5_000));
    let not = format!("{}name: a{}", "{ not: ".repeat(2_000), " }".repeat(2_000));
    let mut bomb = String::from("a: &a [x, x, x, x, x, x, x, x, x]\n");
    for (from, to) in "abcdefgh".chars().zip("bcdefghi".chars()) {
        let _ =
            writeln!(bomb, "{to}: &{to} [*{from}, *{from}, *{from}, *{from}, *{from}, *{from}]");
    }
    for text in [
        RULE.replace("The house has a list.", &deep),
        RULE.replace("{ name: X-House }", &not),
        format!("{bomb}{RULE}"),
        format!("why: [*x]\n{RULE}"),
        "\0".repeat(100),
        "\u{feff}".to_owned(),
    ] {
        world.file("house/rule.yaml", &text).file(".mcp.json", CONFIGURATION);
        let run = world.run(&["scan", "--rules", "house", "."]);
        run.ended(2).complains(&["house/rule.yaml:"]);
        assert!(run.stderr.len() < 500, "{}", run.stderr);
    }
}
