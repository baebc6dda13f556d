//! From bytes to a tree in which every value knows where it stands: JSON with all that clients
//! tolerate, TOML, YAML and the front matter of Markdown.
//!
//! Reading never fails. [`Document::problems`] says what was wrong, and the tree holds whatever
//! could be read all the same. No type of a parser library leaves this module.

mod align;
mod build;
mod conflict;
mod decode;
mod document;
mod find;
mod format;
mod front_matter;
mod json;
mod limits;
mod node;
pub mod pointer;
mod position;
mod problems;
mod repair;
mod text;
mod toml;
mod yaml;

pub use decode::{Encoding, beginning};
pub use document::Document;
pub use find::{find, lacks};
pub use format::Format;
pub use limits::Limits;
pub use node::{Entry, Node, Value};
pub use position::{LineEnding, Position};
pub use text::Text;
pub(crate) use yaml::is_plain as is_plain_yaml;

#[cfg(test)]
mod tests;
