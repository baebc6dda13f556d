//! Settings and suppressions, as a user meets them.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on fails"
)]

mod support;

use serde_json::Value;
use support::run::{Ran, World};

const PINNED: &str = "{\n  \"servers\": {\n    \"a\": {\"command\": \"npx\", \"args\": [\"-y\", \"a-mcp\"]},\n    \
                      \"b\": {\"command\": \"npx\", \"args\": [\"-y\", \"b-mcp\"]}\n  }\n}\n";

/// A repository with one file and these settings.
fn world(settings: &str) -> World {
    let world = World::new();
    world.bytes(".git/HEAD", b"ref: refs/heads/main\n");
    world.file(".vscode/mcp.json", PINNED).file("mcp-guard.yaml", settings);
    world
}

fn rules(list: &Value) -> Vec<String> {
    let of = |item: &Value| {
        let finding = item.get("finding").unwrap_or(item);
        finding["rule"].as_str().unwrap().to_owned()
    };
    list.as_array().unwrap().iter().map(of).collect()
}

fn json(world: &World, options: &[&str]) -> Value {
    let args: Vec<&str> = ["scan", "--format", "json"].iter().chain(options).copied().collect();
    world.run(&args).json()
}

fn text(world: &World, options: &[&str]) -> Ran {
    let args: Vec<&str> = std::iter::once(&"scan").chain(options).copied().collect();
    world.run(&args)
}

#[test]
fn settings_say_when_a_scan_fails_and_options_win() {
    let world = world("scan:\n  fail_on: medium\n");
    text(&world, &["."]).ended(1).says(&["Settings: mcp-guard.yaml."]);
    text(&world, &["--fail-on", "high", "."]).ended(0);
    text(&world, &["--no-config", "."]).ended(0);
    assert!(!text(&world, &["--no-config", "."]).stdout.contains("Settings"));
    assert_eq!(json(&world, &["."])["settings"], serde_json::json!(["mcp-guard.yaml"]));
}

#[test]
fn the_nearest_settings_of_the_repository_count() {
    let world = world("scan:\n  fail_on: medium\n");
    world.file(
        "sub/deep/.mcp.json",
        "{\"mcpServers\":{\"a\":{\"command\":\"npx\",\"args\":[\"a\"]}}}",
    );
    text(&world, &["sub/deep"]).ended(1);
    text(&world, &["sub/deep/.mcp.json"]).ended(1);
    world.file("sub/mcp-guard.yaml", "scan:\n  fail-on: none\n");
    text(&world, &["sub/deep"]).ended(0).says(&["Settings: sub/mcp-guard.yaml."]);
    // What holds both is above.
    text(&world, &["sub/deep", ".vscode"]).ended(1).says(&["Settings: mcp-guard.yaml."]);
    // Another repository, and nothing above it.
    world.bytes("sub/deep/.git/HEAD", b"ref: refs/heads/main\n");
    assert!(!text(&world, &["sub/deep"]).ended(0).stdout.contains("Settings"));
}

#[test]
fn settings_outside_of_a_repository_count_only_where_they_lie() {
    let world = World::new();
    world.file("mcp-guard.yaml", "scan:\n  fail_on: medium\n");
    world.file("sub/.mcp.json", "{\"mcpServers\":{\"a\":{\"command\":\"npx\",\"args\":[\"a\"]}}}");
    text(&world, &["."]).ended(1);
    text(&world, &["sub"]).ended(0);
    text(&world, &["--config", "mcp-guard.yaml", "sub"]).ended(1);
    text(&world, &["--config", "other.yaml", "sub"]).ended(2).complains(&["other.yaml"]);
}

#[test]
fn the_users_own_settings_are_a_floor() {
    let world = world("scan:\n  fail_on: none\n");
    text(&world, &["."]).ended(0);
    world.home_file(".config/mcp-guard/mcp-guard.yaml", "scan:\n  fail_on: medium\n");
    let ran = text(&world, &["."]);
    ran.ended(1).says(&["Settings: mcp-guard.yaml, ~/.config/mcp-guard/mcp-guard.yaml."]);
    text(&world, &["--fail-on", "none", "."]).ended(0);
    // Alone it counts as well.
    std::fs::remove_file(world.work("mcp-guard.yaml")).unwrap();
    text(&world, &["."]).ended(1);
}

