//! From a server's command line to what it really starts.
//!
//! `cmd /c npx -y pkg@1 /data` starts package `pkg` at version 1 with the argument `/data`;
//! everything in front only leads there. [`Launch::of`] peels such wrappers one by one and keeps
//! what each of them says: scripts, packages, images, container options, environment, URLs.
//!
//! Nothing here knows of files: places are words and byte ranges in them, and
//! [`Launch::place`] leads from there to the configuration value.

mod bridge;
mod container;
mod gateway;
mod image;
mod inline;
mod install;
mod interpreter;
mod lexer;
mod main_command;
mod mount;
mod name;
mod npm;
mod options;
mod package;
mod peel;
mod prefix;
mod prefix_table;
mod pypi;
mod roots;
mod runner;
mod script;
mod shell;
mod word;

#[cfg(test)]
mod tests;

use std::ops::Range;

pub use bridge::BridgeHeader;
pub use container::ContainerOption;
pub use image::{ImagePin, ImageRef};
pub use inline::InlineCode;
pub use interpreter::{Script, ScriptKind};
pub use lexer::Shell;
pub use mount::Mount;
pub use package::{Ecosystem, GitReference, PackageRef, PackageSource, Pin};
pub use roots::{Root, RootClass, filesystem_roots};
pub use script::ShellScript;
pub use word::{Word, words};

/// A piece of a word.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Part {
    /// Index into [`Launch::words`].
    pub word: usize,
    /// Bytes of the word's text.
    pub range: Range<usize>,
}

/// A command line, taken apart.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Launch<'a> {
    /// The words given, and behind them those of the scripts inside of them.
    pub words: Vec<Word<'a>>,
    /// What was peeled off, outermost first.
    pub wrappers: Vec<Wrapper>,
    /// Packages that wrappers themselves come from (`npx dotenvx run -- …`), or that other
    /// commands of a script fetch.
    pub wrapper_packages: Vec<PackageRef>,
    /// Shell scripts on the way, outermost first, simple ones included.
    pub scripts: Vec<ShellScript>,
    /// What is started in the end.
    pub target: Target,
}

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

/// What a command line starts in the end.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Target {
    /// The word that names the program: a command, the specification of a package, the image of a
    /// container. `None` when a wrapper has nothing behind it.
    pub program: Option<usize>,
    /// Last path component of the program in lower case, without `.exe`, `.cmd`, `.bat`; for a
    /// package its name without scope. Empty when there is none.
    pub program_name: String,
    /// The words after the program.
    pub arguments: Range<usize>,
    /// The file or module that the program, an interpreter, runs.
    pub script: Option<Script>,
    /// Code given on the command line itself.
    pub inline: Option<InlineCode>,
    /// The package that is fetched and run.
    pub package: Option<PackageRef>,
    /// Packages fetched beside it: `uvx --with`, further `npx -p`.
    pub extra_packages: Vec<PackageRef>,
    /// The image of the innermost container.
    pub image: Option<ImageRef>,
    /// Options of all containers on the way.
    pub container_options: Vec<ContainerOption>,
    /// The URL that a bridge connects to.
    pub remote_url: Option<Part>,
    /// Headers that a bridge sends there.
    pub bridge_headers: Vec<BridgeHeader>,
    /// Variables set on the way.
    pub assignments: Vec<Assignment>,
    /// Files that variables are read from.
    pub env_files: Vec<Part>,
}

/// A variable set by a wrapper.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Assignment {
    /// The variable.
    pub name: String,
    /// Where its name is written.
    pub part: Part,
    /// The value; `None` when the variable is passed on from outside (`docker run -e NAME`).
    pub value: Option<Part>,
}

impl<'a> Launch<'a> {
    /// Takes a command line apart.
    #[must_use]
    pub fn of(words: Vec<Word<'a>>) -> Self {
        peel::Peeler::new(words).run()
    }

    /// The text of a part. Empty if there is no such part.
    #[must_use]
    pub fn text(&self, part: &Part) -> &str {
        self.word(part.word).get(part.range.clone()).unwrap_or_default()
    }

    /// The text of a word. Empty if there is no such word.
    #[must_use]
    pub fn word(&self, index: usize) -> &str {
        self.words.get(index).map_or("", |word| word.text.as_ref())
    }

    /// The configuration value (0 is the command, n the n-th argument) and the bytes of it that
    /// hold a part.
    #[must_use]
    pub fn place(&self, part: &Part) -> Option<(usize, Range<usize>)> {
        self.words.get(part.word).map(|word| (word.source, word.place(&part.range)))
    }

    /// All packages that are fetched: the target's, those beside it, those of wrappers.
    pub fn packages(&self) -> impl Iterator<Item = &PackageRef> {
        let target = &self.target;
        target.package.iter().chain(&target.extra_packages).chain(&self.wrapper_packages)
    }

    /// Whether a layer of this kind was peeled off.
    #[must_use]
    pub fn is_wrapped(&self, kind: WrapperKind) -> bool {
        self.wrappers.iter().any(|wrapper| wrapper.kind == kind)
    }
}
