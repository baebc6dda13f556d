//! What was reviewed is recorded, and what differs from it is reported.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a test that cannot go on fails"
)]

mod support;

use support::run::{Ran, World};

const LEDGER: &str = r#"{ "mcpServers": {
  "ledger": { "command": "npx", "args": ["-y", "ledger-mcp@1.4.0", "--token", "{{secret:github-pat}}"], "env": { "LEDGER_KEY": "{{secret:gitlab-pat}}" } },
  "notes": { "command": "notes-mcp" }
} }"#;

fn world() -> World {
    let world = World::new();
    world.file(".mcp.json", LEDGER).file("app/.cursor/mcp.json", LEDGER);
    world
}

fn lock(world: &World) -> String {
    std::fs::read_to_string(world.work("mcp-guard.lock")).unwrap()
}

/// `file: server message` of each drift, and the exit code.
fn drift(world: &World, path: &str) -> Vec<String> {
    let arguments = ["scan", "--no-home", "--format", "json", "--select", "config-drift", path];
    let ran: Ran = world.run(&arguments);
    let json = ran.json();
    let findings = json["findings"].as_array().unwrap();
    assert_eq!(ran.code, Some(i32::from(!findings.is_empty())), "{}", ran.stderr);
    findings
        .iter()
        .map(|finding| {
            let text = |key: &str| finding[key].as_str().unwrap().to_owned();
            format!("{}: {}", text("file"), text("message"))
        })
        .collect()
}

#[test]
fn what_was_recorded_and_stays_is_quiet() {
    let world = world();
    world.run(&["pin"]).ended(0).says(&[
        "new      ledger  .mcp.json",
        "new      notes  app/.cursor/mcp.json",
        "4 servers are recorded in mcp-guard.lock.",
    ]);
    assert_eq!(drift(&world, "."), [""; 0]);
    world.run(&["pin"]).ended(0).says(&["as before"]);
    // Another layout, another secret and another comment are no difference.
    let text = LEDGER.replace("\n", "\n\n").replace("gitlab-pat", "github-oauth");
    world.file(".mcp.json", &text);
    assert_eq!(drift(&world, "."), [""; 0]);
}

#[test]
fn a_lock_file_holds_no_secret() {
    let world = world();
    world.run(&["pin"]).ended(0);
    let lock = lock(&world);
    for format in ["github-pat", "gitlab-pat"] {
        let token = support::expand(&format!("{{{{secret:{format}}}}}"));
        assert!(!lock.contains(&token[..token.len() - 4]), "{lock}");
    }
    assert!(lock.contains("LEDGER_KEY"), "{lock}");
}

#[test]
fn a_secret_is_recorded_nowhere_however_often_it_stands() {
    let world = World::new();
    let password = "kJ8s7dHqL2mZx9Qw";
    let servers = r#"{"mcpServers":{
        "ledger":{"command":"ledger-mcp","args":["-pP","bob:P","--db","mysql://bob:P@db.contoso.com/x"],
            "env":{"DB_PASSWORD":"P"},"cwd":"/srv/P","envFile":"P.env"},
        "other-P":{"url":"https://mcp.contoso.com/P/mcp"}}}"#;
    world.file(
        ".cursor/mcp.json",
        &servers.replace('P', password).replace("DB_kJ8s7dHqL2mZx9QwASSWORD", "DB_PASSWORD"),
    );
    world.run(&["pin"]).ended(0);
    let lock = lock(&world);
    assert!(lock.contains("ledger-mcp") && !lock.contains(&password[..12]), "{lock}");
    for format in ["json", "text"] {
        let ran = world.run(&[
            "scan",
            "--format",
            format,
            "--persona",
            "auditor",
            "--fail-on",
            "none",
            ".",
        ]);
        assert!(ran.stdout.contains("ledger"), "{}", ran.stdout);
        assert!(!ran.stdout.contains(&password[..12]), "{}", ran.stdout);
        assert!(!ran.stdout.contains("config-drift"), "{}", ran.stdout);
    }
}

#[test]
fn an_exchanged_server_is_reported_wherever_the_scan_starts() {
    let world = world();
    world.run(&["pin"]).ended(0);
    world.file("app/.cursor/mcp.json", &LEDGER.replace("ledger-mcp@1.4.0", "1edger-mcp@1.4.0"));
    let message = "Server `ledger` differs from what was reviewed (args): `1edger-mcp@1.4.0` \
                   instead of `ledger-mcp@1.4.0`.";
    for (path, file) in [
        (".", "app/.cursor/mcp.json"),
        ("app", "app/.cursor/mcp.json"),
        ("app/.cursor/mcp.json", "app/.cursor/mcp.json"),
    ] {
        assert_eq!(drift(&world, path), [format!("{file}: {message}")], "{path}");
    }
}

