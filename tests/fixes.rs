//! What the scanner offers to do about its findings: it does away with them, and with nothing else.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on fails"
)]

mod support;

use std::collections::BTreeSet;

use mcp_guard_scanner::edit;
use mcp_guard_scanner::fix::{Safety, Versions, merge};
use mcp_guard_scanner::rules::{Persona, RULES, Severity};
use mcp_guard_scanner::scan::{Examined, Input, Scanner};
use support::{expand, files, root, scanner};

/// A scanner that knows a version of each package in a text.
fn fixing(path: &str, text: &str) -> Scanner {
    let plain = scanner(Persona::Auditor, Severity::Info);
    let mut versions = Versions::default();
    let report = plain.scan(&Input::named(path, text.as_bytes()));
    for server in report.iter().flat_map(|report| &report.servers) {
        if let Some(package) = &server.shown.package {
            versions.add(&format!("{}=9999.8.7", package.name)).unwrap();
        }
    }
    Scanner { judge: plain.judge.fixing(versions), ..plain }
}

/// Every file that shows a rule: its examples, then its fixtures that are bad.
fn bad_files(rule: &str) -> Vec<(String, String)> {
    let rule = RULES.iter().find(|known| known.id == rule).unwrap();
    let mut found: Vec<(String, String)> = rule
        .examples
        .iter()
        .map(|example| (example.file.to_string(), expand(&example.text)))
        .collect();
    for (path, file) in files(&root().join("fixtures/rules").join(rule.id.as_ref()).join("bad")) {
        if let Ok(text) = std::fs::read_to_string(file) {
            found.push((path, expand(&text)));
        }
    }
    found
}

fn look(scanner: &Scanner, path: &str, text: &str) -> Examined {
    scanner.examine(&Input::named(path, text.as_bytes())).unwrap()
}

/// Rule and server of each finding.
fn told(examined: &Examined) -> BTreeSet<(String, String, Option<String>)> {
    let findings = examined.report.findings.iter();
    findings
        .map(|finding| {
            (
                finding.rule.id.to_string(),
                finding.pointer.clone(),
                finding.server.as_ref().map(ToString::to_string),
            )
        })
        .collect()
}

#[test]
fn a_fix_does_away_with_its_finding_and_brings_no_other() {
    let mut faults = Vec::new();
    for rule in RULES.iter().filter(|rule| rule.repair.is_some()) {
        let mut fixed = 0;
        for (path, text) in bad_files(&rule.id) {
            let scanner = fixing(&path, &text);
            let before = look(&scanner, &path, &text);
            let findings = before.report.findings.iter();
            for finding in findings.filter(|finding| finding.rule.id == rule.id) {
                let Some(fix) = &finding.fix else { continue };
                fixed += 1;
                let document = &before.seen.as_ref().unwrap().document;
                let edits: Vec<_> = fix.edits.iter().map(|one| one.edit.clone()).collect();
                let edited = edit::apply(document.text(), &edits).unwrap();
                let merged = merge(document, &[fix]);
                assert_eq!(merged.document.text(), edited, "{path}");
                let after = look(&scanner, &path, &edited);
                let key = (
                    rule.id.to_string(),
                    finding.pointer.clone(),
                    finding.server.as_ref().map(ToString::to_string),
                );
                let left = told(&after);
                // What stood behind an item that is gone has its index now.
                let moved = finding.pointer.rsplit('/').next().unwrap().parse::<usize>().is_ok();
                let servers: BTreeSet<_> =
                    told(&before).into_iter().map(|(r, _, s)| (r, s)).collect();
                // A secret that stands in no file any more may still show in the list of processes.
                let milder =
                    |id: &str| rule.id == "secret-in-args" && id == "secret-interpolated-into-args";
                let new: Vec<_> = left
                    .iter()
                    .filter(|(r, _, s)| !servers.contains(&(r.clone(), s.clone())) && !milder(r))
                    .collect();
                if left.contains(&key) && !moved || !new.is_empty() {
                    faults.push(format!("{} {path} {}: {new:?}\n{edited}", rule.id, fix.title));
                }
            }
        }
        if fixed == 0 {
            faults.push(format!("{}: none of its files is repaired", rule.id));
        }
    }
    assert!(faults.is_empty(), "{} faults:\n{}", faults.len(), faults.join("\n"));
}

