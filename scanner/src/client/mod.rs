//! How clients write configuration, and reading it: from a document to servers.

mod approval;
pub mod dialect;
mod entry;
mod field;
pub mod location;
mod owner;
pub mod page;
mod read;
mod registry;
pub mod server;
mod shape;
mod unclaimed;

pub use dialect::{Dialect, Scope};
pub use location::{Catalogue, Claim, Environment};
pub use owner::Origin;
pub use read::read;
pub use server::{Approval, Located, Named, Reading, Server, Transport};

#[cfg(test)]
mod tests;

include!(concat!(env!("OUT_DIR"), "/dialects.rs"));

/// The client of that identifier.
#[must_use]
pub fn dialect(id: &str) -> Option<&'static Dialect> {
    DIALECTS.iter().find(|dialect| dialect.id == id)
}