#[test]
fn wrong_settings_are_told_with_their_place() {
    let world = world("version: 1\nscan:\n  fial_on: high\n  ignore: [{ rule: a }]\n");
    let ran = text(&world, &["."]);
    ran.ended(2).complains(&[
        "mcp-guard.yaml:3:3: unknown key `fial_on`; did you mean `fail_on`?",
        "mcp-guard.yaml:4:12: this entry needs a `reason`",
    ]);
    assert_eq!(ran.stdout, "");
    let misspelt = "scan:\n  ignore:\n    - rule: unpined-package\n      reason: x\n";
    world.file("mcp-guard.yaml", misspelt);
    text(&world, &["."])
        .ended(2)
        .complains(&["mcp-guard.yaml:3:13", "did you mean `unpinned-package`?"]);
    world.file("mcp-guard.yaml", "scan: {select: [nothing-like-it]}");
    text(&world, &["."]).ended(2).complains(&["scan.select", "nothing-like-it"]);
    // The other sections are not judged here.
    world.file("mcp-guard.yaml", "servers: {a: {unknown: 1}}\npolicies: [odd]\n");
    text(&world, &["."]).ended(0);
}

#[cfg(unix)]
#[test]
fn settings_that_lead_out_of_the_repository_are_refused() {
    let world = world("scan: {}\n");
    std::fs::remove_file(world.work("mcp-guard.yaml")).unwrap();
    world.home_file("secret", "token: hunter2hunter2\n");
    std::os::unix::fs::symlink(world.home("secret"), world.work("mcp-guard.yaml")).unwrap();
    let ran = text(&world, &["."]);
    ran.ended(2).complains(&["leads out of the repository"]);
    assert!(!ran.stderr.contains("hunter2"), "{}", ran.stderr);
}

#[test]
fn settings_of_a_repository_see_no_variables() {
    let world = world("scan: {}\n");
    let run = |arguments: &[&str]| {
        let mut command = world.command(arguments);
        command.env("DEPLOY_KEY", "hunter2hunter2");
        let ran = support::run::finish(command, b"");
        assert!(!(ran.stderr.clone() + &ran.stdout).contains("hunter2"), "{ran:?}");
        ran.ended(2);
        ran
    };
    for setting in [
        "select: ['${DEPLOY_KEY}']",
        "rules: ['${DEPLOY_KEY}']",
        "baseline: '${DEPLOY_KEY}'",
        "fail_on: '${DEPLOY_KEY}'",
        "exclude: ['[${DEPLOY_KEY}']",
        "ignore: [{ rule: '${DEPLOY_KEY}', reason: a }]",
        "ignore: [{ rule: plaintext-http, reason: a, until: '${DEPLOY_KEY}' }]",
    ] {
        world.bytes("mcp-guard.yaml", format!("scan: {{ {setting} }}\n").as_bytes());
        run(&["scan", "."]);
        // What is named may use them, but does not show them either.
        run(&["scan", "--config", "mcp-guard.yaml", "."]).complains(&["${DEPLOY_KEY}"]);
    }
}

#[cfg(unix)]
#[test]
fn settings_of_a_repository_name_nothing_outside_of_it() {
    use std::os::unix::fs::symlink;
    let world = world("scan: {}\n");
    world.home_file("rules/a.yaml", "token: hunter2hunter2\n");
    std::fs::create_dir_all(world.work("inside")).unwrap();
    symlink(world.home("rules"), world.work("link")).unwrap();
    symlink(world.home("rules/a.yaml"), world.work("inside/a.yaml")).unwrap();
    for setting in [
        "rules: [../home/rules]",
        "rules: [link]",
        "rules: [inside]",
        "baseline: ../home/rules/a.yaml",
        "baseline: link/a.yaml",
    ] {
        world.bytes("mcp-guard.yaml", format!("scan: {{ {setting} }}\n").as_bytes());
        let ran = text(&world, &["."]);
        ran.ended(2).complains(&["leads out of the repository"]);
        assert!(!ran.stderr.contains("token"), "{}", ran.stderr);
        let ran = text(&world, &["--config", "mcp-guard.yaml", "."]);
        assert!(!ran.ended(2).stderr.contains("leads out"), "{}", ran.stderr);
    }
}

