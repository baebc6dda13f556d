//! Links, pipes, devices and permissions.

use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use super::terminal::harmless;
use super::*;

fn unreadable(path: &Path) -> bool {
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o000)).unwrap();
    let denied = std::fs::File::open(path).is_err() && std::fs::read_dir(path).is_err();
    if !denied {
        println!("skipped: this user may read {}, whatever its mode", path.display());
    }
    denied
}

#[test]
fn a_file_and_a_directory_without_permission() {
    let world = World::new();
    world.bytes(".mcp.json", GOOD.as_bytes()).bytes("dir/.mcp.json", GOOD.as_bytes());
    if unreadable(&world.work(".mcp.json")) {
        incomplete(&json(&world), "permission");
    }
    if unreadable(&world.work("dir")) {
        let ran = json(&world);
        let json = ran.ended(3).json();
        assert!(json["files"].as_array().unwrap().iter().any(|file| file["path"] == "dir"));
    }
    std::fs::set_permissions(world.work("dir"), PermissionsExt::from_mode(0o700)).unwrap();
}

#[test]
fn a_directory_with_the_name_of_a_file() {
    let world = World::new();
    world.bytes("mcp.json/x", b"");
    incomplete(&json(&world), "directory");
    // Inside of it the walk goes on.
    world.bytes("mcp.json/.mcp.json", GOOD.as_bytes());
    assert_eq!(servers(&json(&world)), ["good"]);
}

#[test]
fn symbolic_links_that_lead_nowhere_or_out_or_round() {
    let dangling = World::new();
    symlink("absent.json", dangling.work(".mcp.json")).unwrap();
    incomplete(&json(&dangling), "target does not exist");
    let named = dangling.run(&["scan", "--format", "json", ".mcp.json"]);
    incomplete(&named, "");

    let circle = World::new();
    symlink(".mcp.json", circle.work("mcp.json")).unwrap();
    symlink("mcp.json", circle.work(".mcp.json")).unwrap();
    incomplete(&json(&circle), "link");

    let out = World::new();
    std::fs::write(out.outside("secret.json"), GOOD).unwrap();
    symlink("../secret.json", out.work(".mcp.json")).unwrap();
    let ran = json(&out);
    incomplete(&ran, "leads out of the scanned tree");
    assert_eq!(servers(&ran), [""; 0], "it was not followed");
    // As the message says: what the user names is followed.
    let named = out.run(&["scan", "--format", "json", ".mcp.json"]);
    assert_eq!(servers(named.ended(0)), ["good"]);
    for both in [["../secret.json", "."], [".", "../secret.json"], [".", ".mcp.json"]] {
        let ran = out.run(&["scan", "--format", "json", both[0], both[1]]);
        assert_eq!(servers(&ran), ["good"], "{both:?}");
    }
}

#[test]
fn symbolic_links_within_the_tree_are_followed_once() {
    let world = World::new();
    world.bytes("shared/servers.json", GOOD.as_bytes());
    symlink("shared/servers.json", world.work(".mcp.json")).unwrap();
    assert_eq!(servers(json(&world).ended(0)), ["good"]);
    symlink("../shared/servers.json", world.work("shared/mcp.json")).unwrap();
    assert_eq!(servers(json(&world).ended(0)), ["good"], "one file, one report");
    symlink("..", world.work("shared/round")).unwrap();
    assert_eq!(servers(json(&world).ended(0)), ["good"]);
}

