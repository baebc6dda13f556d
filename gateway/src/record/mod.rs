//! What is written down: decisions and metrics.
