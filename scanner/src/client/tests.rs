//! Whose file it is, what of it is a server, what it says.

mod forms;
mod shared;

use proptest::prelude::*;

use super::{Catalogue, DIALECTS, Origin, Reading, Transport, dialect, read};
use crate::problem::ProblemKind;
use crate::syntax::{Document, Format, Limits};

/// What a reading of the text at that path gives.
pub(super) fn with<T>(
    path: &str,
    text: &str,
    look: impl FnOnce(&Document, &Reading<'_>) -> T,
) -> T {
    let format = Format::of_path(path).unwrap_or(Format::Json);
    let document = Document::parse(text.as_bytes(), format, &Limits::default());
    let claims = Catalogue::new(&DIALECTS).claims(path);
    let reading = read(&document, &Origin { path, claims, forced: None });
    look(&document, &reading)
}

/// The client, then each server as `name=pointer`, then each problem as `!kind pointer`.
pub(super) fn told(path: &str, text: &str) -> String {
    with(path, text, |_, reading| {
        let client = reading.client.map_or("-", |client| &client.id);
        let mut out = format!("{client}:");
        for server in &reading.servers {
            out += &format!(" {}={}", server.name, server.pointer);
        }
        for problem in &reading.problems {
            let pointer = problem.pointer.as_deref().unwrap_or("-");
            out += &format!(" !{} {pointer}", problem.kind);
        }
        out
    })
}

#[track_caller]
fn check(cases: &[(&str, &str, &str)]) {
    for (path, text, expected) in cases {
        assert_eq!(told(path, text), *expected, "{path}: {text}");
    }
}

/// A collection of one server that starts a program.
const ONE: &str = r#"{"a": {"command": "npx", "args": ["p"]}}"#;

fn under(key: &str) -> String {
    format!("{{{key:?}: {ONE}}}")
}

#[test]
fn keys_and_shape_say_whose_file_it_is_before_the_path_does() {
    check(&[
        (".mcp.json", &under("mcpServers"), "claude-code: a=/mcpServers/a"),
        (".mcp.json", &under("servers"), "visual-studio: a=/servers/a"),
        (".mcp.json", ONE, "copilot-cli: a=/a"),
        (".zed/settings.json", &under("context_servers"), "zed: a=/context_servers/a"),
        (".zed/settings.json", &under("mcp.servers"), "vscode: a=/mcp.servers/a"),
        (".vscode/mcp.json", &under("servers"), "vscode: a=/servers/a"),
        (
            ".vscode/settings.json",
            &format!(r#"{{"mcp": {{"servers": {ONE}}}}}"#),
            "vscode: a=/mcp/servers/a",
        ),
        ("opencode.json", &format!(r#"{{"mcp": {ONE}}}"#), "opencode: a=/mcp/a"),
        (".codex/config.toml", "[mcp_servers.a]\ncommand = 'npx'\n", "codex: a=/mcp_servers/a"),
        ("any.json", &under("mcpServers"), "generic: a=/mcpServers/a"),
        ("any.json", ONE, "generic: a=/a"),
        ("any.json", r#"{"mcpServers": {"a": {"command": "x"}}}"#, "generic: a=/mcpServers/a"),
        (
            "any.json",
            r#"{"context_servers": {"a": {"command": "x"}}}"#,
            "zed: a=/context_servers/a",
        ),
        (
            "any.json",
            r#"{"mcp": {"servers": {"a": {"command": "x"}}}}"#,
            "generic: a=/mcp/servers/a",
        ),
        ("any.json", r#"{"servers": {"a": {"command": "x"}}}"#, "-:"),
        ("any.yaml", "extensions:\n  a: {cmd: npx, args: [p]}\n", "goose: a=/extensions/a"),
    ]);
}

#[test]
fn files_without_servers_are_nobodys_alarm() {
    check(&[
        (
            ".vscode/settings.json",
            r#"{"editor.tabSize": 4, "files.exclude": {"a": true}}"#,
            "vscode:",
        ),
        (
            ".zed/settings.json",
            r#"{"theme": "One", "lsp": {"rust": {"binary": {"path": "x"}}}}"#,
            "zed:",
        ),
        (".claude/settings.json", r#"{"permissions": {"allow": []}}"#, "claude-code:"),
        (".mcp.json", r#"{"mcpServers": {}}"#, "claude-code:"),
        (".mcp.json", r#"{"$schema": "https://example.com/s.json"}"#, "claude-code:"),
        (".mcp.json", "{}", "claude-code:"),
        (".vscode/mcp.json", r#"{"inputs": [{"id": "k", "type": "promptString"}]}"#, "vscode:"),
        ("any.json", r#"{"name": "app", "version": "1.0.0"}"#, "-:"),
        // A table of permissions that has the key.
        ("any.json", r#"{"mcpServers": {"a": true, "b": "allow"}}"#, "-:"),
        (".claude/settings.json", r#"{"mcpServers": {"a": {"tools": ["x"]}}}"#, "claude-code:"),
    ]);
}

#[test]
fn a_promising_name_over_something_else_is_worth_a_word() {
    check(&[
        (".mcp.json", r#"{"tools": [1]}"#, "claude-code: !unknown-shape -"),
        ("mcp_config.json", r#"{"debug": true}"#, "generic: !unknown-shape -"),
        (".mcp.json", "[{}]", "claude-code: !unknown-shape -"),
    ]);
}

#[test]
fn unknown_collections_of_servers_are_analysed_and_told() {
    check(&[
        (
            ".claude/settings.json",
            &under("managedServers"),
            "claude-code: a=/managedServers/a !unknown-shape /managedServers",
        ),
        ("app.json", &under("mcp_tools"), "-: a=/mcp_tools/a !unknown-shape /mcp_tools"),
        (
            ".mcp.json",
            &format!(
                r#"{{"mcpServers": {ONE}, "extraServers": {{"b": {{"url": "https://h/"}}}}}}"#
            ),
            "claude-code: a=/mcpServers/a b=/extraServers/b !unknown-shape /extraServers",
        ),
        (
            "deep.json",
            &format!(r#"{{"x": {{"y": {{"mcpConfig": {ONE}}}}}}}"#),
            "-: a=/x/y/mcpConfig/a !unknown-shape /x/y/mcpConfig",
        ),
        (
            "deep.json",
            &format!(
                r#"{{"a": [1, {{"b": [[{{"c": {{"d": {{"e": {{"mcpConfig": {ONE}}}}}}}}}]]}}]}}"#
            ),
            "-: a=/a/1/b/0/0/c/d/e/mcpConfig/a !unknown-shape /a/1/b/0/0/c/d/e/mcpConfig",
        ),
        (
            "list.json",
            r#"{"mcp_list": [{"name": "a", "command": "npx", "args": []}]}"#,
            "-: a=/mcp_list/0 !unknown-shape /mcp_list",
        ),
    ]);
}

#[test]
fn what_looks_similar_is_no_server() {
    for text in [
        r#"{"lsp": {"rust": {"command": "rust-analyzer", "args": ["x"]}}}"#,
        r#"{"languageServers": {"a": {"command": "x", "args": []}}}"#,
        r#"{"language_servers": {"a": {"command": "x", "args": []}}}"#,
        r#"{"lspServers": {"go": {"command": "gopls", "args": ["serve"]}}}"#,
        r#"{"formatter": {"prettier": {"command": "npx", "args": ["prettier"]}}}"#,
        r#"{"tasks": [{"label": "b", "command": "npx", "args": ["x"], "name": "b"}]}"#,
        r#"{"hooks": {"PreToolUse": [{"hooks": [{"type": "command", "command": "x"}]}]}}"#,
        r#"{"devServer": {"proxy": {"url": "http://localhost:80"}}}"#,
        r#"{"proxyServers": {"a": {"url": "http://10.0.0.1:80"}}}"#,
        r#"{"scripts": {"a": {"command": "npx", "env": {}}}}"#,
        r#"{"servers": {"a": {"host": "db", "port": 5432}}}"#,
        r#"{"servers": ["a", "b"]}"#,
    ] {
        for path in
            ["settings.json", ".zed/settings.json", "opencode.json", ".claude/settings.json"]
        {
            with(path, text, |_, reading| {
                assert!(reading.servers.is_empty(), "{path}: {text}: {:?}", reading.servers);
                assert!(reading.problems.is_empty(), "{path}: {text}: {:?}", reading.problems);
            });
        }
    }
}

#[test]
fn entries_beside_the_map_stay_out_and_remarks_are_skipped() {
    check(&[
        (
            ".mcp.json",
            &format!(
                r#"{{"mcpServers": {ONE}, "lsp": {{"r": {{"command": "x", "args": []}}}}, "b": 1}}"#
            ),
            "claude-code: a=/mcpServers/a",
        ),
        (
            ".mcp.json",
            r#"{"mcpServers": {"//": "note", "_comment": "x", "$schema": "y", "a": {"command": "x"}}}"#,
            "claude-code: a=/mcpServers/a",
        ),
        // A server that is commented out by its key would run if the client read the key.
        (
            ".mcp.json",
            r#"{"mcpServers": {"_a": {"command": "x"}}}"#,
            "claude-code: _a=/mcpServers/_a",
        ),
        ("opencode.json", r#"{"mcp": {"a": {"enabled": false}}}"#, "opencode:"),
        (
            "opencode.json",
            &format!(
                r#"{{"mcp": {{"servers": {ONE}, "b": {{"type": "local", "command": ["x"]}}}}}}"#
            ),
            "opencode: a=/mcp/servers/a b=/mcp/b",
        ),
    ]);
}

#[test]
fn lists_name_their_servers() {
    check(&[
        (
            ".continue/config.yaml",
            "mcpServers:\n  - name: a\n    command: npx\n  - id: b\n    url: https://h/\n  - command: x\n",
            "continue: a=/mcpServers/0 b=/mcpServers/1 #2=/mcpServers/2",
        ),
        (
            ".claude/agents/h.md",
            "---\nmcpServers:\n  - shared\n  - a:\n      command: npx\n---\n",
            "claude-code: a=/mcpServers/1/a",
        ),
        (
            "any.json",
            r#"{"servers": [{"name": "a", "url": "https://h/"}]}"#,
            "generic: a=/servers/0",
        ),
    ]);
}

#[test]
fn names_of_any_kind_have_right_pointers() {
    let names = ["a/b", "a~b", "a.b", "a b", "@s/p", "имя", "日本", "", "~1", "a\"b", "😀"];
    for name in names {
        let key = serde_json::to_string(name).unwrap();
        let text = format!(r#"{{"mcpServers": {{{key}: {{"command": "x"}}}}}}"#);
        with(".mcp.json", &text, |document, reading| {
            let [server] = reading.servers.as_slice() else { panic!("{name}: {reading:?}") };
            assert_eq!(server.name, name);
            let found = document.roots()[0].at(&server.pointer).unwrap();
            assert!(std::ptr::eq(found, server.node), "{name}");
            assert_eq!(document.slice(server.name_span), key, "{name}");
            let command = server.command.as_ref().unwrap();
            assert_eq!(document.roots()[0].at(&command.pointer).unwrap().as_str(), Some("x"));
        });
    }
}

#[test]
fn both_servers_of_one_name_are_read() {
    let text = r#"{"mcpServers": {"a": {"command": "x"}, "a": {"command": "y"}}}"#;
    with(".mcp.json", text, |_, reading| {
        let commands: Vec<_> =
            reading.servers.iter().map(|s| s.command.as_ref().unwrap().text.as_ref()).collect();
        assert_eq!(commands, ["x", "y"]);
    });
    let text = r#"{"mcpServers": {"a": {"command": "x"}}, "mcpServers": {"b": {"command": "y"}}}"#;
    assert_eq!(told(".mcp.json", text), "claude-code: a=/mcpServers/a b=/mcpServers/b");
}

/// One entry in one line: transport, command line, URL, variables, headers, switch.
fn entry(client: &str, entry: &str) -> String {
    let document = Document::parse(
        format!(r#"{{"mcpServers": {{"a": {entry}}}}}"#).as_bytes(),
        Format::Json,
        &Limits::default(),
    );
    let forced = dialect(client);
    assert!(forced.is_some(), "{client}");
    let reading = read(&document, &Origin { path: "x.json", claims: Vec::new(), forced });
    let mut out = Vec::new();
    for server in &reading.servers {
        out.push(server.transport.name().to_owned());
        out.extend(server.command.iter().map(|c| format!("${}", c.text)));
        out.extend(server.args.iter().map(|arg| arg.text.to_string()));
        out.extend(server.url.iter().map(|url| format!("<{}>", url.text)));
        out.extend(server.env.iter().map(|v| format!("{}={}", v.name, v.value.text)));
        out.extend(server.headers.iter().map(|v| format!("{}: {}", v.name, v.value.text)));
        out.extend(server.disabled.then(|| "off".to_owned()));
    }
    out.extend(reading.problems.iter().map(|problem| format!("!{}", problem.kind)));
    out.join(" ")
}

#[test]
fn entries_are_read_in_every_form() {
    let client = "generic";
    for (text, expected) in [
        (r#"{"command": "npx", "args": ["-y", "p"]}"#, "stdio $npx -y p"),
        (r#"{"command": ["npx", "-y", "p"]}"#, "stdio $npx -y p"),
        (r#"{"command": ["npx"], "args": ["-y"]}"#, "stdio $npx -y"),
        (r#"{"command": "npx -y p"}"#, "stdio $npx -y p"),
        (r#"{"command": "x", "args": "one"}"#, "stdio $x one"),
        (r#"{"command": "x", "args": [1, true, null, "b"]}"#, "stdio $x 1 true b"),
        (r#"{"command": "x", "args": ["a", {"b": 1}, ["c"]]}"#, "stdio $x a !bad-entry !bad-entry"),
        (
            r#"{"command": "x", "env": {"A": {"b": 1}, "C": ["d"], "E": "f"}}"#,
            "stdio $x E=f !bad-entry !bad-entry",
        ),
        (r#"{"command": "x", "env": "A=b"}"#, "stdio $x !bad-entry"),
        (r#"{"command": "x", "env": [["A", "b"]]}"#, "stdio $x !bad-entry"),
        (
            r#"{"command": "x", "env": null, "args": null, "headers": null, "cwd": null}"#,
            "stdio $x",
        ),
        (r#"{"command": "x", "cwd": ["a"], "envFile": {}}"#, "stdio $x !bad-entry !bad-entry"),
        (r#"{"url": "https://h/", "headers": "A: b"}"#, "http <https://h/> !bad-entry"),
        (r#"{"url": {"a": "https://h/"}}"#, "unknown !bad-entry"),
        (r#"{"command": {"args": ["a"]}}"#, "unknown a !bad-entry"),
        (r#"{"url": "mcp.acme.dev/mcp"}"#, "http <mcp.acme.dev/mcp> !bad-entry"),
        (r#"{"url": "localhost:3000/mcp"}"#, "http <localhost:3000/mcp> !bad-entry"),
        (r#"{"url": "htp://h/"}"#, "http <htp://h/>"),
        (r#"{"url": "HTTPS://h/"}"#, "http <HTTPS://h/>"),
        (r#"{"url": "${HOST}/mcp"}"#, "http <${HOST}/mcp>"),
        (r#"{"url": "unix:///run/a.sock"}"#, "http <unix:///run/a.sock>"),
        (r#"{"command": "x", "command": "y"}"#, "stdio $x stdio $y"),
        (
            r#"{"command": "x", "args": ["a"], "args": ["b"], "args": ["c"]}"#,
            "stdio $x a stdio $x b stdio $x c",
        ),
        (
            r#"{"command": "x", "env": {"A": "b"}, "env": {"A": {}}}"#,
            "stdio $x A=b stdio $x !bad-entry",
        ),
        (
            r#"{"url": "https://h/", "url": "https://i/", "type": "sse"}"#,
            "sse <https://h/> sse <https://i/>",
        ),
        (r#"{"command": "x", "disabled": true, "disabled": false}"#, "stdio $x off stdio $x"),
        (r#"{"command": "x", "args": {"a": 1}}"#, "stdio $x !bad-entry"),
        (r#"{"command": {"path": "x", "args": ["a"], "env": {"K": "v"}}}"#, "stdio $x a K=v"),
        (r#"{"command": "x", "url": ""}"#, "stdio $x"),
        (r#"{"command": "x", "url": null}"#, "stdio $x"),
        (r#"{"command": "", "url": "https://h/"}"#, "http <https://h/>"),
        (r#"{"serverUrl": "https://h/"}"#, "http <https://h/>"),
        (r#"{"httpUrl": "https://h/"}"#, "http <https://h/>"),
        (r#"{"uri": "https://h/"}"#, "http <https://h/>"),
        (r#"{"url": "wss://h/"}"#, "ws <wss://h/>"),
        (r#"{"type": "sse", "url": "https://h/"}"#, "sse <https://h/>"),
        (r#"{"transport": "streamable-http", "url": "https://h/"}"#, "http <https://h/>"),
        (r#"{"type": "stdio", "url": "https://h/"}"#, "http <https://h/>"),
        (r#"{"type": "weird", "url": "https://h/"}"#, "http <https://h/>"),
        (r#"{"command": "x", "env": ["A=b=c", "D"]}"#, "stdio $x A=b=c"),
        (r#"{"command": "x", "env": [{"name": "A", "value": "b"}]}"#, "stdio $x A=b"),
        (r#"{"command": "x", "env": {"A": 1, "B": true, "C": null}}"#, "stdio $x A=1 B=true"),
        (r#"{"command": "x", "environment": {"A": "b"}}"#, "stdio $x A=b"),
        (r#"{"url": "https://h/", "headers": {"X-A": "b"}}"#, "http <https://h/> X-A: b"),
        (r#"{"url": "https://h/", "headers": ["X-A: b:c"]}"#, "http <https://h/> X-A: b:c"),
        (
            r#"{"url": "https://h/", "requestInit": {"headers": {"X-A": "b"}}}"#,
            "http <https://h/> X-A: b",
        ),
        (r#"{"command": "x", "disabled": true}"#, "stdio $x off"),
        (r#"{"command": "x", "disabled": false}"#, "stdio $x"),
        (r#"{"disabled": true}"#, ""),
        (r#"{}"#, "unknown !bad-entry"),
        (r#"{"args": ["x"]}"#, "unknown x !bad-entry"),
        (
            r#"{"command": "x", "env": [{"name": "A", "default": "b"}, {"name": "B"}, {"value": "c"}]}"#,
            "stdio $x A=b",
        ),
    ] {
        assert_eq!(entry(client, text), expected, "{text}");
    }
}

#[test]
fn a_default_is_found_under_its_own_key() {
    let text = r#"{"name": "n", "packages": [{"registryType": "npm", "identifier": "p",
        "environmentVariables": [{"name": "A", "default": "b"}, {"name": "C", "value": null, "default": "d"}]}]}"#;
    with("server.json", text, |document, reading| {
        let env: Vec<_> = reading.servers[0]
            .env
            .iter()
            .map(|variable| (variable.name.as_ref(), variable.value.pointer.as_str()))
            .collect();
        assert_eq!(
            env,
            [
                ("A", "/packages/0/environmentVariables/0/default"),
                ("C", "/packages/0/environmentVariables/1/default"),
            ]
        );
        for variable in &reading.servers[0].env {
            let found = document.roots()[0].at(&variable.value.pointer).unwrap();
            assert!(std::ptr::eq(found, variable.value.node));
        }
    });
}

#[test]
fn an_entry_that_is_no_object_is_told() {
    for (text, kind) in
        [("null", "null"), (r#""npx p""#, "a string"), ("[1]", "a list"), ("7", "a number")]
    {
        let text = format!(r#"{{"mcpServers": {{"a": {text}, "b": {{"command": "x"}}}}}}"#);
        assert_eq!(
            told(".mcp.json", &text),
            "claude-code: b=/mcpServers/b !bad-entry /mcpServers/a"
        );
        with(".mcp.json", &text, |_, reading| assert!(reading.problems[0].message.contains(kind)));
    }
    let bad = "!bad-entry /mcpServers/a !bad-entry /mcpServers/b";
    for text in
        [r#"{"mcpServers": {"a": null, "b": "npx p"}}"#, r#"{"mcpServers": {"a": [], "b": "x"}}"#]
    {
        assert_eq!(told(".mcp.json", text), format!("claude-code: {bad}"));
        // A file that is not read for its servers may hold anything.
        assert_eq!(told("any.json", text), "-:");
    }
}

#[test]
fn a_misspelt_key_is_told_with_what_it_may_mean() {
    for (entry, told) in [
        (r#"{"comand":"npx"}"#, Some("`comand` may be a misspelt `command`")),
        (r#"{"Url":"https://h.acme.dev/mcp"}"#, Some("`Url` may be a misspelt `url`")),
        (r#"{"command":""}"#, None),
        (r#"{"env":{"A":"b"}}"#, None),
    ] {
        let text = format!(r#"{{"mcpServers":{{"s":{entry},"t":{{"command":"t"}}}}}}"#);
        with(".mcp.json", &text, |_, reading| {
            let message = &reading.problems[0].message;
            assert!(message.contains("neither a command nor a URL"), "{message}");
            let meant = message.split_once("; ").map(|(_, meant)| meant);
            assert_eq!(meant, told, "{entry}");
        });
    }
}

#[test]
fn a_known_place_with_something_else_is_told() {
    check(&[
        (
            "claude_desktop_config.json",
            r#"{"mcpServers": "npx p"}"#,
            "claude-desktop: !unknown-shape /mcpServers",
        ),
        (
            "claude_desktop_config.json",
            r#"{"mcpServers": [{"command": "npx"}]}"#,
            "claude-desktop: #0=/mcpServers/0 !unknown-shape /mcpServers",
        ),
        (
            ".zed/settings.json",
            r#"{"context_servers": ["a"]}"#,
            "zed: !unknown-shape /context_servers",
        ),
        ("any.json", r#"{"mcpServers": 7}"#, "-: !unknown-shape /mcpServers"),
        ("any.json", r#"{"mcpServers": true}"#, "-:"),
        ("any.json", r#"{"servers": "a"}"#, "-:"),
        // Files and servers that are kept elsewhere.
        (".claude-plugin/plugin.json", r#"{"mcpServers": "./servers.json"}"#, "claude-code:"),
        (".claude/agents/a.md", "---\nmcpServers: [github]\n---\n", "claude-code:"),
        ("librechat.yaml", "interface:\n  mcpServers: {use: true, share: false}\n", "librechat:"),
    ]);
}

#[test]
fn entries_of_other_dialects() {
    for (client, text, expected) in [
        (
            "cline",
            r#"{"transport": {"type": "stdio", "command": "x", "args": ["a"], "env": {"K": "v"}}}"#,
            "stdio $x a K=v",
        ),
        (
            "cline",
            r#"{"transport": {"type": "sse", "url": "https://h/", "headers": {"A": "b"}}}"#,
            "sse <https://h/> A: b",
        ),
        ("cline", r#"{"url": "https://h/"}"#, "sse <https://h/>"),
        ("claude-desktop", r#"{"url": "https://h/"}"#, "http <https://h/> !bad-entry"),
        ("claude-desktop", r#"{"type": "http", "url": "https://h/"}"#, "http <https://h/>"),
        (
            "goose",
            r#"{"type": "stdio", "cmd": "x", "args": ["a"], "envs": {"K": "v"}, "enabled": false}"#,
            "stdio $x a K=v off",
        ),
        ("goose", r#"{"type": "streamable_http", "uri": "https://h/"}"#, "http <https://h/>"),
        ("goose", r#"{"type": "builtin", "name": "developer"}"#, "unknown"),
        ("gemini-cli", r#"{"httpUrl": "https://h/", "url": "https://i/"}"#, "http <https://h/>"),
        ("windsurf", r#"{"serverUrl": "https://h/"}"#, "http <https://h/>"),
        ("codex", r#"{"url": "https://h/", "http_headers": {"A": "b"}}"#, "http <https://h/> A: b"),
        (
            "continue",
            r#"{"url": "https://h/", "requestOptions": {"headers": {"A": "b"}}}"#,
            "http <https://h/> A: b",
        ),
        ("librechat", r#"{"type": "websocket", "url": "wss://h/"}"#, "ws <wss://h/>"),
        ("amazon-q", r#"{"type": "http", "url": "https://h/"}"#, "http <https://h/>"),
    ] {
        assert_eq!(entry(client, text), expected, "{client}: {text}");
    }
}

#[test]
fn each_client_has_its_switch() {
    for (client, key, value, off) in [
        ("cline", "disabled", true, true),
        ("cline", "disabled", false, false),
        ("cline", "enabled", false, false),
        ("goose", "enabled", false, true),
        ("goose", "enabled", true, false),
        ("goose", "disabled", true, false),
        ("zed", "enabled", false, true),
        ("codex", "enabled", false, true),
        ("opencode", "enabled", false, true),
        ("opencode", "disabled", true, true),
        ("windsurf", "disabled", true, true),
        // The client does not know the key: the server runs.
        ("claude-code", "disabled", true, false),
        ("cursor", "disabled", true, false),
        ("vscode", "disabled", true, false),
    ] {
        let text = format!(
            r#"{{"mcpServers": {{"a": {{"command": "x", "{key}": {value}}}}},
                "mcp": {{"a": {{"command": ["x"], "{key}": {value}}}}},
                "context_servers": {{"a": {{"command": "x", "{key}": {value}}}}},
                "mcp_servers": {{"a": {{"command": "x", "{key}": {value}}}}}}}"#
        );
        let document = Document::parse(text.as_bytes(), Format::Json, &Limits::default());
        let origin = Origin { path: "x.json", claims: Vec::new(), forced: dialect(client) };
        let reading = read(&document, &origin);
        assert!(!reading.servers.is_empty(), "{client}");
        let own: Vec<_> = reading.servers.iter().filter(|s| s.dialect.id == client).collect();
        assert!(!own.is_empty(), "{client}");
        assert!(own.iter().all(|s| s.disabled == off), "{client} {key}: {value}");
    }
}

/// Each approval as `effect key [items] *`.
pub(super) fn approvals(path: &str, text: &str) -> Vec<String> {
    with(path, text, |document, reading| {
        reading
            .approvals
            .iter()
            .map(|approval| {
                let star = approval.wildcard.map(|span| format!(" {}", document.slice(span)));
                let items = approval.items.join(",");
                let star = star.unwrap_or_default();
                let found = document.roots()[0].at(&approval.value.pointer).unwrap();
                assert!(std::ptr::eq(found, approval.value.node), "{}", approval.value.pointer);
                format!("{} {} [{items}]{star}", approval.effect.name(), approval.key)
            })
            .collect()
    })
}

#[test]
fn approvals_are_found_where_they_are_in_force() {
    let entry = |inner: &str| format!(r#"{{"mcpServers": {{"a": {{"command": "x", {inner}}}}}}}"#);
    let cases: Vec<(&str, String, &[&str])> = vec![
        (".roo/mcp.json", entry(r#""alwaysAllow": ["b", "c"]"#), &["tools alwaysAllow [b,c]"]),
        (".roo/mcp.json", entry(r#""alwaysAllow": ["b", "*"]"#), &["tools alwaysAllow [b,*] \"*\""]),
        (".roo/mcp.json", entry(r#""alwaysAllow": []"#), &[]),
        (".roo/mcp.json", entry(r#""alwaysAllow": [1, null]"#), &[]),
        (".roo/mcp.json", entry(r#""alwaysAllow": "*""#), &["tools alwaysAllow [*] \"*\""]),
        (".roo/mcp.json", entry(r#""alwaysAllow": "b""#), &[]),
        (".gemini/settings.json", entry(r#""trust": true"#), &["server trust []"]),
        (".gemini/settings.json", entry(r#""trust": false"#), &[]),
        (".mcp.json", entry(r#""headersHelper": "x.sh""#), &["execution headersHelper []"]),
        (".mcp.json", entry(r#""headersHelper": null"#), &[]),
        (
            ".claude/settings.json",
            r#"{"permissions": {"allow": ["Bash(ls)", "mcp__a__b", "mcp__*"], "defaultMode": "plan"}}"#.to_owned(),
            &["permission permissions.allow [Bash(ls),mcp__a__b,mcp__*] \"mcp__*\""],
        ),
        (".claude/settings.json", r#"{"permissions": {"deny": ["Bash(ls)"]}}"#.to_owned(), &[]),
        (
            ".claude/settings.json",
            r#"{"enableAllProjectMcpServers": true, "permissions": {"defaultMode": "bypassPermissions"}}"#.to_owned(),
            &["project-servers enableAllProjectMcpServers []", "client permissions.defaultMode []"],
        ),
        (
            ".codex/config.toml",
            "approval_policy = 'never'\n[mcp_servers.a]\ncommand = 'x'\n[mcp_servers.a.tools.rm]\napproval_mode = 'approve'\n".to_owned(),
            &["client approval_policy []", "tools tools.rm.approval_mode [rm]"],
        ),
        (
            ".codex/config.toml",
            "[projects.'/home/me']\ntrust_level = 'trusted'\n[projects.'/home/me/code/app']\ntrust_level = 'trusted'\n[projects.'/']\ntrust_level = 'trusted'\n[projects.'/srv/x']\ntrust_level = 'trusted'\n".to_owned(),
            &[],
        ),
        ("opencode.json", r#"{"permission": "allow"}"#.to_owned(), &["client permission []"]),
        ("opencode.json", r#"{"permission": {"edit": "allow"}}"#.to_owned(), &[]),
        (
            ".vscode/mcp.json",
            r#"{"inputs": [{"id": "a", "type": "promptString"}, {"id": "b", "type": "command"}]}"#.to_owned(),
            &["execution inputs.1.type []"],
        ),
        (".vscode/settings.json", r#"{"chat.tools.autoApprove": true}"#.to_owned(), &["client chat.tools.autoApprove []"]),
        (".vscode/settings.json", r#"{"chat.tools.autoApprove": "false"}"#.to_owned(), &[]),
        (".vscode/settings.json", r#"{"chat.tools.autoApprove": "true"}"#.to_owned(), &[]),
        (".vscode/settings.json", r#"{"chat.tools.global.autoApprove": true}"#.to_owned(), &[]),
        (
            "x.code-workspace",
            r#"{"folders": [], "settings": {"chat.tools.global.autoApprove": true}}"#.to_owned(),
            &[],
        ),
        (
            "x.code-workspace",
            r#"{"folders": [], "settings": {"chat.tools.autoApprove": true}}"#.to_owned(),
            &["client settings.chat.tools.autoApprove []"],
        ),
        (
            ".devcontainer/devcontainer.json",
            r#"{"customizations": {"vscode": {"settings": {"chat.tools.global.autoApprove": true}}}}"#.to_owned(),
            &["client customizations.vscode.settings.chat.tools.global.autoApprove []"],
        ),
        (
            ".config/Code/User/settings.json",
            r#"{"chat.tools.global.autoApprove": true, "security": {"workspace": {"trust": {"enabled": false}}}}"#.to_owned(),
            &["client chat.tools.global.autoApprove []", "project-servers security.workspace.trust.enabled []"],
        ),
        (".vscode/settings.json", r#"{"security.workspace.trust.enabled": false}"#.to_owned(), &[]),
        ("gemini-extension.json", entry(r#""trust": true"#), &[]),
        (".gemini/settings.json", entry(r#""trust": "true""#), &[]),
    ];
    for (path, text, expected) in cases {
        assert_eq!(approvals(path, &text), expected, "{path}: {text}");
    }
}

#[test]
fn lists_of_approved_tools_name_their_servers() {
    let agent = |tools: &str| {
        format!(
            r#"{{"allowedTools": {tools}, "mcpServers": {{"git": {{"command": "x"}}, "db": {{"command": "y"}}}}}}"#
        )
    };
    for (tools, expected) in [
        (r#"["@git"]"#, &["0 server [] \"@git\""][..]),
        (r#"["@git/log", "@git/push"]"#, &["0 tools [log,push] \"@git/log\""]),
        (r#"["@git/log", "@git", "@git/push"]"#, &["0 server [] \"@git\""]),
        (r#"["@db/*", "@git/log"]"#, &["1 server [] \"@db/*\"", "0 tools [log] \"@git/log\""]),
        (r#"["@g*"]"#, &["0 server [] \"@g*\""]),
        (r#"["@*"]"#, &["0 server [] \"@*\"", "1 server [] \"@*\""]),
        (r#"["@other"]"#, &["- server [other] \"@other\""]),
        (r#"["@other/run"]"#, &["- tools [other/run] \"@other/run\""]),
        (r#"["*", "fs_read", "@", "@/x", "@builtin", 7, null]"#, &[]),
        (r#""@git""#, &[]),
    ] {
        for path in [".amazonq/cli-agents/a.json", ".kiro/agents/a.json"] {
            with(path, &agent(tools), |document, reading| {
                let told: Vec<String> = reading
                    .approvals
                    .iter()
                    .map(|approval| {
                        let server = approval.server.map_or("-".to_owned(), |i| i.to_string());
                        let found = document.roots()[0].at(&approval.value.pointer).unwrap();
                        assert!(std::ptr::eq(found, approval.value.node));
                        let (effect, items) = (approval.effect.name(), approval.items.join(","));
                        let place = document.slice(approval.value.node.span);
                        format!("{server} {effect} [{items}] {place}")
                    })
                    .collect();
                assert_eq!(told, expected, "{path} {tools}");
            });
        }
    }
}

#[test]
fn a_key_that_stands_very_often_is_bounded() {
    let keys = r#""command": "x", "#.repeat(5000);
    let text = format!(r#"{{"mcpServers": {{"a": {{{keys}"alwaysAllow": ["t"]}}}}}}"#);
    with(".roo/mcp.json", &text, |_, reading| {
        assert_eq!(reading.servers.len(), 8);
        assert_eq!(reading.problems.len(), 1);
        assert_eq!(reading.approvals.len(), 1);
    });
}

#[test]
fn an_approval_of_an_entry_knows_its_server() {
    let text =
        r#"{"mcpServers": {"a": {"command": "x"}, "b": {"command": "x", "alwaysAllow": ["t"]}}}"#;
    with(".roo/mcp.json", text, |_, reading| {
        let servers: Vec<_> = reading.approvals.iter().map(|approval| approval.server).collect();
        assert_eq!(servers, [Some(1)]);
    });
}

#[test]
fn the_registry_describes_packages_and_remotes() {
    let text = r#"{
        "name": "io.example/a",
        "packages": [
            {"registryType": "npm", "identifier": "@s/p", "version": "1.0.0", "runtimeHint": "npx",
             "transport": {"type": "stdio"},
             "runtimeArguments": [{"type": "positional", "value": "-y"}],
             "packageArguments": [{"type": "named", "name": "--k", "value": "v"}],
             "environmentVariables": [{"name": "K", "value": "w"}, {"name": "L", "isSecret": true}]},
            {"registryType": "oci", "identifier": "ghcr.io/o/i:1", "transport": {"type": "streamable-http", "url": "http://localhost:8080/mcp"}},
            {"registryType": "npm"}
        ],
        "remotes": [{"type": "sse", "url": "https://h/sse", "headers": [{"name": "A", "value": "b"}]}, {"type": "sse"}]
    }"#;
    with("server.json", text, |_, reading| {
        assert_eq!(reading.client.unwrap().id, "registry-server-json");
        let [npm, oci, remote] = reading.servers.as_slice() else { panic!("{reading:#?}") };
        assert!(reading.servers.iter().all(|server| server.name == "io.example/a"));
        assert_eq!((npm.pointer.as_str(), npm.transport), ("/packages/0", Transport::Stdio));
        let args: Vec<_> = npm.args.iter().map(|arg| arg.text.as_ref()).collect();
        assert_eq!(
            (npm.command.as_ref().unwrap().text.as_ref(), args),
            ("npx", vec!["-y", "@s/p", "--k", "v"])
        );
        assert_eq!(npm.args[3].pointer, "/packages/0/packageArguments/0/value");
        let env: Vec<_> =
            npm.env.iter().map(|v| (v.name.as_ref(), v.value.text.as_ref())).collect();
        assert_eq!(env, [("K", "w")]);
        let package = npm.package.as_ref().unwrap();
        assert_eq!(package.identifier.text, "@s/p");
        assert_eq!(package.version.as_ref().unwrap().text, "1.0.0");
        assert_eq!(
            (oci.transport, oci.url.as_ref().unwrap().text.as_ref()),
            (Transport::Http, "http://localhost:8080/mcp")
        );
        assert!(oci.command.is_none());
        assert_eq!((remote.pointer.as_str(), remote.transport), ("/remotes/0", Transport::Sse));
        assert!(remote.credential_elsewhere);
    });
}

#[test]
fn a_bundle_starts_something_else_on_other_systems() {
    let text = r#"{"manifest_version": "0.2", "name": "b", "server": {"type": "node", "mcp_config": {
        "command": "node", "args": ["a.js"],
        "platform_overrides": {"win32": {"command": "a.exe", "args": []}, "darwin": {"env": {"A": "b"}}}}}}"#;
    with("manifest.json", text, |_, reading| {
        assert_eq!(reading.client.unwrap().id, "mcpb-manifest");
        let read: Vec<_> = reading
            .servers
            .iter()
            .map(|s| {
                (s.name.as_str(), s.command.as_ref().unwrap().text.as_ref(), s.pointer.as_str())
            })
            .collect();
        assert_eq!(
            read,
            [
                ("b", "node", "/server/mcp_config"),
                ("b", "a.exe", "/server/mcp_config/platform_overrides/win32"),
            ]
        );
    });
    check(&[(
        "manifest.json",
        r#"{"manifest_version": 3, "name": "an extension of a browser"}"#,
        "mcpb-manifest:",
    )]);
}

#[test]
fn smithery_starts_what_its_function_returns() {
    let text = "startCommand:\n  type: stdio\n  commandFunction: |-\n    (c) => ({command: 'node', args: ['a.js']})\n";
    check(&[
        ("smithery.yaml", text, "smithery: startCommand=/startCommand"),
        (
            "smithery.yaml",
            "startCommand:\n  type: http\n  url: https://h/\n",
            "smithery: startCommand=/startCommand",
        ),
        ("smithery.yaml", "runtime: container\n", "smithery:"),
    ]);
}

#[test]
fn several_documents_are_read_each() {
    check(&[(
        ".config/goose/config.yaml",
        "extensions:\n  a: {cmd: x}\n---\nextensions:\n  b: {cmd: y}\n",
        "goose: a=/extensions/a b=/extensions/b",
    )]);
}

#[test]
fn a_forced_client_reads_its_own_maps_only() {
    let document =
        Document::parse(under("mcpServers").as_bytes(), Format::Json, &Limits::default());
    let origin = Origin { path: "x.json", claims: Vec::new(), forced: dialect("zed") };
    let reading = read(&document, &origin);
    assert_eq!(reading.client.unwrap().id, "zed");
    // The servers are not where this client reads them, which is worth a word.
    assert_eq!(reading.servers.len(), 1);
    assert_eq!(reading.problems[0].kind, ProblemKind::UnknownShape);
}

fn key() -> impl Strategy<Value = String> {
    let known = prop::sample::select(vec![
        "mcpServers",
        "servers",
        "mcp",
        "context_servers",
        "mcp_servers",
        "extensions",
        "packages",
        "remotes",
        "command",
        "args",
        "env",
        "url",
        "headers",
        "type",
        "transport",
        "path",
        "name",
        "disabled",
        "enabled",
        "alwaysAllow",
        "trust",
        "projects",
        "identifier",
        "server",
        "mcp_config",
        "startCommand",
        "value",
        "default",
        "environmentVariables",
        "packageArguments",
        "mcpTools",
        "permissions",
        "allow",
        "inputs",
        "",
        "a/b~c",
    ]);
    prop_oneof![6 => known.prop_map(str::to_owned), 1 => any::<String>()]
}

fn json() -> impl Strategy<Value = serde_json::Value> {
    use serde_json::Value;
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i32>().prop_map(Value::from),
        prop::sample::select(vec!["npx", "https://h/", "stdio", "*", "", "-y"])
            .prop_map(Value::from),
    ];
    leaf.prop_recursive(5, 40, 4, |inner| {
        prop_oneof![
            3 => prop::collection::vec((key(), inner.clone()), 0..4)
                .prop_map(|entries| entries.into_iter().collect()),
            1 => prop::collection::vec(inner, 0..4).prop_map(Value::from),
        ]
    })
}

proptest! {
    #[test]
    fn pointers_lead_back_to_what_was_read(
        value in json(),
        path in prop::sample::select(vec![
            ".mcp.json", "opencode.json", "server.json", "manifest.json", ".zed/settings.json",
            ".gemini/settings.json", "x.json", ".continue/config.yaml", ".claude/settings.json",
        ]),
    ) {
        let text = value.to_string();
        with(path, &text, |document, reading| {
            let root = &document.roots()[0];
            for server in &reading.servers {
                prop_assert!(std::ptr::eq(root.at(&server.pointer).unwrap(), server.node));
                let values = server.command.iter().chain(&server.args).chain(&server.url)
                    .chain(server.env.iter().chain(&server.headers).map(|named| &named.value));
                for value in values {
                    let found = root.at(&value.pointer);
                    prop_assert!(found.is_some_and(|node| std::ptr::eq(node, value.node)), "{} in {}", value.pointer, text);
                }
            }
            for problem in &reading.problems {
                if let Some(pointer) = &problem.pointer {
                    prop_assert!(root.at(pointer).is_some(), "{}", pointer);
                }
            }
            Ok(())
        })?;
    }
}
