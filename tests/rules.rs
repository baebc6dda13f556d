//! Every rule, its examples and its fixtures agree.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on fails")]

mod support;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use mcp_guard_scanner::facts::kinds::FactKind;
use mcp_guard_scanner::rules::{Persona, RULES, Rule, Scene, Severity};
use support::{answers, directories, expand, files, root, scan, scan_together, scanner};

/// Names of fixture folders that are about no single rule.
const OTHERS: [&str; 1] = ["clean"];

/// The file of a fixture that says what the world around it is like.
const SCENE: &str = "scene.yaml";

/// The ids of the rules that have something to say about files that lie together.
fn told(files: &[(String, Vec<u8>)], scene: Option<&Scene>) -> BTreeSet<String> {
    let scanner = scanner(Persona::Auditor, Severity::Info);
    let reports = scan_together(&scanner, files, scene);
    let findings = reports.iter().flat_map(|report| &report.findings);
    findings.map(|finding| finding.rule.id.to_string()).collect()
}

/// Files that are scanned together, and the world around them.
type Case = (Vec<(String, Vec<u8>)>, Option<Scene>);

/// The files of a fixture folder as they are scanned: one by one, or for a rule about several
/// servers those of each case together. Where a case has a scene, its paths count from the case.
fn cases(rule: &Rule, folder: &Path) -> BTreeMap<String, Case> {
    let several = [FactKind::Relation, FactKind::Drift];
    let world = |path: &str| path.ends_with(answers::FILE_NAME);
    let together = rule.detect.iter().any(|block| several.contains(&block.fact))
        || files(folder).iter().any(|(path, _)| world(path));
    let mut cases: BTreeMap<String, Case> = BTreeMap::new();
    for (path, file) in files(folder) {
        let (first, below) = path.split_once('/').unwrap_or_default();
        let scene = folder.join(first).join(SCENE);
        if below == SCENE {
            continue;
        }
        let bytes = std::fs::read(&file).unwrap();
        let bytes = match String::from_utf8(bytes) {
            Ok(text) => expand(&text).into_bytes(),
            Err(error) => error.into_bytes(),
        };
        let case = if together { first.to_owned() } else { path.clone() };
        let (files, around) = cases.entry(case).or_default();
        match std::fs::read_to_string(&scene) {
            Ok(text) => {
                let stated = serde_yaml::from_str(&text);
                *around = Some(stated.unwrap_or_else(|error| panic!("{scene:?}: {error}")));
                files.push((below.to_owned(), bytes));
            }
            Err(_) => files.push((path, bytes)),
        }
    }
    cases
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
            for (case, (files, scene)) in cases(rule, &folder) {
                let found = told(&files, scene.as_ref());
                if found.contains(rule.id.as_ref()) != wanted {
                    faults.push(format!("{}/{side}/{case}: {found:?}", rule.id));
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
                let bytes = expand(&example.text).into_bytes();
                let mut files = vec![(example.file.to_string(), bytes)];
                files.extend(
                    example
                        .beside
                        .iter()
                        .map(|other| (other.file.to_string(), expand(&other.text).into_bytes())),
                );
                let found = told(&files, example.scene.as_ref());
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

#[test]
fn a_tracked_file_makes_worse_what_reaches_others() {
    let own = "postgresql://orders:Sunflower42river@localhost/orders";
    let shipped = "postgresql://postgres:postgres@127.0.0.1:54322/postgres";
    let remote = "postgresql://orders:Sunflower42river@db.contoso.com/orders";
    let database =
        |url: &str| format!(r#"{{"command":"pg-mcp","env":{{"DATABASE_URL":"{url}"}}}}"#);
    let allowed = |tools: &str| format!(r#"{{"command":"notes-mcp","alwaysAllow":[{tools}]}}"#);
    let basic = |host: &str, login: &str| {
        format!(r#"{{"url":"http://{host}/mcp","headers":{{"Authorization":"Basic {login}"}}}}"#)
    };
    let (admin, ada) = ("YWRtaW46YWRtaW4=", "YWRhOlN1bmZsb3dlcjQycml2ZXI=");
    for (rule, server, alone, tracked) in [
        ("dsn-password", database(remote), Severity::High, Severity::Critical),
        ("dsn-password", database(own), Severity::Medium, Severity::High),
        ("dsn-password", database(shipped), Severity::Low, Severity::Low),
        ("auto-approve-server", allowed(r#""*""#), Severity::High, Severity::Critical),
        ("auto-approve-server", allowed(r#""delete_note""#), Severity::High, Severity::High),
        ("auto-approve-server", allowed(r#""read_note""#), Severity::Medium, Severity::Medium),
        ("secret-in-header", basic("localhost:8080", admin), Severity::Low, Severity::Low),
        ("secret-in-header", basic("localhost:8080", ada), Severity::High, Severity::Critical),
        ("secret-in-header", basic("h.contoso.com", admin), Severity::High, Severity::Critical),
    ] {
        let text = format!(r#"{{"mcpServers":{{"s":{server}}}}}"#);
        let files = vec![(".roo/mcp.json".to_owned(), text.into_bytes())];
        let scene = Scene {
            work_tree: Some("".into()),
            tracked: vec![".roo/mcp.json".into()].into(),
            ..Scene::default()
        };
        for (scene, expected) in [(None, alone), (Some(&scene), tracked)] {
            let reports = scan_together(&scanner(Persona::Auditor, Severity::Info), &files, scene);
            let findings = reports.iter().flat_map(|report| &report.findings);
            let told: Vec<Severity> = findings
                .filter(|finding| finding.rule.id == rule)
                .map(|finding| finding.severity)
                .collect();
            assert_eq!(told, [expected], "{rule} {server} {}", scene.is_some());
        }
    }
}
