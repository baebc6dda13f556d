//! What `mcp-guard.yaml` says to the gateway.
