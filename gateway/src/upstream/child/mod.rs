//! A server that is a child process and speaks over its standard input and output.

pub mod backoff;

pub use backoff::{Backoff, Life};
