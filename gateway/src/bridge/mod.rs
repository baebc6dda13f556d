//! Between the eras: clients and servers that hold their conversations differently.

mod backward;
mod forward;

pub use backward::Backward;
pub(crate) use backward::complete;
pub use forward::Forward;
