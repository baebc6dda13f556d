//! What a URL and a host are like, judged from their spelling alone: nothing is resolved.
//!
//! Every judgement goes through one normal form, so that `127.0.0.1`, `0x7f.1`, `2130706433` and `[::ffff:7f00:1]`
//! are one host to all of them.

mod address;
mod cidr;
mod class;
mod form;
mod name;
mod pattern;
mod placeholder;
mod punycode;
mod reach;
mod url;

pub use address::address;
pub use cidr::{Cidr, CidrError, cidr_in};
pub use class::{HostClass, classify};
pub use form::{HostForm, form, look};
pub use pattern::{HostPattern, PatternError, host_in, matcher};
pub use reach::{Reach, reach};
pub use url::{Spans, Url, UserInfo, parse};

#[cfg(test)]
mod lists;
#[cfg(test)]
mod tests;
