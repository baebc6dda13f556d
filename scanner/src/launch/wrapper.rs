//! The layers around a program.

/// One layer that was peeled off.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wrapper {
    /// What it is for.
    pub kind: WrapperKind,
    /// Its name with the subcommand that makes it a wrapper: `npx`, `uv tool run`, `docker run`.
    pub name: String,
    /// The word that names it.
    pub word: usize,
}

/// What a wrapper is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum WrapperKind {
    /// Runs a script: `sh -c`, `cmd /c`, `powershell -Command`.
    Shell,
    /// Sets variables: `env`, `cross-env`.
    Environment,
    /// Runs as another user: `sudo`, `su -c`, `runas`.
    Elevation,
    /// Changes how the process runs: `nice`, `timeout`, `nohup`.
    Scheduling,
    /// Fetches secrets into the environment: `op run`, `doppler run`.
    Secrets,
    /// Fetches a package and runs it: `npx`, `uvx`.
    PackageRunner,
    /// Runs in a container: `docker run`.
    Container,
    /// Runs on another system: `ssh`, `wsl`.
    Remote,
    /// Translates between transports: `mcp-remote`, `supergateway`.
    Bridge,
    /// A gateway for MCP servers that is not this one.
    Gateway,
    /// `mcp-guard serve`.
    Guard,
    /// Picks the version or environment of a language: `mise exec`, `poetry run`.
    VersionManager,
}

impl WrapperKind {
    /// The kebab-case name used in rules and reports.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Shell => "shell",
            Self::Environment => "environment",
            Self::Elevation => "elevation",
            Self::Scheduling => "scheduling",
            Self::Secrets => "secrets",
            Self::PackageRunner => "package-runner",
            Self::Container => "container",
            Self::Remote => "remote",
            Self::Bridge => "bridge",
            Self::Gateway => "gateway",
            Self::Guard => "guard",
            Self::VersionManager => "version-manager",
        }
    }
}
