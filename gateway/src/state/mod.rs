//! What outlives a process: API keys.