#[test]
fn fixes_hold_no_secret_and_take_it_out_of_the_file() {
    for rule in ["secret-in-env", "secret-in-header", "secret-in-args"] {
        let mut fixed = 0;
        for (path, text) in bad_files(rule) {
            let examined = look(&fixing(&path, &text), &path, &text);
            let document = &examined.seen.as_ref().unwrap().document;
            for finding in &examined.report.findings {
                let Some(fix) = finding.fix.as_deref().filter(|_| finding.rule.id == rule) else {
                    continue;
                };
                assert_eq!(fix.safety, Safety::Unsafe, "{path}");
                let node = document.roots()[0].at(&finding.pointer);
                let Some(value) = node.and_then(|node| node.as_str()) else { continue };
                let mut parts = value.rsplit([' ', '=']);
                let secret = parts.find(|part| !part.is_empty()).unwrap();
                let edited = merge(document, &[fix]).document;
                assert!(!edited.text().contains(secret), "{path}: {}", edited.text());
                for one in &fix.edits {
                    assert!(!one.edit.text.contains(secret), "{path}");
                }
                assert!(!fix.title.contains(secret), "{path}");
                fixed += 1;
            }
        }
        assert!(fixed > 0, "{rule}");
    }
}

#[test]
fn all_fixes_of_a_file_together_leave_nothing_to_fix() {
    for rule in RULES.iter().filter(|rule| rule.repair.is_some()) {
        for (path, text) in bad_files(&rule.id) {
            let scanner = fixing(&path, &text);
            let mut text = text;
            for round in 0.. {
                let examined = look(&scanner, &path, &text);
                let fixes: Vec<_> = examined
                    .report
                    .findings
                    .iter()
                    .filter_map(|finding| finding.fix.as_deref())
                    .filter(|fix| fix.safety != Safety::Display)
                    .collect();
                if fixes.is_empty() {
                    break;
                }
                assert!(round < 8, "{path} is never done:\n{text}");
                let merged = merge(&examined.seen.as_ref().unwrap().document, &fixes);
                assert!(merged.made.contains(&true), "{path}");
                text = merged.document.text().to_owned();
            }
        }
    }
}

