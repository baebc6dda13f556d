//! No child outlives us, even when we are killed: the part that runs in the child.

use std::ffi::OsString;
use std::io;
use std::path::PathBuf;

/// The hidden subcommand of our binary that ends in [`exec_child`].
pub const SUBCOMMAND: &str = "__child";

/// How a child is kept from living on when this process dies without a word.
///
/// Everywhere such a child finds its standard input closed, which ends a well-behaved server. On
/// Windows its job object ends with us.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OrphanGuard {
    /// On Linux the child is started through our own binary at this path, with the arguments
    /// `__child PARENT_PID -- PROGRAM ARGS…`, which asks the kernel to send SIGTERM when we die. Not
    /// SIGKILL: launchers such as `npx` and `docker run` pass SIGTERM on to the server they started,
    /// which the kernel's signal does not reach. `/proc/self/exe` is a path that stays right when the
    /// file is replaced by an upgrade.
    ReExec(PathBuf),
    /// Nothing beyond that.
    None,
}

/// Why the child's program did not start.
#[derive(Debug, thiserror::Error)]
pub enum ChildFailure {
    /// The arguments are not those that a parent of ours gives.
    #[error("`{SUBCOMMAND}` is what mcp-guard starts servers with: PARENT_PID -- PROGRAM ARGS…")]
    Usage,
    /// This system knows no signal at the parent's death, or does not let us ask for it.
    #[error("cannot ask to be ended together with the process that starts the server: {0}")]
    Signal(io::Error),
    /// The parent died before that was arranged.
    #[error("the process that starts the server ended before the server started")]
    Orphaned,
    /// The program cannot be started.
    #[error("cannot start `{}`: {error}", .program.display())]
    Exec {
        /// As it was given.
        program: OsString,
        /// Why.
        error: io::Error,
    },
}

impl ChildFailure {
    /// The exit code that shells use: 127 for a program that is not there, 126 for one that cannot be
    /// started, and 125 for a failure of ours.
    #[must_use]
    pub fn code(&self) -> u8 {
        match self {
            Self::Exec { error, .. } if error.kind() == io::ErrorKind::NotFound => 127,
            Self::Exec { .. } => 126,
            Self::Usage | Self::Signal(_) | Self::Orphaned => 125,
        }
    }
}

/// Becomes the program of a child, which dies with its parent. The arguments are those behind
/// `__child`. Returns only when that fails.
#[must_use]
pub fn exec_child(arguments: impl IntoIterator<Item = OsString>) -> ChildFailure {
    let mut arguments = arguments.into_iter();
    let parent = arguments.next().and_then(|pid| pid.to_str()?.parse::<i32>().ok());
    let separator = arguments.next();
    match (parent, separator, arguments.next()) {
        (Some(parent), Some(separator), Some(program)) if separator == "--" => {
            exec(parent, program, arguments)
        }
        _ => ChildFailure::Usage,
    }
}

#[cfg(target_os = "linux")]
fn exec(parent: i32, program: OsString, arguments: impl Iterator<Item = OsString>) -> ChildFailure {
    use std::os::unix::process::CommandExt;
    use std::process::Command;

    use rustix::process::{Pid, Signal, getppid, set_parent_process_death_signal};

    if let Err(error) = set_parent_process_death_signal(Some(Signal::TERM)) {
        return ChildFailure::Signal(error.into());
    }
    // The signal is for deaths to come; one that came before shows in who our parent is.
    if getppid().map(Pid::as_raw_pid) != Some(parent) {
        return ChildFailure::Orphaned;
    }
    let error = Command::new(&program).args(arguments).exec();
    ChildFailure::Exec { program, error }
}

#[cfg(not(target_os = "linux"))]
fn exec(
    _parent: i32,
    _program: OsString,
    _arguments: impl Iterator<Item = OsString>,
) -> ChildFailure {
    ChildFailure::Signal(io::ErrorKind::Unsupported.into())
}

#[cfg(test)]
mod tests {
    use super::{ChildFailure, exec_child};

    #[test]
    fn arguments_of_others_are_refused() {
        for arguments in ["", "1", "1 --", "1 sh -c", "x -- sh", "-- sh"] {
            let failure = exec_child(arguments.split_whitespace().map(Into::into));
            assert!(matches!(failure, ChildFailure::Usage), "{arguments}: {failure}");
            assert_eq!(failure.code(), 125);
        }
    }
}
