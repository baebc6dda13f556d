//! `mcp-guard __child PARENT_PID -- PROGRAM ARGS…`: how the gateway starts a server on Linux, so that
//! the server ends when the gateway is killed. Not for users, and thus not among the commands.

use std::ffi::OsString;
use std::process::ExitCode;

use mcp_guard_gateway::upstream::child::{SUBCOMMAND, exec_child};

use crate::failure::output_line;

/// Becomes the server if the arguments ask for that; returns a code only when it could not.
pub(crate) fn run_if_asked(arguments: impl IntoIterator<Item = OsString>) -> Option<ExitCode> {
    let mut arguments = arguments.into_iter().skip(1);
    if arguments.next()? != SUBCOMMAND {
        return None;
    }
    let failure = exec_child(arguments);
    output_line(&format!("mcp-guard: {failure}"));
    Some(ExitCode::from(failure.code()))
}
