//! Clients in conversation with one server.

mod each;
mod flight;
mod relay;
mod reopen;
mod shared;

pub use each::Each;
pub(crate) use flight::MOST;
pub use flight::Patience;
pub use relay::{Rejected, Relay};
pub(crate) use relay::{cancelled, take_back};
pub use shared::Shared;
