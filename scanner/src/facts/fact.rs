//! A fact, all facts of a file, and what else is known of the file.

use super::blots::Blots;
use super::kinds::{Context, Detail};
use super::shown::ShownServer;
use crate::problem::Span;

/// One fact, and where it stands.
#[derive(Clone, Debug, PartialEq)]
pub struct Fact {
    /// What is so.
    pub detail: Detail,
    /// Where.
    pub span: Span,
    /// JSON Pointer (RFC 6901) of the value.
    pub pointer: String,
    /// Index of its context in [`Facts::contexts`].
    pub context: usize,
}

/// All facts of a file.
#[derive(Clone, Debug, Default)]
pub struct Facts {
    /// The contexts: the file's first, then one a server.
    pub contexts: Vec<Context>,
    /// The facts.
    pub facts: Vec<Fact>,
    /// What must never be shown of the file.
    pub blots: Blots,
    /// Something was too long to be analysed whole.
    pub cut: bool,
    /// The servers as reports show them.
    pub servers: Vec<ShownServer>,
}

/// What is known of a file besides its contents.
#[derive(Clone, Copy, Debug)]
pub struct Surroundings<'a> {
    /// Name of the file.
    pub file_name: &'a str,
    /// The file belongs to a project and so reaches whoever clones it.
    pub project_file: bool,
    /// A gateway configuration lies beside the file.
    pub gateway_beside: bool,
    /// `host:port` at which gateways of this tree listen.
    pub gateways: &'a [String],
}
