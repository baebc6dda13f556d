//! What a scan says depends on the files around a configuration: what git tracks, who may write
//! what, what is there at all. Real files, the real binary.
#![cfg(unix)]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a test that cannot go on fails"
)]

mod support;

use std::fs::{Permissions, set_permissions};
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;

use support::run::World;

fn mode(path: &Path, mode: u32) {
    set_permissions(path, Permissions::from_mode(mode)).unwrap();
}

/// The messages of one rule for these arguments.
fn told(world: &World, rule: &str, arguments: &[&str]) -> Vec<String> {
    let mut all = vec!["scan", "--format", "json", "--select", rule];
    all.extend(arguments);
    let json = world.run(&all).json();
    let findings = json["findings"].as_array().unwrap().clone();
    let text = |finding: &serde_json::Value| {
        assert_eq!(finding["rule"], rule, "{json:#}");
        let severity = finding["severity"].as_str().unwrap();
        format!("{severity}: {}", finding["message"].as_str().unwrap())
    };
    findings.iter().map(text).collect()
}

/// Runs git, or says that there is none.
fn git(world: &World, arguments: &[&str]) -> bool {
    let mut command = world.scrubbed("git");
    match command.args(arguments).status() {
        Ok(status) => {
            assert!(status.success(), "git {arguments:?}");
            true
        }
        Err(_) => {
            println!("skipped: there is no git to make a repository with");
            false
        }
    }
}

