//! The runtime gateway: it stands between MCP clients and servers and decides, message by message,
//! what passes. What no policy concerns passes byte for byte.

pub mod aggregate;
pub mod auth;
pub mod bridge;
pub mod config;
pub mod front;
pub mod gateway;
pub mod house;
pub mod http;
pub mod message;
mod operations;
pub mod pipeline;
pub mod policy;
pub mod protocol;
pub mod record;
pub mod server;
pub mod service;
pub mod session;
pub mod state;
pub mod telemetry;
pub mod upstream;
pub mod wire;
