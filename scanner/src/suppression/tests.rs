use std::sync::LazyLock;

use super::{IgnoreList, Reach, Suppressions};
use crate::client::{Catalogue, DIALECTS};
use crate::finding::{Because, Judge};
use crate::rules::{Persona, RULES, Rule, Severity};
use crate::scan::{Input, Scanner};
use crate::scanned::FileReport;
use crate::settings::{Date, SettingsFile};
use crate::syntax::Limits;

static SCANNER: LazyLock<Scanner> = LazyLock::new(|| Scanner {
    judge: Judge::new(&RULES, Persona::Auditor, Severity::Info),
    catalogue: Catalogue::new(&DIALECTS),
    limits: Limits::default(),
    keeps_lines: false,
});

fn scan(path: &str, text: &str) -> FileReport {
    let place = format!("/repo/{path}");
    let input = Input { place: &place, ..Input::named(path, text.as_bytes()) };
    SCANNER.scan(&input).unwrap()
}

fn list(settings: &str, reach: Reach, whole: bool) -> IgnoreList {
    let file = SettingsFile::read(settings.as_bytes(), &Limits::default(), None).unwrap();
    IgnoreList::new(&file, "mcp-guard.yaml", "/repo/mcp-guard.yaml", Some("/home/u"), reach, whole)
        .unwrap()
}

fn apply(files: &mut Vec<FileReport>, lists: &[IgnoreList], persona: Persona) {
    let rules: Vec<&Rule> = RULES.iter().collect();
    let today = Some(Date::constant(2026, 11, 20));
    let judge = &SCANNER.judge;
    Suppressions { judge, rules: &rules, persona, today, lists, obeyed: true }.apply(files);
}

fn rules(file: &FileReport) -> Vec<&str> {
    file.findings.iter().map(|finding| finding.rule.id.as_ref()).collect()
}

fn aside(file: &FileReport) -> Vec<&str> {
    file.set_aside.iter().map(|aside| aside.finding.rule.id.as_ref()).collect()
}

const TWO: &str = "{\"servers\": {\n  \"a\": {\"command\": \"npx\", \"args\": [\"a-mcp\"]},\n  \
                   \"b\": {\"command\": \"npx\", \"args\": [\"b-mcp\"]}\n}}";

#[test]
fn a_comment_sets_aside_what_is_on_its_line_or_the_next() {
    let text = "{\"servers\": {\n  // mcp-guard: ignore[unpinned-package, unguarded-server] own  code\n  \
                \"a\": {\"command\": \"npx\", \"args\": [\"a-mcp\"]},\n  \
                \"b\": {\"command\": \"npx\", \"args\": [\"b-mcp\"]}\n}}";
    let mut files = vec![scan(".vscode/mcp.json", text)];
    apply(&mut files, &[], Persona::Default);
    assert_eq!(rules(&files[0]), ["unpinned-package"]);
    assert_eq!(files[0].findings[0].server.as_deref(), Some("b"));
    assert_eq!(aside(&files[0]), ["unguarded-server", "unpinned-package"]);
    let because = Because::Comment { reason: "own  code".into(), line: 2 };
    assert_eq!(files[0].set_aside[1].because, because);
}

#[test]
fn what_another_persona_would_see_is_no_unused_suppression() {
    // Switched off, the server has a finding that is told to the pedantic only.
    let text = "{\"mcp\": {\n  // mcp-guard: ignore[unpinned-package] later\n  \
                \"a\": {\"type\": \"local\", \"command\": [\"npx\", \"a-mcp\"], \"enabled\": false}\n}}";
    let of = |persona| {
        let mut files = vec![scan("opencode.jsonc", text)];
        apply(&mut files, &[], persona);
        files
    };
    for persona in Persona::ALL {
        let files = of(*persona);
        assert!(!rules(&files[0]).contains(&"unused-suppression"), "{persona:?}");
    }
}

#[test]
fn a_secret_in_a_reason_is_not_shown() {
    let text = "{\"servers\": {\n  // mcp-guard: ignore[secret-in-env] it is hunter2hunter2xyz only\n  \
                \"a\": {\"command\": \"a\", \"env\": {\"DB_PASSWORD\": \"hunter2hunter2xyz\"}}}}";
    let mut files = vec![scan(".vscode/mcp.json", text)];
    apply(&mut files, &[], Persona::Default);
    let Some(Because::Comment { reason, .. }) = files[0].set_aside.first().map(|a| &a.because)
    else {
        panic!("{:?}", files[0]);
    };
    assert!(!reason.contains("hunter2hunter2"), "{reason}");
    assert!(reason.starts_with("it is *"), "{reason}");
}

