//! A server as a client's file declares it.

use std::borrow::Cow;
use std::ops::Range;

use super::dialect::{ApprovalEffect, Dialect, Scope, TransportWord};
use crate::problem::{Problem, Span};
use crate::syntax::{Node, Value};

/// A scalar of the file as text, and where it stands.
#[derive(Clone, Debug)]
pub struct Located<'d> {
    /// The value; numbers and truth values as they are written.
    pub text: Cow<'d, str>,
    /// The node that holds it.
    pub node: &'d Node,
    /// The byte of the node's text at which the value begins, if it is a part of it.
    pub begin: usize,
    /// JSON Pointer (RFC 6901) of the node.
    pub pointer: String,
}

impl Located<'_> {
    /// Where bytes of the value stand in the document.
    #[must_use]
    pub fn span_of(&self, range: Range<usize>) -> Span {
        self.node.span_of(range.start + self.begin..range.end + self.begin)
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
    /// What a dialect's word means; `None` for a server in the client's own process.
    pub(super) const fn of(word: TransportWord) -> Option<Self> {
        match word {
            TransportWord::Stdio => Some(Self::Stdio),
            TransportWord::Http => Some(Self::Http),
            TransportWord::Sse => Some(Self::Sse),
            TransportWord::Ws => Some(Self::Ws),
            TransportWord::InProcess => None,
        }
    }

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

/// Where an entry stands.
#[derive(Clone)]
pub(super) struct Place<'d> {
    pub(super) dialect: &'static Dialect,
    pub(super) scope: Scope,
    pub(super) name: Cow<'d, str>,
    pub(super) name_span: Span,
    pub(super) pointer: String,
    /// The transport that the place tells.
    pub(super) transport: Option<Transport>,
    /// Which of such servers run is told elsewhere.
    pub(super) offered: bool,
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
    /// The command that the client runs for more headers, a line for a shell.
    pub headers_command: Option<Located<'d>>,
    /// Python program text that the client runs itself.
    pub python: Option<Located<'d>>,
    /// Packages that it gets for it.
    pub python_packages: Vec<Located<'d>>,
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
    /// It stands in a catalogue; whether it runs is told elsewhere.
    pub offered: bool,
}

impl<'d> Server<'d> {
    /// A server at that place of which nothing else is known yet.
    pub(super) fn blank(node: &'d Node, place: Place<'d>) -> Self {
        let Place { dialect, scope, name, name_span, pointer, transport, offered } = place;
        Self {
            dialect,
            scope,
            name: name.into_owned(),
            name_span,
            pointer,
            node,
            transport: transport.unwrap_or(Transport::Unknown),
            declared: None,
            command: None,
            args: Vec::new(),
            env: Vec::new(),
            env_file: None,
            cwd: None,
            url: None,
            headers: Vec::new(),
            headers_command: None,
            python: None,
            python_packages: Vec::new(),
            credential_elsewhere: false,
            oauth: None,
            prose: Vec::new(),
            package: None,
            disabled: offered,
            offered,
        }
    }
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

/// A scalar with its place; `None` for null, lists and objects.
pub(super) fn located(node: &Node, pointer: String) -> Option<Located<'_>> {
    let text = match &node.value {
        Value::Text(text) => Cow::Borrowed(text.as_str()),
        Value::Number(number) => Cow::Borrowed(&**number),
        Value::Bool(flag) => Cow::Borrowed(if *flag { "true" } else { "false" }),
        Value::Null | Value::List(_) | Value::Map(_) => return None,
    };
    Some(Located { text, node, begin: 0, pointer })
}