#[cfg(unix)]
#[test]
fn rule_files_that_never_end_are_refused() {
    let world = world("scan: { rules: [rules] }\n");
    std::fs::create_dir_all(world.work("rules")).unwrap();
    let pipe = std::process::Command::new("mkfifo").arg(world.work("rules/a.yaml")).status();
    assert!(pipe.unwrap().success());
    std::os::unix::fs::symlink("/dev/zero", world.work("rules/b.yaml")).unwrap();
    text(&world, &["."]).ended(2).complains(&["a named pipe", "leads out of the repository"]);
    world.bytes("mcp-guard.yaml", b"scan: {}\n");
    text(&world, &["--rules", "rules", "."]).ended(2).complains(&["a named pipe", "a device"]);
    std::fs::remove_file(world.work("rules/a.yaml")).unwrap();
    std::fs::remove_file(world.work("rules/b.yaml")).unwrap();
    world.bytes("rules/c.yaml", &vec![b'#'; (1 << 20) + 1]);
    text(&world, &["--rules", "rules", "."]).ended(2).complains(&["over the limit"]);
}

#[test]
fn paths_and_rules_of_settings_are_meant_from_their_file() {
    let world = world("scan:\n  exclude: [sub/left/**]\n  rules: [guard/rules]\n");
    world.file("sub/left/.mcp.json", PINNED).file("sub/kept/.mcp.json", PINNED);
    let rule = std::fs::read_to_string(support::root().join("rules/scan/deprecated-sse.yaml"))
        .unwrap()
        .replace("id: deprecated-sse", "id: our-own");
    world.bytes("guard/rules/our-own.yaml", rule.as_bytes());
    for root in [".", "sub"] {
        let files = json(&world, &[root]);
        let files = files["files"].as_array().unwrap();
        assert!(
            !files.iter().any(|file| file["path"].as_str().unwrap().contains("left")),
            "{root}"
        );
        assert!(files.iter().any(|file| file["path"].as_str().unwrap().contains("kept")), "{root}");
    }
    // What is named is scanned.
    assert_eq!(json(&world, &["sub/left"])["files"].as_array().unwrap().len(), 1);
    world.run(&["scan", "--select", "our-own", "sub"]).ended(0);
}

#[test]
fn a_missing_gateway_can_be_made_a_fault() {
    let world = world("scan: {require_guard: true}");
    text(&world, &["."]).ended(0).says(&["medium[unguarded-server]"]);
    text(&world, &["--fail-on", "medium", "--select", "unguarded-server", "."]).ended(1);
    world.file("mcp-guard.yaml", "scan: {require_guard: false}");
    text(&world, &["."]).ended(0).says(&["low[unguarded-server]"]);
}

#[test]
fn an_entry_of_the_settings_sets_a_finding_aside() {
    let settings = "scan:\n  fail_on: medium\n  ignore:\n    \
                    - { rule: unpinned-package, server: a, reason: reviewed in October }\n";
    let world = world(settings);
    let report = json(&world, &["."]);
    assert_eq!(rules(&report["suppressed"]), ["unpinned-package"]);
    assert_eq!(
        report["suppressed"][0]["suppression"],
        serde_json::json!({
            "kind": "settings", "reason": "reviewed in October", "file": "mcp-guard.yaml", "line": 4
        })
    );
    assert_eq!(report["summary"]["suppressed"], 1);
    let ran = text(&world, &["."]);
    ran.ended(1).says(&["1 finding is suppressed: 1 by mcp-guard.yaml."]);
    text(&world, &["-v", "."]).says(&["(suppressed in mcp-guard.yaml:4: reviewed in October)"]);
    world.file("mcp-guard.yaml", &settings.replace("server: a, ", ""));
    text(&world, &["."]).ended(0).says(&["2 findings are suppressed"]);
    // Whoever wants to see everything can.
    let all = text(&world, &["--no-ignores", "."]);
    assert!(!all.ended(1).stdout.contains("suppressed"));
}

#[test]
fn a_repository_cannot_speak_for_the_users_files() {
    let world = world("scan: {ignore: [{ rule: '*', reason: x }]}");
    world.home_file(
        ".cursor/mcp.json",
        "{\"mcpServers\":{\"a\":{\"command\":\"npx\",\"args\":[\"a\"]}}}",
    );
    let report = json(&world, &[]);
    let files: Vec<&str> =
        report["findings"].as_array().unwrap().iter().filter_map(|f| f["file"].as_str()).collect();
    assert!(!files.is_empty());
    assert!(files.iter().all(|file| file.starts_with("~/")), "{files:?}");
    // The user can.
    world.home_file(
        ".config/mcp-guard/mcp-guard.yaml",
        "scan: {ignore: [{ rule: '*', path: ~/.cursor/mcp.json, reason: x }]}",
    );
    assert_eq!(rules(&json(&world, &[])["findings"]).len(), 0);
}

