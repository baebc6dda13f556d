//! What a value is like: the condition language of rules and policies, and the secrets a text contains.

mod confidence;
pub mod host;
pub mod secret;

pub use confidence::Confidence;
