//! The servers behind the gateway.

pub mod child;
pub mod http;
