//! From the bytes of an MCP client's configuration file to findings: text, servers, facts, rules.

pub mod launch;
pub mod problem;
pub mod syntax;
