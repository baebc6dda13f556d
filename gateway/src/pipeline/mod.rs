//! What a message goes through between a client and a server, top to bottom:
//!
//! authenticate → route → authorize → forward → settle → record
//!
//! Each stage may refuse, and an error in one is a refusal. Whatever the outcome is, it is returned
//! through the [`Ticket`], which records it.

mod gate;
mod pass;
mod settle;
mod ticket;

pub use gate::{Caller, Denial, Front, Gate, Refused, Router, Rules, Target};
pub use pass::{Pass, Permitted};
pub use ticket::{Outcome, Ticket};
