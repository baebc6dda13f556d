//! A server that is spoken to over HTTP: Streamable HTTP with sessions (2025-03-26 to 2025-11-25) and
//! without (2026-07-28), and the HTTP+SSE transport of 2024-11-05.

mod fields;
mod question;
mod requests;
mod session;
mod spec;
mod trouble;

pub use spec::{HttpSpec, Transport};
