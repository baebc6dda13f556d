//! HTTP as MCP uses it, without sockets: what header fields and event streams say, and what may pass on.

mod fault;
pub mod field;
pub mod hop;
pub mod session_id;
pub mod sse;
pub mod standard;
pub mod value;

pub use fault::{HeaderFault, HeaderProblem};
