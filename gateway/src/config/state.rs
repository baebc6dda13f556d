//! `state` and `refusals`.

use std::path::{Path, PathBuf};

use schemars::JsonSchema;

use super::reader::{Reader, Word};
use super::tree::Node;

/// Where the state is kept, below the home directory.
const USUAL: &str = ".mcp-guard/state.db";

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

/// The `SQLite` file that the state is kept in where nobody says anything.
pub(super) fn usual(home: &Path) -> PathBuf {
    home.join(USUAL)
}

/// The `SQLite` file that `state` names.
pub(super) fn state<'d>(reader: &mut Reader<'d>, node: &'d Node) -> Option<PathBuf> {
    let text = reader.text(node)?;
    let Some(path) = text.strip_prefix("sqlite://") else {
        let later = ["postgres://", "postgresql://", "redis://", "rediss://"];
        let message = if later.iter().any(|scheme| text.starts_with(scheme)) {
            "this kind of state is known but not supported by this version yet"
        } else {
            "this is no state; write sqlite://PATH"
        };
        reader.fault(node.at, message);
        return None;
    };
    if path.trim().is_empty() || path.contains('?') || path.starts_with(':') {
        reader.fault(node.at, "this names no file; write sqlite://PATH, without options");
        return None;
    }
    reader.placed(node, path)
}
