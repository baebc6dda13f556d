//! Secrets in text: what their formats are, where they stand, and what only looks like one.
//!
//! [`find`] is the door. A format is looked for only after one of its keywords was seen, and its
//! regex is compiled at that moment. References (`${TOKEN}`) and placeholders (`YOUR_TOKEN`) are no
//! secrets; [`classify`] says which is which.

mod assignment;
mod check;
mod classify;
mod codec;
mod context;
mod dsn;
mod entropy;
mod find;
mod format;
mod name;
mod placeholder;
mod prefilter;
mod redact;
mod reference;
pub mod template;

pub(crate) use codec::base64_text;

pub use check::basic_password;
pub use classify::{ValueClass, classify};
pub use dsn::{Dsn, dsn};
pub use entropy::entropy;
pub use find::{Match, assigned, find, find_joined};
pub use format::{Format, formats};
pub use name::names_a_secret;
pub use placeholder::placeholder;
pub use prefilter::hint;
pub use redact::redact;
pub use reference::{Variable, variables};

#[cfg(test)]
mod tests;
