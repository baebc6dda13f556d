//! Which variables a server gets.

use std::process::Command;

use serde_json::{Value, json};

use crate::gateway::{Gateway, Setup, filled};

fn variables(gateway: &mut Gateway) -> Value {
    gateway.open("2025-06-18");
    gateway.called("environment", &json!({}))["result"]["structuredContent"].take()
}

#[test]
fn a_wrapped_server_gets_what_the_client_gave_and_nothing_of_ours() {
    let mut gateway = Setup::default()
        .environment("GITHUB_TOKEN", "given")
        .environment("MCP_GUARD_PEPPER", "ours")
        .start();
    let variables = variables(&mut gateway);
    assert_eq!(variables["GITHUB_TOKEN"], "given");
    assert_eq!(variables["USER"], "ann");
    assert_eq!(variables["PATH"].as_str(), std::env::var("PATH").ok().as_deref());
    let ours = variables.as_object().unwrap().keys().filter(|name| name.starts_with("MCP_GUARD_"));
    assert_eq!(ours.count(), 0);
    gateway.finish();
}

#[test]
fn a_server_of_the_file_gets_what_the_file_says() {
    let directory = tempfile::tempdir().unwrap();
    let config = "servers: { peer: { command: PEER, args: [--record, DIR/record], env: { TIDE: '${GIVEN}' } } }";
    let file = directory.path().join("mcp-guard.yaml");
    std::fs::write(&file, filled(config, directory.path())).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_mcp-guard"));
    command.arg("serve").arg("--config").arg(&file).args(["--server", "peer"]);
    command.env("HOME", directory.path()).env("XDG_CONFIG_HOME", directory.path());
    command.env("GIVEN", "high").env("GITHUB_TOKEN", "not given").env("MCP_GUARD_PEPPER", "ours");
    let mut gateway = Gateway::of(command, directory);
    let variables = variables(&mut gateway);
    assert_eq!(variables["TIDE"], "high");
    assert!(variables.get("PATH").is_some());
    for name in ["GITHUB_TOKEN", "GIVEN", "MCP_GUARD_PEPPER"] {
        assert!(variables.get(name).is_none(), "{name}");
    }
    gateway.finish();
}
