//! What is wrong is told once, and no key is made.

use super::support::run::World;
use super::{made, tokens};

#[test]
fn what_is_wrong_is_told_once() {
    let world = World::new();
    world.file("broken.yaml", "stat: sqlite://s.db\nstate: postgres://ann:s3cret@db/x\n");
    for (arguments, wanted) in [
        (&["create", "--id", "a b"][..], "--id: an id has 1 to 64 letters, digits"),
        (&["create", "--id", "anonymous"], "--id: `anonymous` stands for callers without a key"),
        (&["create", "--id", ""], "--id: an id has 1 to 64"),
        (&["create", "--expires", "tomorrow"], "--expires: this is neither a time to come nor"),
        (&["create", "--expires", "999999999999d"], "--expires: this is neither"),
        (&["create", "--expires", "2001-01-01"], "the key would have expired already"),
        (&["create", "--expires", "0h"], "the key would have expired already"),
        (&["create", "--note", "a\nb"], "a note has at most 200 characters"),
        (
            &["create", "--state", "postgres://ann:s3cret@db/x"],
            "--state: `postgres` is not supported",
        ),
        (&["create", "--state", "state.db"], "--state: "),
        (&["create", "--state", "sqlite://"], "the path of the file is missing"),
        (&["create", "--config", "missing.yaml"], "missing.yaml: "),
        (&["create", "--config", "."], "it is no file"),
        (&["list", "--config", "broken.yaml"], "broken.yaml:1:1: unknown key `stat`"),
        (&["revoke", "ci", "--config", "broken.yaml"], "broken.yaml:2:8: this kind of state"),
    ] {
        let arguments: Vec<&str> = ["token"].iter().chain(arguments).copied().collect();
        let ran = world.run(&arguments);
        ran.ended(2).complains(&[wanted]);
        assert!(ran.stdout.is_empty(), "{arguments:?}");
        assert_eq!(ran.stderr.matches("error:").count(), 1, "{}", ran.stderr);
        assert!(!ran.stderr.contains("s3cret"), "{}", ran.stderr);
    }
    assert!(tokens(&world, &[]).is_empty());
}

#[test]
fn a_state_that_cannot_be_used_is_told() {
    let world = World::new();
    std::fs::create_dir_all(world.work("d")).unwrap();
    world.bytes(
        "text.db",
        b"this is no database, but a text of more than a hundred bytes, so that \
                             it could be taken for the header of one by somebody in a hurry",
    );
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let set = |path: &str, mode| {
            let mode = std::fs::Permissions::from_mode(mode);
            std::fs::set_permissions(world.work(path), mode).unwrap();
        };
        set("d", 0o777);
        set("text.db", 0o600);
        world.bytes("shown.db", b"");
        set("shown.db", 0o644);
        for (url, wanted) in [
            ("sqlite://d/s.db", "other users could write to it (mode 777); run `chmod o-w"),
            ("sqlite://shown.db", "other users could read or change it (mode 644)"),
        ] {
            let ran = world.run(&["token", "create", "--state", url]);
            ran.ended(2).complains(&[wanted]);
            assert_eq!(
                (ran.stdout.as_str(), ran.stderr.lines().count()),
                ("", 1),
                "{}",
                ran.stderr
            );
        }
    }
    for command in ["create", "list"] {
        let ran = world.run(&["token", command, "--state", "sqlite://text.db"]);
        ran.ended(2).complains(&["text.db: it is damaged or no state of mcp-guard"]);
        assert_eq!((ran.stdout.as_str(), ran.stderr.lines().count()), ("", 1), "{}", ran.stderr);
    }
    made(&world, &[]);
    std::fs::remove_file(world.home(".mcp-guard/state.key")).unwrap();
    let ran = world.run(&["token", "create"]);
    ran.ended(2).complains(&["state.key: it is missing"]);
    assert_eq!(ran.stdout, "");
}

#[cfg(unix)]
#[test]
fn a_pipe_in_place_of_a_file_is_not_waited_for() {
    let world = World::new();
    let made = std::process::Command::new("mkfifo").arg(world.work("mcp-guard.yaml")).status();
    assert!(made.unwrap().success());
    for arguments in [&["token", "create"][..], &["token", "list", "--config", "mcp-guard.yaml"]] {
        world.run(arguments).ended(2).complains(&["mcp-guard.yaml: it is no file"]);
    }
}
