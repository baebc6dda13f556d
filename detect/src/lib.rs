//! What a value is like: the condition language of rules and policies, the secrets that a text
//! contains, and what in it is hidden or meant for a model.

pub mod condition;
mod confidence;
pub mod host;
pub mod nearest;
pub mod path;
pub mod secret;
pub mod text;

pub use confidence::Confidence;
