//! A fact, all facts of a file, and what else is known of the file.

use super::blots::Blots;
use super::discretion::SecretValues;
use super::kinds::{Context, Detail};
use super::sameness::Sameness;
use super::shown::ShownServer;
use crate::lock::FileLock;
use crate::online::{Answers, Questions};
use crate::problem::Span;
use crate::world::Vicinity;

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
    /// Its secrets, which must not be shown wherever they stand.
    pub secrets: SecretValues,
    /// Something was too long to be analysed whole.
    pub cut: bool,
    /// The servers as reports show them.
    pub servers: Vec<ShownServer>,
    /// What is to be asked about them over a network.
    pub questions: Questions,
    /// By what each of them is compared, in the same order.
    pub sameness: Vec<Sameness>,
}

/// What is known of a file besides its contents.
#[derive(Clone, Copy, Debug, Default)]
pub struct Surroundings<'a> {
    /// Name of the file.
    pub file_name: &'a str,
    /// The file belongs to a project and so reaches whoever clones it.
    pub project_file: bool,
    /// A gateway configuration lies beside the file.
    pub gateway_beside: bool,
    /// `host:port` at which gateways of this tree listen.
    pub gateways: &'a [String],
    /// The directory of the project, with forward slashes; `None` for a file of no project.
    pub root: Option<&'a str>,
    /// It was found where a client of this user reads it.
    pub own: bool,
    /// It is one user's, by where it was found or by its name.
    pub user_file: bool,
    /// The world around it, where it has one: not on standard input and not in a revision.
    pub vicinity: Option<&'a Vicinity<'a>>,
    /// What was answered over a network; nothing yet where it is still to be asked, and `None`
    /// where it is not.
    pub answers: Option<&'a Answers>,
    /// What was reviewed of the file, where a lock file speaks for it.
    pub lock: Option<&'a FileLock<'a>>,
}
