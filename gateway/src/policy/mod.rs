//! What may be called.

mod pattern;
mod tools;

pub use pattern::PatternError;
pub(crate) use pattern::pattern;
pub use tools::{Decision, Effect, Layers, Subject, ToolPolicy, ToolPolicyBuilder};
