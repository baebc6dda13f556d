//! From the bytes of an MCP client's configuration file to findings: text, servers, facts, rules.

pub mod advisory;
pub mod baseline;
pub mod batch;
pub mod catalog;
pub mod client;
#[doc(hidden)]
pub mod compiled;
pub mod edit;
pub mod entry;
pub mod facts;
pub mod fault;
pub mod finding;
pub mod fix;
mod gateways;
mod item;
pub mod known;
pub mod launch;
pub mod lines;
pub mod lock;
pub mod locks;
pub mod online;
mod parallel;
pub mod problem;
pub mod region;
pub mod relation;
pub mod report;
pub mod rules;
pub mod scan;
pub mod scanned;
pub mod sensitive;
pub mod settings;
pub mod source;
pub mod suppression;
pub mod syntax;
pub mod trial;
pub mod vendor;
pub mod version;
pub mod world;

pub use mcp_guard_detect::nearest::nearest;
