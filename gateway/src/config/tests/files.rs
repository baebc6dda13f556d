use super::{faults, resolve};

#[test]
fn json_is_read_too() {
    let text = "\u{feff}{\r\n\t\"version\": 1,\r\n\t\"servers\": {\"a\": {\"command\": \"\\/bin\\/\\u0061\\ud83d\\ude00\", \
                \"args\": [\"x\\ty\"]}},\t\"policies\":\t{\r\n\t\t\"deny\": [\"a.x\"]\r\n\t}\r\n}";
    let config = resolve(text).unwrap();
    let debug = format!("{config:?}");
    assert!(debug.contains("/bin/a😀"), "{debug}");
    let wrong = text.replace("\"deny\"", "\"dney\"");
    assert_eq!(faults(&wrong), "4:3: unknown key `dney`; did you mean `deny`?");
    let twice = text.replace("\"version\": 1", "\"version\": 1, \"version\": 1");
    assert_eq!(faults(&twice), "2:16: `version` stands here a second time");
}

#[test]
fn kebab_case_is_read_too() {
    let text = super::FULL;
    let kebab: String = text
        .lines()
        .map(|line| {
            let kebab = |key: &str| format!("{}:", key.replace('_', "-"));
            let mut line = line.to_owned();
            for key in [
                "require_on_stdio",
                "connect_timeout",
                "max_instances",
                "audit_log",
                "tool_allowlist",
                "tool_denylist",
                "allowed_hosts",
                "allowed_origins",
                "max_body",
                "header_timeout",
                "body_timeout",
                "session_idle",
                "max_sessions",
                "drain_timeout",
                "max_line",
                "tool_name",
                "method_prefix",
            ] {
                line = line.replace(&format!("{key}:"), &kebab(key));
            }
            line + "\n"
        })
        .collect();
    assert_ne!(text, kebab);
    let debug = |text: &str| format!("{:?}", resolve(text).unwrap());
    assert_eq!(debug(text), debug(&kebab));
}

#[test]
fn anchors_and_merges_stand_for_what_they_name() {
    let config = resolve(
        "servers:\n  a: &a {command: x, timeout: 5s, deny: [t]}\n  b: {<<: *a, timeout: 6s}\n  c: *a\n",
    )
    .unwrap();
    let seconds: Vec<u64> = config.servers.iter().map(|server| server.timeout.as_secs()).collect();
    assert_eq!(seconds, [5, 6, 5]);
}

#[test]
fn an_alias_bomb_ends() {
    let mut text = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
    for level in 1..12 {
        let before = format!("*a{}, ", level - 1).repeat(10);
        text.push_str(&format!("a{level}: &a{level} [{before}]\n"));
    }
    assert!(faults(&text).contains("too many values"));
    let deep = format!("scan: {}{}", "[".repeat(10_000), "]".repeat(10_000));
    assert!(faults(&deep).contains("nested too deep"), "{}", faults(&deep));
    assert!(faults(&"- ".repeat(10_000)).contains("nested too deep"));
    let long = format!("scan: &l {}\nx: [{}]", "y".repeat(1 << 20), "*l, ".repeat(10_000));
    assert!(faults(&long).contains("too many values"));
}

#[test]
fn nothing_said_is_in_order() {
    for text in ["", "# nothing\n", "---\n", "null", "servers:\npolicies:\nauth:\nhttp:\nroutes:\n"]
    {
        assert!(resolve(text).is_ok(), "{text:?}");
    }
}
