//! Severities that depend on more than the rule.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on fails"
)]

mod support;

use support::run::World;

/// `severity rule` of each finding of these rules.
fn told(world: &World, rules: &str) -> Vec<String> {
    let report =
        world.run(&["scan", "--no-home", "--format", "json", "--select", rules, "."]).json();
    let word = |finding: &serde_json::Value, key: &str| finding[key].as_str().unwrap().to_owned();
    let findings = report["findings"].as_array().unwrap().iter();
    findings
        .map(|finding| format!("{} {}", word(finding, "severity"), word(finding, "rule")))
        .collect()
}

#[test]
fn a_wildcard_for_a_server_that_writes_is_high() {
    let world = World::new();
    for (item, severity) in [
        ("mcp__github__*", "high"),
        ("mcp__filesystem", "high"),
        ("mcp__own-docs__*", "medium"),
        ("mcp__time__*", "medium"),
        ("mcp__github__get_issue", ""),
    ] {
        world.file(
            ".claude/settings.json",
            &format!("{{\"permissions\":{{\"allow\":[\"{item}\"]}}}}"),
        );
        let found = told(&world, "permission-wildcard");
        let wanted = if severity.is_empty() {
            vec![]
        } else {
            vec![format!("{severity} permission-wildcard")]
        };
        assert_eq!(found, wanted, "{item}");
    }
}

#[test]
fn a_chain_upwards_is_high_and_one_step_medium() {
    let world = World::new();
    for (path, severity) in
        [("../..", "high"), ("./../../", "high"), ("..", "medium"), ("../", "medium")]
    {
        let package = "@modelcontextprotocol/server-filesystem@2.3.0";
        let args = format!("[\"-y\", \"{package}\", \"{path}\"]");
        world.file(
            ".mcp.json",
            &format!("{{\"mcpServers\":{{\"f\":{{\"command\":\"npx\",\"args\":{args}}}}}}}"),
        );
        let wanted = [format!("{severity} broad-filesystem-root")];
        assert_eq!(told(&world, "broad-filesystem-root"), wanted, "{path}");
    }
}
