//! What a value is like: the condition language of rules and policies, and the secrets a text contains.

pub mod condition;
mod confidence;
pub mod host;
pub mod nearest;
pub mod path;
pub mod secret;

pub use confidence::Confidence;
