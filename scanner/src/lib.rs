//! From the bytes of an MCP client's configuration file to findings: text, servers, facts, rules.

pub mod batch;
pub mod client;
#[doc(hidden)]
pub mod compiled;
pub mod facts;
pub mod finding;
mod gateways;
pub mod launch;
pub mod problem;
pub mod report;
pub mod rules;
pub mod scan;
pub mod source;
pub mod syntax;
pub mod vendor;

pub use mcp_guard_detect::nearest::nearest;
