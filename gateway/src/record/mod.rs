//! What is written down: decisions, and how many there are of what.

mod decision;
mod request_id;
mod text;

pub use decision::{Decision, Front, Outcome, SCHEMA, SessionTag, Verdict};
pub use request_id::{RequestId, RequestIds};
pub use text::{LONGEST, Text};
