//! Each client's own files are read as their authors meant them.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on fails")]

mod support;

use std::path::PathBuf;

use mcp_guard_scanner::client::dialect::{Dialect, Os};
use mcp_guard_scanner::client::{DIALECTS, Environment, dialect};
use mcp_guard_scanner::rules::{Persona, Severity};
use mcp_guard_scanner::scan::Input;
use mcp_guard_scanner::scanned::ScannedServer;
use mcp_guard_scanner::source;
use serde::Deserialize;
use support::{directories, files, root, scan, scanner};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Expected {
    file: String,
    servers: Vec<Server>,
}

#[derive(Debug, Deserialize, PartialEq)]
#[serde(deny_unknown_fields)]
struct Server {
    name: String,
    pointer: String,
    transport: String,
    command: Option<String>,
    args: Option<Vec<String>>,
    url: Option<String>,
    disabled: bool,
    scope: String,
}

fn expected(id: &str) -> (PathBuf, Vec<Expected>) {
    let folder = root().join("fixtures/clients").join(id);
    let text = std::fs::read_to_string(folder.join("expected.yaml")).unwrap();
    (folder, serde_yaml::from_str(&text).unwrap_or_else(|error| panic!("{id}: {error}")))
}

#[test]
fn fixtures_of_each_client_are_read_exactly() {
    let scanner = scanner(Persona::Auditor, Severity::Info);
    let mut faults = Vec::new();
    for id in directories(&root().join("fixtures/clients")) {
        let client = dialect(&id).unwrap_or_else(|| panic!("fixtures/clients/{id} is no client's"));
        let (folder, expected) = expected(&id);
        let mut listed: Vec<String> = expected.iter().map(|file| file.file.clone()).collect();
        listed.push("expected.yaml".to_owned());
        for (file, _) in files(&folder) {
            assert!(listed.contains(&file), "{id}: {file} is not in expected.yaml");
        }
        for Expected { file, servers } in expected {
            let bytes = std::fs::read(folder.join(&file)).unwrap();
            let path = file.split_once('/').map_or(file.as_str(), |(_, below)| below);
            let claims = scanner.catalogue.claims(path).into_iter();
            let own: Vec<_> = claims.filter(|claim| claim.dialect.id == id).collect();
            let of_user = own.iter().copied().filter(|_| file.starts_with("home/"));
            let claim =
                of_user.into_iter().find(|claim| !claim.location.path.starts_with("{project}"));
            // A file without a place of its own is the client's because the user says so.
            let forced = own.is_empty().then_some(client);
            let anywhere = client.locations.iter().any(|location| location.path == "{any}");
            assert!(forced.is_none() || anywhere, "{id}: {file} is at none of its locations");
            let input = Input { claim, forced, ..Input::named(path, &bytes) };
            let report = scanner.scan(&input).unwrap();
            let read: Vec<Server> = report
                .servers
                .iter()
                .zip(&servers)
                .map(|(ScannedServer { shown: server, .. }, wanted)| Server {
                    name: server.name.to_string(),
                    pointer: server.pointer.clone(),
                    transport: match (server.transport, wanted.transport.as_str()) {
                        // The report has no word for a server inside of the client.
                        ("unknown", "in-process") => "in-process".to_owned(),
                        (told, _) => told.to_owned(),
                    },
                    command: wanted
                        .command
                        .as_ref()
                        .and(server.command.as_ref().map(ToString::to_string)),
                    args: wanted
                        .args
                        .as_ref()
                        .map(|_| server.args.iter().map(ToString::to_string).collect()),
                    url: wanted.url.as_ref().and(server.url.as_ref().map(ToString::to_string)),
                    disabled: server.disabled,
                    scope: server.scope.to_owned(),
                })
                .collect();
            if read != servers || report.servers.len() != servers.len() {
                let names: Vec<_> =
                    report.servers.iter().map(|server| &server.shown.pointer).collect();
                faults.push(format!(
                    "{id}/{file}:\n  read {read:?} of {names:?}\n  want {servers:?}"
                ));
            }
            let gaps: Vec<_> = report
                .findings
                .iter()
                .filter(|finding| finding.rule.id == "incomplete-analysis")
                .map(|finding| &finding.message)
                .collect();
            if !gaps.is_empty() && !servers.is_empty() {
                faults.push(format!("{id}/{file}: {gaps:?}"));
            }
        }
    }
    assert!(faults.is_empty(), "{} files disagree:\n{}", faults.len(), faults.join("\n"));
}

/// A home directory in which a client's fixture is the user's own.
fn homes(id: &str) -> impl Iterator<Item = Environment> {
    let home = root().join("fixtures/clients").join(id).join("home");
    [Os::Macos, Os::Linux, Os::Windows].into_iter().map(move |os| Environment {
        os,
        home: Some(home.to_string_lossy().into_owned()),
        variables: std::collections::HashMap::new(),
    })
}

