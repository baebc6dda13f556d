//! What a message goes through between a client and a server, top to bottom:
//!
//! authenticate → route → authorize → forward → settle → record
//!
//! Each stage may refuse, and an error in one is a refusal. Whatever the outcome is, it is returned
//! through the [`Ticket`], which records it.

mod authenticate;
mod authorize;
mod caller;
mod door;
mod gate;
mod pass;
mod rules;
mod settle;
mod ticket;

pub use crate::record::{Front, Outcome};
pub use caller::{ANONYMOUS, Caller, Denial, Refused, Router, Target};
pub use gate::Gate;
pub use pass::{Pass, Permitted};
pub use rules::{Counters, Rules};
pub(crate) use ticket::Receipt;
pub use ticket::Ticket;

#[cfg(test)]
mod tests;
