//! Which parts of a file a process uses.

use super::server::ChildSpec;

/// Which parts of a file a process uses: only their variables must be set.
#[derive(Clone, Debug)]
pub struct Uses {
    /// The servers.
    pub servers: UsedServers,
    /// Where messages come from.
    pub front: Front,
}

/// Which servers a process uses.
#[derive(Clone, Debug)]
pub enum UsedServers {
    /// All that the file names.
    All,
    /// The one of this name, as the file describes it.
    Named(String),
    /// One that the command line describes, with the policy that the file has for its name, if any.
    Wrapped {
        /// Its name.
        name: String,
        /// What is run.
        child: ChildSpec,
    },
}

/// Where messages come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Front {
    /// Standard input. API keys whose variable is not set are left out there, unless
    /// `auth.require_on_stdio` asks for one.
    Stdio,
    /// HTTP.
    Http,
}

impl Uses {
    /// Every part of the file.
    #[must_use]
    pub const fn all() -> Self {
        Self { servers: UsedServers::All, front: Front::Http }
    }

    /// The server of this name.
    #[must_use]
    pub fn server(name: &str, front: Front) -> Self {
        Self { servers: UsedServers::Named(name.to_owned()), front }
    }

    /// The server of the command line, which clients speak to over standard input and output.
    #[must_use]
    pub fn wrapped(name: &str, child: ChildSpec) -> Self {
        let servers = UsedServers::Wrapped { name: name.to_owned(), child };
        Self { servers, front: Front::Stdio }
    }

    /// The name of the one server, if it is one.
    pub(super) fn only(&self) -> Option<&str> {
        match &self.servers {
            UsedServers::All => None,
            UsedServers::Named(name) | UsedServers::Wrapped { name, .. } => Some(name),
        }
    }

    /// The process to run in place of what the file says.
    pub(super) const fn child(&self) -> Option<&ChildSpec> {
        match &self.servers {
            UsedServers::Wrapped { child, .. } => Some(child),
            UsedServers::All | UsedServers::Named(_) => None,
        }
    }
}
