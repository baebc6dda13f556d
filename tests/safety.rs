//! Scanning runs nothing and talks to nobody, whatever a file says: told by the system calls.
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

use std::path::Path;
use std::process::{Command, Stdio};

use support::run::World;

const CALLS: &str = "execve,execveat,socket,socketpair,connect,bind,listen,sendto,fork,vfork,clone,clone3,io_uring_setup";

/// Whether there is a strace that may trace. Without one the test is skipped, unless the
/// environment asks for it.
fn strace() -> bool {
    let traced = Command::new("strace")
        .args(["-f", "-e", "trace=execve", "-o", "/dev/null", "true"])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    let works = traced.as_ref().is_ok_and(std::process::ExitStatus::success);
    if !works {
        assert!(
            std::env::var_os("MCP_GUARD_REQUIRE_STRACE").is_none_or(|value| value != "1"),
            "strace does not work here: {traced:?}"
        );
        println!("skipped: strace does not work here: {traced:?}");
    }
    works
}

/// Writes a tree in which everything that could be started or reached leaves the canary, or asks
/// the port.
fn trap(world: &World, canary: &Path, port: u16) {
    let touch = format!("touch {}", canary.display());
    let home = format!("$({touch})`{touch}`");
    let server = serde_json::json!({
        "plain": { "command": "touch", "args": [canary] },
        "shell": { "command": "sh", "args": ["-c", touch] },
        "line": { "command": touch },
        "value": { "command": "/bin/a", "args": [home], "env": { "A": home, "PATH": home } },
        "runner": { "command": "npx", "args": ["-y", format!("http://127.0.0.1:{port}/a.tgz")] },
        "git": { "command": "uvx", "args": ["--from", format!("git+http://127.0.0.1:{port}/a"), "a"] },
        "image": { "command": "docker", "args": ["run", format!("127.0.0.1:{port}/a:latest")] },
        "remote": { "url": format!("http://127.0.0.1:{port}/mcp") },
        "named": { "url": "http://localhost.localdomain/sse", "type": "sse", "headersHelper": touch },
        "bridge": { "command": "npx", "args": ["mcp-remote", format!("http://127.0.0.1:{port}/mcp")] },
        "file": { "command": "/bin/a", "envFile": home },
    });
    let project = serde_json::json!({ "mcpServers": server });
    world.bytes(".mcp.json", project.to_string().as_bytes());
    world.bytes(".cursor/mcp.json", project.to_string().as_bytes());
    let code = serde_json::json!({ "servers": server, "inputs": [{ "id": "a", "type": "command", "command": touch }] });
    world.bytes(".vscode/mcp.json", code.to_string().as_bytes());
    let hooks = serde_json::json!({ "hooks": { "SessionStart": [{ "hooks": [{ "type": "command", "command": touch }] }] }, "apiKeyHelper": touch });
    world.bytes(".claude/settings.json", hooks.to_string().as_bytes());
    world.bytes(
        ".codex/config.toml",
        format!("[mcp_servers.a]\ncommand = \"sh\"\nargs = [\"-c\", \"{touch}\"]\n").as_bytes(),
    );
    world.bytes("librechat.yaml", format!("mcpServers:\n  a:\n    command: !!python/object/apply:os.system [\"{touch}\"]\n    args: [a]\n").as_bytes());
    // A program that pretends to be the one that a scan might ask.
    for program in ["git", "npx", "docker"] {
        write_program(&world.work(&format!("bin/{program}")), &touch);
    }
    world.bytes(".git/config", format!("[core]\n\tfsmonitor = {touch}\n").as_bytes());
    world.bytes(".git/HEAD", b"ref: refs/heads/main\n");
}

fn write_program(path: &Path, line: &str) {
    use std::os::unix::fs::PermissionsExt;
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, format!("#!/bin/sh\n{line}\n")).unwrap();
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o755)).unwrap();
}

/// Runs a program under strace and returns the traced calls that matter.
fn traced(world: &World, program: &[&str]) -> Vec<String> {
    let log = world.outside("calls.log");
    let path = format!("{}:{}", world.work("bin").display(), std::env::var("PATH").unwrap());
    let mut command = world.scrubbed("strace");
    command
        .args(["-f", "-qq", "-e", "signal=none", "-o"])
        .arg(&log)
        .arg("-e")
        .arg(format!("trace={CALLS}"))
        .args(program)
        .env("HOME", world.work(""))
        .env("XDG_CONFIG_HOME", world.work(".config"))
        .env("PATH", path)
        .stdin(Stdio::null());
    let done = command.output().unwrap();
    assert!(done.status.code().is_some_and(|code| code != 2), "{done:?}");
    let calls = std::fs::read_to_string(log).unwrap();
    calls.lines().map(str::to_owned).filter(|line| matters(line)).collect()
}

/// Threads are no processes: they share their file's memory.
fn matters(line: &str) -> bool {
    let end_of_clone = line.contains("clone") && line.contains("resumed>");
    !line.contains("CLONE_THREAD") && !end_of_clone
}

