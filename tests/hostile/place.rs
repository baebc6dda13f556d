//! Where files lie, what they are called and what happens to them meanwhile.

use std::time::{Duration, Instant};

use super::*;

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
fn what_is_excluded_may_be_written_as_it_is_reported() {
    let world = World::new();
    world.bytes("in/a/.mcp.json", GOOD.as_bytes());
    for pattern in ["in/a/.mcp.json", "a/.mcp.json", "in/a", "a", "in/**"] {
        let ran = world.run(&["scan", "--format", "json", "--exclude", pattern, "in"]);
        assert_eq!(servers(ran.ended(0)), [""; 0], "{pattern}");
    }
    assert_eq!(servers(&world.run(&["scan", "--format", "json", "in"])), ["good"]);
}

#[test]
fn a_program_alone_under_a_telling_key_in_a_file_of_any_name() {
    let world = World::new();
    world.bytes("my.json", br#"{"mcpServers":{"a":{"command":"sudo"}}}"#);
    let ran = world.run(&["scan", "--format", "json", "my.json"]);
    assert_eq!(servers(&ran), ["a"]);
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
fn a_broken_file_of_a_project_that_speaks_of_nothing() {
    incomplete(&scanned(".codex/config.toml", b"model = \"gpt"), "");
    scanned("manifest.json", b"{\"name\": ").ended(0);
}

#[test]
fn a_file_that_is_empty_is_still_its_clients() {
    let ran = scanned(".mcp.json", b"");
    assert_eq!(ran.json()["files"][0]["client"], "claude-code");
    assert_eq!(ran.json()["files"][0]["scope"], "project");
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
