//! What could not be read or understood.

use std::collections::HashMap;

use super::collect::Collector;
use super::kinds::Gap;
use crate::client::{Reading, Server};
use crate::problem::{Problem, ProblemKind};

/// One fact a problem, of the server whose entry it is about.
pub(super) fn facts<'p>(
    collector: &mut Collector,
    problems: impl Iterator<Item = &'p Problem>,
    reading: &Reading<'_>,
) {
    let mut owners: HashMap<&str, usize> = HashMap::new();
    for (index, server) in reading.servers.iter().enumerate() {
        owners.entry(&server.pointer).or_insert(index + 1);
    }
    for problem in problems {
        let pointer = problem.pointer.as_deref();
        let owner = pointer.and_then(|pointer| {
            let ends = pointer.match_indices('/').map(|(at, _)| at).chain([pointer.len()]);
            ends.filter_map(|end| owners.get(pointer.get(..end)?).copied()).min()
        });
        let holds_servers = problem.kind == ProblemKind::DuplicateKey
            && pointer.is_some_and(|pointer| holds_any(pointer, reading));
        add(collector, problem, owner.unwrap_or(0), holds_servers);
    }
}

/// Whether servers stand below a place.
fn holds_any(pointer: &str, reading: &Reading<'_>) -> bool {
    let below = |server: &Server<'_>| {
        server.pointer.strip_prefix(pointer).is_some_and(|rest| rest.starts_with('/'))
    };
    reading.servers.iter().any(below)
}

/// A fact of the context with that index.
pub(super) fn fact(collector: &mut Collector, problem: &Problem, context: usize) {
    add(collector, problem, context, false);
}

fn add(collector: &mut Collector, problem: &Problem, context: usize, holds_servers: bool) {
    let fact = Gap {
        kind: Some(problem.kind.name().into()),
        message: Some(problem.message.clone().into()),
        holds_servers,
    };
    let pointer = problem.pointer.as_deref().unwrap_or_default();
    collector.add_to(context, fact, problem.span.unwrap_or_default(), pointer);
}

/// A fact of the server entered last, whose command line was too long.
pub(super) fn too_long(collector: &mut Collector, server: &Server<'_>) {
    let problem = Problem::new(
        ProblemKind::TooLong,
        "the command line or a script in it is too long; only its beginning was analysed",
    );
    let value = server.command.as_ref();
    let span = value.map_or(server.name_span, |value| value.span_of(0..value.text.len()));
    let context = collector.cut();
    fact(collector, &problem.at(span).on(server.pointer.as_str()), context);
}