#[test]
fn what_suppresses_nothing_is_told_where_it_stands() {
    let settings = "scan:\n  ignore:\n    - { rule: plaintext-http, reason: x }\n    \
                    - { rule: unpinned-package, reason: x, until: 2020-01-31 }\n    \
                    - { rule: deprecated-sse, reason: x }\n";
    let world = world(settings);
    let ran = text(&world, &["."]);
    ran.ended(0).says(&[
        "low[unused-suppression]: The entry ignores plaintext-http, which finds nothing where the entry looks.",
        "mcp-guard.yaml:3:7",
        "The entry that ignores unpinned-package counted until 2020-01-31 and does not any more.",
        "mcp-guard.yaml:4:7",
        "ignores deprecated-sse",
    ]);
    // Of a part of the tree, or with some of the rules, nobody can tell.
    for options in [&[".vscode"][..], &["--select", "unpinned-package,unused-suppression", "."]] {
        let report = json(&world, options);
        let unused: Vec<&Value> = report["findings"]
            .as_array()
            .unwrap()
            .iter()
            .filter(|finding| finding["rule"] == "unused-suppression")
            .collect();
        assert_eq!(unused.len(), 1, "{options:?} {unused:#?}");
    }
    assert!(!text(&world, &["--ignore", "unused-suppression", "."]).stdout.contains("expired"));
}

#[test]
fn comments_suppress_in_every_format_that_has_them() {
    for (path, text) in [
        (
            ".vscode/mcp.json",
            "{\"servers\": {\n// mcp-guard: ignore[unpinned-package] ours\n\"a\": {\"command\": \"npx\", \"args\": [\"a-mcp\"]}}}",
        ),
        (
            ".zed/settings.json",
            "{\"context_servers\": {\"a\": {\n\"command\": \"npx\", \"args\": [\"a-mcp\"] /* mcp-guard: ignore[unpinned-package] ours */\n}}}",
        ),
        (
            "opencode.jsonc",
            "{\"mcp\": {\"a\": {\"type\": \"local\",\n\"command\": [\"npx\", \"a-mcp\"] // mcp-guard: ignore[unpinned-package] ours\n}}}",
        ),
        (
            ".codex/config.toml",
            "[mcp_servers.a]\ncommand = \"npx\"\n# mcp-guard: ignore[unpinned-package] ours\nargs = [\"a-mcp\"]\n",
        ),
        (
            "librechat.yaml",
            "mcpServers:\n  a:\n    command: npx\n    args:\n      - a-mcp # mcp-guard: ignore[unpinned-package] ours\n",
        ),
        (
            ".claude/agents/a.md",
            "---\nname: a\nmcpServers:\n  a:\n    command: npx\n    # mcp-guard: ignore[unpinned-package] ours\n    args: [a-mcp]\n---\n",
        ),
    ] {
        let world = World::new();
        world.file(path, text);
        let report = json(&world, &["."]);
        assert_eq!(rules(&report["suppressed"]), ["unpinned-package"], "{path} {report:#}");
        let told = rules(&report["findings"]);
        assert!(!told.iter().any(|rule| rule == "unpinned-package"), "{path} {told:?}");
        assert!(!told.iter().any(|rule| rule == "unused-suppression"), "{path} {told:?}");
        assert_eq!(report["suppressed"][0]["suppression"]["reason"], "ours", "{path}");
        assert_eq!(report["suppressed"][0]["suppression"]["file"], path);
        let shown = world.run(&["scan", "."]);
        shown.says(&["1 finding is suppressed: 1 by comments."]);
    }
}

#[test]
fn a_string_is_no_comment() {
    let world = World::new();
    world.file(
        ".vscode/mcp.json",
        "{\"servers\": {\n\"a\": {\"command\": \"npx\", \"args\": [\"a-mcp\", \"// mcp-guard: ignore[unpinned-package] no\"]}}}",
    );
    let report = json(&world, &["."]);
    assert!(rules(&report["findings"]).contains(&"unpinned-package".to_owned()));
    assert_eq!(report["summary"]["suppressed"], 0);
}

#[test]
fn an_incomplete_analysis_stays_incomplete_when_it_is_accepted() {
    let world = World::new();
    world.file(
        "mcp-guard.yaml",
        "scan: {ignore: [{ rule: incomplete-analysis, path: .mcp.json, reason: known }]}",
    );
    world.file(".mcp.json", "{\"mcpServers\": {\"a\": {\"command\": \"/bin/a\"}");
    let ran = text(&world, &["."]);
    ran.ended(3).says(&["1 finding is suppressed", "Not analysed completely", ".mcp.json"]);
    text(&world, &["--allow-incomplete", "."]).ended(0);
}
