//! How clients write configuration, and reading it: from a document to servers.

mod approval;
pub mod dialect;
mod entry;
pub mod location;
pub mod page;
mod read;
mod registry;
pub mod server;
mod shape;

pub use dialect::{Dialect, Scope};
pub use location::{Catalogue, Claim, Environment};
pub use read::{Origin, read};
pub use server::{Approval, Located, Named, Reading, Server, Transport};

#[cfg(test)]
mod tests;

include!(concat!(env!("OUT_DIR"), "/dialects.rs"));

/// The client of that identifier.
#[must_use]
pub fn dialect(id: &str) -> Option<&'static Dialect> {
    DIALECTS.iter().find(|dialect| dialect.id == id)
}
