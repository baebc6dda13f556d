//! What says nothing, or means nothing, is told and never passed over.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on fails"
)]

mod support;

use support::run::World;

const ONE: &str =
    "{\"mcpServers\": {\"a\": {\"command\": \"npx\", \"args\": [\"-y\", \"a-mcp\"]}}}";

#[test]
fn a_file_without_an_object_is_told() {
    let world = World::new();
    for (path, text, kind) in [
        (".mcp.json", "[]", "an empty list"),
        (".mcp.json", " null\n", "null"),
        (".vscode/mcp.json", "[]", "an empty list"),
        (".claude/settings.json", "null", "null"),
    ] {
        world.file(path, text);
        let ran = world.run(&["scan", "--no-home", path]);
        ran.ended(3).says(&["[incomplete-analysis]", "the whole file is"]);
        assert!(kind == "an empty list" || ran.stdout.contains(kind), "{}", ran.stdout);
    }
    world.file(".mcp.json", "{}");
    world.run(&["scan", "--no-home", ".mcp.json"]).ended(0);
}

#[test]
fn a_command_that_is_no_text_is_told() {
    let world = World::new();
    for command in ["5", "true"] {
        world.file(
            ".mcp.json",
            &format!("{{\"mcpServers\": {{\"a\": {{\"command\": {command}}}}}}}"),
        );
        let ran = world.run(&["scan", "--no-home", "."]);
        ran.ended(3).says(&["Server `a` was not understood: the command is a "]);
    }
}

#[test]
fn empty_settings_are_in_order() {
    let world = World::new();
    world.file(".mcp.json", "{\"mcpServers\": {}}");
    for text in ["", " \n", "# nothing yet\n"] {
        world.file("mcp-guard.yaml", text);
        world.run(&["scan", "--no-home", "."]).ended(0).says(&["No findings", "mcp-guard.yaml"]);
    }
}

#[test]
fn a_pin_for_no_package_is_told() {
    let world = World::new();
    world.file(".mcp.json", ONE);
    let args = ["scan", "--no-home", "--fix", "--dry-run", "--pin", "b-mcp=1.2.3", "."];
    world.run(&args).ended(0).complains(&["--pin: no server here starts the package `b-mcp`"]);
    world.run(&["scan", "--pin", "b-mcp=1.2.3", "."]).ended(0).complains(&["`b-mcp`"]);
    for name in ["a-mcp=1.2.3", "npm:a-mcp=1.2.3"] {
        let ran = world.run(&["scan", "--no-home", "--fix", "--dry-run", "--pin", name, "."]);
        assert!(!ran.ended(0).stderr.contains("--pin"), "{}", ran.stderr);
    }
}

#[test]
fn options_that_leave_no_rule_are_an_error() {
    let world = World::new();
    world.file(".mcp.json", ONE);
    world.run(&["scan", "--ignore", "*", "."]).ended(2).complains(&["no rule is left"]);
    world.run(&["scan", "--ignore", "[*]", "."]).ended(2).complains(&["there is no rule `[*]`"]);
    world.file("mcp-guard.yaml", "scan: {ignore: [{rule: '[*]', reason: x}]}");
    world.run(&["scan", "."]).ended(2).complains(&["there is no rule `[*]`"]);
}

#[test]
fn a_comment_that_suppresses_nothing_is_told() {
    let world = World::new();
    let file = |comment: &str| {
        format!(
            "{{\"servers\": {{\n  // {comment}\n  \"a\": {{\"command\": \"npx\", \"args\": [\"a\"]}}}}}}"
        )
    };
    for comment in [
        "MCP-GUARD: ignore[unpinned-package] ours",
        "mcp-guard: IGNORE[unpinned-package] ours",
        "mcp-guard: ignore[*] ours",
        "mcp-guard: ignore[unpinned-*] ours",
    ] {
        world.file(".vscode/mcp.json", &file(comment));
        let ran = world.run(&["scan", "--no-home", "."]);
        ran.ended(0).says(&["low[unused-suppression]", "medium[unpinned-package]"]);
        assert!(!ran.stdout.contains("finds nothing here"), "{}", ran.stdout);
    }
}

#[test]
fn entries_of_a_baseline_that_fit_nothing_are_told() {
    let world = World::new();
    world.file(".mcp.json", ONE);
    world.run(&["baseline", ".", "-o", "known.json"]).ended(0);
    let ran = world.run(&["scan", "--baseline", "known.json", "."]);
    assert!(!ran.ended(0).stderr.contains("warning"), "{}", ran.stderr);
    let text = std::fs::read_to_string(world.work("known.json")).unwrap();
    let text = text.replace("unguarded-server", "unguarded-srever");
    let text = text.replacen("\"fingerprint\":\"", "\"fingerprint\":\"zz", 1);
    world.file("known.json", &text);
    world.run(&["scan", "--baseline", "known.json", "."]).ended(0).complains(&[
        "warning: known.json: there is no rule `unguarded-srever`",
        "is not 32 hexadecimal digits",
    ]);
}
