//! Forms of files and entries that single clients have.

use super::{Transport, approvals, check, entry, told, under, with};

#[test]
fn a_schema_tells_whose_file_it_is() {
    let plugin = |server: &str| {
        format!(
            r#"{{"$schema": "https://agent-plugins.org/schemas/1.1.0/mcp.schema.json", "mcpServers": {{"a": {server}}}}}"#
        )
    };
    let local = plugin(r#"{"type": "stdio", "command": "x"}"#);
    check(&[
        ("mcp.json", &local, "agent-plugins-spec: a=/mcpServers/a"),
        ("any.json", &local, "agent-plugins-spec: a=/mcpServers/a"),
        ("mcp.json", &under("mcpServers"), "generic: a=/mcpServers/a"),
        // A file in a client's own folder stays that client's.
        (".cursor/mcp.json", &local, "cursor: a=/mcpServers/a"),
        (
            "mcp.json",
            r#"{"$schema": "https://example.com/s.json", "mcpServers": {"a": {"command": "x"}}}"#,
            "generic: a=/mcpServers/a",
        ),
        ("mcp.json", r#"{"$schema": 7, "mcpServers": {}}"#, "generic:"),
    ]);
}

#[test]
fn texts_in_a_list_are_what_the_client_says() {
    let lines =
        r#"{"mcp": ["a=npx -y p", "https://h/sse", "b = c", "@s/p=x", "d=https://h/?k=v", ""]}"#;
    with(".reasonix/config.json", lines, |document, reading| {
        let told: Vec<String> = reading
            .servers
            .iter()
            .map(|server| {
                let value = server.command.as_ref().or(server.url.as_ref()).unwrap();
                let shown = document.slice(value.span_of(0..value.text.len()));
                assert_eq!(shown, value.text, "{}", server.name);
                format!("{} {} {shown}", server.name, server.transport.name())
            })
            .collect();
        assert_eq!(
            told,
            [
                "a stdio npx -y p",
                "#1 http https://h/sse",
                "#2 stdio b = c",
                "#3 stdio @s/p=x",
                "d http https://h/?k=v",
            ]
        );
    });
    // Elsewhere a text names a server that is defined in another place.
    check(&[(".claude/agents/a.md", "---\nmcpServers: [a, b]\n---\n", "claude-code:")]);
}

#[test]
fn a_place_tells_the_transport() {
    let text = "[mcp]\nsse_servers = ['https://h/a', {url = 'https://h/b'}, {url = 'wss://h/c'}]\nshttp_servers = ['https://h/d', 'h/e']\nstdio_servers = [{name = 's', command = 'x'}]\n";
    with("config.toml", text, |_, reading| {
        assert_eq!(reading.client.unwrap().id, "openhands");
        let read: Vec<_> = reading.servers.iter().map(|s| s.transport).collect();
        let (sse, http) = (Transport::Sse, Transport::Http);
        assert_eq!(read, [sse, sse, Transport::Ws, http, http, Transport::Stdio]);
        // A text that is no URL.
        let problems: Vec<_> = reading.problems.iter().map(|p| p.pointer.as_deref()).collect();
        assert_eq!(problems, [Some("/mcp/shttp_servers/1")]);
    });
}

#[test]
fn rows_of_other_plugins_are_no_servers() {
    check(&[
        (
            "cordis.patch.yml",
            "- insert:\n  - {id: m, config: {serverName: s, transport: stdio, command: x}}\n  - {id: n, config: {command: y}}\n  - {id: o, config: {baseUrl: 'https://h/'}}\n- replace: []\n",
            "dsh: s=/0/insert/0/config",
        ),
        ("cordis.patch.yml", "- insert:\n  - {id: o, config: {baseUrl: 'https://h/'}}\n", "dsh:"),
        ("cordis.patch.yml", "[]\n", "dsh:"),
    ]);
}

#[test]
fn keys_that_mean_servers_in_one_client_only_tell_nothing_elsewhere() {
    let plugins = r#"{"plugins": [{"name": "a", "command": "x", "args": ["y"]}]}"#;
    assert_eq!(told("any.json", plugins), "-:");
    assert_eq!(
        told("reasonix.toml", "plugins = [{name = 'a', command = 'x'}]\n"),
        "reasonix: a=/plugins/0"
    );
    let nested = r#"{"kiro": {"mcpServers": {"a": {"command": "x"}}}}"#;
    assert_eq!(told(".rulesync/mcp.json", nested), "rulesync: a=/kiro/mcpServers/a");
}

#[test]
fn servers_are_off_by_a_word_or_by_their_name() {
    let off = |path: &str, text: &str| {
        with(path, text, |_, reading| {
            let off = reading.servers.iter().filter(|server| server.disabled);
            off.map(|server| server.name.clone()).collect::<Vec<_>>().join(" ")
        })
    };
    let witsy = |state: &str| {
        format!(
            r#"{{"mcp": {{"servers": [{{"uuid": "a", "type": "http", "url": "https://h/", "state": {state}}}]}}}}"#
        )
    };
    for (state, expected) in [(r#""disabled""#, "a"), (r#""enabled""#, ""), ("true", ""), ("7", "")]
    {
        assert_eq!(off("Witsy/settings.json", &witsy(state)), expected, "{state}");
    }
    let grok = "disabled_mcp_servers = ['b', 'c', 7]\n[mcp_servers.a]\ncommand = 'x'\n[mcp_servers.b]\ncommand = 'x'\n";
    assert_eq!(off(".grok/config.toml", grok), "b");
    // Another client's list.
    assert_eq!(off(".codex/config.toml", grok), "");
    let wrong = "disabled_mcp_servers = 'a'\n[mcp_servers.a]\ncommand = 'x'\n";
    assert_eq!(off(".grok/config.toml", wrong), "");
}

#[test]
fn arguments_may_be_one_text() {
    let text = r#"{"mcp": {"servers": [
        {"label": "a", "type": "stdio", "command": "npx", "url": " -y  p@1 \"q"},
        {"label": "b", "type": "stdio", "command": "x", "url": ""},
        {"label": "c", "type": "sse", "command": "x", "url": "https://h/"},
        {"label": "d", "command": "x", "args": ["y"], "url": "z"}]}}"#;
    with("Witsy/settings.json", text, |document, reading| {
        let told: Vec<_> = reading
            .servers
            .iter()
            .map(|server| {
                let args = server.args.iter().map(|arg| {
                    let shown = document.slice(arg.span_of(0..arg.text.len()));
                    assert_eq!(shown.replace("\\\"", "\""), arg.text);
                    shown
                });
                let args: Vec<&str> = args.collect();
                (args.join("|"), server.url.as_ref().map(|url| url.text.to_string()))
            })
            .collect();
        let url = |text: &str| Some(text.to_owned());
        assert_eq!(
            told,
            [
                ("-y|p@1|\\\"q".to_owned(), None),
                (String::new(), None),
                (String::new(), url("https://h/")),
                ("y".to_owned(), url("z")),
            ]
        );
    });
}

#[test]
fn a_value_behind_its_name_in_a_text_has_its_own_place() {
    let text = r#"{"mcpServers": {"a": {"url": "https://h/", "headers": ["X-A:  b c", "X-D:"],
        "env": ["K=v\"w"]}}}"#;
    with(".mcphost.json", text, |document, reading| {
        let server = &reading.servers[0];
        let values = server.headers.iter().chain(&server.env);
        let shown: Vec<_> = values
            .map(|named| {
                let value = &named.value;
                document.slice(value.span_of(0..value.text.len()))
            })
            .collect();
        assert_eq!(shown, ["b c", "", "v\\\"w"]);
    });
}

