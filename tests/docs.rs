//! The reference pages are what the data says. `UPDATE=1 cargo test --test docs` renews them.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that cannot go on fails")]

mod support;

use std::process::Command;

use mcp_guard_gateway::protocol::{Code, Era};
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

/// The parts of a page between fences of this language.
fn fenced<'t>(page: &'t str, language: &str) -> Vec<&'t str> {
    let opening = format!("```{language}\n");
    page.split(&*opening).skip(1).filter_map(|rest| rest.split("```").next()).collect()
}

#[test]
fn configurations_of_the_gateway_are_right() {
    let page = std::fs::read_to_string(root().join("docs/serve.md")).unwrap();
    let directory = tempfile::tempdir().unwrap();
    let found = fenced(&page, "yaml");
    assert!(found.len() >= 4);
    for yaml in found {
        let file = directory.path().join("mcp-guard.yaml");
        std::fs::write(&file, yaml).unwrap();
        let done = Command::new(env!("CARGO_BIN_EXE_mcp-guard"))
            .arg("validate")
            .arg(&file)
            .env("HOME", directory.path())
            .env("SEARCH_TOKEN", "t-0123456789")
            .env("CI_KEY", "k-0123456789")
            .output()
            .unwrap();
        assert!(done.status.success(), "{yaml}\n{}", String::from_utf8_lossy(&done.stderr));
    }
}

#[test]
fn commands_of_the_gateway_are_understood() {
    let page = std::fs::read_to_string(root().join("docs/serve.md")).unwrap();
    let shown: serde_json::Value = serde_json::from_str(fenced(&page, "json")[0]).unwrap();
    let args = shown.pointer("/mcpServers/files/args").and_then(|args| args.as_array()).unwrap();
    let wrapped: Vec<String> = args.iter().map(|arg| arg.as_str().unwrap().to_owned()).collect();
    let console = fenced(&page, "console").concat();
    let lines = console.lines().filter_map(|line| line.strip_prefix("$ mcp-guard "));
    let mut commands: Vec<Vec<String>> = lines
        .map(|line| {
            line.replace("\"nightly build\"", "nightly").split(' ').map(str::to_owned).collect()
        })
        .collect();
    assert_eq!(commands.len(), 3);
    commands.push(wrapped);
    for mut words in commands {
        let end = words.iter().position(|word| word == "--").unwrap_or(words.len());
        words.insert(end, "--help".to_owned());
        let done = Command::new(env!("CARGO_BIN_EXE_mcp-guard")).args(&words).output().unwrap();
        assert!(done.status.success(), "{words:?}\n{}", String::from_utf8_lossy(&done.stderr));
    }
}

#[test]
fn refusals_have_their_numbers() {
    let page = std::fs::read_to_string(root().join("docs/serve.md")).unwrap();
    for code in Code::ALL {
        let (session, stateless) = (code.number(Era::Session), code.number(Era::Stateless));
        let row = format!("| `{}` | {session} | {stateless} | {}", code.name(), code.status());
        assert!(page.contains(&row), "{row}");
    }
    let rows = page.lines().filter(|line| line.starts_with("| `") && line.contains("| -3")).count();
    assert_eq!(rows, Code::ALL.len());
}
