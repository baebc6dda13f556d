//! Names and values that speak to the terminal.

use super::*;

/// Fails if a text could move the cursor, change colours or reorder itself.
#[track_caller]
pub(crate) fn harmless(text: &str) {
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
    // Such a name is a finding itself.
    assert_eq!(servers(ran.ended(1)), [name]);
}