#[test]
fn what_git_tracks() {
    let world = World::new();
    world
        .file(
            "app/.vscode/mcp.json",
            r#"{"servers":{"a":{"type":"stdio","command":"./run.sh","envFile":"${workspaceFolder}/.env"}}}"#,
        )
        .file("app/.env", "A=1\n")
        .file("app/run.sh", "#!/bin/sh\n")
        .file("app/.claude/settings.local.json", r#"{"enableAllProjectMcpServers":true}"#);
    let files = || told(&world, "env-file-tracked", &["."]);
    let commands = || told(&world, "relative-or-missing-command", &["."]);
    let personal = || told(&world, "user-file-committed", &["."]);
    let relative = |severity: &str, rest: &str| {
        vec![format!("{severity}: Server `a` is started by a relative path{rest}.")]
    };
    assert_eq!((files().len(), personal().len()), (0, 0));
    assert_eq!(commands(), relative("medium", ": ./run.sh"));
    if !git(&world, &["init", "-q"]) {
        return;
    }
    assert_eq!((files().len(), personal().len()), (0, 0), "nothing is tracked yet");
    git(&world, &["add", "."]);
    assert_eq!(files().len(), 1);
    assert_eq!(personal().len(), 1);
    assert_eq!(commands(), relative("low", ", ./run.sh, a file of this repository"));
    git(&world, &["rm", "-q", "--cached", "app/.env", "app/.claude/settings.local.json"]);
    assert_eq!((files().len(), personal().len()), (0, 0));
}

#[test]
fn who_may_read_and_write_a_users_file() {
    let world = World::new();
    let secret = r#"{"mcpServers":{"a":{"command":"a-mcp","env":{"GITHUB_TOKEN":"{{secret:github-pat}}"}},"b":{"command":"b-mcp","env":{"GITHUB_TOKEN":"{{secret:github-pat}}"}}}}"#;
    world.home_file(".cursor/mcp.json", secret);
    let (home, file) = (world.home(""), world.home(".cursor/mcp.json"));
    mode(&world.home(".cursor"), 0o755);
    let told = || told(&world, "config-permissions", &[]);
    // Directories for temporary files of tests are closed to others.
    let above = home.parent().unwrap();
    mode(above, 0o755);
    for (of_home, of_file, expected) in [
        (0o755, 0o644, 1),
        (0o755, 0o600, 0),
        (0o750, 0o644, 0),
        (0o750, 0o666, 1),
        (0o755, 0o666, 1),
    ] {
        mode(&home, of_home);
        mode(&file, of_file);
        assert_eq!(told().len(), expected, "{of_home:o} {of_file:o}");
    }
    mode(&home, 0o755);
    mode(&file, 0o644);
    if git(&world, &["init", "-q", home.to_str().unwrap()]) {
        assert_eq!(told().len(), 0, "a work tree has modes of its own");
    }
}

#[test]
fn who_may_change_what_runs() {
    let world = World::new();
    world
        .file("tools/server.js", "")
        .file(".mcp.json", r#"{"mcpServers":{"a":{"command":"node","args":["tools/server.js"]}}}"#);
    let told = || told(&world, "writable-command-path", &["."]);
    let (directory, script) = (world.work("tools"), world.work("tools/server.js"));
    for (of_directory, of_script, expected) in
        [(0o755, 0o644, 0), (0o755, 0o666, 1), (0o777, 0o644, 1), (0o1777, 0o644, 0)]
    {
        mode(&directory, of_directory);
        mode(&script, of_script);
        assert_eq!(told().len(), expected, "{of_directory:o} {of_script:o}");
    }
}

#[test]
fn a_command_is_missing_on_this_machine_only() {
    let world = World::new();
    let program = world.outside("bin/a-mcp");
    let text = format!(r#"{{"mcpServers":{{"a":{{"command":"{}"}}}}}}"#, program.display());
    world.home_file(".cursor/mcp.json", &text).file(".mcp.json", &text);
    let rule = "relative-or-missing-command";
    assert_eq!(told(&world, rule, &["."]).len(), 0, "a project was written elsewhere");
    assert_eq!(told(&world, rule, &["--home", "."]).len(), 1);
    std::fs::create_dir_all(program.parent().unwrap()).unwrap();
    symlink("nowhere", &program).unwrap();
    assert_eq!(told(&world, rule, &["--home", "."]).len(), 1, "a link to nothing");
    std::fs::remove_file(&program).unwrap();
    std::fs::write(&program, "").unwrap();
    assert_eq!(told(&world, rule, &["--home", "."]).len(), 0);
}

/// Nothing is opened: a pipe without a writer, and links in a circle, hold nobody up.
#[test]
fn paths_that_would_wait() {
    let world = World::new();
    let pipe = world.work("pipe");
    if world.scrubbed("mkfifo").arg(&pipe).status().is_err() {
        println!("skipped: there is no mkfifo");
        return;
    }
    symlink("circle", world.work("circle")).unwrap();
    world.file(
        ".vscode/mcp.json",
        r#"{"servers":{
            "a":{"type":"stdio","command":"./pipe","envFile":"./pipe"},
            "b":{"type":"stdio","command":"node","args":["circle/x.js"],"envFile":"circle"},
            "c":{"type":"stdio","command":"/dev/zero","args":["/dev/stdin"],"envFile":"/dev/zero"},
            "d":{"type":"stdio","command":"node","args":["/net/host/x.js"],"cwd":"//host/share"}
        }}"#,
    );
    let ran =
        world.run(&["scan", "--format", "json", "--persona", "auditor", "--fail-on", "none", "."]);
    ran.ended(0);
    assert_eq!(ran.json()["summary"]["servers"], 4);
}

/// What comes from standard input lies nowhere.
#[test]
fn standard_input_has_no_surroundings() {
    let world = World::new();
    world.file(".env", "A=1\n").file("run.sh", "");
    mode(&world.work("run.sh"), 0o777);
    let text =
        br#"{"servers":{"a":{"type":"stdio","command":"sh","args":["run.sh"],"envFile":".env"}}}"#;
    let arguments = [
        "scan",
        "--client",
        "vscode",
        "--format",
        "json",
        "--select",
        "writable-command-path,env-file-tracked",
        "-",
    ];
    let json = world.run_with(&arguments, text).json();
    assert_eq!(json["findings"].as_array().unwrap().len(), 0, "{json:#}");
}
