//! Messages as lines, one a line, over pipes: the framing of the stdio transport.

pub mod lines;
pub mod outbox;
pub mod standard;

pub use lines::{Line, Lines};
pub use outbox::{Closed, Outbox, OutboxLimits, OutboxWriter, TryPushError, single_line};
pub use standard::{StandardInput, StandardOutput};
