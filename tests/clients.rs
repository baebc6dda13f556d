//! Each client's own files are read as their authors meant them.

mod support;

use mcp_guard_scanner::client::dialect;
use mcp_guard_scanner::rules::{Persona, Severity};
use serde::Deserialize;
use support::{directories, files, root, scan_as, scanner};

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

#[test]
fn fixtures_of_each_client_are_read_exactly() {
    let scanner = scanner(Persona::Auditor, Severity::Info);
    let mut faults = Vec::new();
    for id in directories(&root().join("fixtures/clients")) {
        assert!(dialect(&id).is_some(), "fixtures/clients/{id} is no client's");
        let folder = root().join("fixtures/clients").join(&id);
        let text = std::fs::read_to_string(folder.join("expected.yaml")).unwrap();
        let expected: Vec<Expected> = serde_yaml::from_str(&text).unwrap();
        let mut listed: Vec<String> = expected.iter().map(|file| file.file.clone()).collect();
        listed.push("expected.yaml".to_owned());
        for (file, _) in files(&folder) {
            assert!(listed.contains(&file), "{id}: {file} is not in expected.yaml");
        }
        for Expected { file, servers } in expected {
            let bytes = std::fs::read(folder.join(&file)).unwrap();
            let path = file.split_once('/').map_or(file.as_str(), |(_, below)| below);
            let claims = scanner.catalogue.claims(path).into_iter();
            let of_user = file.starts_with("home/").then_some(claims).into_iter().flatten();
            let claim = of_user
                .filter(|claim| claim.dialect.id == id)
                .find(|claim| !claim.location.path.starts_with("{project}"));
            let report = scan_as(&scanner, path, &bytes, claim).unwrap();
            let read: Vec<Server> = report
                .servers
                .iter()
                .zip(&servers)
                .map(|((server, _), wanted)| Server {
                    name: server.name.clone(),
                    pointer: server.pointer.clone(),
                    transport: match (server.transport, wanted.transport.as_str()) {
                        // The report has no word for a server inside of the client.
                        ("unknown", "in-process") => "in-process".to_owned(),
                        (told, _) => told.to_owned(),
                    },
                    command: wanted.command.as_ref().and(server.command.clone()),
                    args: wanted.args.as_ref().map(|_| server.args.clone()),
                    url: wanted.url.as_ref().and(server.url.clone()),
                    disabled: server.disabled,
                    scope: server.scope.to_owned(),
                })
                .collect();
            if read != servers || report.servers.len() != servers.len() {
                let names: Vec<_> = report.servers.iter().map(|(s, _)| &s.pointer).collect();
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
