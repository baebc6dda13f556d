//! What could not be read or understood.

use super::collect::Collector;
use super::kinds::Gap;
use crate::client::Reading;
use crate::problem::Problem;

/// One fact a problem, of the server whose entry it is about.
pub(super) fn facts(collector: &mut Collector, problem: &Problem, reading: &Reading<'_>) {
    let owner = problem.pointer.as_ref().and_then(|pointer| {
        reading.servers.iter().position(|server| {
            pointer
                .strip_prefix(server.pointer.as_str())
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        })
    });
    fact(collector, problem, owner.map_or(0, |index| index + 1));
}

/// A fact of the context with that index.
pub(super) fn fact(collector: &mut Collector, problem: &Problem, context: usize) {
    let fact = Gap {
        kind: Some(problem.kind.name().into()),
        message: Some(problem.message.clone().into()),
    };
    let pointer = problem.pointer.as_deref().unwrap_or_default();
    collector.add_to(context, fact, problem.span.unwrap_or_default(), pointer);
}
