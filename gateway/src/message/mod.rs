//! JSON-RPC messages. They are looked at as far as a decision needs it, and forwarded as they came.

mod envelope;
mod frame;
mod id;
pub mod meta;
mod object;

pub use envelope::{Kind, Malformed, Message};
pub use frame::{Frame, LARGEST_BATCH};
pub use id::{Id, LONGEST_ID};
pub(crate) use object::place;
pub use object::{Member, Object, ObjectFault, text};
