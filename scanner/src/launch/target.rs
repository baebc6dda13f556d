//! What is left when all layers are off.

use std::ops::Range;

use super::image::ImageRef;
use super::inline::InlineCode;
use super::package::PackageRef;
use super::part::Part;

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

/// What an interpreter runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Script {
    /// How it is named.
    pub kind: ScriptKind,
    /// The word that names it.
    pub word: usize,
}

/// How an interpreter's script is named.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ScriptKind {
    /// By its path.
    File,
    /// As a module to search for: `python -m name`.
    Module,
    /// As an entry of a manifest: `npm run name`.
    Entry,
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

/// An option of a container engine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContainerOption {
    /// The long name without dashes: `volume` for `-v`, `network` for `--net`.
    pub name: String,
    /// Its value; `None` for a switch.
    pub value: Option<Part>,
    /// The word that holds the option.
    pub word: usize,
}

/// A header that a bridge sends to the remote server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BridgeHeader {
    /// Its name as written.
    pub name: String,
    /// Where its value is written; `None` when there is none.
    pub value: Option<Part>,
    /// The option's value as a whole.
    pub part: Part,
}