#[test]
fn linked_directories_of_the_tree_are_walked_under_their_own_names() {
    let world = World::new();
    world.bytes("shared/mcp.json", br#"{"servers":{"good":{"command":"a-mcp"}}}"#);
    symlink("shared", world.work(".vscode")).unwrap();
    let ran = json(&world);
    assert_eq!(servers(ran.ended(0)), ["good"]);
    let json = ran.json();
    assert_eq!(json["files"][0]["path"], ".vscode/mcp.json");
    assert_eq!(json["files"][0]["client"], "vscode");
}

#[test]
fn linked_directories_that_lead_round() {
    let world = World::new();
    world.bytes("a/.mcp.json", GOOD.as_bytes()).bytes("b/x", b"");
    for (target, link) in [
        ("..", "a/up"),
        (".", "a/here"),
        ("../b", "a/there"),
        ("../a", "b/back"),
        ("../b", "b/self"),
        ("a", "again"),
        ("b", "once more"),
    ] {
        symlink(target, world.work(link)).unwrap();
    }
    assert_eq!(servers(json(&world).ended(0)), ["good"]);
    // Many that lead to each other are no more than many.
    let world = World::new();
    for from in 0..12 {
        world.bytes(&format!("d{from}/.mcp.json"), GOOD.as_bytes());
        for to in 0..12 {
            symlink(format!("../d{to}"), world.work(&format!("d{from}/l{to}"))).unwrap();
        }
    }
    let start = Instant::now();
    assert_eq!(servers(json(&world).ended(0)).len(), 12);
    assert!(start.elapsed() < Duration::from_secs(10));
}

#[test]
fn linked_directories_that_lead_out() {
    let world = World::new();
    std::fs::create_dir_all(world.outside("elsewhere")).unwrap();
    std::fs::write(world.outside("elsewhere/mcp.json"), GOOD).unwrap();
    symlink("../elsewhere", world.work("build")).unwrap();
    json(&world).ended(0);
    symlink("../elsewhere", world.work(".cursor")).unwrap();
    let ran = json(&world);
    incomplete(&ran, "leads out of the scanned tree");
    assert_eq!(servers(&ran), [""; 0]);
    let named = world.run(&["scan", "--format", "json", ".cursor"]);
    assert_eq!(servers(named.ended(0)), ["good"]);
    assert_eq!(named.json()["files"][0]["client"], "cursor");
}

#[test]
fn a_pipe_that_nobody_writes_to() {
    let world = World::new();
    let made = Command::new("mkfifo").arg(world.work(".mcp.json")).status();
    if !made.is_ok_and(|status| status.success()) {
        println!("skipped: there is no mkfifo");
        return;
    }
    incomplete(&json(&world), "pipe");
    let named = world.run(&["scan", "--format", "json", ".mcp.json"]);
    incomplete(&named, "pipe");
}

const SECRET: &str =
    r#"{"mcpServers":{"g":{"command":"/bin/g","env":{"GITHUB_TOKEN":"{{secret:github-pat}}"}}}}"#;

/// How severe the findings in the working directory are.
fn severity(world: &World) -> String {
    let json = world.run_within(PLENTY, &["scan", "--format", "json", "."]).json();
    let findings = json["findings"].as_array().unwrap();
    let secret = findings.iter().find(|finding| finding["rule"] == "secret-in-env");
    secret.expect("the token is found")["severity"].as_str().unwrap().to_owned()
}

#[test]
fn repositories_that_are_pipes_and_devices() {
    let pipe = |path: &Path| {
        let made = Command::new("mkfifo").arg(path).status();
        made.is_ok_and(|status| status.success())
    };
    for name in [".git", ".git/index", ".git/sharedindex.00"] {
        let world = World::new();
        world.file(".mcp.json", SECRET);
        if name != ".git" {
            std::fs::create_dir(world.work(".git")).unwrap();
            world.bytes(".git/index", b"DIRC");
            drop(std::fs::remove_file(world.work(name)));
        }
        if !pipe(&world.work(name)) {
            println!("skipped: there is no mkfifo");
            return;
        }
        assert!(!severity(&world).is_empty(), "{name}");
    }
    for (name, target) in [(".git", "/dev/zero"), (".git/index", "/dev/zero")] {
        let world = World::new();
        world.file(".mcp.json", SECRET);
        if name != ".git" {
            std::fs::create_dir(world.work(".git")).unwrap();
        }
        symlink(target, world.work(name)).unwrap();
        assert!(!severity(&world).is_empty(), "{name}");
    }
    let world = World::new();
    world.file(".mcp.json", SECRET).bytes(".git", &[b'g'; 1 << 20]);
    assert!(!severity(&world).is_empty());
}

#[test]
fn a_file_in_conflict_is_tracked() {
    let world = World::new();
    world.file(".mcp.json", SECRET);
    let alone = severity(&world);
    // Version 2, three entries for one path, at stages 1 to 3; the checksum may be left out.
    let mut index = b"DIRC\0\0\0\x02\0\0\0\x03".to_vec();
    for stage in 1..=3_u16 {
        let name = b".mcp.json";
        let start = index.len();
        index.extend([0; 24]);
        index.extend(0o100_644_u32.to_be_bytes());
        index.extend([0; 12]);
        index.extend([7; 20]);
        index.extend((stage << 12 | 9).to_be_bytes());
        index.extend(name);
        let length = index.len() - start;
        index.resize(start + (length / 8 + 1) * 8, 0);
    }
    index.extend([0; 20]);
    world.bytes(".git/index", &index);
    assert_ne!(severity(&world), alone);
}

#[test]
fn a_device() {
    let world = World::new();
    symlink("/dev/zero", world.work(".mcp.json")).unwrap();
    incomplete(&json(&world), "link");
    let named = world.run_within(PLENTY, &["scan", "--format", "json", "/dev/zero"]);
    incomplete(&named, "device");
}

#[test]
fn names_of_files_that_speak_to_the_terminal() {
    use std::os::unix::ffi::OsStrExt;
    let world = World::new();
    for name in ["a\nb", "c\u{1b}[31md", "e\u{202e}f", "g\rh", "i\u{9b}31mj"] {
        world.bytes(&format!("{name}/.mcp.json"), GOOD.as_bytes());
    }
    let odd = world.work("").join(std::ffi::OsStr::from_bytes(b"k\xffl"));
    if std::fs::create_dir(&odd).is_ok() {
        std::fs::write(odd.join(".mcp.json"), GOOD).unwrap();
        std::fs::create_dir_all(world.work(".github/agents")).unwrap();
        let agent = std::ffi::OsStr::from_bytes(b"\xff.md");
        let text = "---\nname: a\nmcp-servers: {b: {command: b-mcp}}\n---\n";
        std::fs::write(world.work(".github/agents").join(agent), text).unwrap();
        let ran = json(&world);
        assert_eq!(servers(ran.ended(0)).len(), 7);
    }
    harmless(&world.run(&["scan", "-v", "."]).ended(0).stdout);
    harmless(&world.run(&["scan", "-v", "absent\u{1b}[31m\nx"]).ended(2).stderr);
}

#[test]
fn a_base_in_a_repository_of_pipes_and_devices() {
    let base = |name: &str, fault: &dyn Fn(&Path) -> bool| {
        let world = World::new();
        world.file(".mcp.json", GOOD).file(".git/HEAD", "ref: refs/heads/main\n");
        for directory in ["objects/info", "objects/pack", "refs/heads", "logs"] {
            std::fs::create_dir_all(world.work(".git").join(directory)).unwrap();
        }
        let path = world.work(".git").join(name);
        drop(std::fs::remove_file(&path));
        if !fault(&path) {
            println!("skipped: there is no mkfifo");
            return;
        }
        let ran = world.run_within(PLENTY, &["scan", "--base", "HEAD", "."]);
        ran.ended(2).complains(&["cannot be read", name, "no regular file"]);
    };
    for name in [
        "HEAD",
        "commondir",
        "config",
        "packed-refs",
        "shallow",
        "refs/heads/main",
        "logs/HEAD",
        "objects/info/alternates",
    ] {
        base(name, &|path| {
            Command::new("mkfifo").arg(path).status().is_ok_and(|status| status.success())
        });
        base(name, &|path| symlink("/dev/zero", path).is_ok());
    }
}
