//! A server that speaks HTTP.
