//! What a user is told about vulnerable and malicious packages.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a test that cannot go on fails"
)]

mod support;

use serde_json::Value;
use support::run::{Ran, World};

/// Scans one entry for packages that are known.
fn scan(entry: &str, options: &[&str]) -> Ran {
    let world = World::new();
    world.file(".mcp.json", &format!(r#"{{"mcpServers":{{"s":{entry}}}}}"#));
    let scan = ["scan", "--select", "known-*", "--no-home", ".mcp.json"];
    world.run(&[&scan, options].concat())
}

fn package(spec: &str) -> String {
    let runner = if spec.contains("==") { "uvx" } else { "npx" };
    format!(r#"{{"command":"{runner}","args":["{spec}"]}}"#)
}

fn findings(ran: &Ran) -> Vec<Value> {
    ran.json()["findings"].as_array().unwrap().clone()
}

#[test]
fn many_advisories_are_one_finding_with_all_identifiers() {
    let ran = scan(&package("mcp-atlassian==0.16.1"), &["--format", "json"]);
    let [finding] = findings(ran.ended(1)).try_into().unwrap();
    assert_eq!(finding["severity"], "critical");
    let references: Vec<&str> =
        finding["references"].as_array().unwrap().iter().map(|id| id.as_str().unwrap()).collect();
    for id in ["MCP04:2025", "CWE-1395", "CVE-2026-27825", "GHSA-xjgw-4wvw-rgm4", "CVE-2026-77274"]
    {
        assert!(references.contains(&id), "{id}: {references:?}");
    }
    let message = finding["message"].as_str().unwrap();
    assert!(message.contains("CVE-2026-27825 and 32 more (fixed in 0.22.0)"), "{message}");
    let text = scan(&package("mcp-atlassian==0.16.1"), &[]);
    text.ended(1).says(&[
        "critical[known-vulnerable-package]",
        "= advisories: CVE-2026-27825, GHSA-xjgw-4wvw-rgm4, ",
        " and 27 more",
    ]);
}

#[test]
fn another_fault_is_another_finding_and_a_fixed_version_is_none() {
    let print = |spec: &str| {
        let ran = scan(&package(spec), &["--format", "json", "--fail-on", "none"]);
        findings(ran.ended(0)).first().map(|finding| finding["fingerprint"].to_string())
    };
    let (one, two) = (print("mcp==1.9.3"), print("mcp==1.23.0"));
    assert!(one.is_some() && two.is_some() && one != two);
    assert_eq!(print("mcp==2.2.0"), None);
}

#[test]
fn what_is_not_confirmed_never_fails_a_build() {
    let entry = package("repomix@1.14.0");
    scan(&entry, &["--fail-on", "info"]).ended(0).says(&["No findings"]);
    let pedantic = ["--persona", "pedantic", "--min-severity", "info", "--fail-on", "low"];
    scan(&entry, &pedantic).ended(0).says(&["info[known-vulnerable-package]", "unconfirmed"]);
}

#[test]
fn a_malicious_package_names_secrets_and_shows_none() {
    let entry = r#"{"command":"npx","args":["-y","postmark-mcp@1.0.16"],
        "env":{"MAIL":"{{secret:github-pat}}","API_KEY":"${API_KEY}"}}"#;
    let ran = scan(entry, &[]);
    ran.ended(1).says(&["MAL-2025-47604", "remove it and rotate MAIL and API_KEY."]);
    assert!(!ran.stdout.contains("ghp_"), "{}", ran.stdout);
}
