//! Rules: data in `rules/scan/`, compiled in; users' own are read from a directory.

pub mod fault;
pub mod level;
pub mod page;
pub mod rule;

pub use fault::Step;
pub use level::{Confidence, Persona, Severity};
pub use rule::{Beside, Block, Example, References, Repair, Rule, Scene, SceneKind, ScenePath};

include!(concat!(env!("OUT_DIR"), "/rules.rs"));
