//! Approvals of each client, in force and not.

use super::super::tests::approvals;

/// An entry called `a` under `mcpServers`, with these keys beside its command.
fn entry(keys: &str) -> String {
    format!(r#"{{"mcpServers": {{"a": {{"command": "x", {keys}}}}}}}"#)
}

#[track_caller]
fn check(path: &str, text: &str, expected: &[&str]) {
    assert_eq!(approvals(path, text), expected, "{path}: {text}");
}

#[test]
fn in_antigravity() {
    let settings = ".gemini/antigravity-cli/settings.json";
    check(
        settings,
        r#"{"toolPermission": "always-proceed", "permissions": {"allow": ["command(git)", "mcp(a/*)", "mcp(*)"]}}"#,
        &["permission permissions.allow [mcp(a/*),mcp(*)] \"mcp(*)\"", "client toolPermission []"],
    );
    check(
        settings,
        r#"{"permissions": {"allow": ["mcp"]}}"#,
        &["permission permissions.allow [mcp] \"mcp\""],
    );
    check(
        settings,
        r#"{"toolPermission": "request-review", "permissions": {"allow": ["command(mcp)"], "deny": ["mcp(*)"]}}"#,
        &[],
    );
    // The preset is the user's; a project can only list permissions.
    check(
        ".antigravity/settings.json",
        r#"{"toolPermission": "always-proceed", "permissions": {"allow": ["mcp(a/b)"]}}"#,
        &["permission permissions.allow [mcp(a/b)]"],
    );
}

#[test]
fn in_devin() {
    for path in [".devin/config.json", ".config/devin/config.json"] {
        check(
            path,
            r#"{"permissions": {"allow": ["Read(src/**)", "mcp__a__b"]}}"#,
            &["permission permissions.allow [mcp__a__b]"],
        );
        check(path, r#"{"permissions": {"allow": ["Exec(make)"], "deny": ["mcp__a__b"]}}"#, &[]);
    }
}

#[test]
fn in_zoo_code() {
    let settings = "Code/User/globalStorage/x.zoo-code/settings/mcp_settings.json";
    check(settings, &entry(r#""alwaysAllow": ["b"]"#), &["tools alwaysAllow [b]"]);
    check(settings, &entry(r#""alwaysAllow": [], "disabledTools": ["b"]"#), &[]);
}

#[test]
fn in_kilo_code() {
    check(".kilo/kilo.json", r#"{"permission": "allow"}"#, &["client permission []"]);
    check(
        "kilo.jsonc",
        r#"{"permission": {"a_b": "allow", "a_c": "ask", "bash": {"ls": "allow"}}}"#,
        &["permission permission.a_b []"],
    );
    check("kilo.jsonc", r#"{"permission": "ask"}"#, &[]);
    check(".kilocode/mcp.json", &entry(r#""alwaysAllow": ["b"]"#), &["tools alwaysAllow [b]"]);
    check(".kilocode/mcp.json", &entry(r#""alwaysAllow": []"#), &[]);
}

#[test]
fn in_qwen_code() {
    let settings = ".qwen/settings.json";
    check(settings, &entry(r#""trust": true"#), &["server trust []"]);
    check(settings, &entry(r#""trust": false"#), &[]);
    check(
        settings,
        r#"{"tools": {"approvalMode": "yolo", "allowed": ["a"]}}"#,
        &["client tools.approvalMode []", "permission tools.allowed [a]"],
    );
    check(
        settings,
        r#"{"tools": {"approvalMode": "auto-edit", "allowed": []}, "mcp": {"allowed": ["a"]}}"#,
        &[],
    );
    check(
        ".qwen/trustedFolders.json",
        r#"{"/home/me": "TRUST_FOLDER", "/home/me/app": "TRUST_FOLDER", "/": "DO_NOT_TRUST"}"#,
        &["folder /home/me []"],
    );
}

#[test]
fn in_crush() {
    check(
        "crush.json",
        r#"{"permissions": {"allowed_tools": ["view", "mcp_a_b"]}}"#,
        &["permission permissions.allowed_tools [mcp_a_b]"],
    );
    check("crush.json", r#"{"permissions": {"allowed_tools": ["view"]}}"#, &[]);
    let server = |keys: &str| format!(r#"{{"mcp": {{"a": {{"type": "stdio", {keys}}}}}}}"#);
    check(
        "crush.json",
        &server(r#""command": "x", "env": {"K": "$(pass show k)", "L": "$L"}"#),
        &["execution env.K []"],
    );
    check(
        "crush.json",
        &server(r#""command": "$(which x)", "args": ["a", "b$(date)"]"#),
        &["execution command []", "execution args.1 []"],
    );
    check(
        "crush.json",
        &server(r#""url": "https://h/", "headers": {"A": "Bearer $(cat t)"}"#),
        &["execution headers.A []"],
    );
    check("crush.json", &server(r#""command": "$X", "args": ["(a)"], "env": {"K": "${L}"}"#), &[]);
}

#[test]
fn in_warp() {
    let profile = |keys: &str| format!("[agents.execution_profiles.night]\n{keys}\n");
    let settings = ".config/warp-terminal/settings.toml";
    check(
        settings,
        &profile("mcp_permissions = 'always_allow'\nmcp_allowlist = ['a']"),
        &[
            "client agents.execution_profiles.night.mcp_permissions []",
            "permission agents.execution_profiles.night.mcp_allowlist [a]",
        ],
    );
    check(
        settings,
        &profile(
            "mcp_permissions = 'agent_decides'\nmcp_allowlist = []\nread_files = 'always_allow'",
        ),
        &[],
    );
}

#[test]
fn in_augment() {
    let rule = |kind: &str| {
        format!(
            r#"{{"toolPermissions": [{{"toolName": "a", "permission": {{"type": "{kind}"}}}}]}}"#
        )
    };
    let settings = ".augment/settings.json";
    check(settings, &rule("allow"), &["permission toolPermissions.0.toolName []"]);
    check(settings, &rule("script-policy"), &["execution toolPermissions.0.permission.type []"]);
    for kind in ["deny", "ask-user", "webhook-policy"] {
        check(settings, &rule(kind), &[]);
    }
    // Each rule by itself.
    check(
        settings,
        r#"{"toolPermissions": [{"toolName": "a", "permission": {"type": "deny"}}, {"toolName": "b", "permission": {"type": "allow"}}, {"permission": {"type": "allow"}}]}"#,
        &["permission toolPermissions.1.toolName []"],
    );
}

#[test]
fn in_amp() {
    let settings = ".amp/settings.json";
    check(
        settings,
        r#"{"amp.dangerouslyAllowAll": true, "amp.mcpTrustedServers": ["a"]}"#,
        &["client amp.dangerouslyAllowAll []", "project-servers amp.mcpTrustedServers [a]"],
    );
    check(settings, r#"{"amp.dangerouslyAllowAll": false, "amp.mcpTrustedServers": []}"#, &[]);
    check(
        settings,
        r#"{"amp.permissions": [{"tool": "Bash", "action": "allow"}, {"tool": "mcp__a__*", "action": "ask"}, {"tool": "mcp__b__*", "action": "allow"}, {"tool": "*", "action": "allow"}, {"tool": "*", "action": "reject"}]}"#,
        &["permission amp.permissions.2.tool []", "permission amp.permissions.3.tool []"],
    );
    check(
        settings,
        r#"{"amp.mcpPermissions": [{"matches": {"command": "*"}, "action": "allow"}]}"#,
        &[],
    );
}

#[test]
fn in_factory_droid() {
    let settings = ".factory/settings.json";
    check(
        settings,
        r#"{"sessionDefaultSettings": {"autonomyLevel": "high"}, "mcpAutonomyOverrides": {"a": {"defaultLevel": "low", "tools": {"b": "low", "c": "high"}}}}"#,
        &[
            "client sessionDefaultSettings.autonomyLevel []",
            "permission mcpAutonomyOverrides.a.defaultLevel []",
            "permission mcpAutonomyOverrides.a.tools.b []",
        ],
    );
    let older = r#"{"sessionDefaultSettings": {"autonomyMode": "auto-high"}}"#;
    check(settings, older, &["client sessionDefaultSettings.autonomyMode []"]);
    check(
        settings,
        r#"{"sessionDefaultSettings": {"autonomyLevel": "medium", "autonomyMode": "auto-low"}, "maxAutonomyLevel": "high", "commandAllowlist": []}"#,
        &[],
    );
}

#[test]
fn in_gemini_cli() {
    let rule =
        |keys: &str| format!("[[rule]]\ntoolName = 'ls'\ndecision = 'allow'\n[[rule]]\n{keys}\n");
    let policy = ".gemini/policies/mine.toml";
    check(policy, &rule("mcpName = 'a'\ndecision = 'allow'"), &["permission rule.1.mcpName []"]);
    check(policy, &rule("mcpName = 'a'\ndecision = 'ask_user'"), &[]);
}

#[test]
fn in_zed() {
    let tools = |tools: &str| {
        format!(
            r#"{{"agent": {{"tool_permissions": {{"default": "confirm", "tools": {{{tools}}}}}}}}}"#
        )
    };
    check(
        ".zed/settings.json",
        &tools(r#""mcp:a:b": {"default": "allow"}, "mcp:a:c": {"default": "deny"}"#),
        &["permission agent.tool_permissions.tools.mcp:a:b.default []"],
    );
    check(".zed/settings.json", &tools(r#""terminal": {"default": "confirm"}"#), &[]);
}
