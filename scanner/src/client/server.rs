//! A server as a client's file declares it.

use std::borrow::Cow;
use std::ops::Range;

use super::dialect::{ApprovalEffect, Dialect, Scope};
use crate::problem::{Problem, Span};
use crate::syntax::Node;

/// A scalar of the file as text, and where it stands.
#[derive(Clone, Debug)]
pub struct Located<'d> {
    /// The value; numbers and truth values as they are written.
    pub text: Cow<'d, str>,
    /// The node that holds it.
    pub node: &'d Node,
    /// JSON Pointer (RFC 6901) of the node.
    pub pointer: String,
}

impl Located<'_> {
    /// Where bytes of the value stand in the document.
    #[must_use]
    pub fn span_of(&self, range: Range<usize>) -> Span {
        self.node.span_of(range)
    }
}

/// A value with a name: a variable or a header.
#[derive(Clone, Debug)]
pub struct Named<'d> {
    /// The name.
    pub name: Cow<'d, str>,
    /// Where the name stands.
    pub name_span: Span,
    /// The value.
    pub value: Located<'d>,
}

/// How a client and a server talk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Transport {
    /// A child process.
    Stdio,
    /// Streamable HTTP (MCP specification 2025-03-26 and later).
    Http,
    /// HTTP with server-sent events (MCP specification 2024-11-05).
    Sse,
    /// WebSocket.
    Ws,
    /// Neither declared nor to be told from the entry.
    Unknown,
}

impl Transport {
    /// The word for it in reports and rules.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Stdio => "stdio",
            Self::Http => "http",
            Self::Sse => "sse",
            Self::Ws => "ws",
            Self::Unknown => "unknown",
        }
    }
}

/// A package that an entry names by fields of its own instead of a command line.
#[derive(Clone, Debug)]
pub struct DeclaredPackage<'d> {
    /// The registry's word for the ecosystem, such as `npm` or `oci`.
    pub registry: Located<'d>,
    /// Name of the package.
    pub identifier: Located<'d>,
    /// Its version.
    pub version: Option<Located<'d>>,
}

/// One server entry.
#[derive(Clone, Debug)]
pub struct Server<'d> {
    /// Whose way of writing the entry follows.
    pub dialect: &'static Dialect,
    /// Whose configuration it is.
    pub scope: Scope,
    /// The name.
    pub name: String,
    /// Where the name stands; the entry if it has none.
    pub name_span: Span,
    /// JSON Pointer of the entry.
    pub pointer: String,
    /// The entry.
    pub node: &'d Node,
    /// How it is reached.
    pub transport: Transport,
    /// The word that declares the transport.
    pub declared: Option<(Located<'d>, Transport)>,
    /// The program, or a whole command line.
    pub command: Option<Located<'d>>,
    /// The arguments.
    pub args: Vec<Located<'d>>,
    /// Environment variables.
    pub env: Vec<Named<'d>>,
    /// A file with environment variables.
    pub env_file: Option<Located<'d>>,
    /// The working directory.
    pub cwd: Option<Located<'d>>,
    /// The URL of a remote server.
    pub url: Option<Located<'d>>,
    /// Headers sent to it.
    pub headers: Vec<Named<'d>>,
    /// A credential that the client gets from elsewhere: a variable by name, a program.
    pub credential_elsewhere: bool,
    /// An OAuth block or another credential block.
    pub oauth: Option<(&'d Node, String)>,
    /// Text for the user or the model.
    pub prose: Vec<Named<'d>>,
    /// A package named by fields.
    pub package: Option<DeclaredPackage<'d>>,
    /// It is switched off.
    pub disabled: bool,
}

/// A key that approves or widens trust, in force.
#[derive(Clone, Debug)]
pub struct Approval<'d> {
    /// Index into the servers, for a key of an entry.
    pub server: Option<usize>,
    /// Whose key it is.
    pub dialect: &'static Dialect,
    /// What it approves.
    pub effect: ApprovalEffect,
    /// The key.
    pub key: String,
    /// The value's place.
    pub value: Located<'d>,
    /// Listed tools or servers.
    pub items: Vec<String>,
    /// Where the first item that means everything stands.
    pub wildcard: Option<Span>,
    /// What the key does.
    pub note: &'static str,
}

/// What was read from one document.
#[derive(Clone, Debug)]
pub struct Reading<'d> {
    /// Whose file it is; `None` when nothing tells.
    pub client: Option<&'static Dialect>,
    /// Whose configuration the file is.
    pub scope: Scope,
    /// The servers, in the order of the file.
    pub servers: Vec<Server<'d>>,
    /// The approvals in force.
    pub approvals: Vec<Approval<'d>>,
    /// How many places that hold servers were found, empty ones included.
    pub maps: usize,
    /// What was not understood.
    pub problems: Vec<Problem>,
}