#[test]
fn another_headers_helper_is_another_server() {
    let world = World::new();
    let entry = |helper: &str| {
        let url = "https://mcp.contoso.com/mcp";
        format!(
            r#"{{ "mcpServers": {{ "board": {{ "type": "http", "url": "{url}"{helper} }} }} }}"#
        )
    };
    world.file(".mcp.json", &entry(r#", "headersHelper": "/opt/contoso/login""#));
    world.run(&["pin"]).ended(0);
    assert!(drift(&world, ".").is_empty());
    world.file(".mcp.json", &entry(r#", "headersHelper": "/tmp/login""#));
    let told = drift(&world, ".");
    let wanted = "(headers_command): `/tmp/login` instead of `/opt/contoso/login`.";
    assert!(matches!(told.as_slice(), [only] if only.ends_with(wanted)), "{told:?}");
    world.file(".mcp.json", &entry(""));
    world.run(&["pin"]).ended(0);
    world.file(".mcp.json", &entry(r#", "headersHelper": "/tmp/login""#));
    assert_eq!(drift(&world, ".").len(), 1);
}

#[test]
fn one_server_is_renewed_alone() {
    let world = world();
    world.run(&["pin"]).ended(0);
    let changed = LEDGER.replace("ledger-mcp@1.4.0", "ledger-mcp@1.5.0");
    world.file(".mcp.json", &changed.replace("notes-mcp", "notes-mcp-2"));
    assert_eq!(drift(&world, ".").len(), 2);
    world.run(&["pin", "--server", "ledger"]).ended(0).says(&["changed  ledger  .mcp.json"]);
    let left = drift(&world, ".");
    assert!(left.len() == 1 && left[0].contains("`notes`"), "{left:?}");
    world.run(&["pin", "--server", "legder"]).ended(2).complains(&["did you mean `ledger`"]);
}

#[test]
fn new_and_vanished_servers_are_told() {
    let world = world();
    world.run(&["pin"]).ended(0);
    world.file(".mcp.json", r#"{ "mcpServers": { "tasks": { "command": "tasks-mcp" } } }"#);
    let found = drift(&world, ".");
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(found[0].contains("`tasks` is not in mcp-guard.lock"), "{found:?}");
    let before = lock(&world);
    world.run(&["pin", "--dry-run"]).ended(0).says(&["new      tasks", "gone     ledger"]);
    assert_eq!(lock(&world), before);
}

#[test]
fn the_users_own_files_have_a_lock_of_their_own() {
    let world = World::new();
    world.home_file(".cursor/mcp.json", LEDGER);
    let said = world.run(&["pin", "--home"]);
    said.ended(0).says(&["new      ledger  ~/.cursor/mcp.json"]);
    world.home_file(".cursor/mcp.json", &LEDGER.replace("notes-mcp", "other-mcp"));
    let ran = world.run(&["scan", "--format", "json", "--select", "config-drift"]);
    let json = ran.ended(1).json();
    assert_eq!(json["findings"][0]["file"], "~/.cursor/mcp.json");
    assert_eq!(json["findings"].as_array().unwrap().len(), 1);
}

#[test]
fn what_cannot_be_read_is_neither_recorded_nor_used() {
    let world = world();
    world.run(&["pin"]).ended(0);
    let before = lock(&world);
    world.file(".mcp.json", "{ \"mcpServers\": { \"a\": {");
    world.run(&["pin"]).ended(3).complains(&["nothing was recorded", ".mcp.json"]);
    assert_eq!(lock(&world), before);
    for (text, message) in [
        ("version: 7\n", "version 7"),
        ("version: 1\nservers: [{ file: a }]\n", "missing field `server`"),
        ("\u{0}", "no lock file"),
    ] {
        world.file(".mcp.json", LEDGER).file("mcp-guard.lock", text);
        world
            .run(&["scan", "--no-home", "--fail-on", "none", "."])
            .ended(3)
            .says(&["mcp-guard.lock", message]);
        world.run(&["pin"]).ended(2).complains(&[message, "repair or delete it"]);
    }
    world.run(&["pin", ".mcp.json"]).ended(2).complains(&["no directory"]);
    world.run(&["pin", "nowhere"]).ended(2).complains(&["no file or directory `nowhere`"]);
}

#[cfg(unix)]
#[test]
fn a_lock_that_is_a_pipe_or_too_large_is_refused() {
    let world = World::new();
    let pipe = std::process::Command::new("mkfifo").arg(world.work("mcp-guard.lock")).status();
    assert!(pipe.unwrap().success());
    world.run(&["pin"]).ended(2).complains(&["a named pipe"]);
    world.run(&["pin", "--home"]).ended(0);
    let lock = world.home(".config/mcp-guard/mcp-guard.lock");
    std::fs::create_dir_all(lock.parent().unwrap()).unwrap();
    assert!(std::process::Command::new("mkfifo").arg(&lock).status().unwrap().success());
    world.run(&["pin", "--home"]).ended(2).complains(&["a named pipe"]);
    std::fs::remove_file(world.work("mcp-guard.lock")).unwrap();
    world.bytes("mcp-guard.lock", &vec![b' '; (16 << 20) + 1]);
    world.run(&["pin"]).ended(2).complains(&["over the limit"]);
}

#[cfg(unix)]
#[test]
fn a_lock_that_leads_out_of_the_tree_is_not_written() {
    let world = world();
    world.run(&["pin"]).ended(0);
    let before = lock(&world);
    // The lock of somebody else, which could be read.
    std::fs::rename(world.work("mcp-guard.lock"), world.outside("other.lock")).unwrap();
    std::os::unix::fs::symlink("../other.lock", world.work("mcp-guard.lock")).unwrap();
    std::fs::remove_file(world.work("app/.cursor/mcp.json")).unwrap();
    world.run(&["pin"]).ended(2).complains(&["leads out of its directory"]);
    assert_eq!(std::fs::read_to_string(world.outside("other.lock")).unwrap(), before);
    std::fs::write(world.outside("profile"), "").unwrap();
    std::os::unix::fs::symlink("../profile", world.work("known.json")).unwrap();
    let ran = world.run(&["baseline", "-o", "known.json", "."]);
    ran.ended(2).complains(&["cannot write known.json", "leads out of its directory"]);
    assert_eq!(std::fs::read(world.outside("profile")).unwrap(), b"");
}

#[test]
fn what_a_server_is_called_is_one_line_that_moves_nothing() {
    let world = World::new();
    let name = r#"{ "mcpServers": { "a\u001b[2J\nnew \u202eb": { "command": "notes-mcp" } } }"#;
    world.bytes(".mcp.json", name.as_bytes());
    let ran = world.run(&["pin"]);
    ran.ended(0).says(&["new      a\u{fffd}[2J\u{fffd}new \u{fffd}b  .mcp.json\n"]);
    let ran = world.run(&["pin", "--server", "x\u{1b}[2J"]);
    ran.ended(2).complains(&["there is no server `x\u{fffd}[2J`"]);
}

#[test]
fn what_stands_twice_is_refused_and_both_are_compared() {
    let world = World::new();
    let one = "\"notes\": { \"command\": \"notes-mcp\" }";
    let other = "\"notes\": { \"command\": \"other-mcp\" }";
    let file = |entries: &[&str]| format!("{{ \"mcpServers\": {{ {} }} }}", entries.join(", "));
    for entries in [[one, other], [other, one], [one, one]] {
        world.file(".mcp.json", &file(&entries));
        world.run(&["pin"]).ended(3).complains(&["nothing was recorded", "\"notes\" stands twice"]);
        assert!(!world.work("mcp-guard.lock").exists());
        let scan = ["scan", "--no-home", "--fail-on", "medium", "."];
        world.run(&scan).ended(1).says(&["medium[incomplete-analysis]", "\"notes\" stands twice"]);
    }
    world.file(".mcp.json", &file(&["\"notes\": { \"command\": \"a\", \"command\": \"b\" }"]));
    world.run(&["pin"]).ended(3).complains(&["\"command\" stands twice"]);
    let twice = format!("{{ \"mcpServers\": {{ {one} }}, \"mcpServers\": {{ {other} }} }}");
    world.file(".mcp.json", &twice);
    world.run(&["pin"]).ended(3).complains(&["\"mcpServers\" stands twice"]);
    // Once one is recorded, the other differs wherever it stands.
    world.file(".mcp.json", &file(&[one]));
    world.run(&["pin"]).ended(0);
    for entries in [[one, other], [other, one]] {
        world.file(".mcp.json", &file(&entries));
        assert_eq!(drift(&world, ".").len(), 1, "{entries:?}");
    }
}

#[test]
fn what_stands_twice_elsewhere_does_not_matter() {
    let world = World::new();
    let text = "{ \"servers\": { \"notes\": { \"command\": \"notes-mcp\" } }, \"inputs\": [], \"inputs\": [] }";
    world.file(".vscode/mcp.json", text);
    world.run(&["pin"]).ended(0);
    world.run(&["scan", "--no-home", "--fail-on", "medium", "."]).ended(0);
}
