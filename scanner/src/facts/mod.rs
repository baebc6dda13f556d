//! What a server's configuration says, in terms that rules can judge.

mod approval;
mod bind;
mod collect;
mod gap;
pub mod kinds;
mod process;
mod remote;
mod setting;
mod shown;
mod unguarded;
mod value;

use kinds::{Context, Detail};

use crate::client::{Reading, Server};
use crate::finding::Blots;
use crate::problem::{Problem, Span};
use crate::syntax::Document;
use collect::Collector;

pub use shown::{ShownPackage, ShownServer};

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

/// The facts of a file that could be read.
#[must_use]
pub fn extract(
    document: &Document,
    reading: &Reading<'_>,
    problems: &[Problem],
    surroundings: &Surroundings<'_>,
) -> Facts {
    let mut collector = Collector::new(file_context(reading, surroundings));
    for server in &reading.servers {
        collector.enter(server_context(server, surroundings));
        server_facts(&mut collector, server, surroundings);
    }
    unguarded::facts(&mut collector, reading, surroundings);
    approval::facts(&mut collector, reading, surroundings);
    for problem in problems.iter().chain(&reading.problems) {
        gap::facts(&mut collector, problem, reading);
    }
    value::blot_rest(&mut collector, document);
    collector.finish()
}

/// The facts of a file that could not be read at all.
#[must_use]
pub fn unread(
    client: &'static str,
    scope: &'static str,
    file_name: &str,
    problem: &Problem,
) -> Facts {
    let context = Context { client, scope, file_name: file_name.to_owned(), ..Context::default() };
    let mut collector = Collector::new(context);
    gap::fact(&mut collector, problem, 0);
    collector.finish()
}

fn file_context(reading: &Reading<'_>, surroundings: &Surroundings<'_>) -> Context {
    Context {
        transport: "unknown",
        client: reading.client.map_or("unknown", |client| &client.id),
        scope: reading.scope.name(),
        file_name: surroundings.file_name.to_owned(),
        ..Context::default()
    }
}

fn server_context(server: &Server<'_>, surroundings: &Surroundings<'_>) -> Context {
    Context {
        server: Some(server.name.clone()),
        transport: server.transport.name(),
        disabled: server.disabled,
        client: &server.dialect.id,
        scope: server.scope.name(),
        file_name: surroundings.file_name.to_owned(),
        ..Context::default()
    }
}

fn server_facts(collector: &mut Collector, server: &Server<'_>, surroundings: &Surroundings<'_>) {
    let line = process::CommandLine::of(server);
    process::describe(collector, server, &line);
    let guarded = line.is_guarded() || remote::is_guarded(server, surroundings.gateways);
    collector.context().guarded = guarded;
    let mut hidden = value::Hidden::default();
    value::facts(collector, server, &line, &mut hidden);
    let settings = setting::facts(collector, server, &line, &hidden);
    bind::facts(collector, &line, &settings);
    process::facts(collector, server, &line, &hidden);
    remote::facts(collector, server, &line, &hidden);
    value::prose(collector, server);
    collector.show(shown::server(server, &line, guarded, &hidden));
}
