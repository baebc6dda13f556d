//! What runs in a workflow of a code host.

pub(crate) mod log;
