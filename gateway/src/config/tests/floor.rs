use std::path::PathBuf;

use tempfile::TempDir;

use super::variables;
use crate::config::{ConfigError, ConfigFile, Floor, load_floor};
use crate::policy::{Decision, Layers};

fn written(text: &str) -> (TempDir, PathBuf) {
    let directory = TempDir::new().unwrap();
    let path = directory.path().join("mcp-guard.yaml");
    std::fs::write(&path, text).unwrap();
    (directory, path)
}

fn floor(text: &str) -> Result<Floor, ConfigError> {
    let (_directory, path) = written(text);
    load_floor(&path, None, &variables)
}

#[test]
fn both_layers_must_allow() {
    let floor =
        floor("version: 1\nscan: {}\npolicies: {deny: ['*.drop_*'], allow: ['a.*']}").unwrap();
    let own = super::resolve("policies: {deny: [a.x]}").unwrap().tools;
    let layers = Layers::new(vec![own, floor.tools]);
    let denied = |rule: &str| Decision::Denied { rule: rule.to_owned() };
    for (server, tool, decision) in [
        ("a", "y", Decision::Allowed),
        ("a", "x", denied("policies.deny: a.x")),
        ("a", "drop_all", denied("user-level file, policies.deny: *.drop_*")),
        ("b", "y", denied("user-level file, policies.allow")),
    ] {
        assert_eq!(layers.decision(server, tool), decision, "{server}.{tool}");
    }
    assert_eq!(Layers::default().decision("a", "x"), Decision::Allowed);
}

#[test]
fn a_floor_says_nothing_else() {
    let text = "listen: 1\nauth: {}\nservers: {}\nroutes: []\nstate: sqlite://x\nrefusals: error\n\
                http: {}\nlimits: {}\npolicies: {audit-log: x}\n";
    let Err(ConfigError::Wrong { faults, .. }) = floor(text) else { panic!("it must be refused") };
    insta::assert_snapshot!(super::lines(&faults));
}

#[test]
fn a_file_that_cannot_be_read_is_told_with_its_name() {
    let (directory, path) = written("polcies: {}\nstat: x\n");
    let told = ConfigFile::load(&path, None).unwrap_err().to_string();
    let told = told.replace(&directory.path().display().to_string(), "DIR");
    insta::assert_snapshot!(told);
    for place in [directory.path(), &directory.path().join("not-there")] {
        let error = ConfigFile::load(place, None).unwrap_err();
        assert!(matches!(error, ConfigError::Unreadable { .. }), "{error}");
    }
}
