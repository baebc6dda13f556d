//! Every rule, its examples and its fixtures agree.

mod support;

use std::collections::BTreeSet;

use mcp_guard_scanner::rules::{Persona, RULES, Severity};
use support::{directories, expand, files, root, scan, scanner};

/// Names of fixture folders that are about no single rule.
const OTHERS: [&str; 1] = ["clean"];

/// The ids of the rules that have something to say about a file.
fn told(path: &str, text: &str) -> BTreeSet<String> {
    let scanner = scanner(Persona::Auditor, Severity::Info);
    let report = scan(&scanner, path, expand(text).as_bytes());
    let findings = report.iter().flat_map(|report| &report.findings);
    findings.map(|finding| finding.rule.id.to_string()).collect()
}

#[test]
fn every_rule_has_fixtures_and_every_fixture_a_rule() {
    let rules: BTreeSet<&str> = RULES.iter().map(|rule| rule.id.as_ref()).collect();
    let folders = directories(&root().join("fixtures/rules"));
    for folder in &folders {
        let known = rules.contains(folder.as_str()) || OTHERS.contains(&folder.as_str());
        assert!(known, "fixtures/rules/{folder} is about no rule");
    }
    for rule in rules {
        for side in ["bad", "good"] {
            let folder = root().join("fixtures/rules").join(rule).join(side);
            assert!(!files(&folder).is_empty(), "fixtures/rules/{rule}/{side} holds no file");
        }
    }
}

#[test]
fn fixtures_give_findings_or_none() {
    let mut faults = Vec::new();
    for rule in &RULES {
        for (side, wanted) in [("bad", true), ("good", false)] {
            let folder = root().join("fixtures/rules").join(rule.id.as_ref()).join(side);
            for (path, file) in files(&folder) {
                let bytes = std::fs::read(&file).unwrap();
                let found = match String::from_utf8(bytes.clone()) {
                    Ok(text) => told(&path, &text),
                    Err(_) => {
                        let scanner = scanner(Persona::Auditor, Severity::Info);
                        let report = scan(&scanner, &path, &bytes).unwrap();
                        report.findings.iter().map(|f| f.rule.id.to_string()).collect()
                    }
                };
                if found.contains(rule.id.as_ref()) != wanted {
                    faults.push(format!("{}/{side}/{path}: {found:?}", rule.id));
                }
            }
        }
    }
    assert!(faults.is_empty(), "{} fixtures disagree:\n{}", faults.len(), faults.join("\n"));
}

#[test]
fn examples_give_findings_or_none() {
    let mut faults = Vec::new();
    for rule in &RULES {
        for (examples, wanted) in [(&rule.examples, true), (&rule.counter_examples, false)] {
            for example in examples.iter() {
                let found = told(&example.file, &example.text);
                if found.contains(rule.id.as_ref()) != wanted {
                    faults.push(format!("{} ({wanted}): {}\n  {found:?}", rule.id, example.text));
                }
            }
        }
    }
    assert!(faults.is_empty(), "{} examples disagree:\n{}", faults.len(), faults.join("\n"));
}

#[test]
fn a_clean_file_gives_nothing_but_the_missing_gateway() {
    let scanner = scanner(Persona::Default, Severity::Low);
    for (path, file) in files(&root().join("fixtures/rules/clean")) {
        let text = std::fs::read_to_string(&file).unwrap();
        let report = scan(&scanner, &path, text.as_bytes()).unwrap();
        let told: Vec<_> = report.findings.iter().map(|finding| &finding.rule.id).collect();
        assert_eq!(report.servers.len(), 4, "{path}");
        assert_eq!(told, ["unguarded-server"], "{path}");
    }
}