#[test]
fn a_scan_starts_nothing_and_opens_no_socket() {
    if !strace() {
        return;
    }
    let world = World::new();
    let canary = world.outside("canary");
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    trap(&world, &canary, listener.local_addr().unwrap().port());
    let guard = env!("CARGO_BIN_EXE_mcp-guard");
    for arguments in [
        &["scan"][..],
        &["scan", "--format", "json", "--persona", "auditor", "--jobs", "4", "."],
        &["scan", "-v", ".mcp.json", ".vscode/mcp.json", "librechat.yaml"],
        &["clients"],
        &["rules", "pipe-to-shell"],
    ] {
        let mut program = vec![guard];
        program.extend(arguments);
        let calls = traced(&world, &program);
        assert_eq!(calls.len(), 1, "{arguments:?}: {calls:#?}");
        assert!(calls[0].contains("execve(") && calls[0].contains("mcp-guard"), "{calls:?}");
        assert!(calls[0].trim_end().ends_with("= 0"), "{calls:?}");
        assert!(!canary.exists(), "{arguments:?} ran a command of a file");
        assert!(listener.accept().is_err(), "{arguments:?} connected");
    }
    let found = world.run(&["scan", "--format", "json", "."]).json();
    assert!(found["summary"]["servers"].as_u64() >= Some(30), "{:#}", found["summary"]);
}

/// A repository can name programs that git would start: none of them is, although its objects are
/// read.
#[test]
fn comparing_with_a_revision_starts_nothing_either() {
    if !strace() {
        return;
    }
    let world = World::new();
    let canary = world.outside("canary");
    let touch = format!("touch {}", canary.display());
    let server = r#"{"mcpServers":{"a":{"command":"npx","args":["a-mcp"]}}}"#;
    world.file(".mcp.json", server).file("x/.mcp.json", server);
    world.file(".gitattributes", "* filter=trap diff=trap merge=trap\n");
    let git = |arguments: &[&str]| {
        let mut command = world.scrubbed("git");
        command.args(["-c", "user.name=A", "-c", "user.email=a@example.com"]).args(arguments);
        let ran = support::run::finish(command, b"");
        assert_eq!(ran.code, Some(0), "{arguments:?} {}", ran.stderr);
    };
    git(&["init", "-q"]);
    git(&["add", "-A"]);
    git(&["commit", "-q", "-m", "x"]);
    let config = format!(
        "[core]\n\trepositoryformatversion = 0\n\tfsmonitor = {touch}\n\tsshCommand = {touch}\n\tpager = {touch}\n\
         \talternateRefsCommand = {touch}\n\
         [filter \"trap\"]\n\tsmudge = {touch}\n\tclean = {touch}\n\tprocess = {touch}\n\trequired = true\n\
         [diff \"trap\"]\n\ttextconv = {touch}\n\tcommand = {touch}\n\
         [credential]\n\thelper = !{touch}\n[uploadpack]\n\tpackObjectsHook = {touch}\n\
         [extensions]\n\tpartialClone = origin\n\
         [remote \"origin\"]\n\turl = ext::{touch}\n\tpromisor = true\n"
    );
    world.bytes(".git/config", config.as_bytes());
    world.file("x/.mcp.json", &server.replace("a-mcp", "b-mcp"));
    let guard = env!("CARGO_BIN_EXE_mcp-guard");
    for name in ["HEAD", "HEAD~1", "0123456789012345678901234567890123456789"] {
        let calls = traced(&world, &[guard, "scan", "--base", name, "."]);
        assert_eq!(calls.len(), 1, "{name}: {calls:#?}");
        assert!(!canary.exists(), "{name} ran a command of the repository");
    }
    world.run(&["scan", "--base", "HEAD", "."]).ended(0).says(&["1 new"]);
    world.run(&["scan", "--base", "HEAD~1", "."]).says(&["this is a partial clone"]);
}

/// The test above must be able to fail: the same commands, run, leave the canary and show in the
/// trace.
#[test]
fn the_trap_works() {
    if !strace() {
        return;
    }
    let world = World::new();
    let canary = world.outside("canary");
    trap(&world, &canary, 9);
    let text = std::fs::read_to_string(world.work(".mcp.json")).unwrap();
    let file: serde_json::Value = serde_json::from_str(&text).unwrap();
    for name in ["plain", "shell"] {
        let server = &file["mcpServers"][name];
        let mut program = vec![server["command"].as_str().unwrap()];
        program.extend(server["args"].as_array().unwrap().iter().map(|arg| arg.as_str().unwrap()));
        assert!(!canary.exists());
        assert!(!traced(&world, &program).is_empty());
        assert!(canary.exists(), "{program:?}");
        std::fs::remove_file(&canary).unwrap();
    }
    // Values that a shell would expand, and programs found by name.
    let value = file["mcpServers"]["value"]["args"][0].as_str().unwrap();
    for line in [format!("echo {value}"), "git status".to_owned(), "npx".to_owned()] {
        let calls = traced(&world, &["sh", "-c", &line]);
        assert!(calls.len() > 1, "{line}: {calls:?}");
        assert!(canary.exists(), "{line}");
        std::fs::remove_file(&canary).unwrap();
    }
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let line = format!("exec 3<>/dev/tcp/127.0.0.1/{}", address.port());
    if Command::new("bash").arg("-c").arg("true").status().is_ok() {
        let calls = traced(&world, &["bash", "-c", &line]);
        assert!(calls.iter().any(|call| call.contains("socket(")), "{calls:?}");
        assert!(calls.iter().any(|call| call.contains("connect(")), "{calls:?}");
    }
}
