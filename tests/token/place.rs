//! Which state is meant.

use std::path::Path;

use super::support::files;
use super::support::run::{World, finish};
use super::{key, made, tokens};

#[test]
fn who_only_looks_makes_no_state() {
    let world = World::new();
    let list = world.run(&["token", "list"]);
    assert_eq!(list.ended(0).stdout, "");
    list.complains(&["there are no API keys in", "state.db"]);
    assert_eq!(world.run(&["token", "list", "-q"]).stderr, "");
    world.run(&["token", "revoke", "ci"]).ended(2).complains(&["there are none at all"]);
    assert!(!world.home(".mcp-guard").exists());
}

#[test]
fn the_state_is_where_the_command_line_or_a_file_says() {
    let world = World::new();
    let is_there = |path: &Path| path.is_file();
    world.file("sub/.git/HEAD", "").file(
        "sub/mcp-guard.yaml",
        "auth: {mode: api_key, keys: ['${NOT_SET}']}\nstate: sqlite://own/s.db\n",
    );
    let mut command = world.command(&["token", "create"]);
    command.current_dir(world.work("sub"));
    key(&finish(command, b""));
    assert!(is_there(&world.work("sub/own/s.db")), "relative to the file");

    std::fs::create_dir_all(world.work("sub/deep/er")).unwrap();
    let mut command = world.command(&["token", "list", "--json"]);
    command.current_dir(world.work("sub/deep/er"));
    assert_eq!(finish(command, b"").json()["tokens"].as_array().unwrap().len(), 1);

    made(&world, &["--config", "sub/mcp-guard.yaml"]);
    assert_eq!(tokens(&world, &["--config", "sub/mcp-guard.yaml"]).len(), 2);
    made(&world, &["--state", "sqlite://here.db"]);
    assert!(is_there(&world.work("here.db")), "relative to the working directory");
    made(&world, &["--state", "sqlite://~/.guard/s.db"]);
    assert!(is_there(&world.home(".guard/s.db")));
    world.file("plain.yaml", "version: 1\n");
    made(&world, &["--config", "plain.yaml"]);
    assert!(is_there(&world.home(".mcp-guard/state.db")), "a file that does not say it");

    world.file("var.yaml", "state: 'sqlite://${STATE_DIR}/s.db'\n");
    let mut command = world.command(&["token", "create", "--config", "var.yaml"]);
    command.env("STATE_DIR", world.outside("var"));
    key(&finish(command, b""));
    assert!(is_there(&world.outside("var/s.db")));
    let unset = world.run(&["token", "create", "--config", "var.yaml"]);
    unset.ended(2).complains(&["var.yaml:1:8: state: the variable `STATE_DIR` is not set"]);

    let mut command = world.command(&["token", "create", "--config", "plain.yaml"]);
    command.arg("--state").arg("sqlite://x.db");
    finish(command, b"").ended(2).complains(&["cannot be used with"]);
}

/// An empty `HOME` would not do: the system then says where the home of the tester is.
#[cfg(unix)]
#[test]
fn without_a_home_the_state_must_be_named() {
    let world = World::new();
    let run = |arguments: &[&str]| {
        let mut command = world.command(arguments);
        command.env("HOME", "not/absolute").env_remove("XDG_CONFIG_HOME");
        finish(command, b"")
    };
    world.file("plain.yaml", "version: 1\n").file("home.yaml", "state: sqlite://~/s.db\n");
    for (arguments, wanted) in [
        (&["token", "create"][..], "the home directory of this user is not known"),
        (
            &["token", "list", "--config", "plain.yaml"],
            "the home directory of this user is not known",
        ),
        (&["token", "create", "--config", "home.yaml"], "home.yaml:1:8: `~` stands for"),
        (&["token", "create", "--state", "sqlite://~/s.db"], "--state: `~` stands for"),
    ] {
        let ran = run(arguments);
        ran.ended(2).complains(&[wanted]);
        assert_eq!((ran.stdout.as_str(), ran.stderr.lines().count()), ("", 1), "{}", ran.stderr);
    }
    key(&run(&["token", "create", "--state", "sqlite://s.db"]));
    let found: Vec<String> = files(&world.work("")).into_iter().map(|(name, _)| name).collect();
    assert_eq!(found, ["home.yaml", "plain.yaml", "s.db", "s.key"]);
}
