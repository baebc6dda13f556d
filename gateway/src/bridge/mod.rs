//! Between the eras: clients and servers that hold their conversations differently.

pub mod backward;
//! Bridges between the two eras of the protocol.

mod forward;

pub use forward::Forward;
