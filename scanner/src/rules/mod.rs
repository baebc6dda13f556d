//! Rules: data in `rules/scan/`, compiled in; users' own are read from a directory.

pub mod level;
pub mod page;
pub mod rule;

pub use level::{Confidence, Persona, Severity};
pub use rule::{Block, Example, References, Rule};

include!(concat!(env!("OUT_DIR"), "/rules.rs"));
