//! What a server's configuration says, in terms that rules can judge.

mod account;
mod advisory;
mod approval;
mod beside;
mod bind;
mod blots;
mod changes;
mod collect;
mod command_line;
mod config_file;
mod container;
mod curl;
mod debugger;
mod digest;
mod discretion;
mod drift;
mod elsewhere;
mod env_file;
mod executed;
mod fact;
mod gap;
mod header;
mod hidden;
mod identity;
pub mod kinds;
mod known;
pub mod page;
mod paths;
mod process;
mod prose;
mod question;
mod reference;
mod registry;
mod remote;
mod reported;
mod sameness;
mod search_path;
mod secret;
mod setting;
mod shown;
mod stray;
mod text;
mod unguarded;
mod unrecognised;

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
pub(crate) use digest::hexadecimal;
pub(crate) use discretion::without_tails;
pub use discretion::{SecretValues, discreet};
pub use fact::{Fact, Facts, Surroundings};
pub use sameness::{Can, Sameness};
pub(crate) use secret::carries_credential;
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
            stray::inputs(&mut collector, root);
        }
    }
    let of_client = reading.client.map_or(&[][..], |client| &client.variables);
    for root in document.roots() {
        stray::variables(&mut collector, root, of_client);
    }
    // All secrets first: one may stand a second time anywhere in the file.
    let mut opened = Vec::with_capacity(reading.servers.len());
    for server in &reading.servers {
        collector.enter(server_context(server, surroundings));
        let line = CommandLine::of(server);
        let mut hidden = Hidden::default();
        secret::facts(&mut collector, server, &line, &mut hidden);
        opened.push((server, line, hidden));
    }
    elsewhere::blot(&mut collector, document);
    let secrets = collector.secret_values();
    for (index, (server, line, hidden)) in opened.iter().enumerate() {
        collector.enter_again(index);
        server_facts(&mut collector, server, line, hidden, &secrets, surroundings);
    }
    unguarded::facts(&mut collector, reading, surroundings);
    approval::facts(&mut collector, reading, surroundings);
    config_file::fact(&mut collector, reading, surroundings);
    gap::facts(&mut collector, problems.iter().chain(&reading.problems), reading);
    text::facts(&mut collector, document, reading);
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

fn server_facts(
    collector: &mut Collector,
    server: &Server<'_>,
    line: &CommandLine<'_>,
    hidden: &Hidden,
    secrets: &SecretValues,
    surroundings: &Surroundings<'_>,
) {
    let guarded = line.is_guarded() || remote::is_guarded(server, surroundings.gateways);
    collector.context().guarded = guarded;
    header::facts(collector, server);
    beside::facts(collector, server, hidden, surroundings);
    process::describe(collector, server, line, hidden);
    let known = identity::of(server, line);
    identity::describe(collector, known);
    // What a catalogue offers is a choice for whoever takes it from there; a secret in it is out.
    if server.offered {
        collector.show(shown::server(server, line, guarded, hidden, secrets));
        collector.compare_by(|context| sameness::of(server, line, context));
        return;
    }
    let settings = setting::facts(collector, server, line, hidden, known);
    known::facts(collector, server, line, known, &settings);
    account::facts(collector, &settings);
    bind::facts(collector, line, &settings);
    registry::facts(collector, server, line);
    debugger::facts(collector, server, line);
    search_path::facts(collector, server, line, hidden);
    executed::facts(collector, server, line, surroundings, hidden);
    env_file::facts(collector, server, line, surroundings, hidden, known);
    process::facts(collector, server, line, hidden, surroundings);
    advisory::facts(collector, server, line, &settings, hidden, surroundings.answers);
    if surroundings.answers.is_some() {
        question::add(collector.questions(), server, line, hidden);
    }
    container::facts(collector, line, hidden);
    remote::facts(collector, server, line, hidden, surroundings.answers);
    prose::facts(collector, server);
    let shown = shown::server(server, line, guarded, hidden, secrets);
    drift::fact(collector, server, line, &shown, surroundings);
    collector.show(shown);
    collector.compare_by(|context| sameness::of(server, line, context));
    if line.is_cut() {
        gap::too_long(collector, server);
    }
}