/// Each client's own way, file by file: the rule, the file, its text and what is left of it.
#[test]
fn a_repair_is_written_as_the_client_reads_it() {
    const TOKEN: &str = "{{secret:github-pat}}";
    let cases = [
        (
            "secret-in-env",
            ".mcp.json",
            r#"{"mcpServers":{"gh":{"command":"x","env":{"GITHUB_TOKEN":"@"}}}}"#,
            r#"{"mcpServers":{"gh":{"command":"x","env":{"GITHUB_TOKEN":"${GITHUB_TOKEN}"}}}}"#,
        ),
        (
            "secret-in-header",
            ".mcp.json",
            r#"{"mcpServers":{"my gh":{"type":"http","url":"https://mcp.contoso.com","headers":{"Authorization":"Bearer @"}}}}"#,
            r#"{"mcpServers":{"my gh":{"type":"http","url":"https://mcp.contoso.com","headers":{"Authorization":"Bearer ${MY_GH_TOKEN}"}}}}"#,
        ),
        (
            "secret-in-args",
            "opencode.json",
            r#"{"mcp":{"gh":{"type":"local","command":["gh-mcp","--token=@"]}}}"#,
            r#"{"mcp":{"gh":{"type":"local","command":["gh-mcp","--token={env:GH_TOKEN}"]}}}"#,
        ),
        (
            "secret-in-env",
            ".codex/config.toml",
            "[mcp_servers.gh]\ncommand = \"x\"\nenv_vars = [\"HOME\"]\nenv = { GITHUB_TOKEN = \"@\", A = \"b\" }\n",
            "[mcp_servers.gh]\ncommand = \"x\"\nenv_vars = [\"HOME\", \"GITHUB_TOKEN\"]\nenv = { A = \"b\" }\n",
        ),
        (
            "secret-in-header",
            ".codex/config.toml",
            "[mcp_servers.gh]\nurl = \"https://mcp.contoso.com\"\nhttp_headers = { Authorization = \"Bearer @\" }\n",
            "[mcp_servers.gh]\nurl = \"https://mcp.contoso.com\"\nhttp_headers = {}\nbearer_token_env_var = \"GH_TOKEN\"\n",
        ),
        (
            "secret-in-env",
            ".vscode/mcp.json",
            r#"{"inputs":[],"servers":{"gh":{"command":"x","env":{"GITHUB_TOKEN":"@"}}}}"#,
            r#"{"inputs":[{"type":"promptString","id":"github-token","description":"github-token","password":true}],"servers":{"gh":{"command":"x","env":{"GITHUB_TOKEN":"${input:github-token}"}}}}"#,
        ),
        (
            "secret-in-env",
            ".vscode/mcp.json",
            r#"{"inputs":[{"type":"promptString","id":"github-token","password":true}],"servers":{"gh":{"command":"x","env":{"GITHUB_TOKEN":"@"}}}}"#,
            r#"{"inputs":[{"type":"promptString","id":"github-token","password":true}],"servers":{"gh":{"command":"x","env":{"GITHUB_TOKEN":"${input:github-token}"}}}}"#,
        ),
        // An input that shows what is typed in is none for a secret.
        (
            "secret-in-env",
            ".vscode/mcp.json",
            r#"{"inputs":[{"type":"promptString","id":"github-token"}],"servers":{"gh":{"command":"x","env":{"GITHUB_TOKEN":"@"}}}}"#,
            r#"{"inputs":[{"type":"promptString","id":"github-token"}, {"type":"promptString","id":"gh-github-token","description":"gh-github-token","password":true}],"servers":{"gh":{"command":"x","env":{"GITHUB_TOKEN":"${input:gh-github-token}"}}}}"#,
        ),
        // A part of a value is not called like the whole.
        (
            "secret-in-env",
            ".mcp.json",
            r#"{"mcpServers":{"gh":{"command":"x","env":{"CONFIG":"{\"token\":\"@\",\"a\":1}"}}}}"#,
            r#"{"mcpServers":{"gh":{"command":"x","env":{"CONFIG":"{\"token\":\"${GH_TOKEN}\",\"a\":1}"}}}}"#,
        ),
        (
            "secret-in-env",
            ".mcp.json",
            r#"{"mcpServers":{"docs":{"command":"x","env":{"AUTH_HEADER":"Bearer @"}}}}"#,
            r#"{"mcpServers":{"docs":{"command":"x","env":{"AUTH_HEADER":"Bearer ${DOCS_GITHUB_TOKEN}"}}}}"#,
        ),
        // In a script its own names say more than the option of the shell.
        (
            "secret-in-args",
            ".mcp.json",
            r#"{"mcpServers":{"sh2":{"command":"sh","args":["-c","GITHUB_TOKEN=@ exec gh-mcp"]}}}"#,
            r#"{"mcpServers":{"sh2":{"command":"sh","args":["-c","GITHUB_TOKEN=${GITHUB_TOKEN} exec gh-mcp"]}}}"#,
        ),
        (
            "secret-in-args",
            ".mcp.json",
            r#"{"mcpServers":{"sh2":{"command":"sh","args":["-c","exec gh-mcp --api-key @"]}}}"#,
            r#"{"mcpServers":{"sh2":{"command":"sh","args":["-c","exec gh-mcp --api-key ${SH2_API_KEY}"]}}}"#,
        ),
        (
            "secret-in-args",
            ".mcp.json",
            r#"{"mcpServers":{"sh2":{"command":"gh-mcp","args":["-t","@"]}}}"#,
            r#"{"mcpServers":{"sh2":{"command":"gh-mcp","args":["-t","${SH2_GITHUB_TOKEN}"]}}}"#,
        ),
        // A name that leads to another value already is taken.
        (
            "secret-in-env",
            ".mcp.json",
            r#"{"mcpServers":{"a":{"command":"x","env":{"TOKEN":"${GITHUB_TOKEN}"}},"b":{"command":"x","env":{"GITHUB_TOKEN":"@"}}}}"#,
            r#"{"mcpServers":{"a":{"command":"x","env":{"TOKEN":"${GITHUB_TOKEN}"}},"b":{"command":"x","env":{"GITHUB_TOKEN":"${B_GITHUB_TOKEN}"}}}}"#,
        ),
        (
            "secret-in-env",
            ".continue/mcpServers/gh.yaml",
            "mcpServers:\n  - name: gh\n    command: x\n    env:\n      GITHUB_TOKEN: @\n",
            "mcpServers:\n  - name: gh\n    command: x\n    env:\n      GITHUB_TOKEN: ${{ secrets.GITHUB_TOKEN }}\n",
        ),
        (
            "secret-in-env",
            ".continue/mcpServers/gh.json",
            r#"{"mcpServers":{"gh":{"command":"x","env":{"GITHUB_TOKEN":"@"}}}}"#,
            r#"{"mcpServers":{"gh":{"command":"x","env":{"GITHUB_TOKEN":"${GITHUB_TOKEN}"}}}}"#,
        ),
        // A comment would go with the value it stands behind.
        (
            "secret-in-env",
            ".codex/config.toml",
            "[mcp_servers.gh]\ncommand = \"x\"\n\n[mcp_servers.gh.env]\nGITHUB_TOKEN = \"@\" # of the bot\n",
            "[mcp_servers.gh]\ncommand = \"x\"\n\n[mcp_servers.gh.env]\nGITHUB_TOKEN = \"@\" # of the bot\n",
        ),
        // A client without references: nothing can be done by program.
        (
            "secret-in-env",
            ".zed/settings.json",
            r#"{"context_servers":{"gh":{"command":"x","env":{"GITHUB_TOKEN":"@"}}}}"#,
            r#"{"context_servers":{"gh":{"command":"x","env":{"GITHUB_TOKEN":"@"}}}}"#,
        ),
        (
            "auto-approve-server",
            ".gemini/settings.json",
            "{\n  \"mcpServers\": {\n    \"a\": {\n      \"command\": \"x\",\n      \"trust\": true\n    }\n  }\n}\n",
            "{\n  \"mcpServers\": {\n    \"a\": {\n      \"command\": \"x\"\n    }\n  }\n}\n",
        ),
        // Somebody chose these.
        (
            "auto-approve-server",
            ".roo/mcp.json",
            r#"{"mcpServers":{"a":{"command":"x","alwaysAllow":["write_file"]}}}"#,
            r#"{"mcpServers":{"a":{"command":"x","alwaysAllow":["write_file"]}}}"#,
        ),
        // Loopback of the container would be out of reach.
        (
            "exposed-bind",
            ".mcp.json",
            r#"{"mcpServers":{"a":{"command":"docker","args":["run","-i","--publish=8000:8000","a/b:1.0.0","--host","0.0.0.0"]}}}"#,
            r#"{"mcpServers":{"a":{"command":"docker","args":["run","-i","--publish=127.0.0.1:8000:8000","a/b:1.0.0","--host","0.0.0.0"]}}}"#,
        ),
        (
            "unpinned-package",
            ".mcp.json",
            r#"{"mcpServers":{"a":{"command":"cmd","args":["/c","npx -y @acme/a@latest --x"]}}}"#,
            r#"{"mcpServers":{"a":{"command":"cmd","args":["/c","npx -y @acme/a@9999.8.7 --x"]}}}"#,
        ),
        (
            "unpinned-package",
            ".mcp.json",
            r#"{"mcpServers":{"a":{"command":"uvx --from 'acme[cli]>=1' acme-mcp"}}}"#,
            r#"{"mcpServers":{"a":{"command":"uvx --from 'acme[cli]==9999.8.7' acme-mcp"}}}"#,
        ),
        (
            "wrong-ecosystem-runner",
            ".mcp.json",
            r#"{"mcpServers":{"a":{"command":"cmd","args":["/c","npx","-y","mcp-server-time@1.0.0","--x"]}}}"#,
            r#"{"mcpServers":{"a":{"command":"cmd","args":["/c","uvx","mcp-server-time==9999.8.7","--x"]}}}"#,
        ),
        (
            "wrong-ecosystem-runner",
            "opencode.json",
            r#"{"mcp":{"a":{"type":"local","command":["bunx","mcp-server-git"]}}}"#,
            r#"{"mcp":{"a":{"type":"local","command":["uvx","mcp-server-git==9999.8.7"]}}}"#,
        ),
        // What other flags mean to another runner, only their author knows.
        (
            "wrong-ecosystem-runner",
            ".mcp.json",
            r#"{"mcpServers":{"a":{"command":"npx","args":["--prefer-offline","mcp-server-time"]}}}"#,
            r#"{"mcpServers":{"a":{"command":"npx","args":["--prefer-offline","mcp-server-time"]}}}"#,
        ),
        // `>` leads the output into a file here, which nobody meant: better left to a person.
        (
            "unpinned-package",
            ".mcp.json",
            r#"{"mcpServers":{"a":{"command":"uvx --from acme[cli]>=1 acme-mcp"}}}"#,
            r#"{"mcpServers":{"a":{"command":"uvx --from acme[cli]>=1 acme-mcp"}}}"#,
        ),
    ];
    for (rule, path, before, after) in cases {
        let fill = |text: &str| expand(&text.replace('@', TOKEN));
        let secret = rule.starts_with("secret");
        let (text, wanted) = match secret {
            true => (fill(before), fill(after)),
            false => (before.to_owned(), after.to_owned()),
        };
        let examined = look(&fixing(path, &text), path, &text);
        let findings: Vec<_> =
            examined.report.findings.iter().filter(|finding| finding.rule.id == rule).collect();
        assert!(!findings.is_empty(), "{rule} {path}");
        let fixes: Vec<_> = findings.iter().filter_map(|finding| finding.fix.as_deref()).collect();
        let merged = merge(&examined.seen.as_ref().unwrap().document, &fixes);
        assert_eq!(merged.document.text(), wanted, "{rule} {path}");
    }
}

