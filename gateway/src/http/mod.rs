//! HTTP as MCP uses it, without sockets: what header fields and event streams say, and what may pass on.

pub mod sse;
