//! The planted set of `benches/detection`: every problem in it is found, and nothing is said of the
//! clean servers.
//!
//! The files lie where clients keep them on Linux.
#![cfg(target_os = "linux")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a test that cannot go on fails"
)]

mod support;

use std::collections::BTreeSet;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use mcp_guard_detect::secret::template;
use mcp_guard_scanner::rules::Severity;
use serde::Deserialize;
use serde_json::Value;
use support::run::World;
use support::{files, root};

/// The rule that is told once for each file of a machine without a gateway.
const GATEWAY: &str = "unguarded-server";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Problem {
    id: u32,
    file: String,
    server: Option<String>,
    wrong: String,
    rule: Option<String>,
    severity: Severity,
    persona: Option<String>,
    world: Option<String>,
    #[serde(default)]
    among: Vec<String>,
    // What only the comparison with others uses.
    #[serde(rename = "topic")]
    _topic: String,
    #[serde(rename = "own")]
    _own: Option<String>,
    #[serde(rename = "one")]
    _one: bool,
}

fn set() -> PathBuf {
    root().join("benches/detection")
}

fn problems() -> Vec<Problem> {
    let text = std::fs::read_to_string(set().join("expected.yaml")).unwrap();
    serde_yaml::from_str(&text).unwrap()
}

/// Fills in `{{made:PIECE}}` by a made-up text of that kind.
fn make(text: &str) -> String {
    let mut parts = text.split("{{made:");
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (piece, behind) = part.split_once("}}").unwrap();
        out.push_str(&template::expand(&format!("{{{piece}}}"), piece));
        out.push_str(behind);
    }
    out
}

/// A world with the files of a tree.
fn world_of(tree: &str) -> World {
    let world = World::new();
    for (path, file) in files(&set().join(tree)) {
        let text = make(&std::fs::read_to_string(file).unwrap());
        match path.split_once('/').unwrap() {
            ("home", below) => world.home_file(below, &text),
            ("code", below) => world.file(below, &text),
            _ => panic!("{path} lies in no known place"),
        };
    }
    world
}

/// Lets others of the machine read the one file and change the one program that are planted for it.
fn open_up(world: &World) {
    let mode = |path: &Path, mode| {
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
    };
    mode(&world.outside(""), 0o755);
    for directory in ["", ".aws", ".aws/amazonq"] {
        mode(&world.home(directory), 0o755);
    }
    mode(&world.home(".aws/amazonq/mcp.json"), 0o644);
    mode(&world.work("harbour-desk/bin/buoy"), 0o777);
}

/// Puts one of the projects under git; false if there is none.
fn track(world: &World) -> bool {
    let git = |arguments: &[&str]| {
        let mut command = world.scrubbed("git");
        command.args(arguments).current_dir(world.work("harbour-desk"));
        command.stdout(Stdio::null()).status().is_ok_and(|status| status.success())
    };
    git(&["init", "-q"]) && git(&["add", "."])
}

fn findings(world: &World, persona: &str) -> Vec<Value> {
    let ran = world.run(&["scan", "--format", "json", "--home", "--persona", persona, "."]);
    ran.json()["findings"].as_array().unwrap().clone()
}

/// The clients of a tree, and its servers with their files as `expected.yaml` writes these.
fn inventory(world: &World) -> (BTreeSet<String>, BTreeSet<(String, String)>) {
    let report = world.run(&["scan", "--format", "json", "--home", "."]).json();
    let mut clients = BTreeSet::new();
    let mut servers = BTreeSet::new();
    for file in report["files"].as_array().unwrap() {
        clients.insert(file["client"].as_str().unwrap().to_owned());
        for server in file["servers"].as_array().unwrap() {
            servers.insert((place(file["path"].as_str().unwrap()), text(server, "name")));
        }
    }
    (clients, servers)
}

/// A path of the report as `expected.yaml` writes it.
fn place(path: &str) -> String {
    match path.strip_prefix("~/") {
        Some(below) => format!("home/{below}"),
        None => format!("code/{}", path.strip_prefix("./").unwrap_or(path)),
    }
}

fn text(value: &Value, key: &str) -> String {
    value[key].as_str().unwrap_or_default().to_owned()
}

fn answers(finding: &Value, problem: &Problem, rule: &str) -> bool {
    let severity: Severity = serde_json::from_value(finding["severity"].clone()).unwrap();
    finding["rule"] == rule
        && place(&text(finding, "file")) == problem.file
        && problem.server.as_ref().is_none_or(|server| finding["server"] == *server)
        && severity >= problem.severity
}

#[test]
fn every_planted_problem_is_found() {
    let world = world_of("planted");
    open_up(&world);
    let tracked = track(&world);
    if !tracked {
        println!("what git tracks is left out: there is no git to make a repository with");
    }
    let (by_default, pedantic) = (findings(&world, "default"), findings(&world, "pedantic"));
    let mut missed = Vec::new();
    for problem in problems() {
        let Some(rule) = &problem.rule else { continue };
        if problem.world.as_deref() == Some("git") && !tracked {
            continue;
        }
        let told = if problem.persona.is_some() { &pedantic } else { &by_default };
        if !told.iter().any(|finding| answers(finding, &problem, rule)) {
            missed.push(format!("{}: {} ({rule}, {})", problem.id, problem.wrong, problem.file));
        }
    }
    assert!(missed.is_empty(), "{} are missed:\n{}", missed.len(), missed.join("\n"));
}

#[test]
fn the_planted_set_is_as_large_as_it_is_said_to_be() {
    let problems = problems();
    let (clients, servers) = inventory(&world_of("planted"));
    let rules: BTreeSet<_> = problems.iter().filter_map(|problem| problem.rule.as_ref()).collect();
    assert!(problems.len() >= 60, "{} problems", problems.len());
    assert!(clients.len() >= 20, "{clients:?}");
    assert!(rules.len() >= 60, "{} rules", rules.len());
    for problem in &problems {
        for server in problem.server.iter().chain(&problem.among) {
            let known = servers.iter().any(|(_, name)| name == server);
            assert!(known, "{}: no server `{server}` is found", problem.id);
        }
    }
    let (clients, servers) = inventory(&world_of("clean"));
    assert!(clients.len() >= 10, "{clients:?}");
    assert!(servers.len() >= 30, "{} servers", servers.len());
}

#[test]
fn nothing_is_said_of_clean_servers() {
    let told: Vec<_> = findings(&world_of("clean"), "default")
        .into_iter()
        .filter(|finding| finding["rule"] != GATEWAY)
        .collect();
    assert!(told.is_empty(), "{told:#?}");

    let problems = problems();
    let world = world_of("planted");
    let about = |file: &str, server: &str| {
        problems.iter().any(|problem| {
            let named = problem.server.as_deref() == Some(server);
            named && problem.file == file || problem.among.iter().any(|other| other == server)
        })
    };
    let told: Vec<_> = findings(&world, "default")
        .into_iter()
        .filter(|finding| {
            let (file, server) = (place(&text(finding, "file")), text(finding, "server"));
            finding["server"].is_string() && !about(&file, &server)
        })
        .collect();
    assert!(told.is_empty(), "{told:#?}");
}
