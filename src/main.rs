//! The `mcp-guard` command.
fn main() {}
