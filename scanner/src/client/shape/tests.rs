//! Places that count only with something beside them, and what an entry of new shapes says.

use super::super::tests::{told, with};

#[track_caller]
fn check(path: &str, text: &str, expected: &str) {
    assert_eq!(told(path, text), expected, "{path}: {text}");
}

#[test]
fn a_place_counts_with_what_must_stand_beside_it() {
    let proxied = r#"{"mcpProxy": {"addr": ":1"}, "mcpServers": {"a": {"command": "x"}}}"#;
    check("config.json", proxied, "mcp-proxy-tbxark: a=/mcpServers/a");
    check("any.json", proxied, "generic: a=/mcpServers/a");
    for other in ["{}", r#"{"mcpProxy": null}"#] {
        let text =
            other.replace('}', r#", "mcpServers": {"a": {"command": "x"}}}"#).replace("{,", "{");
        check("config.json", &text, "generic: a=/mcpServers/a");
    }
    let hub =
        |beside: &str| format!(r#"{{"mcpServers": {{"a": {{"command": "x"}}}}, "{beside}": []}}"#);
    for beside in ["users", "groups", "systemConfig"] {
        check("mcp_settings.json", &hub(beside), "mcphub: a=/mcpServers/a");
    }
    check("mcp_settings.json", &hub("other"), "generic: a=/mcpServers/a");
}

#[test]
fn nodes_of_a_workflow_are_told_by_their_type() {
    let node = |kind: &str| {
        format!(
            r#"{{"nodes": [{{"name": "s", "type": "n8n-nodes-base.set"}}, {{"name": "m", "type": "{kind}", "parameters": {{"url": "https://h/", "endpointUrl": "https://e/"}}}}]}}"#
        )
    };
    for kind in ["@n8n/n8n-nodes-langchain.mcpClientTool", "n8n-nodes-langchain.mcpClient"] {
        with("flow.json", &node(kind), |_, reading| {
            let [server] = reading.servers.as_slice() else { panic!("{reading:#?}") };
            assert_eq!((server.name.as_str(), server.pointer.as_str()), ("m", "/nodes/1"));
            let url = server.url.as_ref().unwrap();
            assert_eq!(
                (url.text.as_ref(), url.pointer.as_str()),
                ("https://e/", "/nodes/1/parameters/endpointUrl")
            );
            assert!(reading.problems.is_empty());
        });
    }
    for kind in ["n8n-nodes-base.httpRequest", "@n8n/n8n-nodes-langchain.mcpTrigger", ""] {
        check("flow.json", &node(kind), "-:");
    }
}

#[test]
fn the_key_of_the_url_can_tell_the_transport() {
    for (path, text, transport) in [
        (".qwen/settings.json", r#"{"mcpServers": {"a": {"httpUrl": "https://h/"}}}"#, "http"),
        (".qwen/settings.json", r#"{"mcpServers": {"a": {"url": "https://h/"}}}"#, "sse"),
        (
            ".qwen/settings.json",
            r#"{"mcpServers": {"a": {"url": "https://h/", "httpUrl": "https://i/"}}}"#,
            "http",
        ),
        (
            ".qwen/settings.json",
            r#"{"mcpServers": {"a": {"url": "https://h/", "type": "http"}}}"#,
            "http",
        ),
        (".qwen/settings.json", r#"{"mcpServers": {"a/b": {"url": "wss://h/"}}}"#, "ws"),
        (
            "f.json",
            r#"{"nodes": [{"type": "n8n-nodes-langchain.mcpClient", "parameters": {"sseEndpoint": "https://h/"}}]}"#,
            "sse",
        ),
    ] {
        with(path, text, |_, reading| {
            let [server] = reading.servers.as_slice() else { panic!("{reading:#?}") };
            assert_eq!(server.transport.name(), transport, "{text}");
        });
    }
}

#[test]
fn a_catalogue_offers_images() {
    let text = "registry:\n  a: {image: 'x/a:1', command: [--stdio], env: [{name: K, value: v}]}\n  b: {ref: ''}\n";
    with(".docker/mcp/catalogs/x.yaml", text, |_, reading| {
        let [server] = reading.servers.as_slice() else { panic!("{reading:#?}") };
        assert_eq!(server.transport.name(), "stdio");
        assert!(server.command.is_none() && server.disabled && server.offered);
        let args: Vec<_> = server.args.iter().map(|arg| arg.text.as_ref()).collect();
        assert_eq!(args, ["--stdio"]);
        let package = server.package.as_ref().unwrap();
        assert_eq!(
            (package.registry.text.as_ref(), package.identifier.text.as_ref()),
            ("oci", "x/a:1")
        );
        assert_eq!(package.identifier.pointer, "/registry/a/image");
        assert_eq!(server.env[0].name, "K");
        assert!(reading.problems.is_empty(), "{:?}", reading.problems);
    });
}

#[test]
fn a_switch_may_lie_deeper() {
    let text = r#"{"mcpProxy": {}, "mcpServers": {"a": {"command": "x", "options": {"disabled": true}}, "b": {"command": "x", "options": {"disabled": false}}, "c": {"command": "x", "disabled": true}}}"#;
    with("config.json", text, |_, reading| {
        let off: Vec<_> = reading.servers.iter().map(|server| server.disabled).collect();
        assert_eq!(off, [true, false, false]);
    });
}
