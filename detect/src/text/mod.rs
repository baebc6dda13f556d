//! What a text does to its reader beyond what it says: characters that are not seen, names that
//! look like others, and sentences meant for a model.
//!
//! The scanner looks at configuration with it, the gateway at descriptions and results of tools.
//! Every function is pure, takes time linear in the text, and answers with byte ranges of it.

mod decode;
mod fold;
mod hidden;
mod injection;
mod look_alike;
mod phrase;
mod signal;

#[cfg(test)]
mod tests;

pub use hidden::{Hidden, HiddenKind, Role, hidden};
pub use injection::{Signal, injection};
pub use look_alike::{LookAlike, LookAlikeKind, look_alikes};
pub use signal::SignalClass;