#[test]
fn no_two_secrets_of_a_file_get_one_name() {
    let path = ".mcp.json";
    let server = |name: &str, token: &str| {
        format!(r#""{name}":{{"command":"x","env":{{"GITHUB_TOKEN":"{token}"}}}}"#)
    };
    let of = |values: [&str; 3]| {
        let [a, b, c] = [("a", values[0]), ("b", values[1]), ("c", values[2])];
        let servers = [a, b, c].map(|(name, token)| server(name, token)).join(",");
        format!(r#"{{"mcpServers":{{{servers}}}}}"#)
    };
    let one = expand("{{secret:github-pat}}");
    let other = expand("{{secret:github-oauth}}");
    let text = of([&one, &other, &one]);
    let examined = look(&fixing(path, &text), path, &text);
    let findings = examined.report.findings.iter();
    let fixes: Vec<_> = findings.filter_map(|finding| finding.fix.as_deref()).collect();
    let merged = merge(&examined.seen.as_ref().unwrap().document, &fixes);
    let wanted = of(["${GITHUB_TOKEN}", "${B_GITHUB_TOKEN}", "${GITHUB_TOKEN}"]);
    assert_eq!(merged.document.text(), wanted);
}

#[test]
fn nothing_is_worked_out_unless_it_is_asked_for() {
    let scanner = scanner(Persona::Auditor, Severity::Info);
    let (path, text) = &bad_files("exposed-bind")[0];
    let examined = look(&scanner, path, text);
    assert!(examined.report.findings.iter().all(|finding| finding.fix.is_none()));
}
