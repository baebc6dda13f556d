//! A server that is a child process and speaks over its standard input and output.

pub mod backoff;
pub mod command;
mod environment;
pub mod exit;
mod group;
mod link;
pub mod orphan;
pub mod process;
mod program;
mod spawn;
mod spawner;
mod standard_error;

pub use backoff::{Backoff, Life};
pub use command::{ChildCommand, ChildEnvironment};
pub use exit::Exit;
pub use link::ChildConnector;
pub(crate) use link::Filled;
pub use orphan::{ChildFailure, OrphanGuard, SUBCOMMAND, exec_child};
pub use process::{ChildProcess, WireLimits};
pub use spawn::SpawnError;