/// The files below the home directory that these clients have there, with the client each is for.
fn found(dialects: &'static [Dialect], home: &Environment) -> Vec<(PathBuf, String)> {
    let candidates = source::user_files(dialects, home).into_iter();
    candidates
        .map(|file| {
            assert!(file.problem.is_none(), "{}", file.shown);
            (file.path, file.claim.unwrap().dialect.id.to_string())
        })
        .collect()
}

#[test]
fn each_file_in_a_home_is_found_there_on_some_system() {
    let mut tried = 0;
    for id in directories(&root().join("fixtures/clients")) {
        let index = DIALECTS.iter().position(|dialect| dialect.id == id).unwrap();
        let (folder, expected) = expected(&id);
        let wanted = expected.into_iter().map(|expected| expected.file);
        for file in wanted.filter(|file| file.starts_with("home/")) {
            let path = folder.join(&file);
            let own = homes(&id).any(|home| {
                found(&DIALECTS[index..=index], &home).contains(&(path.clone(), id.clone()))
            });
            assert!(own, "{id}: {file} is at none of its locations on any system");
            // Among all clients it may be another one's, but it is found once.
            let all: Vec<usize> = homes(&id)
                .map(|home| found(&DIALECTS, &home).iter().filter(|(at, _)| *at == path).count())
                .collect();
            assert!(
                all.contains(&1) && all.iter().all(|times| *times <= 1),
                "{id}: {file} {all:?}"
            );
            tried += 1;
        }
    }
    assert!(tried > 80, "{tried}");
}

#[test]
fn ordinary_files_of_such_names_are_nobodys() {
    let scanner = scanner(Persona::Auditor, Severity::Info);
    let settings =
        r#"{"theme": "dark", "servers": ["a", "b"], "permission": "allow", "trust": true}"#;
    for (path, text) in [
        ("config.json", settings),
        (
            "app/config.json",
            r#"{"db": {"host": "h", "url": "http://db.example.com"}, "nodes": [{"type": "a", "url": "http://b.example.com"}]}"#,
        ),
        ("config.json", "{ broken"),
        ("kitchen/settings.json", settings),
        ("src/amp/settings.json", settings),
        ("zed/settings.json", settings),
        ("mcp_settings/config.json", settings),
        (
            ".agents/skills/ride/SKILL.md",
            "---\nname: ride\ndescription: Plans a ride\n---\n\nPlan.\n",
        ),
        (".agents/skills/ride/SKILL.md", "# Ride\n"),
        (".github/agents/gardener.md", "---\nname: gardener\ntools: [read]\n---\n"),
        ("catalogs/plants.yaml", "registry:\n  roses: {colour: red}\n"),
        (".docker/mcp/catalogs/plants.yaml", "version: 2\n"),
        (
            "workflow.json",
            r#"{"nodes": [{"type": "n8n-nodes-base.httpRequest", "parameters": {"url": "https://a.example.com"}}]}"#,
        ),
        ("Cursor/User/settings.json", r#"{"editor.fontSize": 13}"#),
        ("config.toml", "auto_approve = true\ndefault_yolo = true\n[ui]\nyolo = true\n"),
        (
            "site/config.toml",
            "baseURL = 'https://example.com/'\n[permission]\nallow = ['MCPTool']\n",
        ),
        ("config.toml", "[mcp]\nenabled = true\n[plugins]\nname = 'a'\n"),
        ("config.toml", "title = \n"),
        (
            "cordis.patch.yml",
            "- insert:\n  - {id: a, name: b, config: {command: c, url: 'https://h/'}}\n",
        ),
        (".takt/workflows/build.yaml", "name: build\nsteps:\n  - {name: a, persona: coder}\n"),
        (
            ".vibe/agents/writer.toml",
            "display_name = 'Writer'\n[tools.read_file]\npermission = 'always'\n",
        ),
        ("data.json", r#"[{"type": "mcp"}, {"type": "link", "url": "https://a.example.com"}]"#),
        (
            "settings.toml",
            "[agents.execution_profiles.default]\nmcp_permissions = 'always_allow'\n",
        ),
    ] {
        let input = Input { named: false, ..Input::named(path, text.as_bytes()) };
        let report = scanner.scan(&input);
        assert!(report.is_none(), "{path}: {report:#?}");
    }
    // The same names with what makes them configuration.
    for (path, text) in [
        (
            "config.json",
            r#"{"mcpProxy": {"addr": ":9090"}, "mcpServers": {"a": {"command": "x"}}}"#,
        ),
        (".agents/skills/ride/SKILL.md", "---\nmcpServers:\n  a: {command: x}\n---\n"),
        ("config.toml", "[mcp]\nsse_servers = ['https://h.example.com/sse']\n"),
        (".takt/workflows/build.yaml", "steps:\n  - mcp_servers: {a: {command: x}}\n"),
        (".vibe/agents/writer.toml", "mcp_servers = [{name = 'a', command = 'x'}]\n"),
        ("Cursor/User/settings.json", r#"{"amp.mcpServers": {"a": {"command": "x"}}}"#),
    ] {
        let report = scan(&scanner, path, text.as_bytes()).unwrap();
        assert_eq!(report.servers.len(), 1, "{path}");
    }
}
