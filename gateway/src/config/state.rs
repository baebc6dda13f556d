//! `state` and `refusals`.

use std::path::Path;

use schemars::JsonSchema;

use super::reader::{Reader, Word};
use super::tree::Node;
use crate::state::{Location, LocationError};

/// How a refused call of a tool is answered.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, JsonSchema)]
#[schemars(rename_all = "snake_case")]
pub enum Refusals {
    /// By a JSON-RPC error.
    #[default]
    Error,
    /// By a result with `isError`.
    Result,
}

impl Word for Refusals {
    const ALL: &'static [(&'static str, Self)] =
        &[("error", Self::Error), ("result", Self::Result)];
}

/// Where the state is if the file does not say it; `None` if no home directory is known.
pub(super) fn usual(home: Option<&Path>, directory: &Path) -> Option<Location> {
    Location::parse(Location::USUAL, home, directory).ok()
}

/// Where `state` says that it is.
pub(super) fn state<'d>(reader: &mut Reader<'d>, node: &'d Node) -> Option<Location> {
    let text = reader.text(node)?;
    let later = ["postgres://", "postgresql://", "redis://", "rediss://"];
    let message = match Location::parse(&text, reader.home, reader.directory) {
        Ok(location) => return Some(location),
        Err(LocationError::Scheme { .. }) if later.iter().any(|url| text.starts_with(url)) => {
            "this kind of state is known but not supported by this version yet".to_owned()
        }
        // What it starts with could come from a variable.
        Err(LocationError::Scheme { .. }) => "this is no state; write sqlite://PATH".to_owned(),
        Err(error) => error.to_string(),
    };
    reader.fault(node.at, message);
    None
}