#[test]
fn an_entry_fits_by_rule_path_and_server() {
    for (entry, left) in [
        ("rule: unpinned-package", 0),
        ("rule: 'unpinned-*'", 0),
        ("rule: '*'", 0),
        ("rule: unpinned-package, server: a", 1),
        ("rule: unpinned-package, server: '?'", 0),
        ("rule: unpinned-package, server: c", 2),
        ("rule: unpinned-package, path: .vscode/mcp.json", 0),
        ("rule: unpinned-package, path: ./.vscode/mcp.json", 0),
        ("rule: unpinned-package, path: .vscode", 0),
        ("rule: unpinned-package, path: .vscode/", 0),
        ("rule: unpinned-package, path: '.vscode/**'", 0),
        ("rule: unpinned-package, path: mcp.json", 0),
        ("rule: unpinned-package, path: '**/mcp.json'", 0),
        ("rule: unpinned-package, path: /repo/.vscode/mcp.json", 0),
        ("rule: unpinned-package, path: other/mcp.json", 2),
        ("rule: unpinned-package, path: vscode", 2),
        ("rule: unpinned-package, path: '*.json', until: 2026-11-20", 0),
        ("rule: unpinned-package, until: 2026-11-19", 2),
    ] {
        let settings = format!("scan: {{ignore: [{{{entry}, reason: x}}]}}");
        let mut files = vec![scan(".vscode/mcp.json", TWO)];
        apply(&mut files, &[list(&settings, Reach::Tree, false)], Persona::Default);
        let found = rules(&files[0]);
        let found = found.iter().filter(|rule| **rule == "unpinned-package").count();
        assert_eq!(found, left, "{entry}");
    }
}

#[test]
fn a_repository_speaks_for_its_own_files_only() {
    let settings = "scan: {ignore: [{rule: '*', reason: x}]}";
    for (place, reach, counts) in [
        ("/repo/a/.vscode/mcp.json", Reach::Tree, true),
        ("/repository/.vscode/mcp.json", Reach::Tree, false),
        ("~/.cursor/mcp.json", Reach::Tree, false),
        ("~/.cursor/mcp.json", Reach::All, true),
    ] {
        let mut files = vec![FileReport { place: place.to_owned(), ..scan("mcp.json", TWO) }];
        apply(&mut files, &[list(settings, reach, false)], Persona::Default);
        assert_eq!(files[0].findings.is_empty(), counts, "{place}");
    }
}

#[test]
fn what_an_entry_does_not_do_is_told_at_its_place() {
    let settings = "scan:\n  ignore:\n    - { rule: unpinned-package, reason: x }\n    \
                    - { rule: plaintext-http, reason: x }\n    \
                    - { rule: unguarded-server, reason: x, until: 2026-01-01 }\n    \
                    - { rule: no-such-rule, reason: x }\n";
    for (whole, lines) in [(true, vec![4, 5]), (false, vec![5])] {
        let mut files = vec![scan(".vscode/mcp.json", TWO)];
        apply(&mut files, &[list(settings, Reach::Tree, whole)], Persona::Default);
        assert_eq!(files.len(), 2);
        assert_eq!((files[1].path.as_str(), files[1].client), ("mcp-guard.yaml", "mcp-guard"));
        let told: Vec<usize> =
            files[1].findings.iter().map(|finding| finding.region.start().0).collect();
        assert_eq!(told, lines);
        assert!(files[1].findings.iter().all(|finding| finding.rule.id == "unused-suppression"));
    }
}

#[test]
fn an_entry_is_not_unused_while_its_file_cannot_be_read() {
    let settings = "scan: {ignore: [{rule: plaintext-http, path: .vscode, reason: x}]}";
    let mut files = vec![scan(".vscode/mcp.json", "{\"servers\": {")];
    apply(&mut files, &[list(settings, Reach::Tree, true)], Persona::Default);
    assert_eq!(files.len(), 1);
}

#[test]
fn many_comments_and_findings_take_no_quadratic_time() {
    let comment = "// mcp-guard: ignore[unpinned-package] x\n";
    let server = |n: usize| format!("\"s{n}\": {{\"command\": \"npx\", \"args\": [\"s{n}-mcp\"]}}");
    let servers: Vec<String> = (0..2000).map(server).collect();
    let text = format!("{{\"servers\": {{\n{}{}}}}}", comment.repeat(20_000), servers.join(", "));
    let mut files = vec![scan(".vscode/mcp.json", &text)];
    apply(&mut files, &[], Persona::Default);
    assert_eq!(files[0].set_aside.len(), 2000);
}
