//! The reference pages are what the data says. `UPDATE=1 cargo test --test docs` renews them.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod support;

use mcp_guard_scanner::client::{self, DIALECTS};
use mcp_guard_scanner::facts;
use mcp_guard_scanner::rules::{RULES, Rule, page};
use support::root;

#[track_caller]
fn is_current(name: &str, wanted: &str) {
    let path = root().join("docs").join(name);
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(&path, wanted).unwrap();
        return;
    }
    let found = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(found == wanted, "docs/{name} is stale; `UPDATE=1 cargo test --test docs` renews it");
}

#[test]
fn rules_page_is_current() {
    let rules: Vec<&Rule> = RULES.iter().collect();
    is_current("rules.md", &page::markdown(&rules));
}

#[test]
fn clients_page_is_current() {
    is_current("clients.md", &client::page::markdown(&DIALECTS));
}

#[test]
fn facts_page_is_current() {
    let rules: Vec<&Rule> = RULES.iter().collect();
    is_current("facts.md", &facts::page::markdown(&rules));
}

/// A fault that the page says is left out is in none of the lists.
#[test]
fn advisories_that_are_left_out_are_in_no_list() {
    let page = std::fs::read_to_string(root().join("docs/advisories.md")).unwrap();
    let rows = page.lines().filter_map(|line| line.strip_prefix("| CVE-"));
    let left_out: Vec<String> =
        rows.filter_map(|row| Some(format!("CVE-{}", row.split(' ').next()?))).collect();
    assert!(left_out.len() >= 7, "{left_out:?}");
    for file in std::fs::read_dir(root().join("rules/advisories")).unwrap() {
        let list = std::fs::read_to_string(file.unwrap().path()).unwrap();
        for id in &left_out {
            assert!(!list.lines().any(|line| line.ends_with(&format!("id: {id}"))), "{id}");
        }
    }
}

#[test]
fn every_rule_refers_to_owasp_and_cwe() {
    for rule in &RULES {
        let references = &rule.references;
        assert!(references.owasp_mcp.iter().all(|id| id.starts_with("MCP")), "{}", rule.id);
        assert!(references.cwe.iter().all(|id| id.starts_with("CWE-")), "{}", rule.id);
        assert!(!references.owasp_mcp.is_empty() && !references.cwe.is_empty(), "{}", rule.id);
    }
    assert!(RULES.len() >= 32);
}
