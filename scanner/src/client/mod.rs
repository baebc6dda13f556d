//! How clients write configuration, and reading it: from a document to servers.

mod approval;
pub mod dialect;
mod entry;
mod field;
mod given;
pub mod location;
mod owner;
pub mod page;
mod read;
mod reader;
mod registry;
pub mod server;
mod shape;
mod unclaimed;
pub mod write;

pub use dialect::{Dialect, Scope};
pub use location::{Catalogue, Claim, Environment, project_root};
pub use owner::Origin;
pub use read::read;
pub use reader::{Reader, readers};
pub use server::{Approval, Located, Named, Reading, Server, Transport};
pub use write::{Draft, WriteError};

#[cfg(test)]
mod tests;

include!(concat!(env!("OUT_DIR"), "/dialects.rs"));

/// The client of that identifier.
#[must_use]
pub fn dialect(id: &str) -> Option<&'static Dialect> {
    DIALECTS.iter().find(|dialect| dialect.id == id)
}
