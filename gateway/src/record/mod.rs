//! What is written down: decisions, and how many there are of what.

mod decision;
mod file;
mod log;
pub mod metrics;
mod request_id;
mod text;
mod writer;

pub use decision::{Decision, Front, Outcome, SCHEMA, SessionTag, Verdict};
pub use log::{CloseError, DecisionLog, LogError, OpenError, Place};
pub use request_id::{RequestId, RequestIds};
pub use text::{LONGEST, Text};

#[cfg(test)]
mod tests;
