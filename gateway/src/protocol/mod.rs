//! The MCP protocol as far as a proxy must know it: revisions, methods, errors.

pub mod method;
mod refusal;
mod revision;

pub(crate) use refusal::answer;
pub use refusal::{Code, Fault, Refusal};
pub use revision::{Era, Revision};
