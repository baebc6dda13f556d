//! HTTP as MCP uses it, without sockets: what header fields and event streams say, and what may pass on.

pub mod authority;
pub mod cors;
mod fault;
pub mod field;
pub mod hop;
pub mod origin;
pub mod param;
pub mod session_id;
pub mod sse;
pub mod standard;
pub mod value;

pub use fault::{HeaderFault, HeaderProblem};
