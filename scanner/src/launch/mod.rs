//! From a server's command line to what it really starts.
//!
//! `cmd /c npx -y pkg@1 /data` starts package `pkg` at version 1 with the argument `/data`;
//! everything in front only leads there. [`Launch::of`] peels such wrappers one by one and keeps
//! what each of them says: scripts, packages, images, container options, environment, URLs.
//!
//! Nothing here knows of files: places are words and byte ranges in them, and
//! [`Launch::place`] leads from there to the configuration value.

mod command_line;
mod declared;
mod image;
mod inline;
mod install;
mod known;
mod layer;
mod lexer;
mod main_command;
mod mount;
mod name;
mod npm;
mod nuget;
mod options;
mod package;
mod part;
mod peel;
mod peeler;
mod place;
mod placeholder;
mod pypi;
mod roots;
mod script;
mod shell_script;
mod split;
mod target;
mod token;
mod word;
mod wrapper;

#[cfg(test)]
mod tests;

pub use command_line::Launch;
pub use declared::{declared_image, declared_pin};
pub use image::{ImagePin, ImageRef};
pub use inline::InlineCode;
pub use mount::Mount;
pub(crate) use name::without_version;
pub use package::{Ecosystem, GitReference, PackageRef, PackageSource, Pin};
pub use part::Part;
pub use place::canonical;
pub use roots::{Root, RootClass, filesystem_roots};
pub use shell_script::ShellScript;
pub use split::words;
pub use target::{Assignment, BridgeHeader, ContainerOption, Script, ScriptKind, Target};
pub use token::Shell;
pub use word::Word;
pub use wrapper::{Wrapper, WrapperKind};
