//! From a command to a running process.

use std::ffi::{OsStr, OsString};
use std::io;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use process_wrap::tokio::{ChildWrapper, CommandWrap, KillOnDrop};
use tokio::process::Command;

use super::command::ChildCommand;
use super::environment::{Platform, Variables};
use super::orphan::OrphanGuard;
use super::program::{Missing, Search};
use super::spawner;

/// Why a server could not be started, and what to do about it.
#[derive(Debug, thiserror::Error)]
pub enum SpawnError {
    /// No directory of `PATH` has the program.
    #[error(
        "`{}` was not found in PATH. Install it, or write its full path: a client that was started \
         from a desktop may have a shorter PATH than your shell, where `command -v {}` tells the \
         path", .program.display(), .program.display()
    )]
    NotInPath {
        /// The program.
        program: OsString,
    },
    /// A file that is not there.
    #[error("there is no file `{}`. Check the server's command", .0.display())]
    NoFile(PathBuf),
    /// A file that is no program.
    #[error(
        "`{}` may not be executed. If it is a program, `chmod +x` makes it one; if it is a script, \
         name its interpreter as the command and the file as its first argument", .0.display()
    )]
    NotExecutable(PathBuf),
    /// The working directory is not there.
    #[error("the working directory `{}` of the server is no directory", .0.display())]
    NoDirectory(PathBuf),
    /// A variable or an argument that no process can have.
    #[error(
        "the server's command or environment holds a NUL character, or a variable without a name"
    )]
    Malformed,
    /// The system refused.
    #[error("cannot start `{}`: {error}", .program.display())]
    System {
        /// The program, or our own if that starts it.
        program: PathBuf,
        /// Why.
        error: io::Error,
    },
}

pub(super) async fn spawn(
    command: &ChildCommand,
    orphans: &OrphanGuard,
) -> Result<Box<dyn ChildWrapper>, SpawnError> {
    let variables = Variables::of(&command.environment, std::env::vars_os(), Platform::HERE);
    let found = check(command, &variables)?;
    let mut process = process(command, &found, orphans);
    process.env_clear().envs(variables.iter());
    process.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    if let Some(cwd) = &command.cwd {
        process.current_dir(cwd);
    }
    let mut wrap = CommandWrap::from(process);
    #[cfg(unix)]
    wrap.wrap(process_wrap::tokio::ProcessGroup::leader());
    #[cfg(windows)]
    wrap.wrap(process_wrap::tokio::JobObject);
    wrap.wrap(KillOnDrop);
    let started = PathBuf::from(wrap.command().as_std().get_program());
    spawner::spawn(wrap).await.map_err(|error| match error.kind() {
        io::ErrorKind::PermissionDenied if command.program == started => {
            SpawnError::NotExecutable(found)
        }
        _ => SpawnError::System { program: started, error },
    })
}

/// Finds the program, and what would make the start fail with an error that tells little.
fn check(command: &ChildCommand, variables: &Variables) -> Result<PathBuf, SpawnError> {
    let has_nul = |text: &OsStr| text.as_encoded_bytes().contains(&0);
    let bad_variable = |(name, value): (&OsStr, &OsStr)| {
        // Windows has hidden variables such as `=C:`.
        let equals = name.as_encoded_bytes().get(1..).is_none_or(|rest| rest.contains(&b'='));
        equals || has_nul(name) || has_nul(value)
    };
    let mut words = std::iter::once(&command.program).chain(&command.args);
    if words.any(|word| has_nul(word)) || variables.iter().any(bad_variable) {
        return Err(SpawnError::Malformed);
    }
    let cwd = command.cwd.as_deref();
    if let Some(cwd) = cwd.filter(|cwd| !cwd.is_dir()) {
        return Err(SpawnError::NoDirectory(cwd.to_owned()));
    }
    let path = variables.get("PATH");
    let extensions = (Platform::HERE == Platform::Windows)
        .then(|| variables.get("PATHEXT").unwrap_or(OsStr::new(".COM;.EXE;.BAT;.CMD")));
    Search { cwd, path, extensions }.find(&command.program).map_err(|missing| match missing {
        Missing::NotInPath => {
            // For whoever runs the gateway; what is answered reaches clients elsewhere.
            tracing::info!(target: "mcp_guard::server", ?path, "not found: {}", command.program.display());
            SpawnError::NotInPath { program: command.program.clone() }
        }
        Missing::NoFile(path) => SpawnError::NoFile(path),
        Missing::NotExecutable(path) => SpawnError::NotExecutable(path),
    })
}

fn process(command: &ChildCommand, found: &Path, orphans: &OrphanGuard) -> Command {
    if cfg!(target_os = "linux")
        && let OrphanGuard::ReExec(ours) = orphans
    {
        let mut process = Command::new(ours);
        process.args([super::orphan::SUBCOMMAND, &std::process::id().to_string(), "--"]);
        process.arg(&command.program).args(&command.args);
        return process;
    }
    // Unix programs may look at the name they were called by; Windows needs the extension.
    let program = if cfg!(windows) { found.as_os_str() } else { &command.program };
    let mut process = Command::new(program);
    process.args(&command.args);
    process
}
