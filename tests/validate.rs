//! `mcp-guard validate`: what is wrong with settings and rule files, with its place.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod support;

use support::root;
use support::run::{Ran, World};

/// A file with every key of the gateway.
fn full() -> String {
    std::fs::read_to_string(root().join("gateway/src/config/tests/full.yaml")).unwrap()
}

/// Exit code, output and talk as one text.
fn whole(ran: &Ran) -> String {
    format!("exit {:?}\n--- stdout\n{}--- stderr\n{}", ran.code, ran.stdout, ran.stderr)
}

const WRONG: &str = "version: 1
scan:
  fial_on: high
  ignore: [{ rule: unpinned-package }]
lisen: 8787
auth: { mode: jwt }
servers:
  files: { comand: npx }
  search: { url: https://u:p@mcp.example.com/ }
routes:
  - { mode: default, target: serch }
policies:
  deny: [delete_file]
  rate_limit: { requests_per_minute: 100 }
polcies: {}
version: 1
";

#[test]
fn everything_that_is_wrong_is_told_at_once() {
    let world = World::new();
    world.file("mcp-guard.yaml", WRONG);
    insta::assert_snapshot!(whole(&world.run(&["validate"])));
}

#[test]
fn a_file_that_is_right_is_told_with_what_is_worth_a_look() {
    let world = World::new();
    world.file(
        "mcp-guard.yaml",
        "scan: {fail_on: high}\nauth: {mode: api_key, keys: ['${CI_KEY}', short-key]}\n\
         servers: {files: {command: npx, env: {TOKEN: '${TOKEN}'}}}\npolicies: {deny: [file.x]}\n",
    );
    insta::assert_snapshot!(whole(&world.run(&["validate"])));
    world.run(&["validate", "--quiet"]).ended(0).says(&["mcp-guard.yaml: ok"]);
    insta::assert_snapshot!(whole(&world.run(&["validate", "--resolve"])));
}

#[test]
fn values_are_checked_where_they_are_wanted() {
    let world = World::new();
    world.file("mcp-guard.yaml", "auth: {mode: api_key, keys: ['${CI_KEY}']}\nlisten: '${AT}'\n");
    let run = |key: &str, address: &str| {
        let mut command = world.command(&["validate", "--resolve"]);
        command.env("CI_KEY", key).env("AT", address);
        support::run::finish(command, b"")
    };
    assert_eq!(run("a-key-of-enough-length", "127.0.0.1:1").code, Some(0));
    let ran = run("", "a-secret-in-the-wrong-place");
    assert_eq!(ran.code, Some(2));
    assert_eq!(
        ran.stderr,
        "mcp-guard.yaml:1:30: this key is empty\nmcp-guard.yaml:2:9: this is no address; write \
         HOST:PORT, as in 127.0.0.1:8787\n"
    );
    assert_eq!(ran.stdout, "");
}

#[test]
fn what_serve_refuses_is_not_right() {
    let world = World::new();
    let servers = "servers: {a: {command: cat}}\n";
    world.file("mcp-guard.yaml", &format!("listen: '0.0.0.0:8787'\n{servers}"));
    world.run(&["validate"]).ended(2).complains(&["0.0.0.0:8787 can be reached", "auth.mode"]);
    for open in ["listen: 8787\n", "listen: '0.0.0.0:8787'\nauth: {mode: api_key}\n"] {
        world.file("mcp-guard.yaml", &format!("{open}{servers}"));
        world.run(&["validate"]).ended(0);
    }
}

#[test]
fn scan_and_validate_take_the_same_file() {
    let world = World::new();
    let full = full().replace("fail_on: high, whatever: [the, scanner, reads]", "fail_on: none");
    for (name, text) in [
        ("mcp-guard.yaml", full.clone()),
        (
            "mcp-guard.yaml",
            "{\n\t\"version\": 1,\n\t\"policies\":\t{\"deny\": [\"a.x\"]}\n}\n".to_owned(),
        ),
        ("mcp-guard.yaml", "servers:\n  a: &a {command: /bin/x}\n  b: {<<: *a}\n".to_owned()),
    ] {
        world.file(name, &text);
        world.run(&["validate"]).ended(0);
        world.run(&["scan", "--no-home", "--fail-on", "none", "."]).ended(0);
    }
    world.file("mcp-guard.yaml", &full.replace("allowed_hosts", "allowed_host"));
    world.run(&["validate"]).ended(2);
}

#[test]
fn the_nearest_file_is_the_one_that_a_scan_takes() {
    let world = World::new();
    let ran = world.run(&["validate"]);
    ran.ended(2);
    assert!(ran.stderr.contains("there is no mcp-guard.yaml here"), "{ran:?}");
    world.home_file(".config/mcp-guard/mcp-guard.yaml", "policies: {deny: ['*.drop']}");
    let ran = world.run(&["validate"]);
    ran.ended(0).says(&["~/.config/mcp-guard/mcp-guard.yaml: ok"]);
    world.file("mcp-guard.yaml", "version: 2").file("sub/x", "").file(".git/HEAD", "");
    let mut command = world.command(&["validate"]);
    command.current_dir(world.work("sub"));
    let ran = support::run::finish(command, b"");
    assert_eq!(ran.code, Some(2));
    assert!(ran.stderr.contains("mcp-guard.yaml:1:10: this mcp-guard reads version 1"), "{ran:?}");
}

#[test]
fn what_the_settings_name_is_looked_at_too() {
    let world = World::new();
    world
        .file("mcp-guard.yaml", "scan: {rules: house, select: [no-such-rule]}")
        .file("house/a.yaml", "id: a\ntitel: x\n");
    let here = world.work("").canonicalize().unwrap();
    let told = whole(&world.run(&["validate"]));
    insta::assert_snapshot!(told.replace(&format!("{}/", here.display()), "HERE/"));
    world.file("house/a.yaml", &RULE.replace("house-list", "house-other"));
    let ran = world.run(&["validate"]);
    assert_eq!(ran.code, Some(2));
    assert!(ran.stderr.contains("there is no rule `no-such-rule`"), "{ran:?}");
}

const RULE: &str = r#"id: house-list
title: Package that is not on the list
severity: high
confidence: high
detect: [{ fact: package, match: { name: { glob: "some-*" } } }]
message: "Server `{server}` runs `{name}`."
why: The house has a list.
fix: Take one from the list.
examples:
  - { file: .mcp.json, text: '{"mcpServers":{"a":{"command":"npx","args":["some-mcp"]}}}' }
counter_examples:
  - { file: .mcp.json, text: '{"mcpServers":{"a":{"command":"npx","args":["other-mcp"]}}}' }
"#;

#[test]
fn rule_files_are_checked_with_their_examples() {
    let world = World::new();
    world
        .file("house/right.yaml", RULE)
        .file("typo.yaml", &RULE.replace("severity:", "severty:"))
        .file("deaf.yaml", &RULE.replace("some-mcp", "another-mcp"))
        .file("taken.yaml", &RULE.replace("house-list", "unpinned-package"))
        .file("other/mcp-guard.yaml", "version: 1");
    world.run(&["validate", "house/right.yaml", "house", "other"]).ended(0).says(&[
        "house/right.yaml: ok",
        "house: ok",
        "other/mcp-guard.yaml: ok",
    ]);
    let files = ["validate", "typo.yaml", "deaf.yaml", "taken.yaml", "house", "not-there.yaml"];
    insta::assert_snapshot!(whole(&world.run(&files)));
}

#[test]
fn hostile_files_are_told_about_and_nothing_else() {
    let world = World::new();
    for bytes in [
        &b""[..],
        b"\0\xff\xfe",
        b"\xff\xfe{\0}\0",
        b"[",
        b"a: &a [*a]",
        b"\"\x1b[2J::error::x\": 1",
        b"servers: [1]\nauth: 5\npolicies: [x]\nroutes: {a: b}\nhttp: x\nlimits: [ ]\n",
    ] {
        world.bytes("mcp-guard.yaml", bytes);
        let ran = world.run(&["validate"]);
        assert!(matches!(ran.code, Some(0 | 2)), "{bytes:?} {ran:?}");
        assert_eq!(ran.code == Some(2), !ran.stderr.is_empty(), "{bytes:?} {ran:?}");
        assert!(!ran.stderr.contains('\x1b') && !ran.stderr.contains("\n::error"), "{ran:?}");
    }
}
