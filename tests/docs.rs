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
