//! Which commands start, and what is said about the others.

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::PermissionsExt;

use mcp_guard_gateway::upstream::child::{
    ChildCommand, ChildEnvironment, ChildProcess, Exit, OrphanGuard, SpawnError,
};

use crate::support::{GRACE, LIMITS, command, ourselves, run, shell, text};

async fn start(command: &ChildCommand) -> Result<ChildProcess, SpawnError> {
    let unguarded = ChildProcess::spawn(command, "tides", &OrphanGuard::None).await;
    let guarded = ChildProcess::spawn(command, "tides", &OrphanGuard::ReExec(ourselves())).await;
    match (guarded, unguarded) {
        (Ok(child), Ok(_)) => Ok(child),
        (Err(error), Err(other)) => {
            assert_eq!(error.to_string(), other.to_string());
            Err(error)
        }
        (guarded, unguarded) => panic!("{guarded:?} but {unguarded:?}"),
    }
}

pub(crate) fn of_a_program_that_is_not_there() {
    run(|| async {
        let mut command = command("tide-tables-mcp", &[]);
        let set = vec![("PATH".into(), "/usr/bin:/opt/tides".into())];
        command.environment = ChildEnvironment::Cleaned { set };
        let told = start(&command).await.unwrap_err().to_string();
        assert!(told.contains("`tide-tables-mcp` was not found in PATH"), "{told}");
        assert!(!told.contains("/opt/tides"), "{told}");
        command.program = "/opt/tides/serve".into();
        let told = start(&command).await.unwrap_err().to_string();
        assert!(told.contains("there is no file `/opt/tides/serve`"), "{told}");
    });
}

pub(crate) fn of_a_file_that_is_no_program() {
    run(|| async {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("serve.py");
        fs::write(&path, "print()").unwrap();
        let error = start(&command(path.to_str().unwrap(), &[])).await.unwrap_err();
        assert!(matches!(error, SpawnError::NotExecutable(which) if which == path));
    });
}

pub(crate) fn in_a_missing_directory() {
    run(|| async {
        let mut command = command("cat", &[]);
        command.cwd = Some("/opt/tides/tables".into());
        let error = start(&command).await.unwrap_err();
        assert!(matches!(error, SpawnError::NoDirectory(_)), "{error}");
    });
}

pub(crate) fn in_a_directory() {
    run(|| async {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().canonicalize().unwrap();
        fs::write(path.join("serve"), "#!/bin/sh\npwd\n").unwrap();
        fs::set_permissions(path.join("serve"), fs::Permissions::from_mode(0o755)).unwrap();
        let mut command = command("./serve", &[]);
        command.cwd = Some(path.clone());
        let mut child = start(&command).await.unwrap();
        let (_outbox, mut lines) = child.wire(LIMITS).unwrap();
        assert_eq!(text(&mut lines).await.unwrap(), path.to_str().unwrap());
    });
}

pub(crate) fn with_a_clean_environment() {
    run(|| async {
        let mut command = command("env", &[]);
        let set = vec![("TIDES_TOKEN".into(), "a b\tc".into()), ("HOME".into(), "/h".into())];
        command.environment = ChildEnvironment::Cleaned { set };
        let mut child = start(&command).await.unwrap();
        let (_outbox, mut lines) = child.wire(LIMITS).unwrap();
        let mut names = BTreeSet::new();
        while let Some(line) = text(&mut lines).await {
            names.insert(line.split('=').next().unwrap().to_owned());
            assert!(!line.starts_with("HOME=") || line == "HOME=/h");
            assert!(!line.starts_with("TIDES_TOKEN=") || line == "TIDES_TOKEN=a b\tc");
        }
        assert!(names.contains("TIDES_TOKEN") && names.contains("PATH"));
        assert!(!names.iter().any(|name| name.starts_with("CARGO")), "{names:?}");
    });
}

pub(crate) fn of_a_script_without_its_interpreter() {
    run(|| async {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("serve");
        fs::write(&path, "#!/opt/tides/python\n").unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
        let command = command(path.to_str().unwrap(), &[]);
        let error = ChildProcess::spawn(&command, "tides", &OrphanGuard::None).await.unwrap_err();
        assert!(matches!(error, SpawnError::System { .. }), "{error}");
        if cfg!(target_os = "linux") {
            let guard = OrphanGuard::ReExec(ourselves());
            let child = ChildProcess::spawn(&command, "tides", &guard).await.unwrap();
            assert_eq!(child.exited().await, Exit::Code(127));
        }
    });
}

pub(crate) fn of_a_command_that_no_system_takes() {
    run(|| async {
        let bad = |name: &str, value: &str| {
            let mut command = command("cat", &[]);
            command.environment =
                ChildEnvironment::Cleaned { set: vec![(name.into(), value.into())] };
            command
        };
        for command in [command("cat", &["a\0b"]), bad("A=B", ""), bad("", ""), bad("A", "\0")] {
            let error = start(&command).await.unwrap_err();
            assert!(matches!(error, SpawnError::Malformed), "{error}");
        }
    });
}

pub(crate) fn of_many_at_once() {
    run(|| async {
        let children: Vec<_> = (0..20)
            .map(|number| {
                tokio::spawn(async move {
                    let mut child = shell(&format!("echo {number}; exec cat")).await;
                    let (_outbox, mut lines) = child.wire(LIMITS).unwrap();
                    assert_eq!(text(&mut lines).await.unwrap(), number.to_string());
                    assert_eq!(child.shut_down(GRACE * 30).await, Exit::Code(0));
                })
            })
            .collect();
        for child in children {
            child.await.unwrap();
        }
    });
}
