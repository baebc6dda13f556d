//! What is started, as configured.

use std::ffi::OsString;
use std::fmt;
use std::path::PathBuf;

/// A server's command. Its arguments may hold secrets and are not shown by `Debug`.
#[derive(Clone, PartialEq, Eq)]
pub struct ChildCommand {
    /// A name that is looked up in the child's `PATH`, or a path; a relative one starts at `cwd`.
    pub program: OsString,
    /// Its arguments, passed as they are: no shell reads them.
    pub args: Vec<OsString>,
    /// Its working directory; ours if none.
    pub cwd: Option<PathBuf>,
    /// Its environment variables.
    pub environment: ChildEnvironment,
}

/// The environment variables of a child. Their values may be secrets and are not shown by `Debug`.
#[derive(Clone, PartialEq, Eq)]
pub enum ChildEnvironment {
    /// All variables of ours but those whose name begins with `MCP_GUARD_`: the client made them for
    /// the server.
    PassedThrough,
    /// Of ours only what programs need to run and that holds no secrets, and what is set:
    ///
    /// - everywhere `PATH`, `TERM`, `TZ`, `LANG`, `LANGUAGE`, `LC_*`, `TMPDIR`, `TMP`, `TEMP`;
    /// - on Unix also `HOME`, `USER`, `LOGNAME`, `SHELL`, `XDG_*`;
    /// - on Windows, where case does not matter, also `ALLUSERSPROFILE`, `APPDATA`,
    ///   `COMMONPROGRAMFILES`, `COMSPEC`, `HOMEDRIVE`, `HOMEPATH`, `LOCALAPPDATA`,
    ///   `NUMBER_OF_PROCESSORS`, `OS`, `PATHEXT`, `PROCESSOR_ARCHITECTURE`, `PROGRAMDATA`,
    ///   `PROGRAMFILES`, `PROGRAMFILES(X86)`, `PROGRAMW6432`, `PUBLIC`, `SYSTEMDRIVE`, `SYSTEMROOT`,
    ///   `USERDOMAIN`, `USERNAME`, `USERPROFILE`, `WINDIR`.
    ///
    /// That is what the official SDKs let a server inherit, and what is as harmless. Like theirs, the
    /// list has no `HTTP_PROXY` and its kin, as their URLs may hold a password: who needs one sets it.
    Cleaned {
        /// Variables to set; they win over ours, and a later one over an earlier.
        set: Vec<(OsString, OsString)>,
    },
}

impl fmt::Debug for ChildCommand {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("ChildCommand")
            .field("program", &self.program)
            .field("args", &format_args!("{} not shown", self.args.len()))
            .field("cwd", &self.cwd)
            .field("environment", &self.environment)
            .finish()
    }
}

impl fmt::Debug for ChildEnvironment {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::PassedThrough => formatter.write_str("PassedThrough"),
            Self::Cleaned { set } => {
                let names: Vec<_> = set.iter().map(|(name, _)| name).collect();
                formatter.debug_struct("Cleaned").field("set", &names).finish()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{ChildCommand, ChildEnvironment};

    #[test]
    fn what_may_be_secret_is_not_shown() {
        let command = ChildCommand {
            program: "tides".into(),
            args: vec!["--key".into(), "hunter2".into()],
            cwd: None,
            environment: ChildEnvironment::Cleaned { set: vec![("KEY".into(), "hunter2".into())] },
        };
        let shown = format!("{command:?}");
        assert_eq!(
            shown,
            r#"ChildCommand { program: "tides", args: 2 not shown, cwd: None, environment: Cleaned { set: ["KEY"] } }"#
        );
    }
}
