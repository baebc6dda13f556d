//! What a value is like: the condition language of rules and policies, and the secrets a text contains.

pub mod host;
