//! What a server's configuration says, in terms that rules can judge.

mod approval;
mod bind;
mod blots;
mod collect;
mod command_line;
mod container;
mod declared;
mod discretion;
mod elsewhere;
mod fact;
mod gap;
mod header;
mod hidden;
pub mod kinds;
mod process;
mod prose;
mod remote;
mod secret;
mod setting;
mod shown;
mod unguarded;

#[cfg(test)]
mod tests;

use collect::Collector;
use command_line::CommandLine;
use hidden::Hidden;
use kinds::Context;

use crate::client::{Reading, Server};
use crate::problem::Problem;
use crate::syntax::Document;

pub use blots::Blots;
pub(crate) use discretion::discreet;
pub use fact::{Fact, Facts, Surroundings};
pub use shown::{ShownPackage, ShownServer};

/// The facts of a file that could be read.
#[must_use]
pub fn extract(
    document: &Document,
    reading: &Reading<'_>,
    problems: &[Problem],
    surroundings: &Surroundings<'_>,
) -> Facts {
    let mut collector = Collector::new(file_context(reading, surroundings));
    if !reading.servers.is_empty() {
        for root in document.roots() {
            secret::inputs(&mut collector, root);
        }
    }
    for server in &reading.servers {
        collector.enter(server_context(server, surroundings));
        server_facts(&mut collector, server, surroundings);
    }
    unguarded::facts(&mut collector, reading, surroundings);
    approval::facts(&mut collector, reading, surroundings);
    gap::facts(&mut collector, problems.iter().chain(&reading.problems), reading);
    elsewhere::blot(&mut collector, document);
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
    let line = CommandLine::of(server);
    let guarded = line.is_guarded() || remote::is_guarded(server, surroundings.gateways);
    collector.context().guarded = guarded;
    let mut hidden = Hidden::default();
    secret::facts(collector, server, &line, &mut hidden);
    header::facts(collector, server);
    process::describe(collector, server, &line, &hidden);
    let settings = setting::facts(collector, server, &line, &hidden);
    bind::facts(collector, &line, &settings);
    process::facts(collector, server, &line, &hidden);
    container::facts(collector, &line, &hidden);
    remote::facts(collector, server, &line, &hidden);
    prose::facts(collector, server);
    collector.show(shown::server(server, &line, guarded, &hidden));
    if line.is_cut() {
        gap::too_long(collector, server);
    }
}