#[test]
fn a_server_behind_a_socket_is_started_by_somebody_else() {
    for text in [r#"{"socket": "/run/a.sock"}"#, r#"{"type": "ws", "tcp": {"port": 1}}"#] {
        let transport = if text.contains("ws") { "ws" } else { "unknown" };
        assert_eq!(entry("qoder", text), transport, "{text}");
    }
    assert_eq!(entry("qoder", r#"{"port": 1}"#), "unknown !bad-entry");
}

#[test]
fn approvals_of_clients_count_where_they_are_in_force() {
    let json = |text: &str| text.to_owned();
    let cases: Vec<(&str, String, &[&str])> = vec![
        (
            ".hermes/config.yaml",
            json("mcp_servers: {a: {command: x, trust: full}}\n"),
            &["server trust []"],
        ),
        (".hermes/config.yaml", json("mcp_servers: {a: {command: x, trust: untrusted}}\n"), &[]),
        (".hermes/config.yaml", json("approvals: {mode: off}\n"), &["client approvals.mode []"]),
        (".hermes/config.yaml", json("approvals: {mode: false}\n"), &["client approvals.mode []"]),
        (".hermes/config.yaml", json("approvals: {mode: smart}\n"), &[]),
        (
            ".grok/config.toml",
            json("[permission]\nallow = ['Bash(ls)', 'MCPTool(a__*)', 'mcp__b', 'MCPTool']\n"),
            &[
                "permission permission.allow [MCPTool(a__*),MCPTool] 'MCPTool'",
                "permission permission.allow [mcp__b]",
            ],
        ),
        (
            ".grok/config.toml",
            json(
                "[permission]\nrules = [{action = 'allow', tool = 'bash'}, {action = 'deny', tool = 'any'}, {action = 'allow', tool = 'mcp', pattern = 'a__*'}, {action = 'allow', tool = 'any'}]\n",
            ),
            &["permission permission.rules.2.tool []", "permission permission.rules.3.tool []"],
        ),
        (
            ".grok/config.toml",
            json("[[permission.rules]]\naction = 'allow'\ntool = 'mcp'\n"),
            &["permission permission.rules.0.tool []"],
        ),
        (
            ".grok/config.toml",
            json("[permission]\nrules = [{action = 'ask', tool = 'mcp'}, 'mcp', 7]\n"),
            &[],
        ),
        // A project cannot switch the questions off.
        (".grok/config.toml", json("[ui]\npermission_mode = 'always-approve'\nyolo = true\n"), &[]),
        (
            ".grok/managed_config.toml",
            json("[ui]\npermission_mode = 'always-approve'\n"),
            &["client ui.permission_mode []"],
        ),
        (".grok/managed_config.toml", json("[ui]\npermission_mode = 'auto'\n"), &[]),
        (
            ".kimi-code/config.toml",
            json("default_permission_mode = 'yolo'\n"),
            &["client default_permission_mode []"],
        ),
        (".kimi-code/config.toml", json("default_permission_mode = 'manual'\n"), &[]),
        (".kimi/config.toml", json("default_yolo = true\n"), &["client default_yolo []"]),
        (".kimi/config.toml", json("default_yolo = false\n"), &[]),
        (
            ".kimi-code/config.toml",
            json(
                "[permission]\nrules = [{decision = 'allow', pattern = 'Read'}, {decision = 'allow', pattern = 'mcp__a__*'}, {decision = 'allow', pattern = 'mcp__*'}, {decision = 'deny', pattern = 'mcp__b'}]\n",
            ),
            &[
                "permission permission.rules.1.decision []",
                "permission permission.rules.2.decision []",
            ],
        ),
        (
            ".rovodev/config.yml",
            json("toolPermissions: {default: allow}\n"),
            &["client toolPermissions.default []"],
        ),
        (
            ".rovodev/config.yml",
            json("toolPermissions: {default: ask, tools: {grep: allow}}\n"),
            &[],
        ),
        (
            ".rovodev/config.yml",
            json("toolPermissions: {allowAll: true}\n"),
            &["client toolPermissions.allowAll []"],
        ),
        (
            ".rovodev/config.yml",
            json("mcp: {allowedMcpServers: [npx a]}\ntoolPermissions: {allowedMcpServers: []}\n"),
            &["project-servers mcp.allowedMcpServers [npx a]"],
        ),
        (
            ".vibe/config.toml",
            json("bypass_tool_permissions = true\n"),
            &["client bypass_tool_permissions []"],
        ),
        (".vibe/config.toml", json("bypass_tool_permissions = false\nauto_approve = false\n"), &[]),
        (".vibe/config.toml", json("auto_approve = true\n"), &["client auto_approve []"]),
        (
            ".vibe/config.toml",
            json(
                "[tools.bash]\npermission = 'always'\n[tools.a_rm]\npermission = 'always'\n[tools.a_ls]\npermission = 'ask'\n",
            ),
            &["tools tools.a_rm.permission [a_rm]"],
        ),
        (
            ".vibe/trusted_folders.toml",
            json("trusted = ['/home/me', '/home/me/code/app']\n"),
            &["folder trusted.0 []"],
        ),
        (".vibe/trusted_folders.toml", json("trusted = ['/home/me/code/app']\n"), &[]),
        (
            "reasonix.toml",
            json("[permissions]\nmode = 'allow'\nallow = ['mcp__a', 'Bash(ls)']\n"),
            &["permission permissions.allow [mcp__a]", "client permissions.mode []"],
        ),
        ("reasonix.toml", json("[permissions]\nmode = 'ask'\n"), &[]),
        (".reasonix/config.json", json(r#"{"editMode": "yolo"}"#), &["client editMode []"]),
        (".reasonix/config.json", json(r#"{"editMode": "auto"}"#), &[]),
        (
            ".takt/config.yaml",
            json("workflow_mcp_servers: {stdio: true, sse: false}\n"),
            &["project-servers workflow_mcp_servers.stdio []"],
        ),
        (".takt/config.yaml", json("workflow_mcp_servers: {stdio: false}\n"), &[]),
        (
            ".codebuddy/settings.json",
            json(
                r#"{"enableAllProjectMcpServers": true, "enabledMcpjsonServers": ["a"], "permissions": {"allow": ["mcp__a", "Read"], "defaultMode": "bypassPermissions"}}"#,
            ),
            &[
                "project-servers enableAllProjectMcpServers []",
                "project-servers enabledMcpjsonServers [a]",
                "permission permissions.allow [mcp__a]",
                "client permissions.defaultMode []",
            ],
        ),
        (
            ".codebuddy/settings.json",
            json(
                r#"{"enableAllProjectMcpServers": false, "permissions": {"allow": ["Read"], "defaultMode": "plan"}}"#,
            ),
            &[],
        ),
        (
            ".qoder/settings.json",
            json(r#"{"permissions": {"defaultMode": "bypass_permissions"}}"#),
            &["client permissions.defaultMode []"],
        ),
        (
            ".qoder/settings.json",
            json(r#"{"permissions": {"defaultMode": "auto", "allow": ["Bash(ls)"]}}"#),
            &[],
        ),
        (
            ".pi/mcp.json",
            json(
                r#"{"settings": {"samplingAutoApprove": true}, "mcpServers": {"a": {"url": "https://h/", "requestHeadersCommand": {"command": "x"}}}}"#,
            ),
            &["permission settings.samplingAutoApprove []", "execution requestHeadersCommand []"],
        ),
        (
            ".pi/mcp.json",
            json(
                r#"{"settings": {"samplingAutoApprove": false}, "mcpServers": {"a": {"url": "https://h/"}}}"#,
            ),
            &[],
        ),
    ];
    for (path, text, expected) in cases {
        assert_eq!(approvals(path, &text), expected, "{path}: {text}");
    }
}
