//! What outlives a process: API keys, so far. Twenty processes may share one state, and any of
//! them may be the one that creates it.

mod error;
mod keys;
mod location;
mod pepper;
mod private;
mod schema;
mod sqlite;

#[cfg(test)]
mod tests;

pub use error::StateError;
pub use keys::{KeyRecord, KeyStore, Keys};
pub use location::{Location, LocationError};
pub use pepper::{KeyHash, Pepper};
pub use sqlite::State;
